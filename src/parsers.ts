import { createPrivateKey, createPublicKey, sign, verify, type webcrypto, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { readRedisUrl } from './redis-url.ts'
import type { Limit } from './rules/limits.ts'

export const SECOND = 1000
export const SPANS: Record<string, number> = { ms: 1, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: 24 * 3600 * SECOND }

/** A value that cannot be used: what is wrong, and an example of what is right; `more`: where there are several. The value itself is never repeated. */
export type Mistake = { wrong: string; right: string; more?: Mistake[] }
export type Parse<T> = (text: string) => { value: T } | Mistake

const ok = <T>(value: T) => ({ value })
export const text: Parse<string> = (value) => ok(value)

export function span(leastMs: number, mostMs: number, right: string): Parse<number> {
  return (value) => {
    const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(value)
    const spanMs = match ? Number(match[1]) * SPANS[match[2]!]! : Number.NaN
    if (!match) return { wrong: 'is not a span of time', right }
    return spanMs >= leastMs && spanMs <= mostMs ? ok(spanMs) : { wrong: 'is outside of what is sensible', right }
  }
}

export function integer(least: number, most: number, right: string): Parse<number> {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    return number >= least && number <= most ? ok(number) : { wrong: `is not a whole number from ${least} to ${most}`, right }
  }
}

export function oneOf<const T extends string>(...choices: T[]): Parse<T> {
  return (value) => {
    const choice = choices.find((candidate) => candidate === value)
    return choice === undefined ? { wrong: `is none of ${choices.join(', ')}`, right: choices[0]! } : ok(choice)
  }
}

/** User and password are percent-encoded. */
function isEncoded({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}${password}`)
    return true
  } catch {
    return false
  }
}

export function url(schemes: string[], right: string): Parse<URL> {
  return (value) => {
    const parsed = URL.parse(value)
    return parsed && schemes.includes(parsed.protocol) && parsed.hostname !== '' && isEncoded(parsed)
      ? ok(parsed)
      : { wrong: `is not a URL with ${schemes.join(' or ')}`, right }
  }
}

export const publicUrl: Parse<string> = (value) => {
  const parsed = URL.parse(value)
  const plain = parsed && ['http:', 'https:'].includes(parsed.protocol) && !parsed.search && !parsed.hash && !parsed.username
  return plain && !value.endsWith('/')
    ? ok(value)
    : { wrong: 'is not an http(s) URL without a slash at its end', right: 'https://id.example.com' }
}

/** Keys of at least 32 bytes in base64, separated by commas; the first one writes. */
export const keys: Parse<Buffer[]> = (value) => {
  const right = 'the output of: openssl rand -base64 32'
  const list = value.split(',').map((part) => part.trim())
  if (list.some((part) => !/^[A-Za-z0-9+/_-]+={0,2}$/.test(part))) return { wrong: 'is not a comma list of base64 keys', right }
  const bytes = list.map((part) => Buffer.from(part, 'base64'))
  if (bytes.some(({ length }) => length < 32)) return { wrong: 'has a key of fewer than 32 bytes', right }
  if (new Set(bytes.map((key) => key.toString('hex'))).size < bytes.length) return { wrong: 'names the same key twice', right }
  return ok(bytes)
}

export const jwks: Parse<{ keys: Record<string, unknown>[] }> = (value) => {
  const right = '{"keys":[{"kty":"EC","crv":"P-256","d":…}]}, made by: ./sello keys new signing'
  try {
    const set = JSON.parse(value) as { keys?: unknown }
    const list = Array.isArray(set.keys) ? (set.keys as Record<string, unknown>[]) : []
    if (list.length === 0) return { wrong: 'holds no keys', right }
    if (!list.every(isSigningKey)) return { wrong: 'has a key that is not a private P-256 key, nor an RSA key of 2048 bits or more', right }
    if (!list.some(({ kty }) => kty === 'EC')) return { wrong: 'holds no P-256 key, which receipts are signed with', right }
    return ok({ keys: list })
  } catch {
    return { wrong: 'is not a JWK Set', right }
  }
}

/** One that signs what its own public half verifies. */
function isSigningKey(jwk: Record<string, unknown>): boolean {
  try {
    const key = createPrivateKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' })
    const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
    if (namedCurve !== 'prime256v1' && modulusLength < 2048) return false
    const text = Buffer.from('sello')
    return verify('sha256', text, createPublicKey(key), sign('sha256', text, key))
  } catch {
    return false
  }
}

export const mailFrom: Parse<{ name: string; address: string }> = (value) => {
  const match = /^(?:"?([^"<>\r\n]*?)"?\s*)?<([^<>\s@]+@[^<>\s@]+)>$|^([^<>\s@]+@[^<>\s@]+)$/.exec(value)
  if (!match) return { wrong: 'is not an address', right: 'Sello <no-reply@example.com>' }
  return ok({ name: match[1] ?? '', address: match[2] ?? match[3]! })
}

export const hostName: Parse<string> = (value) =>
  isIP(value) > 0 || /^[A-Za-z0-9.-]{1,253}$/.test(value) ? ok(value) : { wrong: 'is not a host name or IP address', right: '127.0.0.1' }

/** A host, or `unix:` and the path of a socket. */
export const host: Parse<string> = (value) => (/^unix:\/./.test(value) ? ok(value) : hostName(value))

/** One service, at one or more URLs: processes that take turns. */
export const services =
  (right: string): Parse<URL[]> =>
  (value) => {
    const list = value.split(',').map((part) => URL.parse(part.trim()))
    const good = (at: URL | null): at is URL =>
      at !== null &&
      (at.protocol === 'unix:'
        ? at.pathname.length > 1 && at.host === ''
        : ['http:', 'https:'].includes(at.protocol) && at.pathname === '/' && !at.search && !at.hash && !at.username && !at.password)
    return list.every(good)
      ? ok(list)
      : { wrong: 'is not a URL with http:, https: or unix:, or several with commas, without a path', right }
  }

export const longSecrets: Parse<string[]> = (value) => {
  const list = value.split(',').map((part) => longSecret(part.trim()))
  return list.every((one) => 'value' in one) ? ok(list.map(({ value }) => value)) : list.find((one) => 'wrong' in one)!
}

/** The text of a PEM file that `check` takes without throwing. */
const pem =
  (what: string, check: (text: string) => unknown): Parse<string> =>
  (value) => {
    const read = file(value)
    if ('wrong' in read) return read
    try {
      check(read.value)
      return read
    } catch {
      return { wrong: `names a file that holds no ${what} in PEM`, right: '/etc/sello/tls/cert.pem' }
    }
  }
export const certificates = pem('certificate', (text) => new X509Certificate(text))
export const privateKey = pem('private key', createPrivateKey)

const file: Parse<string> = (value) => {
  try {
    return ok(readFileSync(value, 'utf8'))
  } catch (error) {
    return { wrong: `names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`, right: '/etc/sello/tls/cert.pem' }
  }
}

export const cidrs: Parse<string[]> = (value) => {
  const list = value.split(',').map((part) => part.trim())
  const good = list.every((part) => {
    const [ip = '', bits, more] = part.split('/')
    const most = isIP(ip) === 4 ? 32 : isIP(ip) === 6 ? 128 : -1
    return most > 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  })
  return good ? ok(list) : { wrong: 'is not a comma list of networks', right: '10.0.0.0/8,fd00::/8' }
}

export const longSecret: Parse<string> = (value) =>
  value.length >= 32 && /^[\x21-\x7e]+$/.test(value)
    ? ok(value)
    : { wrong: 'is not 32 or more visible ASCII characters', right: 'the output of: openssl rand -hex 32' }

export const windows =
  (right: string): Parse<Limit['windows']> =>
  (value) => {
    const parts = value.split(',').map((part) => /^(\d{1,9})\/(\d{1,9})(ms|s|m|h|d)$/.exec(part.trim()))
    if (parts.some((match) => match === null)) return { wrong: 'is not <count>/<span>, or several with commas', right }
    const list = parts.map((match) => ({ count: Number(match![1]), spanMs: Number(match![2]) * SPANS[match![3]!]! }))
    if (new Set(list.map(({ spanMs }) => spanMs)).size < list.length) return { wrong: 'names the same span twice', right }
    return list.every(({ spanMs }) => spanMs >= SECOND && spanMs <= 30 * SPANS.d!)
      ? ok(list)
      : { wrong: 'has a span outside of 1s to 30d', right }
  }

export const store: Parse<string> = (value) => (value === 'sqlite:' ? ok(value) : storeAt(value, readRedisUrl(value)))

const storeAt = (value: string, read: ReturnType<typeof readRedisUrl>) => ('wrong' in read ? read : ok(value))
