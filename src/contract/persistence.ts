import Type, { type Static } from 'typebox'
import { accountLife } from './account-life.ts'
import { accounts } from './accounts.ts'
import { apps } from './apps.ts'
import { brands } from './brands.ts'
import { browsers } from './browsers.ts'
import { erase } from './erase.ts'
import { imports } from './imports.ts'
import { Allowances, Invalid, Kind, Limited, Nullable } from './kinds.ts'
import { Lease, LeasedLetter } from './leases.ts'
import { LETTER_KINDS, Locale, SendResult } from './messaging.ts'

const Refused = Kind('api_key_invalid')

const IdentityStatus = Type.Enum(['revoked', 'replaced', 'checked', 'expired', 'failed', 'sent', 'queued'])
export const IdentityView = Type.Object({
  id: Type.String(),
  email: Type.String(),
  status: IdentityStatus,
  createdAt: Type.Number(),
  expiresAt: Type.Number(),
  timeline: Type.Array(
    Type.Object({ at: Type.Number(), event: Type.String(), detail: Type.Optional(Type.String()), reply: Type.Optional(Type.String()) }),
  ),
})
export type IdentityView = Static<typeof IdentityView>

/** A letter as an operator sees it; `identity`: whose number it carries, null of other letters. */
const { status, createdAt, expiresAt, timeline } = IdentityView.properties
const LetterView = Type.Object({
  app: Type.String(),
  letter: Type.String(),
  kind: Type.Enum(LETTER_KINDS),
  identity: Nullable(Type.String()),
  status,
  createdAt,
  expiresAt,
  timeline,
})
export type LetterView = Static<typeof LetterView>

/** Persistence (seed 001: Servidor de persistencia). Times in ms; the API key is checked inside the call that it authorises. */
export const persistence = {
  /** Makes a unique number, drops the address's older one and queues the letter, in one commit (seed 000). */
  registerIdentity: {
    path: '/register-identity',
    input: Type.Object({
      apiKey: Type.String(),
      email: Type.String(),
      token: Type.String(),
      locale: Locale,
      /** What the caller itself said of the language: a repeat is the same call, whatever `Accept-Language` it comes with. */
      localeWish: Type.String(),
      idempotencyKey: Nullable(Type.String()),
      /** Whether the caller takes the letter into its own hands; otherwise it is due at once in the queue. */
      sendNow: Type.Boolean(),
    }),
    output: Type.Union([
      Type.Object({
        kind: Type.Literal('registered'),
        id: Type.String(),
        app: Type.String(),
        email: Type.String(),
        createdAt: Type.Number(),
        expiresAt: Type.Number(),
        allowances: Allowances,
        send: Nullable(LeasedLetter),
      }),
      Refused,
      Invalid,
      Limited,
      Kind('idempotency_conflict'),
      Kind('numbers_exhausted'),
    ]),
  },
  /** Judges a number that came back (seed 001). Every miss is counted before it is answered. */
  checkIdentity: {
    path: '/check-identity',
    input: Type.Object({
      apiKey: Type.String(),
      number: Type.String(),
      email: Nullable(Type.String()),
      token: Nullable(Type.String()),
      clientIp: Nullable(Type.String()),
      idempotencyKey: Nullable(Type.String()),
    }),
    output: Type.Union([
      Type.Object({
        kind: Type.Literal('checked'),
        app: Type.String(),
        id: Type.String(),
        email: Type.String(),
        token: Type.String(),
        createdAt: Type.Number(),
        checkedAt: Type.Number(),
        jti: Type.String(),
        /** The receipt that an earlier call with this Idempotency-Key was given. */
        receipt: Nullable(Type.String()),
        allowances: Allowances,
      }),
      Refused,
      Invalid,
      Limited,
      Type.Object({ kind: Type.Literal('email_required'), waitMs: Type.Number(), allowances: Allowances }),
      Type.Object({ kind: Type.Literal('unknown'), allowances: Allowances }),
      Kind('malformed'),
      Kind('idempotency_conflict'),
    ]),
  },
  /** Keeps the receipt of a check that carried an Idempotency-Key; answers with the one that was kept first. */
  keepReceipt: {
    path: '/keep-receipt',
    input: Type.Object({ id: Type.String(), jti: Type.String(), receipt: Type.String() }),
    output: Type.Object({ receipt: Type.String() }),
  },
  showIdentity: {
    path: '/show-identity',
    input: Type.Object({ apiKey: Type.String(), id: Type.String() }),
    output: Type.Union([Type.Object({ kind: Type.Literal('found'), identity: IdentityView }), Kind('unknown'), Refused]),
  },
  revokeIdentity: {
    path: '/revoke-identity',
    input: Type.Object({ apiKey: Type.String(), id: Type.String() }),
    output: Type.Union([Kind('revoked'), Kind('unknown'), Refused]),
  },

  ...accounts,
  ...accountLife,
  ...browsers,
  ...brands,

  /** The web origins that apps with accounts list; `default` is the app of calls that name none. */
  listOrigins: {
    path: '/list-origins',
    input: Type.Object({}),
    output: Type.Object({
      default: Nullable(Type.String()),
      apps: Type.Array(Type.Object({ id: Type.String(), origins: Type.Array(Type.String()) })),
    }),
    quiet: true,
  },

  /** Due letters from all partitions, leased to the caller; what is no longer worth sending is dropped on the way. */
  claimLetters: {
    path: '/claim-letters',
    input: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    output: Type.Object({ letters: Type.Array(LeasedLetter) }),
    deadlineMs: 10_000,
    quiet: true,
  },
  renewLetter: {
    path: '/renew-letter',
    input: Type.Object({ lease: Lease }),
    output: Type.Union([Type.Object({ kind: Type.Literal('renewed'), lease: Lease }), Kind('lost')]),
  },
  /** What became of a leased letter. A holder whose lease was taken over settles nothing (`late`). `next` is the letter that waited behind it. */
  settleLetter: {
    path: '/settle-letter',
    input: Type.Object({ lease: Lease, handedOverAt: Type.Number(), result: SendResult }),
    output: Type.Union([Type.Object({ kind: Type.Literal('settled'), next: Nullable(LeasedLetter) }), Kind('late')]),
    deadlineMs: 5000,
  },
  /** Gives leased letters back unsent: they are due in `waitMs`, without it at once. */
  returnLetters: {
    path: '/return-letters',
    input: Type.Object({ leases: Type.Array(Lease), waitMs: Type.Optional(Type.Number()) }),
    output: Type.Object({}),
    deadlineMs: 5000,
  },
  /** How many letters wait or are in flight, and since when the longest overdue one should have gone. */
  outboxDepth: {
    path: '/outbox-depth',
    input: Type.Object({}),
    output: Type.Object({ length: Type.Number(), overdueMs: Type.Number() }),
    quiet: true,
  },
  /** Rejects unless the store can commit. */
  probe: { path: '/probe', input: Type.Object({}), output: Type.Object({ service: Type.Literal('persistence') }), quiet: true },
} as const

/** What an operator may ask, over the socket in the data folder. `app` is an id or a name. */
export const admin = {
  ...apps,
  /** Every letter to an address that can still be read, over all apps, newest first, with the mail server's own words. */
  listLetters: {
    path: '/list-letters',
    input: Type.Object({ to: Type.String() }),
    output: Type.Union([
      Type.Object({
        kind: Type.Literal('found'),
        letters: Type.Array(LetterView),
      }),
      Kind('email_invalid'),
    ]),
  },
  ...erase,
  ...imports,
  /** Peppers that a live API key still depends on, by key id. */
  peppersInUse: { path: '/peppers-in-use', input: Type.Object({}), output: Type.Object({ peppers: Type.Array(Type.String()) }) },
} as const
