/** Every refusal and fault that can leave Sello, with its status and its English title for developers. `detail` comes from i18n. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  number_malformed: { status: 400, title: 'That is not an identity number; nothing was counted' },
  api_key_invalid: { status: 401, title: 'The API key is missing or not valid' },
  service_key_invalid: { status: 401, title: 'The service key is missing or not the one of this service' },
  not_allowed_here: { status: 403, title: 'Only for a browser on this machine' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  number_unknown: { status: 404, title: 'No live identity number matches' },
  identity_unknown: { status: 404, title: 'No such identity' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  body_too_large: { status: 413, title: 'The body is larger than 64 KiB' },
  content_type_unsupported: { status: 415, title: 'Send application/json in UTF-8, uncompressed' },
  idempotency_conflict: { status: 422, title: 'This Idempotency-Key was used with another body' },
  rate_limited: { status: 429, title: 'Too many; wait and try again' },
  email_required: { status: 429, title: 'Too many wrong numbers; send the email too' },
  fault: { status: 500, title: 'Something failed on our side' },
  numbers_exhausted: { status: 503, title: 'No free identity number was found' },
  unavailable: { status: 503, title: 'The store or a service does not answer; try again' },
  late: { status: 503, title: 'The call came after its deadline; nothing was done' },
  busy: { status: 503, title: 'Too many changes at once; try again' },
} as const

export type ProblemCode = keyof typeof problems
export type FieldMistake = { field: string; code: string; hint: string }
export type Extras = { fields?: FieldMistake[]; retryAfterMs?: number }

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
}

/**
 * The only way an error leaves the process (RFC 9457 §3). Anything that is not a Problem becomes `fault` and is not described.
 * `retryAfter` is in whole seconds, present for 429 and 503.
 */
export function toResponse(error: unknown, requestId: string, detailOf: (code: ProblemCode) => string) {
  const problem = error instanceof Problem ? error : new Problem('fault', {}, { cause: error })
  const { status, title } = problems[problem.code]
  const { fields, retryAfterMs } = problem.extras
  const body: ProblemBody = {
    type: `urn:sello:problem:${problem.code}`,
    title,
    status,
    detail: detailOf(problem.code),
    code: problem.code,
    requestId,
    ...(fields ? { fields } : {}),
  }
  const retryAfter = status === 429 || status === 503 ? Math.max(1, Math.ceil((retryAfterMs ?? 1000) / 1000)) : undefined
  return { problem, status, body, retryAfter }
}
