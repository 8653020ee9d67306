import Type, { type Static, type TSchema } from 'typebox'
import { SignedIn } from './gateway-accounts.ts'

/** What the OAuth routes refuse with (RFC 6749 §5.2), as `{error, error_description}`. */
export const oauthErrors = {
  invalid_request: { status: 400, title: 'A parameter is missing or repeated, or the body cannot be read' },
  invalid_client: { status: 401, title: 'The client is unknown, or did not authenticate itself as it must' },
  invalid_grant: { status: 400, title: 'The refresh token is unknown, spent, expired, revoked or of another client' },
  unsupported_grant_type: { status: 400, title: 'grant_type is not refresh_token' },
  server_error: { status: 500, title: 'Something failed on our side' },
  temporarily_unavailable: { status: 503, title: 'The store or a service does not answer; try again' },
} as const
export type OAuthCode = keyof typeof oauthErrors

export type OAuthRoute = {
  method: 'GET' | 'POST'
  path: string
  summary: string
  about?: string
  /**
   * `identified`: HTTP Basic, `client_id` and `client_secret`, `client_id` alone or `Sello-App`; none of them is app `default`.
   * `authenticated`: with its API key, by Basic, `client_secret` or Bearer. `none`: anybody, from any origin.
   */
  client: 'identified' | 'authenticated' | 'none'
  /** The parameters, all of them text. */
  body?: TSchema
  examples?: Record<string, { summary: string; value: Record<string, string> }>
  answer?: TSchema
  example?: unknown
  refusals: readonly OAuthCode[]
}
export type OAuthApi = Record<string, OAuthRoute>

const ClientId = Type.Optional(Type.String({ description: 'The app’s id, where HTTP Basic does not name it' }))
const ClientSecret = Type.Optional(Type.String({ description: 'The app’s API key, where HTTP Basic does not carry it' }))
const Hint = Type.Optional(Type.String({ description: 'access_token or refresh_token: a hint, nothing depends on it' }))
const Token = Type.String({ description: 'An access token or a refresh token' })

export const TokenBody = Type.Object({
  grant_type: Type.Literal('refresh_token'),
  refresh_token: Type.String({ description: 'The newest one' }),
  client_id: ClientId,
  client_secret: ClientSecret,
})
export const IntrospectBody = Type.Object({ token: Token, token_type_hint: Hint, client_id: ClientId, client_secret: ClientSecret })
export const RevokeBody = Type.Object({ token: Token, token_type_hint: Hint, client_id: ClientId, client_secret: ClientSecret })

const Seconds = (description: string) => Type.Integer({ description: `${description}, seconds since 1970` })
const told = {
  active: Type.Literal(true),
  iss: Type.String(),
  sub: Type.String({ description: 'The account' }),
  client_id: Type.String({ description: 'The app' }),
  exp: Seconds('Its end'),
  sid: Type.String({ description: 'The session' }),
}
export const Introspected = Type.Union([
  Type.Object({ active: Type.Literal(false) }, { additionalProperties: false }),
  Type.Object({
    ...told,
    aud: Type.String(),
    iat: Seconds('When it was made'),
    jti: Type.String(),
    auth_time: Seconds('When the person signed in'),
    token_type: Type.Literal('Bearer'),
    username: Type.String({ description: 'The address' }),
    email: Type.String(),
    email_verified: Type.Literal(true),
  }),
  Type.Object({ ...told, token_type: Type.Literal('refresh_token') }),
])
const list = Type.Array(Type.String())
export const Metadata = Type.Object(
  {
    issuer: Type.String(),
    token_endpoint: Type.String(),
    token_endpoint_auth_methods_supported: list,
    introspection_endpoint: Type.String(),
    introspection_endpoint_auth_methods_supported: list,
    revocation_endpoint: Type.String(),
    revocation_endpoint_auth_methods_supported: list,
    jwks_uri: Type.String(),
    grant_types_supported: list,
    response_types_supported: list,
    service_documentation: Type.String(),
    ui_locales_supported: list,
  },
  { description: 'RFC 8414 §2' },
)
export type Metadata = Static<typeof Metadata>
export const OAuthError = Type.Object(
  {
    error: Type.String({ description: 'What to tell refusals apart by' }),
    error_description: Type.String({ description: 'For developers, in English' }),
  },
  { description: 'RFC 6749 §5.2' },
)
export const oauthSchemas = { TokenBody, IntrospectBody, RevokeBody, Introspected, Metadata, OAuthError }

const paths = { token: '/v1/token', introspect: '/v1/introspect', revoke: '/v1/revoke' }

/** What is served where, below the public URL, and how clients authenticate themselves. */
export const metadataOf = (issuer: string): Metadata => ({
  issuer,
  token_endpoint: issuer + paths.token,
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  introspection_endpoint: issuer + paths.introspect,
  // RFC 8414 §2: a method, or a type of access tokens.
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'Bearer'],
  revocation_endpoint: issuer + paths.revoke,
  revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  grant_types_supported: ['refresh_token'],
  response_types_supported: [],
  service_documentation: `${issuer}/docs`,
  ui_locales_supported: ['es', 'ru', 'en'],
})

const refresh_token = 'rt_1c0fVhW2bR7mKq9xT4nYp3LsZ…'
const access_token = 'eyJhbGciOiJFUzI1NiIs…'
const account = 'acc_1c0fVhW2bR7mKq9xT4nYp3Ls'
const app = 'app_4fTqY2bR7mKq9xT4nYp3Ls'
const email = 'ana@example.com'
const issuer = 'https://id.example.com'
const trouble = ['temporarily_unavailable', 'server_error'] as const

/** The gateway’s OAuth routes: their bodies, refusals and client authentication follow their RFCs, not our other routes. */
export const oauth = {
  refreshSession: {
    method: 'POST',
    path: paths.token,
    summary: 'Exchange a refresh token for its successor and a fresh access token (RFC 6749 §6)',
    about: `The refresh token before it gives the same successor again for a few seconds, so that an answer that was lost can be asked for
anew; an older one is taken for stolen, and ends the session.`,
    client: 'identified',
    body: TokenBody,
    examples: { usual: { summary: 'The newest refresh token', value: { grant_type: 'refresh_token', refresh_token } } },
    answer: SignedIn,
    example: {
      access_token,
      token_type: 'Bearer',
      expires_in: 86_400,
      refresh_token,
      refresh_expires_in: 2_591_000,
      account: { id: account, email },
    },
    refusals: ['invalid_request', 'invalid_client', 'invalid_grant', 'unsupported_grant_type', ...trouble],
  },
  introspectToken: {
    method: 'POST',
    path: paths.introspect,
    summary: 'Ask whether a token is valid and its session alive (RFC 7662)',
    about:
      'A token that is not valid, or is another app’s, is not active; nothing else is told of it. Asking about a refresh token does not use it.',
    client: 'authenticated',
    body: IntrospectBody,
    examples: { usual: { summary: 'A token that was sent to you', value: { token: access_token } } },
    answer: Introspected,
    example: {
      active: true,
      iss: issuer,
      sub: account,
      aud: app,
      client_id: app,
      exp: 1_795_219_200,
      iat: 1_795_132_800,
      jti: '3vQmT8s1XkLw0ZrBnYc5Ha',
      sid: 'ses_1c0fVhW2bR7mKq9xT4nYp3Ls',
      auth_time: 1_795_132_800,
      token_type: 'Bearer',
      username: email,
      email,
      email_verified: true,
    },
    refusals: ['invalid_request', 'invalid_client', ...trouble],
  },
  revokeToken: {
    method: 'POST',
    path: paths.revoke,
    summary: 'End the session of a token, and all of its tokens with it (RFC 7009)',
    about: 'Answers 200 without a body, also for a token that is unknown or another app’s.',
    client: 'identified',
    body: RevokeBody,
    examples: { usual: { summary: 'The newest refresh token', value: { token: refresh_token } } },
    refusals: ['invalid_request', 'invalid_client', ...trouble],
  },
  showMetadata: {
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
    summary: 'Where the OAuth routes are, and what they take (RFC 8414)',
    about: 'May be kept for five minutes.',
    client: 'none',
    answer: Metadata,
    example: metadataOf(issuer),
    refusals: [],
  },
} as const satisfies OAuthApi
