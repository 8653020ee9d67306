import { type Digest, type Foreign, misshapen, tooCostly } from './foreign.ts'

/** What all hashes of a Firebase project share; bytes in base64. */
export type HashConfig = { signerKey: string; saltSeparator: string; rounds: number; memCost: number }
export type HashReason = 'hash_unknown' | 'hash_malformed' | 'hash_too_costly'
/** `detail`: in words, and never any of the hash. */
export type ReadHash = { hash: Foreign } | { reason: HashReason; detail: string }
type Read = Foreign | null

const UNKNOWN: ReadHash = { reason: 'hash_unknown', detail: 'no form that is known here' }

/**
 * Reads a password's hash in any of the forms that other systems export: PHC and modular crypt strings, Django's, Supabase's text for
 * Firebase, Keycloak's credential, Firebase's pair. Refuses what no system writes, and what would take too long to compute.
 * @param config what the pairs of a Firebase export share; null when there is none
 */
export function readForeign(given: unknown, config: HashConfig | null = null): ReadHash {
  const form = typeof given === 'string' ? textForm(given) : isObject(given) ? objectForm(given, config) : null
  if (form === null) return UNKNOWN
  const hash = form()
  if (hash === null) return { reason: 'hash_malformed', detail: 'the form is known, but a part is missing or is not what it should be' }
  const shape = misshapen(hash)
  if (shape) return { reason: 'hash_malformed', detail: shape }
  const cost = tooCostly(hash)
  return cost ? { reason: 'hash_too_costly', detail: cost } : { hash }
}

/** By how it begins; null where nothing is known to begin so. */
function textForm(text: string): (() => Read) | null {
  if (text.length > 1024) return null
  const bare = text.replace(/^(?:argon2|bcrypt)\$(?=\$?(?:argon2|2))/, '$').replace(/^\$\$/, '$')
  const form = TEXTS.find(([begins]) => begins.test(bare))
  return form ? () => form[1](bare) : null
}

const TEXTS: [RegExp, (text: string) => Read][] = [
  [/^\$2[aby]\$/, bcrypt],
  [/^\$argon2(?:id|i|d)\$/, argon2],
  [/^\$scrypt\$/, scrypt],
  [/^\$pbkdf2(?:-sha1|-sha256|-sha512)?\$/, pbkdf2],
  [/^\$fbscrypt\$/, fbscrypt],
  [/^pbkdf2_sha(?:1|256|512)\$/, djangoPbkdf2],
  [/^scrypt\$/, djangoScrypt],
]

function bcrypt(text: string): Read {
  const [, cost, rest] = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{53})$/.exec(text) ?? []
  return rest && Number(cost) >= 4 && Number(cost) <= 31 ? { kind: 'bcrypt', cost: Number(cost), rest } : null
}

function argon2(text: string): Read {
  const [, variant, version = '16', ...rest] =
    /^\$argon2(id|i|d)\$(?:v=(16|19)\$)?m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(text) ?? []
  const [memory, time, parallelism] = rest.slice(0, 3).map(whole)
  const [salt, hash] = rest.slice(3).map(bytesOf)
  if (!memory || !time || !parallelism || !salt || !hash || memory < 8 * parallelism) return null
  const head = { variant: variant as 'id' | 'i' | 'd', version: Number(version) as 16 | 19 }
  return { kind: 'argon2', ...head, memory, time, parallelism, salt, hash }
}

function scrypt(text: string): Read {
  const [, ...parts] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(text) ?? []
  const [ln, r, p] = parts.slice(0, 3).map(whole)
  const [salt, hash] = parts.slice(3).map(bytesOf)
  return ln && ln < 32 && r && p && salt && hash ? { kind: 'scrypt', ln, r, p, salt, hash } : null
}

/** PHC's form, `i=`, and passlib's, whose base64 has `.` for `+`. */
function pbkdf2(text: string): Read {
  const [, digest = 'sha1', count, ...parts] = /^\$pbkdf2(?:-(sha\d+))?\$(?:i=)?(\d+)(?:,l=\d+)?\$([^$]+)\$([^$]+)$/.exec(text) ?? []
  const [salt, hash] = parts.map(bytesOf)
  const iterations = whole(count)
  return iterations && salt && hash ? { kind: 'pbkdf2', digest: digest as Digest, iterations, salt, hash } : null
}

/** The salt is text. */
function djangoPbkdf2(text: string): Read {
  const [, digest, count, salt, output] = /^pbkdf2_(sha\d+)\$(\d+)\$([^$]+)\$([^$]+)$/.exec(text) ?? []
  const [iterations, hash] = [whole(count), bytesOf(output)]
  return iterations && salt && hash ? { kind: 'pbkdf2', digest: digest as Digest, iterations, salt: utf8(salt), hash } : null
}

/** N in full, and the salt is text. */
function djangoScrypt(text: string): Read {
  const [, n, salt, block, lanes, output] = /^scrypt\$(\d+)\$([^$]+)\$(\d+)\$(\d+)\$([^$]+)$/.exec(text) ?? []
  const [ln, r, p, hash] = [Math.log2(Number(n)), whole(block), whole(lanes), bytesOf(output)]
  return Number.isInteger(ln) && ln > 0 && ln < 32 && salt && r && p && hash ? { kind: 'scrypt', ln, r, p, salt: utf8(salt), hash } : null
}

function fbscrypt(text: string): Read {
  const form = /^\$fbscrypt\$v=1,n=(\d+),r=(\d+),p=1(?:,ss=([^,$]*))?,sk=([^,$]+)\$([^$]+)\$([^$]+)$/
  const [, memCost, rounds, saltSeparator = '', signerKey, salt, hash] = form.exec(text) ?? []
  return signerKey ? firebase({ hash, salt, signerKey, saltSeparator, rounds: whole(rounds), memCost: whole(memCost) }) : null
}

function objectForm(given: Record<string, unknown>, config: HashConfig | null): (() => Read) | null {
  if ('credentialData' in given || 'secretData' in given) return keycloakForm(given)
  if (!('hash' in given) || !('salt' in given)) return null
  return () => firebase({ ...config, ...given })
}

/** A user's pair with the project's parameters. */
function firebase(given: Record<string, unknown>): Read {
  const { rounds: r, memCost: ln } = given
  const [hash, salt, signer, separator] = ['hash', 'salt', 'signerKey', 'saltSeparator'].map((name) => bytesOf(given[name]))
  if (!isCount(r) || !isCount(ln) || ln > 31 || !hash || !salt || !signer || !separator) return null
  return { kind: 'fbscrypt', ln, r, salt, separator, signer, hash }
}

/** The two parts as a realm's export has them: JSON in a string, or read already. Null for an algorithm that is not known. */
function keycloakForm(given: Record<string, unknown>): (() => Read) | null {
  const [about, secret] = [parsed(given.credentialData), parsed(given.secretData)]
  if (!about || !secret) return () => null
  const [salt, hash] = [bytesOf(secret.salt), bytesOf(secret.value)]
  const count = about.hashIterations
  if (about.algorithm === 'argon2') return () => keycloakArgon2(about, salt, hash)
  const digest = KEYCLOAK_DIGESTS[String(about.algorithm)]
  if (!digest) return null
  return () => (isCount(count) && salt && hash ? { kind: 'pbkdf2', digest, iterations: count, salt, hash } : null)
}

const KEYCLOAK_DIGESTS: Partial<Record<string, Digest>> = { pbkdf2: 'sha1', 'pbkdf2-sha256': 'sha256', 'pbkdf2-sha512': 'sha512' }

function keycloakArgon2({ hashIterations: time, additionalParameters }: Record<string, unknown>, salt: Bytes, hash: Bytes): Read {
  const more = isObject(additionalParameters) ? additionalParameters : {}
  const [variant, version, memory, lanes] = ['type', 'version', 'memory', 'parallelism'].map((name) => String([more[name]].flat()[0] ?? ''))
  const v = version === '1.3' ? 19 : version === '1.0' ? 16 : null
  const [m, p] = [whole(memory), whole(lanes)]
  if (!isCount(time) || !m || !p || m < 8 * p || !v || !salt || !hash || !/^(id|i|d)$/.test(variant!)) return null
  return { kind: 'argon2', variant: variant as 'id' | 'i' | 'd', version: v, memory: m, time, parallelism: p, salt, hash }
}

type Bytes = Uint8Array | null

const isObject = (given: unknown): given is Record<string, unknown> => typeof given === 'object' && given !== null && !Array.isArray(given)
const isCount = (given: unknown): given is number => Number.isInteger(given) && (given as number) > 0 && (given as number) <= 1e9
const whole = (digits: string | undefined): number => (digits && digits.length <= 9 ? Number(digits) : 0)
const utf8 = (text: string) => new TextEncoder().encode(text)

function parsed(given: unknown): Record<string, unknown> | null {
  if (typeof given !== 'string') return isObject(given) ? given : null
  try {
    const value: unknown = JSON.parse(given)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** Base64 in any of the spellings that are about: with or without padding, for URLs, passlib's. */
function bytesOf(text: unknown): Bytes {
  if (typeof text !== 'string' || text.length > 1024) return null
  const spelled = text.replace(/=+$/, '').replace(/[-.]/g, '+').replace(/_/g, '/')
  if (!/^[A-Za-z0-9+/]*$/.test(spelled)) return null
  try {
    return Uint8Array.fromBase64(spelled)
  } catch {
    return null
  }
}
