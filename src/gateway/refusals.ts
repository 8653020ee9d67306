import type { Static } from 'typebox'
import type { Allowance } from '../contract/persistence.ts'
import { type FieldMistake, Problem } from '../problem.ts'

type Allowances = Static<typeof Allowance>[]

/** What persistence refused, as the problem that the caller gets. */
export function refusalOf(outcome: { kind: string; fields?: FieldMistake[]; waitMs?: number }): Problem {
  switch (outcome.kind) {
    case 'invalid':
      return new Problem('invalid_request', { fields: outcome.fields ?? [] })
    case 'limited':
      return new Problem('rate_limited', { retryAfterMs: outcome.waitMs ?? 1000 })
    case 'email_required':
      return new Problem('email_required', { retryAfterMs: outcome.waitMs ?? 1000 })
    case 'malformed':
      return new Problem('number_malformed')
    case 'api_key_invalid':
    case 'idempotency_conflict':
    case 'numbers_exhausted':
      return new Problem(outcome.kind)
    default:
      return new Problem('fault', {}, { cause: `an outcome nobody expected: ${outcome.kind}` })
  }
}

/** RateLimit header fields (draft-ietf-httpapi-ratelimit-headers-10): seconds, the name as a structured-field string. */
export function rateLimitHeaders(outcome: object): Record<string, string> {
  const allowances = 'allowances' in outcome ? (outcome.allowances as Allowances) : []
  if (allowances.length === 0) return {}
  const list = (of: (allowance: Allowances[number]) => string) =>
    allowances.map((allowance) => `"${allowance.name}";${of(allowance)}`).join(', ')
  return {
    'ratelimit-policy': list(({ count, spanMs }) => `q=${count};w=${Math.ceil(spanMs / 1000)}`),
    ratelimit: list(({ remaining, resetMs }) => `r=${remaining};t=${Math.ceil(resetMs / 1000)}`),
  }
}

/** Milliseconds as ISO 8601 in UTC. */
export const iso = (ms: number): string => new Date(ms).toISOString()
