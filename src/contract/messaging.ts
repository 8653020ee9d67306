import Type, { type Static } from 'typebox'
import { Nullable } from './kinds.ts'

export const Locale = Type.Union([Type.Literal('es'), Type.Literal('ru'), Type.Literal('en')])

const letter = {
  id: Type.String(),
  to: Type.String(),
  locale: Locale,
  /** `id`: whose own words it may have; `named`: links to its pages must say the id; `accent`: its colour, `#rrggbb`, without it Sello's own. */
  app: Type.Object({
    id: Type.Optional(Type.String()),
    named: Type.Optional(Type.Boolean()),
    name: Type.String(),
    replyTo: Type.Union([Type.String(), Type.Null()]),
    accent: Type.Optional(Type.String()),
  }),
  requestedAt: Type.Number(),
}
const undo = { token: Type.Union([Type.String(), Type.Null()]), expiresAt: Type.Number() }
/** A letter to be rendered and sent once. `id` (`let_…`) gives the Message-ID, so a repeat carries the same one. Times in ms. */
export const Letter = Type.Union([
  Type.Object({ ...letter, kind: Type.Literal('number'), number: Type.String(), expiresAt: Type.Number() }),
  /** One challenge: a code and a link. Without a code only the link works: too many were guessed. */
  Type.Object({
    ...letter,
    kind: Type.Literal('code'),
    code: Type.Union([Type.String(), Type.Null()]),
    token: Type.String(),
    /** Of the code, and of the link. */
    expiresAt: Type.Number(),
    linkExpiresAt: Type.Number(),
    /** When the letter was requested that this one replaces; null for the first. */
    replaces: Type.Union([Type.Number(), Type.Null()]),
  }),
  /** Somebody registered an address that has an account. */
  Type.Object({ ...letter, kind: Type.Literal('registered') }),
  Type.Object({ ...letter, kind: Type.Literal('welcome') }),
  /** A link to a new password, and one that proves the address that an account moves to. */
  Type.Object({ ...letter, kind: Type.Literal('reset'), token: Type.String(), expiresAt: Type.Number() }),
  Type.Object({ ...letter, kind: Type.Literal('email_change'), token: Type.String(), expiresAt: Type.Number() }),
  /** What was done with an account, with a link that takes it back; without one where there are too many. `email`: the new address. */
  Type.Object({ ...letter, kind: Type.Literal('password_changed'), ...undo }),
  Type.Object({ ...letter, kind: Type.Literal('email_changed'), ...undo, email: Type.String() }),
  Type.Object({ ...letter, kind: Type.Literal('deleted'), ...undo }),
  /** A sign-in from a browser that the account did not know: `Firefox`, `Linux`; null = not known. `at`: when. */
  Type.Object({
    ...letter,
    kind: Type.Literal('signed_in'),
    browser: Nullable(Type.String()),
    system: Nullable(Type.String()),
    at: Type.Number(),
  }),
])
export type Letter = Static<typeof Letter>
/** Every kind of letter. */
export const LETTER_KINDS = Letter.anyOf.map(({ properties }) => properties.kind.const)
export type LetterOf<K extends Letter['kind']> = Extract<Letter, { kind: K }>

/** What the receiving side said: SMTP code and enhanced status code (RFC 3463) where it gave them, and its words, at most 200 characters. */
export const Reply = Type.Object({
  code: Type.Union([Type.Number(), Type.Null()]),
  enhanced: Type.Union([Type.String(), Type.Null()]),
  text: Type.String(),
})
export type Reply = Static<typeof Reply>

export const InboxMessage = Type.Object({
  id: Type.String(),
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  headers: Type.Record(Type.String(), Type.String()),
  at: Type.String(),
})
export type InboxMessage = Static<typeof InboxMessage>

/** What a captured letter is to whoever looks at it: by what it brings, not by why it was sent. */
export const InboxKind = Type.Union([
  Type.Literal('number'),
  Type.Literal('code'),
  Type.Literal('link'),
  Type.Literal('reset'),
  Type.Literal('notice'),
])
export type InboxKind = Static<typeof InboxKind>
/** A message with its kind, which what programs read does not have. */
export const InboxLetter = Type.Object({ ...InboxMessage.properties, kind: InboxKind })
export type InboxLetter = Static<typeof InboxLetter>
const closed = Type.Object({ kind: Type.Literal('closed') })

export const SendResult = Type.Union([
  Type.Object({ kind: Type.Literal('accepted'), reply: Reply }),
  /** Not now. `server`: nothing can be sent at the moment (refused connection, failed log-in); `recipient`: this letter only. */
  Type.Object({ kind: Type.Literal('deferred'), scope: Type.Union([Type.Literal('server'), Type.Literal('recipient')]), reply: Reply }),
  /** Never: a 5xx for this recipient or letter. */
  Type.Object({ kind: Type.Literal('failed'), reply: Reply }),
])
export type SendResult = Static<typeof SendResult>

/** Messaging (seed 001: Servidor de mensajería). It calls nobody. */
export const messaging = {
  /** Renders and sends one letter: by SMTP, or into the built-in inbox. Seed 000: "envia numero de identificación al correo electrónico". */
  sendLetter: {
    path: '/send-letter',
    /** `publicUrl`: what the links in it begin with, without a slash at its end. */
    input: Type.Object({ letter: Letter, publicUrl: Type.String() }),
    output: SendResult,
    deadlineMs: 90_000,
  },
  /**
   * Ends the conversations of these letters with the mail server, for a caller that ends: each `sendLetter` answers with what is known
   * by then, `deferred` where the server has said nothing. Letters that are not under way are passed over.
   */
  recallLetters: {
    path: '/recall-letters',
    input: Type.Object({ letters: Type.Array(Type.String()) }),
    output: Type.Object({}),
    everywhere: true,
  },
  /**
   * The newest `limit` messages of the built-in inbox, newest first; `closed` when letters go out by SMTP. `query`: words that all
   * must occur, also as `to:`, `kind:`, `subject:`, `text:`. `found`: how many match; `held`: how many there are; `version`: another
   * one after every change.
   */
  listInbox: {
    path: '/list-inbox',
    input: Type.Object({
      to: Type.Optional(Type.String()),
      query: Type.Optional(Type.String()),
      limit: Type.Integer({ minimum: 0, maximum: 1000 }),
    }),
    output: Type.Union([
      Type.Object({
        kind: Type.Literal('open'),
        messages: Type.Array(InboxLetter),
        found: Type.Number(),
        held: Type.Number(),
        version: Type.String(),
      }),
      closed,
    ]),
  },
  /** One message of it. `source`: the whole message, byte for byte as it would have been sent (RFC 5322), in UTF-8. */
  readInbox: {
    path: '/read-inbox',
    input: Type.Object({ id: Type.String() }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('open'), message: InboxLetter, source: Type.String() }),
      Type.Object({ kind: Type.Literal('unknown') }),
      closed,
    ]),
  },
  /** Deletes one message of it, or all that are there by now; for good, also when it is kept on disk. `deleted`: how many. */
  clearInbox: {
    path: '/clear-inbox',
    input: Type.Object({ id: Type.Optional(Type.String()) }),
    output: Type.Union([Type.Object({ kind: Type.Literal('open'), deleted: Type.Number() }), closed]),
  },
  /** The `version` alone, for whoever waits for another one. */
  watchInbox: {
    path: '/watch-inbox',
    input: Type.Object({}),
    output: Type.Union([Type.Object({ kind: Type.Literal('open'), version: Type.String() }), closed]),
    quiet: true,
  },
  /** Answers when the service does. */
  probe: { path: '/probe', input: Type.Object({}), output: Type.Object({ service: Type.Literal('messaging') }), quiet: true },
} as const
