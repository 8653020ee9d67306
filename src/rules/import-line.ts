import { type Email, readEmail } from './email.ts'
import type { Foreign } from './foreign.ts'
import { type HashConfig, type HashReason, readForeign } from './foreign-forms.ts'

export type Locale = 'es' | 'ru' | 'en'
/** An account as a line of an import tells of it. Times in ms; `hash` null = it has no password. */
export type ImportLine = { email: Email; hash: Foreign | null; createdAt: number; locale: Locale; id: string | null }
export type LineReason =
  | 'not_json'
  | 'not_an_object'
  | 'field_unknown'
  | 'email_invalid'
  | 'email_not_verified'
  | 'password_missing'
  | 'created_at_invalid'
  | 'locale_invalid'
  | 'id_invalid'
  | HashReason
export type ReadLine = { line: ImportLine } | { reason: LineReason; detail: string }

export type ImportRules = {
  config: HashConfig | null
  /** Addresses that nobody verified count as verified. */
  trustAddresses: boolean
  /** Where a line names none of ours. */
  locale: Locale
  now: number
  toAscii: (domain: string) => string
  /** Ms since the Unix epoch of a date in ISO 8601, NaN when it is none. */
  timeOf: (text: string) => number
}

const FIELDS = ['email', 'password', 'emailVerified', 'createdAt', 'locale', 'id']
const DAY = 24 * 60 * 60 * 1000

/** Judges one line of an import. What it may not be is said of the first thing that is wrong, and never shows any of the hash. */
export function readLine(given: unknown, rules: ImportRules): ReadLine {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return no('not_an_object', 'a line is one JSON object')
  const line = given as Record<string, unknown>
  const stray = Object.keys(line).find((name) => !FIELDS.includes(name))
  if (stray !== undefined)
    return no('field_unknown', `a line has ${FIELDS.join(', ')} and no ${/^\w{1,40}$/.test(stray) ? stray : 'others'}`)
  const email = typeof line.email === 'string' ? readEmail(line.email, rules.toAscii) : null
  if (!email) return no('email_invalid', 'email is exactly one plain address')
  if (line.emailVerified !== true && !rules.trustAddresses)
    return no('email_not_verified', 'emailVerified is not true; --trust-addresses takes it nevertheless')
  const createdAt = readTime(line.createdAt ?? rules.now, rules)
  if (createdAt === null) return no('created_at_invalid', 'createdAt is a past date in ISO 8601, or milliseconds since 1970')
  const locale = readLocale(line.locale ?? rules.locale, rules.locale)
  if (!locale) return no('locale_invalid', 'locale is a language tag')
  const id = line.id ?? null
  if (id !== null && (typeof id !== 'string' || id.length > 200)) return no('id_invalid', 'id is text of at most 200 characters')
  return withHash({ email, hash: null, createdAt, locale, id }, line.password, rules.config)
}

function withHash(line: ImportLine, password: unknown, config: HashConfig | null): ReadLine {
  if (password === undefined) return no('password_missing', 'password is the hash, or null where there is none')
  if (password === null) return { line }
  const read = readForeign(password, config)
  return 'hash' in read ? { line: { ...line, hash: read.hash } } : read
}

const no = (reason: LineReason, detail: string): ReadLine => ({ reason, detail })

function readTime(given: unknown, { now, timeOf }: ImportRules): number | null {
  const at = typeof given === 'string' ? timeOf(given) : given
  return typeof at === 'number' && at >= 0 && at < now + DAY ? Math.min(Math.floor(at), now) : null
}

/** `es-MX` and `es_MX` are es; a language that is none of ours gives way to `otherwise`. */
function readLocale(given: unknown, otherwise: Locale): Locale | null {
  if (typeof given !== 'string') return null
  const primary = given.toLowerCase().split(/[-_]/, 1)[0]!
  return (['es', 'ru', 'en'] as const).find((locale) => locale === primary) ?? otherwise
}
