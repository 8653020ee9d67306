/** A token taken apart, before anything of it is believed. */
export type Parsed = {
  alg: string
  kid: string
  payload: Record<string, unknown>
  signed: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

const LONGEST_TOKEN = 8192
/** Headers that bring or name a key of the sender's choice (RFC 8725 §3.10): none of them is ever looked at, so none may be there. */
const FOREIGN_KEYS = ['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256']
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes a compact JWS apart (RFC 7515 §7.1), strictly: a token has one spelling only.
 * @param types what `typ` may be, exactly (RFC 8725 §3.11)
 * @returns why it cannot be one of ours, when it is a string
 */
export function parse(token: unknown, types: readonly string[]): Parsed | string {
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN) return 'not a token'
  const [first, second, third, more] = token.split('.', 4)
  if (!first || !second || !third || more !== undefined) return 'not three parts'
  const header = headerOf(first)
  const payload = objectOf(second)
  const signature = bytesOf(third)
  if (!header || !payload || !signature) return 'not base64url, or not JSON'
  const { alg, kid, typ } = header
  if (typeof typ !== 'string' || !types.includes(typ)) return 'another type of token'
  if (alg !== 'ES256' && alg !== 'RS256') return 'an algorithm that is not taken'
  if (typeof kid !== 'string' || kid === '' || kid.length > 256) return 'no key id'
  // RFC 7515 §4.1.11: no extension is understood here, so none may be critical.
  if ('crit' in header) return 'a critical extension'
  if (FOREIGN_KEYS.some((name) => name in header)) return 'a key in the token'
  return { alg, kid, payload, signed: encoder.encode(token.slice(0, first.length + 1 + second.length)), signature }
}

/** The tokens of one key share their header, so the last one is remembered. */
let lastHeader: { part: string; value: Record<string, unknown> | null } = { part: '', value: null }
function headerOf(part: string): Record<string, unknown> | null {
  if (lastHeader.part !== part) lastHeader = { part, value: objectOf(part) }
  return lastHeader.value
}

function objectOf(part: string): Record<string, unknown> | null {
  const bytes = bytesOf(part)
  if (bytes === null) return null
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** By the length of the last group: the bits of its last character that carry nothing. */
const UNUSED = [0, 0, 0b1111, 0b11]

/** Base64url without padding; null for any other character, and for bits that are left over and not zero (RFC 4648 §3.5). */
export function bytesOf(part: string): Uint8Array<ArrayBuffer> | null {
  const over = part.length % 4
  if (over === 1 || !/^[\w-]+$/.test(part)) return null
  if (over > 0 && (ALPHABET.indexOf(part.at(-1)!) & UNUSED[over]!) !== 0) return null
  return decode(part)
}

type FromBase64 = (text: string, options: { alphabet: 'base64url' }) => Uint8Array<ArrayBuffer>
/** ES2026; Node.js 25, Deno and Bun have it. */
const native = (Uint8Array as { fromBase64?: FromBase64 }).fromBase64?.bind(Uint8Array)
const decode = native ? (part: string) => native(part, { alphabet: 'base64url' }) : decodeByHand

function decodeByHand(part: string): Uint8Array<ArrayBuffer> {
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
