import { resolve } from 'node:path'
import { dkimKey, dnsName } from './dkim-settings.ts'
import { letterTexts } from './letter-texts.ts'
import {
  certificates,
  cidrs,
  host,
  hostName,
  integer,
  jwks,
  keys,
  longSecret,
  longSecrets,
  mailFrom,
  oneOf,
  type Parse,
  privateKey,
  publicUrl,
  SECOND,
  SPANS,
  services,
  span,
  store,
  url,
  windows,
} from './parsers.ts'

export type Setting<T = unknown, F extends string | null = string | null> = {
  name: string
  fallback: F
  meaning: string
  secret: boolean
  later: boolean
  /** The services that read it; none = all of them. */
  of: readonly Service[]
  parse: Parse<T>
}
export type Service = 'gateway' | 'persistence' | 'messaging'
type Options = {
  secret?: boolean
  /** Accepted and judged, but without effect in this version. */
  later?: boolean
  of?: readonly Service[]
}

function set<T, F extends string | null>(
  name: string,
  fallback: F,
  parse: Parse<T>,
  meaning: string,
  options: Options = {},
): Setting<T, F> {
  return { name: `SELLO_${name}`, fallback, parse, meaning, secret: false, later: false, of: [], ...options }
}
const GATEWAY = { of: ['gateway'] } as const
const PERSISTENCE = { of: ['persistence'] } as const
const MESSAGING = { of: ['messaging'] } as const
const limit = (name: string, fallback: string, meaning: string) => set(`LIMIT_${name}`, fallback, windows(fallback), meaning, PERSISTENCE)

/** Every setting there is: the table of the README is made from this. */
export const settings = {
  mode: set(
    'MODE',
    'development',
    oneOf('development', 'production'),
    '`production` refuses development defaults: generated secrets, an http public URL, the built-in inbox, API keys minted in development',
  ),
  host: set('HOST', '127.0.0.1', host, 'where this process listens; `unix:/run/sello/x.sock` for a socket'),
  port: set(
    'PORT',
    null,
    integer(0, 65535, '3000'),
    'its port: 3000 for the gateway and all in one, 3001 persistence, 3002 messaging; 0 takes a free one',
  ),
  opsHost: set('OPS_HOST', '127.0.0.1', hostName, 'where the private listener is: `/health/alive`, `/health/ready`, `/metrics`'),
  opsPort: set('OPS_PORT', null, integer(0, 65535, '3009'), 'its port: 3009, 3019, 3029 in the same order'),
  publicUrl: set('PUBLIC_URL', null, publicUrl, 'the only source of every link and issuer; `http://localhost:<port>` by default', GATEWAY),
  dataDir: set(
    'DATA_DIR',
    './data',
    (value) => ({ value: resolve(value) }),
    'embedded store, generated development secrets (0600), the command socket',
  ),
  store: set(
    'STORE',
    'sqlite:',
    store,
    '`sqlite:` is a file in the data folder; `redis://user:password@host:6379/0`, `rediss://…`, `redis-cluster://h1,h2,h3`, `redis-sentinel://h1,h2,h3/name`',
    { secret: true, ...PERSISTENCE },
  ),
  signingKey: set(
    'SIGNING_KEY',
    null,
    jwks,
    'private JWK Set (P-256, or RSA ≥ 2048 bits beside one): the first key signs, all are published; generated in development',
    { secret: true, ...GATEWAY },
  ),
  pepper: set('PEPPER', null, keys, 'comma list of base64 keys ≥ 32 bytes: the first writes, all are tried; generated in development', {
    secret: true,
    ...PERSISTENCE,
  }),
  sealKey: set('SEAL_KEY', null, keys, 'the same, for what must be read again: tokens, letters', { secret: true, ...PERSISTENCE }),
  smtpUrl: set(
    'SMTP_URL',
    null,
    url(['smtp:', 'smtps:'], 'smtp://user:password@mail.example.com:587'),
    '`smtp://user:pass@host:587` or `smtps://…`; without it letters go to the built-in inbox',
    { secret: true, ...MESSAGING },
  ),
  smtpTls: set(
    'SMTP_TLS',
    null,
    oneOf('required', 'opportunistic', 'none'),
    '`required`, `opportunistic` or `none`; `required` by default, `none` for a loopback host',
    MESSAGING,
  ),
  mailFrom: set('MAIL_FROM', 'Sello <no-reply@localhost>', mailFrom, 'sender address; the app’s display name goes before it', MESSAGING),
  codeInSubject: set(
    'CODE_IN_SUBJECT',
    'off',
    oneOf('on', 'off'),
    '`on` puts the code of a sign-up into the subject of its letter, which lock screens and mail servers’ logs show',
    MESSAGING,
  ),
  letterTexts: set(
    'LETTER_TEXTS',
    null,
    letterTexts,
    'a folder with `es.json`, `ru.json`, `en.json`: words of your own for letters; `./sello letters --texts es` prints the built-in ones',
    MESSAGING,
  ),
  bootstrapKey: set(
    'BOOTSTRAP_KEY',
    null,
    longSecret,
    '≥ 32 characters: on start, app `default` is created with this API key if that app does not exist; a revoked key never comes back',
    { secret: true, ...PERSISTENCE },
  ),
  numberTtlMs: set('NUMBER_TTL', '24h', span(SPANS.m!, 30 * SPANS.d!, '24h'), 'life of an identity number', PERSISTENCE),
  numberUse: set(
    'NUMBER_USE',
    'once',
    oneOf('once', 'until-expiry'),
    '`once`: the first successful check consumes it; `until-expiry`',
    PERSISTENCE,
  ),
  limits: set(
    'LIMITS',
    'on',
    oneOf('on', 'off'),
    '`off` (refused in production) lifts every budget; never expiry or single use',
    PERSISTENCE,
  ),
  addressSends: limit('ADDRESS_SENDS', '5/10m,20/24h', 'letters to one address for one app'),
  addressTotal: limit('ADDRESS_TOTAL', '40/24h', 'letters to one address over all apps'),
  untaggedSends: limit('UNTAGGED_SENDS', '20/24h', 'letters to all +tags of one address together'),
  appSends: limit('APP_SENDS', '600/1h,5000/24h', 'registrations of one app'),
  appMisses: limit('APP_MISSES', '100/1h', 'wrong numbers of one app without the email (fewer when it has very many live numbers)'),
  appEmailMisses: limit('APP_EMAIL_MISSES', '100/1h', 'wrong numbers of one app with the email'),
  clientIpMisses: limit('CLIENT_IP_MISSES', '5/1h', 'wrong numbers of one visitor, where the app names his address as `clientIp`'),
  publicSends: limit(
    'PUBLIC_SENDS',
    '1/60s,5/1h,10/24h',
    'letters to one address that anybody may ask for: sign-up, a new code, a new password, another address',
  ),
  codeGuesses: limit('CODE_GUESSES', '9/24h', 'wrong codes of fewer than 8 digits at one address; from then on its codes have 8'),
  persistenceUrl: set(
    'PERSISTENCE_URL',
    null,
    services('https://persistence.internal:3001'),
    'gateway: where persistence is, `https://…`, `http://…` or `unix:/…`; several with commas take turns',
    GATEWAY,
  ),
  messagingUrl: set('MESSAGING_URL', null, services('https://messaging.internal:3002'), 'gateway: where messaging is, likewise', GATEWAY),
  persistenceKey: set(
    'PERSISTENCE_KEY',
    null,
    longSecrets,
    'what the gateway shows to persistence: ≥ 32 characters; a comma list where it is being replaced: the gateway shows the first, persistence takes all',
    { secret: true, of: ['gateway', 'persistence'] },
  ),
  messagingKey: set('MESSAGING_KEY', null, longSecrets, 'the same for messaging, another one', {
    secret: true,
    of: ['gateway', 'messaging'],
  }),
  ca: set('CA_FILE', null, certificates, 'PEM certificates that services, Redis and the mail server are believed by, besides the system’s'),
  tlsCert: set('TLS_CERT_FILE', null, certificates, 'PEM certificate chain of this process’s own listener, which then speaks https'),
  tlsKey: set('TLS_KEY_FILE', null, privateKey, 'its private key, PEM'),
  locale: set('LOCALE', 'es', oneOf('es', 'ru', 'en'), 'language where neither the call nor `Accept-Language` names one', GATEWAY),
  dkimDomain: set(
    'DKIM_DOMAIN',
    null,
    dnsName,
    'signs letters (DKIM) for this domain, that of `SELLO_MAIL_FROM` as a rule; not where the relay signs',
    MESSAGING,
  ),
  dkimSelector: set('DKIM_SELECTOR', null, dnsName, 'the public key is the TXT record `<selector>._domainkey.<domain>`', MESSAGING),
  dkimKey: set('DKIM_KEY', null, dkimKey, 'the private key in PEM: RSA of 2048 bits or more, or Ed25519', { secret: true, ...MESSAGING }),
  profile: set(
    'PROFILE',
    'standard',
    oneOf('standard', 'strict'),
    '`strict`: codes of 6 digits that live 10 minutes, passwords of 15 characters and more, unless set otherwise',
    PERSISTENCE,
  ),
  codeDigits: set(
    'CODE_DIGITS',
    null,
    integer(4, 8, '4'),
    'digits of a code: 4, `strict` 6; 8 once an address was guessed at too often',
    PERSISTENCE,
  ),
  codeTtlMs: set('CODE_TTL', null, span(SPANS.m!, SPANS.d!, '15m'), 'life of a code: `15m`, `strict` `10m`', PERSISTENCE),
  codeAttempts: set('CODE_ATTEMPTS', '3', integer(1, 10, '3'), 'wrong guesses after which a code is dead', PERSISTENCE),
  linkTtlMs: set('LINK_TTL', '60m', span(SPANS.m!, SPANS.d!, '60m'), 'life of a link in a letter', PERSISTENCE),
  undoTtlMs: set(
    'UNDO_TTL',
    '7d',
    span(SPANS.h!, 90 * SPANS.d!, '7d'),
    'life of the link in a notice that takes a change back',
    PERSISTENCE,
  ),
  accessTtlMs: set('ACCESS_TTL', '24h', span(SPANS.m!, SPANS.d!, '24h'), 'life of an access token', GATEWAY),
  refreshTtlMs: set('REFRESH_TTL', '30d', span(SPANS.m!, 365 * SPANS.d!, '30d'), 'life of a session, from the sign-in on', PERSISTENCE),
  refreshGraceMs: set(
    'REFRESH_GRACE',
    '10s',
    span(0, 60 * SECOND, '10s'),
    'so long the refresh token before the newest one gives the same successor again',
    PERSISTENCE,
  ),
  passwordMin: set(
    'PASSWORD_MIN',
    null,
    integer(8, 64, '8'),
    'characters (code points) that a password must have: 8, `strict` 15',
    PERSISTENCE,
  ),
  trustedProxies: set('TRUSTED_PROXIES', null, cidrs, '', { later: true }),
} as const
