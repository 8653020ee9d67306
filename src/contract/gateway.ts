import Type, { type Static } from 'typebox'
import { accountRoutes, accountSchemas } from './gateway-accounts.ts'
import { lifeRoutes, lifeSchemas } from './gateway-life.ts'
import { type Api, Email, Instant, LocaleTag } from './routes.ts'

const Token = Type.String({ minLength: 1, maxLength: 4096, description: 'Opaque to Sello; 1–4096 code points, given back byte for byte' })
const Id = Type.Object({
  id: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'As the registration answered it',
    examples: ['idn_8685bfc4174565b9bd557103f8230fb5abc9'],
  }),
})

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
      detail: Type.Optional(Type.String({ description: 'Of SMTP: the class and the enhanced status code' })),
    }),
  ),
})
export const KeySet = Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) })
export const RegisterBody = Type.Object({ email: Email, token: Token, locale: Type.Optional(LocaleTag) }, { additionalProperties: false })
export const CheckBody = Type.Object(
  {
    number: Type.String({ minLength: 1, maxLength: 64, description: 'As the person typed it; spaces and dashes are ignored' }),
    email: Type.Optional(Email),
    token: Type.Optional(Token),
    clientIp: Type.Optional(
      Type.String({ minLength: 2, maxLength: 64, description: 'The visitor’s IP address: their own wrong numbers are then counted, too' }),
    ),
  },
  { additionalProperties: false },
)
export type RegisterBody = Static<typeof RegisterBody>
export type CheckBody = Static<typeof CheckBody>

/** What the document calls them. */
export const schemas = {
  RegisterBody,
  CheckBody,
  IdentityQueued,
  IdentityChecked,
  IdentityShown,
  ...accountSchemas,
  ...lifeSchemas,
  KeySet,
}
const always = ['invalid_request', 'api_key_invalid', 'unavailable', 'fault'] as const
const withBody = ['content_type_unsupported', 'body_too_large'] as const
const posted = [...withBody, 'busy', 'idempotency_conflict', 'rate_limited'] as const

const identity = { id: 'idn_8685bfc4174565b9bd557103f8230fb5abc9', email: 'ana@example.com' }
const createdAt = '2026-11-21T02:07:51.706Z'
const expiresAt = '2026-11-22T02:07:51.706Z'
const checkedAt = '2026-11-21T02:08:30.062Z'

/** The gateway (seed 001: Api gateway). */
export const gateway = {
  registerIdentity: {
    method: 'POST',
    path: '/v1/identities',
    group: 'Identity numbers',
    summary: 'Mail a unique identity number to an address, bound to a token of yours; an older number of the same address dies',
    about: `Answers before the letter is out. As the token take something that belongs to this visitor alone, such as a random value in their
session: checked together with the number, it makes a number work only for the visitor who asked for it.`,
    auth: 'app',
    idempotent: true,
    limited: true,
    body: RegisterBody,
    examples: {
      usual: { summary: 'An address and the visitor’s session token', value: { email: 'ana@example.com', token: 'session-42' } },
      language: { summary: 'With the letter’s language', value: { email: 'ana@example.com', token: 'session-42', locale: 'en' } },
    },
    status: 202,
    answer: IdentityQueued,
    example: { ...identity, status: 'queued', createdAt, expiresAt },
    refusals: [...always, ...posted, 'numbers_exhausted'],
  },
  checkIdentity: {
    method: 'POST',
    path: '/v1/identities/check',
    group: 'Identity numbers',
    summary: 'Judge the number that the person typed; a right one gives back the email and your token',
    about: `A number works once. Email and token are extra proof: when one of them is not the registration’s, the answer is number_unknown,
a miss is counted, and the number stays alive.`,
    auth: 'app',
    idempotent: true,
    limited: true,
    body: CheckBody,
    examples: {
      usual: { summary: 'The number and the visitor’s session token', value: { number: '8675 4273 2476', token: 'session-42' } },
      email: {
        summary: 'With the address, too: counts against no budget of number-only checks',
        value: { number: '8675 4273 2476', email: 'ana@example.com', token: 'session-42' },
      },
    },
    status: 200,
    answer: IdentityChecked,
    example: { ...identity, token: 'session-42', createdAt, checkedAt, receipt: 'eyJhbGciOiJFUzI1NiIs…' },
    refusals: [...always, ...posted, 'number_malformed', 'number_unknown', 'email_required'],
  },
  showIdentity: {
    method: 'GET',
    path: '/v1/identities/:id',
    group: 'Identity numbers',
    summary: 'What became of an identity and of its letter; never costs an attempt',
    about:
      'Readable until 24 hours after the number’s expiry. “accepted” means that the mail server took the letter, not that it was read.',
    auth: 'app',
    params: Id,
    status: 200,
    answer: IdentityShown,
    example: {
      ...identity,
      status: 'sent',
      createdAt,
      expiresAt,
      timeline: [
        { at: createdAt, event: 'queued' },
        { at: '2026-11-21T02:07:51.709Z', event: 'handed_over' },
        { at: '2026-11-21T02:07:52.113Z', event: 'accepted', detail: '2xx 2.0.0' },
      ],
    },
    refusals: [...always, 'identity_unknown', 'not_found'],
  },
  revokeIdentity: {
    method: 'DELETE',
    path: '/v1/identities/:id',
    group: 'Identity numbers',
    summary: 'The number dies',
    auth: 'app',
    params: Id,
    status: 204,
    refusals: [...always, ...withBody, 'busy', 'identity_unknown', 'not_found'],
  },
  ...accountRoutes,
  ...lifeRoutes,
  showKeys: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    group: 'Keys',
    summary: 'The public keys that receipts and access tokens are signed with (RFC 7517)',
    about: 'May be kept for five minutes. Each token names its key by kid.',
    auth: 'none',
    cors: true,
    status: 200,
    answer: KeySet,
    example: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
          y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
          kid: 'Vj2kC8b0hSpy4Yc0PqY4nlmq0dN6cXG5yNqf2bJ9m5E',
          alg: 'ES256',
          use: 'sig',
        },
      ],
    },
    refusals: [],
  },
} as const satisfies Api
