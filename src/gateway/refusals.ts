import type { Static } from 'typebox'
import type { Allowance } from '../contract/kinds.ts'
import { type FieldMistake, type PasswordReason, Problem } from '../problem.ts'

type Allowances = Static<typeof Allowance>[]

type Refused = { kind: string; fields?: FieldMistake[]; waitMs?: number; attemptsLeft?: number; reason?: PasswordReason }
const APP_UNKNOWN = { field: 'Sello-App', code: 'app_unknown', hint: 'The id of an app with accounts, as ./sello apps list shows it' }

/** What persistence refused, as the problem that the caller gets. */
export function refusalOf(outcome: Refused): Problem {
  switch (outcome.kind) {
    case 'app_unknown':
      return new Problem('invalid_request', { fields: [APP_UNKNOWN] })
    case 'password_rejected':
      return new Problem('password_rejected', { reason: outcome.reason! })
    case 'wrong':
      return new Problem('code_wrong', { attemptsLeft: outcome.attemptsLeft! })
    case 'locked':
      return new Problem('too_many_attempts', { retryAfterMs: outcome.waitMs ?? 1000 })
    case 'expired':
      return new Problem('code_expired')
    case 'invalid':
      return new Problem('invalid_request', { fields: outcome.fields ?? [] })
    case 'limited':
      return new Problem('rate_limited', { retryAfterMs: outcome.waitMs ?? 1000 })
    case 'email_required':
      return new Problem('email_required', { retryAfterMs: outcome.waitMs ?? 1000 })
    case 'malformed':
      return new Problem('number_malformed')
    case 'link_invalid':
    case 'token_invalid':
    case 'reauthentication_required':
    case 'session_unknown':
    case 'password_required':
    case 'invalid_credentials':
    case 'email_not_verified':
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
