import type { Access, SessionView } from '../contract/accounts.ts'
import { openJws, type SigningKey, signerOf } from './jws.ts'

const TYPE = 'at+jwt'
/** RFC 9068 §4 takes the media type with or without `application/`. */
const TYPES = [TYPE, `application/${TYPE}`]
/** Another gateway's clock may be ahead of ours by so much. */
const SKEW_SECONDS = 60
/** Verified tokens that are remembered: one that comes again costs no signature. */
const REMEMBERED = 2000

/** The claims of an access token (RFC 9068 §2.2). Times in seconds. */
export type AccessClaims = {
  iss: string
  sub: string
  aud: string
  client_id: string
  exp: number
  iat: number
  jti: string
  sid: string
  auth_time: number
  email: string
  email_verified: true
}
export type Verified = { access: Access; claims: AccessClaims }

export type AccessTokens = {
  /** An access token of a session; it ends with the session at the latest. @param now ms @returns expiresIn in seconds */
  accessToken(session: SessionView, now: number): { token: string; expiresIn: number }
  /** What a token of ours says, as long as it is valid; whether its session lives, only persistence knows. Null for whatever else, never throws. */
  verifyAccess(token: string, now: number): Verified | null
}

type Given = {
  /** The first one signs. */
  keys: readonly SigningKey[]
  issuer: () => string
  ttlMs: number
  /** A fresh id for `jti`. */
  newId: () => string
}

/** Access tokens (RFC 9068): signed by the first key, verified by any. */
export function createAccessTokens({ keys, issuer, ttlMs, newId }: Given): AccessTokens {
  const sign = signerOf(keys[0]!, TYPE)
  const byKid = new Map(keys.map((key) => [key.kid, key]))
  const known = new Map<string, Verified>()

  /** The one that was asked for longest ago goes first. */
  function remember(token: string, verified: Verified) {
    known.delete(token)
    known.set(token, verified)
    if (known.size > REMEMBERED) known.delete(known.keys().next().value!)
    return verified
  }

  function read(token: string): Verified | null {
    const claims = openJws(token, byKid, TYPES)
    if (!claims || !isAccess(claims) || claims.iss !== issuer() || claims.aud !== claims.client_id) return null
    const { sid, sub, client_id, auth_time } = claims
    return { access: { session: sid, account: sub, app: client_id, authAt: auth_time * 1000 }, claims }
  }

  return {
    accessToken({ id, app, account, email, authAt, expiresAt }, now) {
      const iat = seconds(now)
      const exp = Math.max(iat, seconds(Math.min(now + ttlMs, expiresAt)))
      const claims: AccessClaims = {
        iss: issuer(),
        sub: account,
        aud: app,
        client_id: app,
        exp,
        iat,
        jti: newId(),
        sid: id,
        auth_time: seconds(authAt),
        email,
        email_verified: true,
      }
      return { token: sign(claims), expiresIn: exp - iat }
    },
    verifyAccess(token, now) {
      if (typeof token !== 'string') return null
      const verified = known.get(token) ?? read(token)
      if (!verified || now >= verified.claims.exp * 1000 || verified.claims.iat > seconds(now) + SKEW_SECONDS) return null
      return remember(token, verified)
    },
  }
}

const seconds = (ms: number) => Math.floor(ms / 1000)

const TEXTS = ['iss', 'sub', 'aud', 'client_id', 'jti', 'sid', 'email']
const TIMES = ['exp', 'iat', 'auth_time']
const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isTime = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** Every claim is there, of its type. `nbf` is none of ours (RFC 7519 §4.1.5). */
function isAccess(claims: Record<string, unknown>): claims is AccessClaims {
  const isWhole = TEXTS.every((name) => isText(claims[name])) && TIMES.every((name) => isTime(claims[name]))
  return isWhole && claims.email_verified === true && claims.nbf === undefined
}
