import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { Limit } from './rules/limits.ts'

const SECOND = 1000
const SPANS: Record<string, number> = { ms: 1, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: 24 * 3600 * SECOND }

/** A value that cannot be used: what is wrong, and an example of what is right. The value itself is never repeated. */
export type Mistake = { wrong: string; right: string }
export type Parse<T> = (text: string) => { value: T } | Mistake
export type Setting<T = unknown, F extends string | null = string | null> = {
  name: string
  fallback: F
  meaning: string
  secret: boolean
  later: boolean
  parse: Parse<T>
}
type Options = { secret?: boolean /** Accepted and judged, but without effect in this version. */; later?: boolean }

const ok = <T>(value: T) => ({ value })
const text: Parse<string> = (value) => ok(value)

function span(leastMs: number, mostMs: number, right: string): Parse<number> {
  return (value) => {
    const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(value)
    const spanMs = match ? Number(match[1]) * SPANS[match[2]!]! : Number.NaN
    if (!match) return { wrong: 'is not a span of time', right }
    return spanMs >= leastMs && spanMs <= mostMs ? ok(spanMs) : { wrong: 'is outside of what is sensible', right }
  }
}

function integer(least: number, most: number, right: string): Parse<number> {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    return number >= least && number <= most ? ok(number) : { wrong: `is not a whole number from ${least} to ${most}`, right }
  }
}

function oneOf<const T extends string>(...choices: T[]): Parse<T> {
  return (value) => {
    const choice = choices.find((candidate) => candidate === value)
    return choice === undefined ? { wrong: `is none of ${choices.join(', ')}`, right: choices[0]! } : ok(choice)
  }
}

function url(schemes: string[], right: string): Parse<URL> {
  return (value) => {
    const parsed = URL.parse(value)
    return parsed && schemes.includes(parsed.protocol) && parsed.hostname !== ''
      ? ok(parsed)
      : { wrong: `is not a URL with ${schemes.join(' or ')}`, right }
  }
}

const publicUrl: Parse<string> = (value) => {
  const parsed = URL.parse(value)
  const plain = parsed && ['http:', 'https:'].includes(parsed.protocol) && !parsed.search && !parsed.hash && !parsed.username
  return plain && !value.endsWith('/')
    ? ok(value)
    : { wrong: 'is not an http(s) URL without a slash at its end', right: 'https://id.example.com' }
}

/** Keys of at least 32 bytes in base64, separated by commas; the first one writes. */
const keys: Parse<Buffer[]> = (value) => {
  const right = 'the output of: openssl rand -base64 32'
  const list = value.split(',').map((part) => part.trim())
  if (list.some((part) => !/^[A-Za-z0-9+/_-]+={0,2}$/.test(part))) return { wrong: 'is not a comma list of base64 keys', right }
  const bytes = list.map((part) => Buffer.from(part, 'base64'))
  if (bytes.some(({ length }) => length < 32)) return { wrong: 'has a key of fewer than 32 bytes', right }
  if (new Set(bytes.map((key) => key.toString('hex'))).size < bytes.length) return { wrong: 'names the same key twice', right }
  return ok(bytes)
}

const jwks: Parse<{ keys: Record<string, unknown>[] }> = (value) => {
  const right = '{"keys":[{"kty":"EC","crv":"P-256","d":…}]}, made by: ./sello keys new signing'
  try {
    const set = JSON.parse(value) as { keys?: unknown }
    const list = Array.isArray(set.keys) ? (set.keys as Record<string, unknown>[]) : []
    if (list.length === 0) return { wrong: 'holds no keys', right }
    if (list.some((key) => key.kty !== 'EC' || key.crv !== 'P-256' || typeof key.d !== 'string'))
      return { wrong: 'has a key that is not a private P-256 key', right }
    return ok({ keys: list })
  } catch {
    return { wrong: 'is not a JWK Set', right }
  }
}

const mailFrom: Parse<{ name: string; address: string }> = (value) => {
  const match = /^(?:"?([^"<>\r\n]*?)"?\s*)?<([^<>\s@]+@[^<>\s@]+)>$|^([^<>\s@]+@[^<>\s@]+)$/.exec(value)
  if (!match) return { wrong: 'is not an address', right: 'Sello <no-reply@example.com>' }
  return ok({ name: match[1] ?? '', address: match[2] ?? match[3]! })
}

const host: Parse<string> = (value) =>
  isIP(value) > 0 || /^[A-Za-z0-9.-]{1,253}$/.test(value) ? ok(value) : { wrong: 'is not a host name or IP address', right: '127.0.0.1' }

const cidrs: Parse<string[]> = (value) => {
  const list = value.split(',').map((part) => part.trim())
  const good = list.every((part) => {
    const [ip = '', bits, more] = part.split('/')
    const most = isIP(ip) === 4 ? 32 : isIP(ip) === 6 ? 128 : -1
    return most > 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  })
  return good ? ok(list) : { wrong: 'is not a comma list of networks', right: '10.0.0.0/8,fd00::/8' }
}

const longSecret: Parse<string> = (value) =>
  value.length >= 32 && /^[\x21-\x7e]+$/.test(value)
    ? ok(value)
    : { wrong: 'is not 32 or more visible ASCII characters', right: 'the output of: openssl rand -hex 32' }

const windows =
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

function set<T, F extends string | null>(
  name: string,
  fallback: F,
  parse: Parse<T>,
  meaning: string,
  options: Options = {},
): Setting<T, F> {
  return { name: `SELLO_${name}`, fallback, parse, meaning, secret: false, later: false, ...options }
}
const limit = (name: string, fallback: string, meaning: string) => set(`LIMIT_${name}`, fallback, windows(fallback), meaning)

/** Every setting there is: the table of the README is made from this. */
export const settings = {
  mode: set(
    'MODE',
    'development',
    oneOf('development', 'production'),
    '`production` refuses development defaults: generated secrets, an http public URL, the built-in inbox, API keys minted in development',
  ),
  host: set('HOST', '127.0.0.1', host, 'where the HTTP API listens'),
  port: set('PORT', '3000', integer(0, 65535, '3000'), 'its port; 0 takes a free one'),
  opsPort: set(
    'OPS_PORT',
    '3009',
    integer(0, 65535, '3009'),
    'private listener on 127.0.0.1: `/health/alive`, `/health/ready`, `/metrics`',
  ),
  publicUrl: set('PUBLIC_URL', null, publicUrl, 'the only source of every link and issuer; `http://localhost:<port>` by default'),
  dataDir: set(
    'DATA_DIR',
    './data',
    (value) => ok(resolve(value)),
    'embedded store, generated development secrets (0600), the command socket',
  ),
  store: set(
    'STORE',
    'sqlite:',
    (value) => (value === 'sqlite:' ? ok(value) : { wrong: 'is not a store that this version has', right: 'sqlite:' }),
    '`sqlite:` is a file in the data folder',
  ),
  signingKey: set('SIGNING_KEY', null, jwks, 'private JWK Set (P-256): the first key signs, all are published; generated in development', {
    secret: true,
  }),
  pepper: set('PEPPER', null, keys, 'comma list of base64 keys ≥ 32 bytes: the first writes, all are tried; generated in development', {
    secret: true,
  }),
  sealKey: set('SEAL_KEY', null, keys, 'the same, for what must be read again: tokens, letters', { secret: true }),
  smtpUrl: set(
    'SMTP_URL',
    null,
    url(['smtp:', 'smtps:'], 'smtp://user:password@mail.example.com:587'),
    '`smtp://user:pass@host:587` or `smtps://…`; without it letters go to the built-in inbox',
    { secret: true },
  ),
  smtpTls: set(
    'SMTP_TLS',
    null,
    oneOf('required', 'opportunistic', 'none'),
    '`required`, `opportunistic` or `none`; `required` by default, `none` for a loopback host',
  ),
  mailFrom: set('MAIL_FROM', 'Sello <no-reply@localhost>', mailFrom, 'sender address; the app’s display name goes before it'),
  bootstrapKey: set(
    'BOOTSTRAP_KEY',
    null,
    longSecret,
    '≥ 32 characters: on start, app `default` is created with this API key if that app does not exist; a revoked key never comes back',
    { secret: true },
  ),
  numberTtlMs: set('NUMBER_TTL', '24h', span(SPANS.m!, 30 * SPANS.d!, '24h'), 'life of an identity number'),
  numberUse: set('NUMBER_USE', 'once', oneOf('once', 'until-expiry'), '`once`: the first successful check consumes it; `until-expiry`'),
  limits: set('LIMITS', 'on', oneOf('on', 'off'), '`off` (refused in production) lifts every budget; never expiry or single use'),
  addressSends: limit('ADDRESS_SENDS', '5/10m,20/24h', 'letters to one address for one app'),
  addressTotal: limit('ADDRESS_TOTAL', '40/24h', 'letters to one address over all apps'),
  untaggedSends: limit('UNTAGGED_SENDS', '20/24h', 'letters to all +tags of one address together'),
  appSends: limit('APP_SENDS', '600/1h,5000/24h', 'registrations of one app'),
  appMisses: limit('APP_MISSES', '100/1h', 'wrong numbers of one app without the email (fewer when it has very many live numbers)'),
  appEmailMisses: limit('APP_EMAIL_MISSES', '100/1h', 'wrong numbers of one app with the email'),
  clientIpMisses: limit('CLIENT_IP_MISSES', '5/1h', 'wrong numbers of one visitor, where the app names his address as `clientIp`'),
  locale: set('LOCALE', 'es', oneOf('es', 'ru', 'en'), 'language where neither the call nor `Accept-Language` names one'),
  persistenceUrl: set('PERSISTENCE_URL', null, url(['http:', 'https:', 'unix:'], 'https://persistence.internal:3001'), '', { later: true }),
  messagingUrl: set('MESSAGING_URL', null, url(['http:', 'https:', 'unix:'], 'https://messaging.internal:3002'), '', { later: true }),
  persistenceKey: set('PERSISTENCE_KEY', null, longSecret, '', { secret: true, later: true }),
  messagingKey: set('MESSAGING_KEY', null, longSecret, '', { secret: true, later: true }),
  caFile: set('CA_FILE', null, text, '', { later: true }),
  tlsCertFile: set('TLS_CERT_FILE', null, text, '', { later: true }),
  tlsKeyFile: set('TLS_KEY_FILE', null, text, '', { later: true }),
  dkimDomain: set('DKIM_DOMAIN', null, host, '', { later: true }),
  dkimSelector: set('DKIM_SELECTOR', null, host, '', { later: true }),
  dkimKey: set('DKIM_KEY', null, text, '', { secret: true, later: true }),
  profile: set('PROFILE', 'standard', oneOf('standard', 'strict'), '', { later: true }),
  codeDigits: set('CODE_DIGITS', '4', integer(4, 8, '4'), '', { later: true }),
  codeTtlMs: set('CODE_TTL', '15m', span(SPANS.m!, SPANS.d!, '15m'), '', { later: true }),
  codeAttempts: set('CODE_ATTEMPTS', '3', integer(1, 10, '3'), '', { later: true }),
  codeInSubject: set('CODE_IN_SUBJECT', 'off', oneOf('on', 'off'), '', { later: true }),
  linkTtlMs: set('LINK_TTL', '60m', span(SPANS.m!, SPANS.d!, '60m'), '', { later: true }),
  undoTtlMs: set('UNDO_TTL', '7d', span(SPANS.h!, 90 * SPANS.d!, '7d'), '', { later: true }),
  accessTtlMs: set('ACCESS_TTL', '24h', span(SPANS.m!, SPANS.d!, '24h'), '', { later: true }),
  refreshTtlMs: set('REFRESH_TTL', '30d', span(SPANS.m!, 365 * SPANS.d!, '30d'), '', { later: true }),
  refreshGraceMs: set('REFRESH_GRACE', '10s', span(0, 60 * SECOND, '10s'), '', { later: true }),
  passwordMin: set('PASSWORD_MIN', '8', integer(8, 64, '8'), '', { later: true }),
  trustedProxies: set('TRUSTED_PROXIES', null, cidrs, '', { later: true }),
} as const
