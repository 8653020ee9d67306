import type { Config } from './config.ts'
import { isLoopback } from './loopback.ts'
import { readRedisUrl } from './redis-url.ts'

type Mistake = (name: string, wrong: string, right: string) => unknown

/** What single settings cannot tell: what is missing for this role, what does not go together, what production refuses. */
export function judge(config: Config, mistake: Mistake) {
  const { role } = config
  const mayBeClear = config.smtpTls === 'none' || config.smtpTls === 'opportunistic'
  if (mayBeClear && config.smtpUrl?.protocol === 'smtp:' && config.smtpUrl.password && !isLoopback(config.smtpUrl.hostname)) {
    mistake('SELLO_SMTP_TLS', 'could send the SMTP password in clear', 'required')
  }
  if (config.tlsCert && !config.tlsKey) mistake('SELLO_TLS_KEY_FILE', 'is missing beside SELLO_TLS_CERT_FILE', '/etc/sello/tls/key.pem')
  if (config.tlsKey && !config.tlsCert) mistake('SELLO_TLS_CERT_FILE', 'is missing beside SELLO_TLS_KEY_FILE', '/etc/sello/tls/cert.pem')
  if (role === 'gateway') judgeEdges(config, mistake)
  if (config.mode === 'production') judgeProduction(config, mistake)
}

function judgeEdges({ persistenceUrl, messagingUrl, persistenceKey, messagingKey }: Config, mistake: Mistake) {
  if (!persistenceUrl) mistake('SELLO_PERSISTENCE_URL', 'is missing: the gateway must know where persistence is', 'http://127.0.0.1:3001')
  if (!messagingUrl) mistake('SELLO_MESSAGING_URL', 'is missing: the gateway must know where messaging is', 'http://127.0.0.1:3002')
  if (persistenceKey?.some((key) => messagingKey?.includes(key)))
    mistake('SELLO_MESSAGING_KEY', 'repeats a key of SELLO_PERSISTENCE_KEY', 'a key of its own: openssl rand -hex 32')
}

function judgeProduction(config: Config, mistake: Mistake) {
  const is = (...roles: Config['role'][]) => roles.includes(config.role)
  const needed = [
    [is('all', 'persistence'), 'SELLO_PEPPER', config.pepper, 'the output of: openssl rand -base64 32'],
    [is('all', 'persistence'), 'SELLO_SEAL_KEY', config.sealKey, 'the output of: openssl rand -base64 32, another one'],
    [is('all', 'gateway'), 'SELLO_SIGNING_KEY', config.signingKey, 'file:/etc/sello/signing.json, made by: ./sello keys new signing'],
    [
      is('all', 'messaging'),
      'SELLO_SMTP_URL',
      config.smtpUrl,
      'smtp://user:password@mail.example.com:587 (the built-in inbox is for development)',
    ],
    [is('all', 'gateway'), 'SELLO_PUBLIC_URL', config.publicUrl, 'https://id.example.com'],
    [is('gateway', 'persistence'), 'SELLO_PERSISTENCE_KEY', config.persistenceKey, 'the output of: openssl rand -hex 32'],
    [is('gateway', 'messaging'), 'SELLO_MESSAGING_KEY', config.messagingKey, 'the output of: openssl rand -hex 32, another one'],
  ] as const
  for (const [isNeeded, name, value, right] of needed)
    if (isNeeded && value === null) mistake(name, 'is missing, and SELLO_MODE=production generates nothing', right)
  if (config.publicUrl?.startsWith('http:')) mistake('SELLO_PUBLIC_URL', 'is plain http', 'https://id.example.com')
  if (config.limits === 'off') mistake('SELLO_LIMITS', 'is off, which production refuses', 'on')
  if (is('all', 'messaging') && config.mailFrom?.address.endsWith('@localhost'))
    mistake('SELLO_MAIL_FROM', 'is the development sender', 'Sello <no-reply@example.com>')
  judgeSecrets(config, mistake)
  judgeTransport(config, mistake)
}

/** Fewer different bytes or characters than any 32 drawn ones have: zeros, or one character again and again. */
const FEW = 8

/** Each secret was drawn, and is for one purpose: what leaks with one of them opens nothing else. */
function judgeSecrets({ role, pepper, sealKey, persistenceKey, messagingKey, bootstrapKey }: Config, mistake: Mistake) {
  const base64 = (keys: Buffer[] | null) => keys?.map((key) => key.toString('base64')) ?? []
  const secrets: [name: string, texts: string[]][] = [
    ['SELLO_PEPPER', base64(pepper)],
    ['SELLO_SEAL_KEY', base64(sealKey)],
    ['SELLO_PERSISTENCE_KEY', persistenceKey ?? []],
    ['SELLO_MESSAGING_KEY', messagingKey ?? []],
    ['SELLO_BOOTSTRAP_KEY', bootstrapKey ? [bootstrapKey] : []],
  ]
  const right = (name: string) => (/PEPPER|SEAL/.test(name) ? 'openssl rand -base64 32' : 'openssl rand -hex 32')
  for (const [i, [name, texts]] of secrets.entries()) {
    if (texts.some((text) => new Set(text).size < FEW)) mistake(name, 'was not drawn at random', `the output of: ${right(name)}`)
    const other = secrets.slice(0, i).find(([, theirs]) => texts.some((text) => theirs.includes(text)))
    if (other && role !== 'gateway') mistake(name, `repeats a key of ${other[0]}`, `a key of its own: ${right(name)}`) // there judgeEdges says it
  }
}

/** Beyond this machine the services, and persistence with its store, speak TLS (seed 002: JSON/HTTPS). */
function judgeTransport(config: Config, mistake: Mistake) {
  const servers = readRedisUrl(config.store)
  if ('hosts' in servers && !servers.tls && !servers.hosts.every(({ host }) => isLoopback(host)))
    mistake('SELLO_STORE', 'is plain redis beyond this machine', 'rediss://user:password@redis.internal:6379/0, with SELLO_CA_FILE')
  const clear = (url: URL) => url.protocol === 'http:' && !isLoopback(url.hostname)
  if (config.persistenceUrl?.some(clear))
    mistake('SELLO_PERSISTENCE_URL', 'is plain http beyond this machine', 'https://persistence.internal:3001')
  if (config.messagingUrl?.some(clear))
    mistake('SELLO_MESSAGING_URL', 'is plain http beyond this machine', 'https://messaging.internal:3002')
  const isHere = config.host.startsWith('unix:') || isLoopback(config.host)
  if ((config.role === 'persistence' || config.role === 'messaging') && !isHere && !config.tlsCert)
    mistake(
      'SELLO_TLS_CERT_FILE',
      'is missing, and this service listens beyond this machine',
      '/etc/sello/tls/cert.pem, with SELLO_TLS_KEY_FILE',
    )
}
