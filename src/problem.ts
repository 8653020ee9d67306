/** Every refusal and fault that can leave Sello, with its status and its English title for developers. `detail` comes from i18n. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  number_malformed: { status: 400, title: 'That is not an identity number; nothing was counted' },
  code_wrong: { status: 400, title: 'That is not the code; `attemptsLeft` says how many guesses it has left' },
  code_expired: { status: 400, title: 'No live code: never asked for, used, replaced or too late' },
  link_invalid: { status: 400, title: 'The link is unknown, used, replaced or expired' },
  password_rejected: { status: 400, title: 'The password cannot be used; `reason` says why' },
  api_key_invalid: { status: 401, title: 'The API key is missing or not valid' },
  token_invalid: { status: 401, title: 'The access token is missing, not valid or of an ended session' },
  invalid_credentials: { status: 401, title: 'Email or password is wrong' },
  password_required: { status: 401, title: 'Send the `flow` or the password of the sign-up that the letter belongs to' },
  reauthentication_required: { status: 401, title: 'The sign-in is older than 15 minutes: sign in again, or send the password' },
  service_key_invalid: { status: 401, title: 'The service key is missing or not the one of this service' },
  email_not_verified: { status: 403, title: 'The password is right, but the address is not verified yet' },
  form_stale: { status: 403, title: 'The form is not from a page that was made for this browser' },
  not_allowed_here: { status: 403, title: 'Only for a browser on this machine' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  number_unknown: { status: 404, title: 'No live identity number matches' },
  session_unknown: { status: 404, title: 'The account has no such session' },
  identity_unknown: { status: 404, title: 'No such identity' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  body_too_large: { status: 413, title: 'The body is larger than 64 KiB' },
  content_type_unsupported: { status: 415, title: 'Send application/json in UTF-8, uncompressed' },
  idempotency_conflict: { status: 422, title: 'This Idempotency-Key was used with another body' },
  rate_limited: { status: 429, title: 'Too many; wait and try again' },
  too_many_attempts: { status: 429, title: 'The code had its guesses; ask for a new one' },
  email_required: { status: 429, title: 'Too many wrong numbers; send the email too' },
  fault: { status: 500, title: 'Something failed on our side' },
  numbers_exhausted: { status: 503, title: 'No free identity number was found' },
  unavailable: { status: 503, title: 'The store or a service does not answer; try again' },
  late: { status: 503, title: 'The call came after its deadline; nothing was done' },
  busy: { status: 503, title: 'Too many changes at once; try again' },
} as const

export type ProblemCode = keyof typeof problems
export type FieldMistake = { field: string; code: string; hint: string }
export type PasswordReason = 'too_short' | 'too_long' | 'common' | 'predictable'
/** What a refusal tells besides its code; `retryAfterMs` becomes a header. */
export type Extras = { fields?: FieldMistake[]; retryAfterMs?: number; attemptsLeft?: number; reason?: PasswordReason }

/** A refusal or a fault on its way out. The cause goes to the log, never to the caller. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly extras: Extras
  constructor(code: ProblemCode, extras: Extras = {}, options: { cause?: unknown } = {}) {
    super(code, options)
    this.code = code
    this.extras = extras
  }
}

export type ProblemBody = {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  requestId: string
  fields?: FieldMistake[]
  attemptsLeft?: number
  reason?: PasswordReason
}

/** Whole seconds, of 429 and 503. */
export function retryAfterOf({ code, extras }: Problem): number | undefined {
  const { status } = problems[code]
  return status === 429 || status === 503 ? Math.max(1, Math.ceil((extras.retryAfterMs ?? 1000) / 1000)) : undefined
}

/**
 * The only way an error leaves the process (RFC 9457 §3). Anything that is not a Problem becomes `fault` and is not described.
 * `retryAfter` is in whole seconds, present for 429 and 503.
 */
export function toResponse(error: unknown, requestId: string, detailOf: (code: ProblemCode) => string) {
  const problem = error instanceof Problem ? error : new Problem('fault', {}, { cause: error })
  const { status, title } = problems[problem.code]
  const { retryAfterMs: _, ...told } = problem.extras
  const body: ProblemBody = {
    type: `urn:sello:problem:${problem.code}`,
    title,
    status,
    detail: detailOf(problem.code),
    code: problem.code,
    requestId,
    ...told,
  }
  return { problem, status, body, retryAfter: retryAfterOf(problem) }
}
