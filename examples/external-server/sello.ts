import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

/** Sello said no: `code` as in docs/errors.md, `waitS` seconds where it says how long. */
export type Refused = { code: string; waitS: number }
export type Registered = { code?: undefined; id: string; email: string; expiresAt: string }
export type Checked = { code?: undefined; id: string; email: string; checkedAt: string; receipt: string }
export type Sello = ReturnType<typeof createSello>

const TRIES = 3
const TRY_MS = 5_000

/**
 * All that this application knows of Sello: two calls.
 * @param issuer Sello's SELLO_PUBLIC_URL, byte for byte @param appId app_…, as `./sello apps list` shows it; null leaves it unchecked
 */
export function createSello({ url, apiKey, issuer = url, appId = null }: Options) {
  const base = url.replace(/\/+$/, '')
  const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`))

  /** Every try carries the same Idempotency-Key: whatever got lost on the way, one letter goes out and one guess is counted. */
  async function post<T>(path: string, body: object, key: string): Promise<T | Refused> {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': key }
    for (let tries = 1; ; tries++) {
      const signal = AbortSignal.timeout(TRY_MS)
      const request = { method: 'POST', headers, body: JSON.stringify(body), signal }
      const answer = await fetch(base + path, request)
        .then(async (response) => ({ response, body: (await response.json()) as T & { code?: string } }))
        .catch(() => null)
      if (answer?.response.ok) return answer.body
      const code = answer?.body.code ?? 'unavailable'
      const waitS = Number(answer?.response.headers.get('retry-after') ?? 1)
      if ((answer && answer.response.status < 500) || tries === TRIES) return { code, waitS }
      await wait(Math.min(waitS, tries) * 500)
    }
  }

  /**
   * A receipt proves the check to whoever was not there. This server was, so it would believe the answer alone; it verifies all the
   * same, to show how. @throws when the receipt is not Sello's, or is about something else
   */
  async function verifyReceipt({ receipt, id, email }: Checked, token: string) {
    const audience = appId === null ? {} : { audience: `urn:sello:receipt:${appId}` }
    const { payload } = await jwtVerify(receipt, keys, { algorithms: ['ES256'], typ: 'sello-receipt+jwt', issuer, ...audience })
    const hash = createHash('sha256').update(token).digest('hex')
    const isOurs = payload.token_sha256 === hash && payload.email === email && payload.identity === id
    if (!isOurs) throw new Error('the receipt is about something else')
  }

  return {
    /** Has Sello mail a number to this address, for the holder of this token alone. */
    register: (body: { email: string; token: string; locale: string }, key: string) => post<Registered>('/v1/identities', body, key),

    /** Whether this is the live number of this address and this token. */
    async check(body: { number: string; email: string; token: string; clientIp?: string }, key: string): Promise<Checked | Refused> {
      const answer = await post<Checked>('/v1/identities/check', body, key)
      if (answer.code !== undefined) return answer
      try {
        await verifyReceipt(answer, body.token)
        return answer
      } catch (error) {
        console.error(`receipt: ${(error as Error).message}; expected the issuer ${issuer}${appId === null ? '' : ` and the app ${appId}`}`)
        // Keys that could not be fetched: the same key gets the same answer again, for ten minutes. Anything else no repeat will mend.
        const isFetching = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)
        return isFetching ? { code: 'unavailable', waitS: 1 } : { code: 'api_key_invalid', waitS: 0 }
      }
    },
  }
}

type Options = { url: string; apiKey: string; issuer?: string; appId?: string | null }
