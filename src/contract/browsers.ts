import Type, { type Static } from 'typebox'
import { AccountView, AppUnknown, app, hashing, SessionView } from './accounts.ts'
import { Invalid, Kind, Nullable } from './kinds.ts'

/** The browser that a person sits at: the handle that it keeps, and what it says it is; null = it does not say. */
export const Browser = Type.Object({ token: Type.String(), name: Nullable(Type.String()), system: Nullable(Type.String()) })
export type Browser = Static<typeof Browser>

/** What the page of a letter's link shows before anything is done. `at`: when it was used, or the change that it takes back was made. */
export const LinkView = Type.Object({
  of: Type.Enum(['sign-up', 'reset', 'email_change', 'undo']),
  app: Type.String(),
  email: Type.String(),
  /** `over`: expired, or something else made it worthless. */
  state: Type.Enum(['open', 'used', 'replaced', 'over']),
  expiresAt: Type.Number(),
  at: Nullable(Type.Number()),
  /** Of a sign-up: whether the flow that came with the call is its own. */
  isHis: Type.Boolean(),
  /** Of an undo: what it takes back. */
  change: Nullable(Type.Enum(['password_changed', 'email_changed', 'deleted'])),
})
export type LinkView = Static<typeof LinkView>

/** Where a sign-up stands, alike at a taken address but that it is never verified there. Times in ms. */
export const SignUpView = Type.Object({
  /** Since when its address is proven, by it and nobody else; null while it is not. */
  verifiedAt: Nullable(Type.Number()),
  digits: Type.Integer(),
  attemptsLeft: Type.Integer(),
  maxAttempts: Type.Integer(),
  sentAt: Type.Number(),
  expiresAt: Type.Number(),
  /** When a new code may be asked for. */
  resendAt: Type.Number(),
  letter: Type.Enum(['queued', 'deferred', 'sent', 'failed']),
})
export type SignUpView = Static<typeof SignUpView>

/** An account as its holder sees it on a page. Times in ms. */
export const AccountHeld = Type.Object({
  ...AccountView.properties,
  verifiedAt: Type.Number(),
  /** The address that it shall move to, while the link that was mailed there works. */
  change: Nullable(Type.Object({ email: Type.String(), expiresAt: Type.Number() })),
})
export type AccountHeld = Static<typeof AccountHeld>

/** What pages need besides the routes' own work, a part of persistence. */
export const browsers = {
  /** As `login`, but the session is the cookie's: it ends with two idle hours, or after a day. A browser that the account does not know makes a notice. */
  signIn: {
    path: '/sign-in',
    input: Type.Object({ app, email: Type.String(), password: Type.String(), browser: Browser }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('signed_in'), session: SessionView, cookie: Type.String() }),
      Kind('invalid_credentials'),
      Kind('email_not_verified'),
      Invalid,
      AppUnknown,
    ]),
    ...hashing,
  },
  /** Whose session a cookie is; the use of it is noted. */
  openSession: {
    path: '/open-session',
    input: Type.Object({ cookie: Type.String() }),
    output: Type.Union([
      /** `isFresh`: whether its sign-in is young enough for what asks for that. */
      Type.Object({ kind: Type.Literal('open'), session: SessionView, account: AccountHeld, isFresh: Type.Boolean() }),
      Kind('token_invalid'),
    ]),
  },
  /** Sign-out; a cookie that opens nothing is no error. */
  closeSession: { path: '/close-session', input: Type.Object({ cookie: Type.String() }), output: Kind('ended') },
  showLink: {
    path: '/show-link',
    input: Type.Object({ token: Type.String(), flow: Nullable(Type.String()) }),
    output: Type.Union([Type.Object({ kind: Type.Literal('found'), link: LinkView }), Kind('link_invalid')]),
  },
  /** To whoever has the flow alone. */
  showSignUp: {
    path: '/show-sign-up',
    input: Type.Object({ app, email: Type.String(), flow: Type.String() }),
    output: Type.Union([Type.Object({ kind: Type.Literal('found'), signUp: SignUpView }), Kind('unknown')]),
  },
} as const
