/** What is wrong with one field of a body. */
export type FieldMistake = { field: string; code: string; hint: string }

type About<C extends string> = {
  ok: false
  code: C
  /** Of the answer; 0 when none came. */
  status: number
  /** For people, in the language of the call. */
  detail: string
  /** Finds the call in Sello's log; '' when no answer of Sello's came. */
  requestId: string
}
/** Codes that come with a time to wait. */
type Waiting = 'rate_limited' | 'email_required' | 'numbers_exhausted' | 'unavailable' | 'busy'
/** A refusal is a value. Narrow on `code`: `fields` belongs to `invalid_request`, `retryAfterMs` to what says when to come again. */
export type Refusal<C extends string> = C extends 'invalid_request'
  ? About<C> & { fields: FieldMistake[] }
  : C extends Waiting
    ? About<C> & { retryAfterMs: number }
    : About<C>

/** What came of one attempt, before anybody knows what was asked. */
export type Reply =
  | { ok: true; body: Record<string, unknown>; requestId: string }
  | (About<string> & { retryAfterMs?: number; fields?: FieldMistake[] })

/** An answer of Sello, or of something in front of it. `expected`: the status when all went well; 204 has no body. */
export function readReply(response: { status: number; headers: Headers }, text: string, expected: number): Reply {
  const { status, headers } = response
  const requestId = headers.get('x-request-id') ?? ''
  const body = objectOf(text)
  if (status === expected && (body || expected === 204)) return { ok: true, body: expected === 204 ? {} : body!, requestId }
  if (!body || status < 400 || typeof body.code !== 'string' || typeof body.detail !== 'string') {
    return unreachable(`What answered was not Sello (HTTP ${status})`, status, waitOf(headers))
  }
  const { code, detail } = body
  const fields = code === 'invalid_request' ? { fields: Array.isArray(body.fields) ? (body.fields as FieldMistake[]) : [] } : {}
  const wait = status === 429 || status === 503 ? { retryAfterMs: waitOf(headers) ?? 1000 } : {}
  return { ok: false, code, status, detail, requestId: typeof body.requestId === 'string' ? body.requestId : requestId, ...wait, ...fields }
}

/** No answer, or one that is not Sello's. */
export function unreachable(detail: string, status = 0, retryAfterMs?: number): Reply {
  return { ok: false, code: 'unreachable', status, detail, requestId: '', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** RFC 9110 §10.2.3: whole seconds, or a date. */
function waitOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
