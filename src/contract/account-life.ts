import Type, { type Static } from 'typebox'
import { Access, AccountView, AppUnknown, app, hashing, Rejected, send, sendNow } from './accounts.ts'
import { Invalid, Kind, Limited, Nullable } from './kinds.ts'
import { Locale } from './messaging.ts'

/** Notices and welcomes go the queue's way: nobody waits for them. */
const Done = Type.Object({ kind: Type.Literal('done'), app: Type.String(), email: Type.String() })
/** The session that calls is over. */
const Ended = Kind('token_invalid')
/** The sign-in is too old for this, and no password came. */
const Reauthenticate = Kind('reauthentication_required')
const WrongPassword = Kind('invalid_credentials')

export const SessionShown = Type.Object({
  id: Type.String(),
  createdAt: Type.Number(),
  usedAt: Type.Number(),
  expiresAt: Type.Number(),
  current: Type.Boolean(),
  /** Where somebody signed in at a page, as far as that browser said what it is; null = an application holds the session. */
  browser: Nullable(Type.Object({ name: Nullable(Type.String()), system: Nullable(Type.String()) })),
})
export type SessionShown = Static<typeof SessionShown>

/** What becomes of an account after its sign-up, a part of persistence. Whoever changes something that matters is told of it by letter. */
export const accountLife = {
  /** A letter with a link to a new password, if there is anybody; the same answer for every address. */
  forgotPassword: {
    path: '/forgot-password',
    input: Type.Object({ app, email: Type.String(), sendNow }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('asked'), app: Type.String(), email: Type.String(), send }),
      Invalid,
      Limited,
      AppUnknown,
    ]),
  },
  /** A new password by such a link: every session ends, every other such link dies; an address that waited to be verified is. */
  resetPassword: {
    path: '/reset-password',
    input: Type.Object({ app, token: Type.String(), password: Type.String() }),
    output: Type.Union([Done, Kind('link_invalid'), Rejected, Invalid, AppUnknown]),
    ...hashing,
  },
  /** A new password by whoever knows the present one; every other session ends. */
  changePassword: {
    path: '/change-password',
    input: Type.Object({ access: Access, current: Type.String(), password: Type.String() }),
    output: Type.Union([Done, Ended, WrongPassword, Rejected, Invalid]),
    ...hashing,
  },
  updateAccount: {
    path: '/update-account',
    input: Type.Object({ access: Access, locale: Locale }),
    output: Type.Union([Type.Object({ kind: Type.Literal('found'), account: AccountView }), Ended]),
  },
  /** Gone for everybody; for the span of an undo link its owner can have it back. */
  deleteAccount: {
    path: '/delete-account',
    input: Type.Object({ access: Access, password: Type.String() }),
    output: Type.Union([Done, Ended, WrongPassword, Invalid]),
    ...hashing,
  },
  /** A letter with a link to the new address. The same answer for a taken one: its owner is not told. */
  requestEmailChange: {
    path: '/request-email-change',
    input: Type.Object({ access: Access, password: Nullable(Type.String()), email: Type.String(), sendNow }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('asked'), app: Type.String(), email: Type.String(), send }),
      Ended,
      WrongPassword,
      Reauthenticate,
      Invalid,
      Limited,
    ]),
    ...hashing,
  },
  /** Takes back the wish to move, if there is one: its link dies. */
  cancelEmailChange: {
    path: '/cancel-email-change',
    input: Type.Object({ access: Access }),
    output: Type.Union([Kind('cancelled'), Ended]),
  },
  /** By the account itself alone: its session or its password. The address moves; the old one gets a notice that can undo it. */
  confirmEmailChange: {
    path: '/confirm-email-change',
    input: Type.Object({ app, token: Type.String(), access: Nullable(Access), password: Nullable(Type.String()) }),
    output: Type.Union([Done, Kind('link_invalid'), Kind('password_required'), AppUnknown]),
    ...hashing,
  },
  /** Takes back what a notice told of and everything after it: address restored, sessions ended, password void. */
  undoChange: {
    path: '/undo-change',
    input: Type.Object({ app, token: Type.String() }),
    output: Type.Union([Done, Kind('link_invalid'), AppUnknown]),
  },
  listSessions: {
    path: '/list-sessions',
    input: Type.Object({ access: Access }),
    output: Type.Union([Type.Object({ kind: Type.Literal('found'), sessions: Type.Array(SessionShown) }), Ended]),
  },
  /** Ends one session of the account, or, with null, all but the calling one. */
  endSessions: {
    path: '/end-sessions',
    input: Type.Object({ access: Access, session: Nullable(Type.String()) }),
    output: Type.Union([Kind('ended'), Kind('session_unknown'), Ended, Reauthenticate]),
  },
  /** Everything that is stored about the person at this app. */
  exportAccount: {
    path: '/export-account',
    input: Type.Object({ access: Access }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('found'), document: Type.Record(Type.String(), Type.Unknown()) }),
      Ended,
      Reauthenticate,
    ]),
  },
} as const
