import { bytesOf } from './jwt.ts'

/** A public key, with the one algorithm that it may be used for. */
export type Key = { alg: 'ES256' | 'RS256'; key: CryptoKey; text: string }
export type Keys = {
  /** The key of that id, when it is published. Fetches when it must. @throws UNFETCHED when there are no keys to judge by */
  find(kid: string): Key | Promise<Key | undefined>
  /** What is known is young enough to be used without a look. */
  isFresh(): boolean
}

/** The keys could not be fetched: whether a token is good is not known. */
export const UNFETCHED = Symbol('the keys could not be fetched')

const FETCH_MS = 5000
const LONGEST_SET = 256 * 1024
/** Between two looks for an id that is not there; a token that names any id cannot make more. */
const BETWEEN_MS = 30_000
const AFTER_FAILURE_MS = 1000
const DEFAULT_AGE_MS = 300_000
const LONGEST_AGE_MS = 24 * 3_600_000
/** So long beyond their age keys are still used while their place does not answer (RFC 5861 §4). */
const STALE_MS = 3_600_000

/** @param now ms · onLoss called when a key that was known is gone or another one */
export function createKeys(url: string, fetcher: typeof fetch, now: () => number, onLoss: () => void): Keys {
  let keys = new Map<string, Key>()
  let freshUntil = Number.NEGATIVE_INFINITY
  let usableUntil = Number.NEGATIVE_INFINITY
  let nextLook = Number.NEGATIVE_INFINITY
  let isAnswered = false
  let looking: Promise<void> | null = null

  async function look() {
    try {
      const { found, ageMs } = await fetchKeys(url, fetcher)
      const isLost = [...keys].some(([kid, { text }]) => found.get(kid)?.text !== text)
      keys = found
      freshUntil = now() + ageMs
      usableUntil = freshUntil + STALE_MS
      nextLook = now() + BETWEEN_MS
      isAnswered = true
      if (isLost) onLoss()
    } catch {
      isAnswered = false
      nextLook = now() + AFTER_FAILURE_MS
    } finally {
      looking = null
    }
  }
  /** One look at a time, whoever asks; none when the last one is too near. */
  function lookSoon(): Promise<void> {
    if (looking === null && now() >= nextLook) looking = look()
    return looking ?? Promise.resolve()
  }

  async function findLate(kid: string): Promise<Key | undefined> {
    const look = lookSoon()
    const known = now() < usableUntil ? keys.get(kid) : undefined
    if (known !== undefined && !isAnswered) return known // while the place is away, nobody waits for the next look at it
    await look
    const key = now() < usableUntil ? keys.get(kid) : undefined
    // Which keys there are by now is not known: a new one may have signed.
    if (key === undefined && !isAnswered) throw UNFETCHED
    return key
  }
  const isFresh = () => now() < freshUntil

  return { isFresh, find: (kid) => (isFresh() && keys.get(kid)) || findLate(kid) }
}

async function fetchKeys(url: string, fetcher: typeof fetch): Promise<{ found: Map<string, Key>; ageMs: number }> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), FETCH_MS)
  try {
    const init = { headers: { accept: 'application/json' }, redirect: 'manual', signal: controller.signal } as const
    const response = await fetcher(url, init)
    const text = await response.text()
    if (response.status !== 200 || text.length > LONGEST_SET) throw new Error(`HTTP ${response.status}`)
    const set = JSON.parse(text) as { keys: unknown[] }
    if (!Array.isArray(set.keys)) throw new Error('not a set of keys')
    const found = new Map<string, Key>()
    for (const jwk of set.keys) {
      const read = typeof jwk === 'object' && jwk !== null ? await keyOf(jwk as Record<string, unknown>) : null
      if (read) found.set(...read)
    }
    return { found, ageMs: ageOf(response.headers) }
  } finally {
    clearTimeout(timer)
  }
}

/** Its max-age, but at least the time between two looks. */
function ageOf(headers: Headers): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '')?.[1]
  return Math.min(Math.max(seconds === undefined ? DEFAULT_AGE_MS : Number(seconds) * 1000, BETWEEN_MS), LONGEST_AGE_MS)
}

/** A key of another kind is passed over: a newer Sello may publish more than is understood here. */
async function keyOf(jwk: Record<string, unknown>): Promise<[string, Key] | null> {
  const { kty, crv, x, y, n, e, kid, alg, use, key_ops: uses } = jwk
  if (typeof kid !== 'string' || (use !== undefined && use !== 'sig')) return null
  if (uses !== undefined && !(Array.isArray(uses) && uses.includes('verify'))) return null
  const isCurve = kty === 'EC' && crv === 'P-256'
  // RFC 7518 §3.3: at least 2048 bits.
  const isRsa = kty === 'RSA' && typeof n === 'string' && (bytesOf(n)?.length ?? 0) >= 256
  const own = isCurve ? 'ES256' : isRsa ? 'RS256' : null
  if (own === null || (alg !== undefined && alg !== own)) return null
  const bare = (isCurve ? { kty, crv, x, y } : { kty, n, e }) as Record<string, string>
  const algorithm = isCurve ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  try {
    const key = await crypto.subtle.importKey('jwk', bare, algorithm, false, ['verify'])
    return [kid, { alg: own, key, text: JSON.stringify(bare) }]
  } catch {
    return null
  }
}
