import { readFileSync } from 'node:fs'
import { isLoopback } from './loopback.ts'
import { type Setting, settings } from './settings.ts'

type Read<S> = S extends Setting<infer T, infer F> ? (F extends null ? T | null : T) : never
/** The settings as read: spans in ms, keys as bytes; null where nothing was given and there is no default. */
export type Config = { readonly [K in keyof typeof settings]: Read<(typeof settings)[K]> } & {
  /** Names of settings that were given but have no effect in this version. */
  readonly withoutEffect: readonly string[]
}

/** All mistakes of a configuration, a line each: the variable, what is wrong, an example of what is right. Never a secret value. */
export class ConfigMistakes extends Error {
  readonly lines: string[]
  constructor(lines: string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}

/**
 * Reads the environment once into a frozen object. An empty value counts as not given; a secret may be given as `file:PATH`.
 * @throws ConfigMistakes with every mistake at once
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const lines: string[] = []
  const mistake = (name: string, wrong: string, right: string) => lines.push(`${name} ${wrong}. Right would be: ${right}`)
  const given = (name: string) => environment[name]?.trim() || null

  const known = Object.values(settings).map(({ name }) => name)
  for (const name of Object.keys(environment)) {
    if (name.startsWith('SELLO_') && !known.includes(name)) mistake(name, 'is not a setting', nearest(name, known))
  }
  const read = Object.entries(settings).map(([key, setting]: [string, Setting]) => {
    const text = given(setting.name)
    const value =
      text === null ? setting.fallback : setting.secret && text.startsWith('file:') ? fileOf(text.slice(5), setting.name, mistake) : text
    if (value === null) return [key, null]
    const parsed = setting.parse(value)
    if ('value' in parsed) return [key, parsed.value]
    mistake(setting.name, parsed.wrong, parsed.right)
    return [key, null]
  })
  const withoutEffect = Object.values(settings).filter(({ name, later }) => later && given(name) !== null)
  const config = { ...Object.fromEntries(read), withoutEffect: withoutEffect.map(({ name }) => name) } as Config
  if (config.mode === 'production') judgeProduction(config, mistake)
  const mayBeClear = config.smtpTls === 'none' || config.smtpTls === 'opportunistic'
  if (mayBeClear && config.smtpUrl?.protocol === 'smtp:' && config.smtpUrl.password && !isLoopback(config.smtpUrl.hostname)) {
    mistake('SELLO_SMTP_TLS', 'could send the SMTP password in clear', 'required')
  }
  if (lines.length > 0) throw new ConfigMistakes(lines)
  return Object.freeze(config)
}

function judgeProduction(config: Config, mistake: (name: string, wrong: string, right: string) => void) {
  const needed = [
    ['SELLO_PEPPER', config.pepper, 'the output of: openssl rand -base64 32'],
    ['SELLO_SEAL_KEY', config.sealKey, 'the output of: openssl rand -base64 32, another one'],
    ['SELLO_SIGNING_KEY', config.signingKey, 'file:/etc/sello/signing.json, made by: ./sello keys new signing'],
    ['SELLO_SMTP_URL', config.smtpUrl, 'smtp://user:password@mail.example.com:587 (the built-in inbox is for development)'],
    ['SELLO_PUBLIC_URL', config.publicUrl, 'https://id.example.com'],
  ] as const
  for (const [name, value, right] of needed)
    if (value === null) mistake(name, 'is missing, and SELLO_MODE=production generates nothing', right)
  if (config.publicUrl?.startsWith('http:')) mistake('SELLO_PUBLIC_URL', 'is plain http', 'https://id.example.com')
  if (config.limits === 'off') mistake('SELLO_LIMITS', 'is off, which production refuses', 'on')
  if (config.mailFrom?.address.endsWith('@localhost'))
    mistake('SELLO_MAIL_FROM', 'is the development sender', 'Sello <no-reply@example.com>')
  const shared = config.sealKey?.some((seal) => config.pepper?.some((pepper) => pepper.equals(seal)))
  if (shared) mistake('SELLO_SEAL_KEY', 'repeats a key of SELLO_PEPPER', 'a key of its own: openssl rand -base64 32')
}

function fileOf(path: string, name: string, mistake: (name: string, wrong: string, right: string) => void): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    mistake(
      name,
      `names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'file:/etc/sello/secret, readable by this user',
    )
    return null
  }
}

/** The known name with the most letters in common, as a hint for a typing slip. */
function nearest(name: string, known: readonly string[]): string {
  const pairs = (text: string) => Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2))
  const wanted = pairs(name.slice(6))
  const score = (candidate: string) => {
    const have = pairs(candidate.slice(6))
    return (2 * wanted.filter((pair) => have.includes(pair)).length) / (wanted.length + have.length)
  }
  return known.reduce((best, candidate) => (score(candidate) > score(best) ? candidate : best))
}
