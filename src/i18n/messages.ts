/** Every word that leaves Sello in a person's language. Each language `satisfies Messages`, so a missing key fails the type check. */
export type Messages = {
  /** One sentence for a person per problem code; the codes and their English titles for developers are in problem.ts. */
  problems: Record<ProblemKey, string>
  /** What a sign-up and a request for a new code answer, whatever the address. `digits`: how many a code has as a rule. */
  signedUp(email: string, digits: number): string
  resent(email: string): string
  /** What a request for a new password answers, whatever the address, and one for another address. */
  resetAsked: string
  moveAsked(email: string): string
  /** An instant (milliseconds since the epoch) as `10:32 (UTC)`. */
  time(ms: number): string
  /** An instant (milliseconds since the epoch) as `18 December 2025 at 10:32 (UTC)`. */
  dateTime(ms: number): string
  /** An instant as `18 December` and as `10:32`, in UTC without saying so. */
  day(ms: number): string
  clock(ms: number): string
  /** A span of milliseconds as `15 minutes` or `24 hours`: in minutes unless it is whole hours. */
  life(ms: number): string
  /** `until 10:32 (UTC)`, and `at 10:32 (UTC)`: with the day where it is not that of `from`. */
  until(ms: number, from: number): string
  moment(ms: number, from: number): string
  /** What several letters say. */
  letter: {
    /** Shown only when answers to the letter reach someone. */
    questions: string
    signIn: string
    newPassword: string
    confirmPage: string
  }
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
  }
  /** The letter with a code and a link. No sentence names a year: no run of four digits may stand beside the code. */
  codeLetter: Confirming & {
    /** Only where the operator wants the code in the subject. */
    subjectWithCode(app: string, code: string): string
    /** Between the code and the link. */
    orLink: string
    /** `at`: when the code ends, `linkAt` the link; `from`: when the letter was requested, whose day need not be named. */
    validUntil(at: number, linkAt: number, from: number): string
  }
  /** The same letter where guessing has used up the code, and only the link is left. */
  linkLetter: Confirming & { noCode: string; validUntil(linkAt: number, from: number): string }
  /** Notices. `at`: when it happened. */
  registeredLetter: Notice
  welcomeLetter: Notice
  /** The letter with a link to a new password. */
  resetLetter: Linking & { validUntil(linkAt: number, from: number): string }
  /** To the address that an account shall move to. */
  emailChangeLetter: Linking & {
    /** Who alone can move it. */
    byOwner: string
    validUntil(linkAt: number, from: number): string
  }
  /** What was done with an account, and how to take it back. */
  passwordChangedLetter: Undoable & { lead(app: string, at: number): string }
  /** `email`: the new address. */
  emailChangedLetter: Undoable & { lead(app: string, at: number, email: string): string }
  deletedLetter: Undoable & { lead(app: string, at: number): string }
  /** A sign-in from a browser that the account did not know. */
  signedInLetter: {
    /** Stands before the browser in the first line of the text part, and on the stamp. */
    word: string
    subject(app: string, at: number): string
    preheader: string
    heading: string
    /** What it came from, of which either may be unknown. */
    from(browser: string | null, system: string | null): string
    /** `from`: in the words above. */
    lead(app: string, at: number, from: string): string
    /** Over the button to a new password. */
    notYou: string
  }
}

export type Linking = {
  word: string
  subject(app: string, at: number): string
  /** `at`: when it ends; `from`: when it was requested. */
  preheader(at: number, from: number): string
  heading: string
  lead(app: string): string
  doNotShare(app: string): string
  notYou: string
}

type Confirming = Linking & {
  /** `at`: when the letter was requested that this one replaces. */
  replaces(at: number, from: number): string
}

export type Undoable = {
  /** On the stamp. */
  word: string
  subject(app: string, at: number): string
  preheader: string
  heading: string
  /** Over the button `undo`. */
  notYou: string
  undo: string
  /** `at`: when the link ends. */
  validUntil(at: number): string
  /** In place of all three where the letter has no link. */
  noLink: string
}

type Notice = {
  /** On the stamp. */
  word: string
  subject(app: string, at: number): string
  preheader: string
  heading(app: string): string
  lead(app: string, at: number): string
  notYou: string
}

/** The codes of problem.ts, listed again because i18n imports nothing; test/i18n.test.ts holds the two lists together. */
export type ProblemKey =
  | 'invalid_request'
  | 'number_malformed'
  | 'code_wrong'
  | 'code_expired'
  | 'link_invalid'
  | 'password_rejected'
  | 'api_key_invalid'
  | 'token_invalid'
  | 'invalid_credentials'
  | 'password_required'
  | 'reauthentication_required'
  | 'service_key_invalid'
  | 'email_not_verified'
  | 'form_stale'
  | 'not_allowed_here'
  | 'not_found'
  | 'number_unknown'
  | 'session_unknown'
  | 'identity_unknown'
  | 'method_not_allowed'
  | 'body_too_large'
  | 'content_type_unsupported'
  | 'idempotency_conflict'
  | 'rate_limited'
  | 'too_many_attempts'
  | 'email_required'
  | 'fault'
  | 'numbers_exhausted'
  | 'unavailable'
  | 'late'
  | 'busy'

const DAY = 86_400_000

/**
 * Date (`18 December 2025`), day (`18 December`) and clock (`10:32`) of an instant in milliseconds, in UTC, for one language; the
 * formats are made once.
 */
export function clockFor(language: string) {
  const long = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  const short = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', timeZone: 'UTC' })
  const hour = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' })
  const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
  return {
    date: (ms: number) => plain(long.format(ms)),
    /** Null when both instants are on one day. */
    dayUnlessOf: (other: number, ms: number) => (Math.floor(ms / DAY) === Math.floor(other / DAY) ? null : plain(short.format(ms))),
    day: (ms: number) => plain(short.format(ms)),
    clock: (ms: number) => plain(hour.format(ms)),
  }
}

type Forms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>

/** Puts a count into the form that the language has for it (CLDR plural rules); `#` stands for the count. */
export function countFor(language: string) {
  const rules = new Intl.PluralRules(language)
  const count = (forms: Forms) => (n: number) => (forms[rules.select(n)] ?? forms.other).replace('#', String(n))
  /** A span of milliseconds, to the minute. */
  const life = (minutes: Forms, hours: Forms) => {
    const [inMinutes, inHours] = [count(minutes), count(hours)]
    return (ms: number) => {
      const whole = Math.max(1, Math.round(ms / 60_000))
      return whole % 60 === 0 ? inHours(whole / 60) : inMinutes(whole)
    }
  }
  return { count, life }
}
