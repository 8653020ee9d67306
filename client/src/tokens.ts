import { type Parsed, parse } from './jwt.ts'
import { createKeys, type Key, UNFETCHED } from './keys.ts'

export { expressAuth, fastifyAuth } from './middleware.ts'

/** RFC 9068 §2.2; times in seconds. */
export type AccessClaims = Readonly<{
  iss: string
  /** The account. */
  sub: string
  aud: string | readonly string[]
  client_id: string
  exp: number
  iat: number
  jti: string
  sid?: string
  auth_time?: number
  email?: string
  email_verified?: boolean
}>
/** Times in seconds; `token_sha256`: of your token in UTF-8, lower-case hex. */
export type ReceiptClaims = Readonly<{
  iss: string
  aud: string
  identity: string
  email: string
  token_sha256: string
  iat: number
  exp: number
  jti: string
}>
/** `detail` is for a log. `keys_unavailable`: Sello's keys could not be fetched, so nobody knows; answer 503. */
export type Unverified = { ok: false; code: 'token_invalid' | 'token_expired' | 'keys_unavailable'; detail: string }
export type Verified<C> = { ok: true; claims: C } | Unverified

export type VerifierOptions = {
  /** Sello's public URL, byte for byte as `iss` has it. */
  issuer: string
  /** Your application's id. */
  audience: string
  /** Instead of `<issuer>/.well-known/jwks.json`. */
  jwksUrl?: string
  fetch?: typeof fetch
  /** Access tokens remembered as verified; 1000. 0: none. */
  cacheSize?: number
  /** Milliseconds since the Unix epoch, instead of the clock, in tests. */
  now?: () => number
}
export type Verifier = {
  /** Without a call to Sello but for its keys: a session that was ended is seen when its access token expires, or by introspection. */
  verify(token: string): Promise<Verified<AccessClaims>>
  /** Holds for 10 minutes. It says that the address was proven once; whether you saw this receipt before (`jti`) is yours to know. */
  verifyReceipt(receipt: string): Promise<Verified<ReceiptClaims>>
}

/** How far another machine's clock may be ahead of ours. */
const SKEW_SECONDS = 60
const ALGORITHMS = { ES256: { name: 'ECDSA', hash: 'SHA-256' }, RS256: { name: 'RSASSA-PKCS1-v1_5' } } as const
type Kind = { types: readonly string[]; texts: readonly string[]; audience: string }

/** @throws TypeError for options that cannot work */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, audience, cacheSize = 1000, now = Date.now } = options
  if (!URL.canParse(issuer)) throw new TypeError("issuer: give Sello's public URL, such as https://id.example.com")
  const jwksUrl = options.jwksUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`
  if (!URL.canParse(jwksUrl)) throw new TypeError('jwksUrl: give a URL')
  if (typeof audience !== 'string' || audience === '') throw new TypeError("audience: give your application's id, such as app_…")
  if (!Number.isInteger(cacheSize) || cacheSize < 0) throw new TypeError('cacheSize: a whole number, 0 or more')
  const handed = options.fetch
  const fetcher: typeof fetch = handed === undefined ? (input, init) => fetch(input, init) : (input, init) => handed(input, init)

  /** Verified before, the least lately used first. The text is the whole token, so a changed bit is another token. */
  const known = new Map<string, AccessClaims>()
  let era = 0
  // The age of keys is told by a clock that nobody sets back.
  const keys = createKeys(jwksUrl, fetcher, options.now ?? (() => performance.now()), () => {
    known.clear()
    era++
  })
  const access: Kind = { types: ['at+jwt', 'application/at+jwt'], texts: ['sub', 'client_id', 'jti'], audience }
  const receipts: Kind = {
    types: ['sello-receipt+jwt'],
    texts: ['identity', 'email', 'token_sha256', 'jti'],
    audience: `urn:sello:receipt:${audience}`,
  }

  async function judge<C>(token: string, kind: Kind): Promise<Verified<C>> {
    const parsed = parse(token, kind.types)
    if (typeof parsed === 'string') return invalid(parsed)
    let key: Key | undefined
    try {
      const found = keys.find(parsed.kid)
      // A key that is known is there at once.
      key = found instanceof Promise ? await found : found
    } catch (error) {
      if (error !== UNFETCHED) throw error
      return { ok: false, code: 'keys_unavailable', detail: `the keys could not be fetched from ${jwksUrl}` }
    }
    if (!key) return invalid('no such key')
    if (key.alg !== parsed.alg) return invalid('not the algorithm of its key')
    if (!(await isSigned(key, parsed))) return invalid('not signed by its key')
    const wrong = mistakeOf(parsed.payload, issuer, kind, now() / 1000)
    return wrong ?? { ok: true, claims: freeze(parsed.payload) as C }
  }

  function remember(token: string, claims: AccessClaims) {
    if (cacheSize === 0) return
    known.delete(token)
    known.set(token, claims)
    if (known.size > cacheSize) known.delete(known.keys().next().value!)
  }

  return {
    async verify(token) {
      // Keys past their age are looked at first: a token of a key that is gone must not live on in here.
      const claims = keys.isFresh() ? known.get(token) : undefined
      if (claims === undefined) {
        const begun = era
        const judged = await judge<AccessClaims>(token, access)
        // Its key may have gone meanwhile.
        if (judged.ok && era === begun) remember(token, judged.claims)
        return judged
      }
      if (now() / 1000 >= claims.exp) {
        known.delete(token)
        return expired
      }
      remember(token, claims)
      return { ok: true, claims }
    },
    verifyReceipt: (receipt) => judge<ReceiptClaims>(receipt, receipts),
  }
}

function isSigned({ alg, key }: Key, { signature, signed }: Parsed): Promise<boolean> {
  return crypto.subtle.verify(ALGORITHMS[alg], key, signature, signed)
}

/** RFC 9068 §4, RFC 7519 §4.1. An expiry gets no tolerance: late is late. */
function mistakeOf(claims: Record<string, unknown>, issuer: string, { texts, audience }: Kind, seconds: number): Unverified | null {
  const { iss, aud, exp, iat, nbf } = claims
  if (iss !== issuer) return invalid('another issuer')
  if (!(Array.isArray(aud) ? aud : [aud]).includes(audience)) return invalid('for another audience')
  if (!Number.isFinite(exp) || !Number.isFinite(iat) || (nbf !== undefined && !Number.isFinite(nbf))) return invalid('a time is missing')
  for (const name of texts) if (typeof claims[name] !== 'string') return invalid(`no ${name}`)
  if (seconds >= (exp as number)) return expired
  if (Math.max(iat as number, (nbf as number | undefined) ?? 0) > seconds + SKEW_SECONDS) return invalid('not valid yet')
  return null
}

const invalid = (detail: string): Unverified => ({ ok: false, code: 'token_invalid', detail })
const expired: Unverified = Object.freeze({ ok: false, code: 'token_expired', detail: 'expired' })

/** Claims are shared by everybody who brings the same token. */
function freeze(claims: Record<string, unknown>): unknown {
  for (const value of Object.values(claims)) if (typeof value === 'object' && value !== null) Object.freeze(value)
  return Object.freeze(claims)
}
