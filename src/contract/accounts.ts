import Type, { type Static } from 'typebox'
import { Invalid, Kind, Limited, Nullable } from './kinds.ts'
import { LeasedLetter } from './leases.ts'
import { Locale } from './messaging.ts'

/** What waits for a password to be hashed waits longer than other work. */
export const hashing = { deadlineMs: 5000, renewed: true } as const

/** The app of a public call: the id from `Sello-App`, null = app `default`. */
export const app = Nullable(Type.String())
export const AppUnknown = Kind('app_unknown')
export const send = Nullable(LeasedLetter)
/** Whether the caller takes the letter into its own hands; otherwise it is due at once in the queue. */
export const sendNow = Type.Boolean()
export const Rejected = Type.Object({
  kind: Type.Literal('password_rejected'),
  reason: Type.Enum(['too_short', 'too_long', 'common', 'predictable']),
})
const Verified = Type.Object({ kind: Type.Literal('verified'), app: Type.String(), email: Type.String(), account: Type.String(), send })
/** The handle of the browser at which the mailbox is proven: its account knows it from then on. Null: an application called. */
const browser = Type.Optional(Nullable(Type.String()))
/** The letter's language: as the call wishes, as the account has it, as the caller's languages say. */
const language = { locale: Nullable(Locale), negotiated: Locale }

/** What a verified access token says of its session. `authAt`: when the person signed in, ms. */
export const Access = Type.Object({ session: Type.String(), account: Type.String(), app: Type.String(), authAt: Type.Number() })
export type Access = Static<typeof Access>

/** Who calls an OAuth route: by name alone, or with the app's API key; `app` null beside a key = whoever it belongs to. */
export const OAuthClient = Type.Union([
  Type.Object({ kind: Type.Literal('public'), app }),
  Type.Object({ kind: Type.Literal('confidential'), app, apiKey: Type.String() }),
])
export type OAuthClient = Static<typeof OAuthClient>

/** A session as tokens tell of it. Times in ms. */
export const SessionView = Type.Object({
  id: Type.String(),
  app: Type.String(),
  account: Type.String(),
  email: Type.String(),
  authAt: Type.Number(),
  expiresAt: Type.Number(),
})
export type SessionView = Static<typeof SessionView>
const Granted = Type.Object({ kind: Type.Literal('granted'), session: SessionView, refreshToken: Type.String() })

export const AccountView = Type.Object({ id: Type.String(), email: Type.String(), createdAt: Type.Number(), locale: Locale })
export type AccountView = Static<typeof AccountView>

/** Accounts and their sessions, a part of persistence (seeds 003, 004). Every wrong code is counted before it is answered. */
export const accounts = {
  /** A register call: its password, its challenge and the letter in one commit; a taken address gets another letter and the same answer. */
  registerAccount: {
    path: '/register-account',
    input: Type.Object({ app, email: Type.String(), password: Type.String(), ...language, sendNow }),
    output: Type.Union([
      /** `digits`: of a code as a rule, whatever this one has. */
      Type.Object({
        kind: Type.Literal('registered'),
        app: Type.String(),
        email: Type.String(),
        flow: Type.String(),
        digits: Type.Integer(),
        send,
      }),
      Invalid,
      Rejected,
      Limited,
      AppUnknown,
    ]),
    ...hashing,
  },
  /** A new code and link in place of the older ones, in one commit; the guesses made stay made. */
  resendCode: {
    path: '/resend-code',
    input: Type.Object({ app, email: Type.String(), flow: Nullable(Type.String()), sendNow }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('resent'), app: Type.String(), email: Type.String(), send }),
      Invalid,
      Limited,
      AppUnknown,
    ]),
  },
  verifyEmail: {
    path: '/verify-email',
    input: Type.Object({
      app,
      email: Type.String(),
      code: Type.String(),
      flow: Nullable(Type.String()),
      password: Nullable(Type.String()),
      browser,
      sendNow,
    }),
    output: Type.Union([
      Verified,
      Type.Object({ kind: Type.Literal('wrong'), attemptsLeft: Type.Integer() }),
      /** `waitMs`: until a new code may be asked for. */
      Type.Object({ kind: Type.Literal('locked'), waitMs: Type.Number() }),
      Kind('expired'),
      Kind('password_required'),
      Invalid,
      AppUnknown,
    ]),
    ...hashing,
  },
  confirmEmail: {
    path: '/confirm-email',
    input: Type.Object({
      app,
      token: Type.String(),
      flow: Nullable(Type.String()),
      password: Nullable(Type.String()),
      newPassword: Nullable(Type.String()),
      browser,
      sendNow,
    }),
    output: Type.Union([Verified, Kind('link_invalid'), Kind('password_required'), Rejected, AppUnknown]),
    ...hashing,
  },
  login: {
    path: '/login',
    input: Type.Object({ app, email: Type.String(), password: Type.String() }),
    output: Type.Union([Granted, Kind('invalid_credentials'), Kind('email_not_verified'), Invalid, AppUnknown]),
    ...hashing,
  },
  /** The successor of a refresh token; the same one again within the grace. */
  refreshSession: {
    path: '/refresh-session',
    input: Type.Object({ client: OAuthClient, token: Type.String() }),
    output: Type.Union([Granted, Kind('invalid_grant'), Kind('invalid_client')]),
  },
  /** Ends the session of a refresh token; an unknown one, or another app's, is no error. */
  logout: {
    path: '/logout',
    input: Type.Object({ app, token: Type.String() }),
    output: Type.Union([Kind('ended'), AppUnknown]),
  },
  /** Whether the session of a token still lives: of a verified access token, or of a refresh token, which neither rotates nor counts as reuse. */
  introspectToken: {
    path: '/introspect-token',
    input: Type.Object({ client: OAuthClient, access: Nullable(Access), refreshToken: Nullable(Type.String()) }),
    output: Type.Union([Type.Object({ kind: Type.Literal('active'), session: SessionView }), Kind('inactive'), Kind('invalid_client')]),
  },
  /** Ends the session of a token, if it is the client's. */
  revokeToken: {
    path: '/revoke-token',
    input: Type.Object({ client: OAuthClient, access: Nullable(Access), refreshToken: Nullable(Type.String()) }),
    output: Type.Union([Kind('done'), Kind('invalid_client')]),
  },
  showAccount: {
    path: '/show-account',
    input: Type.Object({ access: Access }),
    output: Type.Union([Type.Object({ kind: Type.Literal('found'), account: AccountView }), Kind('token_invalid')]),
  },
} as const
