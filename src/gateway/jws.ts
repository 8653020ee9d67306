import { type KeyObject, sign, verify } from 'node:crypto'

/** One of our keys. Its algorithm is fixed by what it is (RFC 8725 §3.1), never by what a token says. */
export type SigningKey = { kid: string; alg: 'ES256' | 'RS256'; privateKey: KeyObject; publicKey: KeyObject }

/** No token of ours is longer; a longer one is refused unread. */
const LONGEST = 8192

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
/** RFC 7518 §3.4: R and S side by side, not DER. RSA keys know no such choice: PKCS #1 v1.5 is theirs. */
const withKey = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const })

/** Signs claims as a compact JWS (RFC 7515 §7.1) of one type. */
export function signerOf({ kid, alg, privateKey }: SigningKey, typ: string): (claims: object) => string {
  const header = encode({ alg, typ, kid })
  return (claims) => {
    const input = `${header}.${encode(claims)}`
    return `${input}.${sign('sha256', Buffer.from(input), withKey(privateKey)).toString('base64url')}`
  }
}

/**
 * The claims of a compact JWS that one of `keys` signed, as one of `types`; null for whatever else, never throws. The header has
 * the three members that ours have and none besides, each once: no `crit`, and no key that a token brings along (`jwk`, `jku`, `x5u`, `x5c`).
 */
export function openJws(token: string, keys: ReadonlyMap<string, SigningKey>, types: readonly string[]): Record<string, unknown> | null {
  const parts = token.length <= LONGEST ? token.split('.') : []
  const [header, claims, signature] = parts.map(decode)
  if (parts.length !== 3 || !header || !claims || !signature) return null
  const key = keyOf(objectIn(header), header, keys, types)
  if (!key) return null
  const input = Buffer.from(token.slice(0, token.lastIndexOf('.')))
  return isSigned(input, key, signature) ? objectIn(claims) : null
}

function keyOf(
  header: Record<string, unknown> | null,
  bytes: Buffer,
  keys: ReadonlyMap<string, SigningKey>,
  types: readonly string[],
): SigningKey | null {
  if (!header || Object.keys(header).length !== 3) return null
  const { alg, typ, kid } = header
  const key = typeof kid === 'string' ? keys.get(kid) : undefined
  const isPlain = JSON.stringify(header) === bytes.toString() // a member named twice would be read once
  return key && alg === key.alg && typeof typ === 'string' && types.includes(typ) && isPlain ? key : null
}

function isSigned(input: Buffer, { publicKey }: SigningKey, signature: Buffer): boolean {
  try {
    return verify('sha256', input, withKey(publicKey), signature)
  } catch {
    return false
  }
}

/** Base64url as it is written, in one way only: no padding, no bits left over (RFC 7515 §2). */
function decode(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : null
}

function objectIn(bytes: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
