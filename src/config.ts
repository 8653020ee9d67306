import { readFileSync } from 'node:fs'
import { dkimMissing } from './dkim-settings.ts'
import { judge } from './judge.ts'
import { type Service, type Setting, settings } from './settings.ts'

type Read<S> = S extends Setting<infer T, infer F> ? (F extends null ? T | null : T) : never
/** The settings as read: spans in ms, keys as bytes; null where nothing was given and there is no default. */
export type Config = { readonly [K in keyof typeof settings]: Read<(typeof settings)[K]> } & {
  readonly role: Role
  readonly port: number
  readonly opsPort: number
  readonly codeDigits: number
  readonly codeTtlMs: number
  readonly passwordMin: number
  /** Names of settings that were given but have no effect in this version. */
  readonly withoutEffect: readonly string[]
}

/** `tools`: a command that looks at what is there; nothing is demanded of its settings. */
export type Role = 'all' | Service | 'tools'
/** What the profile decides where the setting is not given. */
const PROFILES = {
  standard: { codeDigits: 4, codeTtlMs: 15 * 60_000, passwordMin: 8 },
  strict: { codeDigits: 6, codeTtlMs: 10 * 60_000, passwordMin: 15 },
}
const PORTS: Record<Role, number> = { all: 3000, gateway: 3000, persistence: 3001, messaging: 3002, tools: 3000 }
const OPS_PORTS: Record<Role, number> = { all: 3009, gateway: 3009, persistence: 3019, messaging: 3029, tools: 3009 }

/** What applications that call Sello name so: seen in the same shell they are not meant for us. */
const CALLERS = ['SELLO_URL', 'SELLO_API_KEY', 'SELLO_ISSUER', 'SELLO_APP_ID']

/** All mistakes of a configuration, a line each: the variable, what is wrong, an example of what is right. Never a secret value. */
export class ConfigMistakes extends Error {
  readonly lines: string[]
  constructor(lines: string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}

/**
 * Reads the environment once into a frozen object. An empty value counts as not given; a secret may be given as `file:PATH`. Settings
 * of other services are not looked at: their files may be none of ours to read.
 * @throws ConfigMistakes with every mistake at once
 */
export function readConfig(environment: Record<string, string | undefined>, role: Role = 'all'): Config {
  const lines: string[] = []
  const mistake = (name: string, wrong: string, right: string) => lines.push(`${name} ${wrong}. Right would be: ${right}`)
  const given = (name: string) => environment[name]?.trim() || null
  const isOurs = ({ of }: Setting) => of.length === 0 || role === 'all' || role === 'tools' || of.includes(role)

  const known = Object.values(settings).map(({ name }) => name)
  for (const name of Object.keys(environment)) {
    if (name.startsWith('SELLO_') && !known.includes(name) && !CALLERS.includes(name))
      mistake(name, 'is not a setting', nearest(name, known))
  }
  const values = Object.entries(settings).map(([key, setting]: [string, Setting]) => {
    const text = isOurs(setting) ? given(setting.name) : null
    const value =
      text === null ? setting.fallback : setting.secret && text.startsWith('file:') ? fileOf(text.slice(5), setting.name, mistake) : text
    if (value === null) return [key, null]
    const parsed = setting.parse(value)
    if ('value' in parsed) return [key, parsed.value]
    for (const { wrong, right } of [parsed, ...(parsed.more ?? [])]) mistake(setting.name, wrong, right)
    return [key, null]
  })
  const withoutEffect = Object.values(settings).filter((setting) => setting.later && isOurs(setting) && given(setting.name) !== null)
  const read = Object.fromEntries(values) as Config
  const profile = PROFILES[read.profile ?? 'standard']
  const config: Config = {
    ...read,
    role,
    codeDigits: read.codeDigits ?? profile.codeDigits,
    codeTtlMs: read.codeTtlMs ?? profile.codeTtlMs,
    passwordMin: read.passwordMin ?? profile.passwordMin,
    port: read.port ?? PORTS[role],
    opsPort: read.opsPort ?? OPS_PORTS[role],
    withoutEffect: withoutEffect.map(({ name }) => name),
  }
  // What was told of a setting is enough: one that cannot be read is not missing besides.
  const first = (name: string, wrong: string, right: string) =>
    lines.some((line) => line.startsWith(`${name} `)) || mistake(name, wrong, right)
  if (role !== 'tools') judge(config, first)
  for (const [name, right] of dkimMissing(config)) {
    if (given(name) === null) mistake(name, 'is missing, and DKIM takes all three of its settings or none', right)
  }
  if (lines.length > 0) throw new ConfigMistakes(lines)
  return Object.freeze(config)
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
