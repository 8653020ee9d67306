import { gateway } from '../../src/contract/gateway.ts'
import { type OAuthCode, type OAuthRoute, oauth, oauthErrors } from '../../src/contract/oauth.ts'
import type { Route } from '../../src/contract/routes.ts'
import { type ProblemCode, problems } from '../../src/problem.ts'

/** What whoever calls does about each refusal. */
const remedies: Record<ProblemCode, string> = {
  invalid_request: 'mend the call: `fields` names each mistake',
  number_malformed: 'a typing slip, found by length or check digit; nothing was counted: let the person look again',
  code_wrong: 'a typing slip or an older letter’s code: let the person try again, `attemptsLeft` times',
  code_expired: 'offer a new code (`POST /v1/resend`)',
  link_invalid: 'offer a new letter (`POST /v1/resend`), or to sign in',
  password_rejected: '`reason` is `too_short`, `too_long`, `common` or `predictable`: let the person choose another',
  api_key_invalid: 'send `Authorization: Bearer` with a valid API key',
  token_invalid: 'refresh (`POST /v1/token`), or let the person sign in again',
  invalid_credentials: 'let the person try again; the same for an unknown address',
  password_required: 'send the `flow` of the sign-up, or ask the person for its password',
  reauthentication_required: 'let the person sign in again, or send the password along',
  service_key_invalid: 'give both services the same `SELLO_PERSISTENCE_KEY` or `SELLO_MESSAGING_KEY`',
  email_not_verified: 'lead to the code page; `POST /v1/resend` mails a new code',
  form_stale: 'a form of a page was sent from elsewhere, or by a browser without cookies',
  not_allowed_here: 'the inbox opens only on this machine, without a proxy',
  not_found: 'look at the address',
  number_unknown: 'wrong, expired, replaced, used, or with another email or token: one answer for all. Offer a new number',
  session_unknown: 'it has ended already, or is of another account',
  identity_unknown: 'no identity of this app, or its number expired more than 24 hours ago',
  method_not_allowed: 'use a method that `Allow` names',
  body_too_large: 'a body has at most 64 KiB',
  content_type_unsupported: 'send `application/json` in UTF-8, uncompressed',
  idempotency_conflict: 'this key came with another body: make a new key',
  rate_limited: 'wait `Retry-After`; on app routes `RateLimit` shows which budget is spent',
  too_many_attempts: 'offer a new code; the link of the letter works on',
  email_required: 'the budget of wrong numbers without an email is spent: send `email` too',
  fault: 'repeat with the same `Idempotency-Key`; the log has the cause under `requestId`',
  numbers_exhausted: 'no free number in 32 draws: try again',
  unavailable: 'the store or a service does not answer: repeat with the same `Idempotency-Key`',
  late: 'nothing: the gateway answers `unavailable` instead',
  busy: 'too many changes of one record at once, or passwords that wait to be hashed: repeat after `Retry-After`, with the same `Idempotency-Key`',
}
/** Not of one route: where they come from instead. */
const elsewhere: Partial<Record<ProblemCode, string>> = {
  form_stale: 'forms of pages',
  not_found: 'any other address',
  method_not_allowed: 'any address',
  not_allowed_here: '`/inbox`',
  service_key_invalid: 'between services only',
  late: 'between services only',
}

/** The table of docs/errors.md, from src/problem.ts and src/contract/gateway.ts. */
export function errorsTable(): string {
  const routes: Route[] = Object.values(gateway)
  const app = routes.filter(({ auth }) => auth === 'app')
  const whereFrom = (code: ProblemCode) => {
    const from = routes.filter(({ refusals }) => refusals.includes(code))
    if (from.length === 0) return elsewhere[code] ?? 'nowhere yet'
    if (from.length === app.length && from.every((route) => app.includes(route))) return 'every app route'
    return from.map(({ method, path }) => `\`${method} ${path.replace(/:(\w+)/g, '{$1}')}\``).join(', ')
  }
  const codes = Object.keys(problems) as ProblemCode[]
  const rows = codes.map((code) => {
    const { status, title } = problems[code]
    return `| \`${code}\` | ${status} | ${title} | ${whereFrom(code)} | ${remedies[code]} |`
  })
  return `| code | status | when | where | what to do |\n|---|---|---|---|---|\n${rows.join('\n')}`
}

const oauthRemedies: Record<OAuthCode, string> = {
  invalid_request: 'mend the call: `error_description` names what is wrong. A body over 64 KiB has status 413, another method 405',
  invalid_client: 'send the app’s id, and its API key where one must be sent; `WWW-Authenticate` says how',
  invalid_grant: 'let the person sign in again',
  unsupported_grant_type: 'send `grant_type=refresh_token`',
  server_error: 'repeat; the log has the cause under `X-Request-Id`',
  temporarily_unavailable: 'repeat after `Retry-After`: nothing is said about the token',
}

/** The table of what the OAuth routes refuse with, from src/contract/oauth.ts. */
export function oauthErrorsTable(): string {
  const routes: OAuthRoute[] = Object.values(oauth)
  const rows = (Object.keys(oauthErrors) as OAuthCode[]).map((error) => {
    const { status, title } = oauthErrors[error]
    const from = routes.filter(({ refusals }) => refusals.includes(error)).map(({ path }) => `\`${path}\``)
    return `| \`${error}\` | ${status} | ${title} | ${from.join(', ')} | ${oauthRemedies[error]} |`
  })
  return `| error | status | when | where | what to do |\n|---|---|---|---|---|\n${rows.join('\n')}`
}
