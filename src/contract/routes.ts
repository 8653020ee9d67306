import Type, { type TSchema } from 'typebox'

/** One public route, as data: the server, the API document and the tests are made from it. */
export type Route = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  group: keyof typeof groups
  summary: string
  /** What a reader of the document should know besides. */
  about?: string
  /**
   * `app`: needs `Authorization: Bearer <API key>`. `public`: `Sello-App` names the app, without it app `default`. `account`: needs
   * `Authorization: Bearer <access token>`; `either`: it may come, otherwise as `public`. `cors`: any origin may read it.
   */
  auth: 'app' | 'public' | 'account' | 'either' | 'none'
  cors?: boolean
  idempotent?: boolean
  /** How long the caller may wait at most; `CALL_MS` where it is not named. */
  deadlineMs?: number
  /** Has budgets: its answers may carry `RateLimit` and `RateLimit-Policy`. */
  limited?: boolean
  params?: TSchema
  body?: TSchema
  /** Bodies that work as they stand, by name; the first one is the usual call. */
  examples?: Record<string, { summary: string; value: Record<string, string> }>
  /** The answer when all went well; no schema for an empty one. */
  status: number
  answer?: TSchema
  example?: unknown
  refusals: readonly string[]
}
export type Api = Record<string, Route>

export const groups = {
  'Identity numbers': 'Does this person hold this mailbox? A number goes there by letter and comes back through your server.',
  Accounts: 'People sign up with address and password, prove the mailbox with a code or a link, and sign in.',
  Tokens: 'OAuth 2.0: what a refresh token is exchanged for, whether a token is valid, and its end. Forms or JSON.',
  Keys: 'What receipts and access tokens are verified with.',
}

export const Email = Type.String({ minLength: 3, maxLength: 254, description: 'Exactly one plain address' })
export const Instant = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' })
export const LocaleTag = Type.String({
  pattern: '^([Ee][Ss]|[Rr][Uu]|[Ee][Nn])(-[A-Za-z0-9]{2,8})*$',
  description: 'es, ru or en; a region may follow',
})
