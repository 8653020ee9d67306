/** Every word that leaves Sello in a person's language. Each language `satisfies Messages`, so a missing key fails the type check. */
export type Messages = {
  /** One sentence for a person per problem code; the codes and their English titles for developers are in problem.ts. */
  problems: Record<ProblemKey, string>
  /** An instant (milliseconds since the epoch) as `10:32 (UTC)`. */
  time(ms: number): string
  /** An instant (milliseconds since the epoch) as `18 December 2025 at 10:32 (UTC)`. */
  dateTime(ms: number): string
  /** The letter with an identity number. `app` is the application's name, `at` an instant in milliseconds since the epoch. */
  numberLetter: {
    /** Stands before the number in the first line of the text part, and on the stamp. */
    word: string
    /** The other word on the stamp. */
    mark: string
    /** Never contains the number; the time keeps two letters from being folded into one conversation. */
    subject(app: string, at: number): string
    preheader(app: string): string
    heading: string
    lead(app: string): string
    replaces(at: number): string
    validUntil(at: number): string
    nobodyAsks(app: string): string
    notYou: string
    /** Shown only when answers to the letter reach someone. */
    questions: string
  }
}

/** The codes of problem.ts, listed again because i18n imports nothing; test/i18n.test.ts holds the two lists together. */
export type ProblemKey =
  | 'invalid_request'
  | 'number_malformed'
  | 'api_key_invalid'
  | 'service_key_invalid'
  | 'not_allowed_here'
  | 'not_found'
  | 'number_unknown'
  | 'identity_unknown'
  | 'method_not_allowed'
  | 'body_too_large'
  | 'content_type_unsupported'
  | 'idempotency_conflict'
  | 'rate_limited'
  | 'email_required'
  | 'fault'
  | 'numbers_exhausted'
  | 'unavailable'
  | 'late'
  | 'busy'

/** Date (`18 December 2025`) and clock (`10:32`) of an instant in milliseconds, in UTC, for one language; the formats are made once. */
export function clockFor(language: string) {
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  const hour = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' })
  const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
  return { date: (ms: number) => plain(day.format(ms)), clock: (ms: number) => plain(hour.format(ms)) }
}
