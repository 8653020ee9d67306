import Type, { type Static, type TSchema } from 'typebox'

/** One public route, as data: the server, the API document and the tests are made from it. */
export type Route = {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  summary: string
  /** `app`: needs `Authorization: Bearer <API key>`. `cors`: any origin may read it. */
  auth: 'app' | 'none'
  cors?: boolean
  idempotent?: boolean
  params?: TSchema
  body?: TSchema
  /** The answer when all went well; no schema for an empty one. */
  status: number
  answer?: TSchema
  refusals: readonly string[]
}
export type Api = Record<string, Route>

const Email = Type.String({ minLength: 3, maxLength: 254, description: 'Exactly one plain address' })
const Token = Type.String({ minLength: 1, maxLength: 4096, description: 'Opaque to Sello; 1–4096 code points, given back byte for byte' })
const Instant = Type.String({ description: 'ISO 8601, UTC' })
const LocaleTag = Type.String({
  pattern: '^([Ee][Ss]|[Rr][Uu]|[Ee][Nn])(-[A-Za-z0-9]{2,8})*$',
  description: 'es, ru or en; a region may follow',
})
const Id = Type.Object({ id: Type.String({ maxLength: 64 }) })

export const IdentityQueued = Type.Object({
  id: Type.String(),
  email: Type.String(),
  status: Type.Literal('queued'),
  createdAt: Instant,
  expiresAt: Instant,
})
export const IdentityChecked = Type.Object({
  id: Type.String(),
  email: Type.String(),
  token: Type.String(),
  createdAt: Instant,
  checkedAt: Instant,
  receipt: Type.String({ description: 'ES256 JWS, typ sello-receipt+jwt, valid for 10 minutes' }),
})
export const IdentityShown = Type.Object({
  id: Type.String(),
  email: Type.String(),
  status: Type.Enum(['revoked', 'replaced', 'checked', 'expired', 'failed', 'sent', 'queued']),
  createdAt: Instant,
  expiresAt: Instant,
  timeline: Type.Array(
    Type.Object({
      at: Instant,
      event: Type.Enum(['queued', 'handed_over', 'deferred', 'accepted', 'failed', 'checked', 'replaced', 'revoked', 'expired']),
      detail: Type.Optional(Type.String()),
    }),
  ),
})
export const RegisterBody = Type.Object({ email: Email, token: Token, locale: Type.Optional(LocaleTag) }, { additionalProperties: false })
export const CheckBody = Type.Object(
  {
    number: Type.String({ minLength: 1, maxLength: 64, description: 'As the person typed it; spaces and dashes are ignored' }),
    email: Type.Optional(Email),
    token: Type.Optional(Token),
    clientIp: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
  },
  { additionalProperties: false },
)
export type RegisterBody = Static<typeof RegisterBody>
export type CheckBody = Static<typeof CheckBody>

const always = ['invalid_request', 'api_key_invalid', 'unavailable', 'busy', 'fault'] as const
const posted = ['content_type_unsupported', 'body_too_large', 'idempotency_conflict', 'rate_limited'] as const

/** The gateway (seed 001: Api gateway). */
export const gateway = {
  registerIdentity: {
    method: 'POST',
    path: '/v1/identities',
    summary: 'Mail a unique identity number to an address, bound to a token of yours; an older number of the same address dies',
    auth: 'app',
    idempotent: true,
    body: RegisterBody,
    status: 202,
    answer: IdentityQueued,
    refusals: [...always, ...posted, 'numbers_exhausted'],
  },
  checkIdentity: {
    method: 'POST',
    path: '/v1/identities/check',
    summary: 'Judge the number that the person typed; a right one gives back the email and your token',
    auth: 'app',
    idempotent: true,
    body: CheckBody,
    status: 200,
    answer: IdentityChecked,
    refusals: [...always, ...posted, 'number_malformed', 'number_unknown', 'email_required'],
  },
  showIdentity: {
    method: 'GET',
    path: '/v1/identities/:id',
    summary: 'What became of an identity and of its letter; never costs an attempt',
    auth: 'app',
    params: Id,
    status: 200,
    answer: IdentityShown,
    refusals: [...always, 'identity_unknown'],
  },
  revokeIdentity: {
    method: 'DELETE',
    path: '/v1/identities/:id',
    summary: 'The number dies',
    auth: 'app',
    params: Id,
    status: 204,
    refusals: [...always, 'identity_unknown'],
  },
  showKeys: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that receipts are signed with (RFC 7517)',
    auth: 'none',
    cors: true,
    status: 200,
    answer: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
    refusals: [],
  },
} as const satisfies Api
