import Type from 'typebox'
import { Kind } from './kinds.ts'

/** What was found, or removed: records of each kind. */
const Erased = {
  email: Type.String(),
  counts: Type.Object({
    addresses: Type.Integer(),
    mailboxes: Type.Integer(),
    accounts: Type.Integer(),
    sessions: Type.Integer(),
    letters: Type.Integer(),
    identities: Type.Integer(),
    links: Type.Integer(),
  }),
  /** Accounts that had the address, or wanted it, and are at another one: they stay, and forget it. */
  elsewhere: Type.Integer(),
  /** Addresses with a +tag of this one that had letters lately: they are others. */
  tagged: Type.Array(Type.String()),
}

export const erase = {
  /** Removes everything of an address over all apps; safe to repeat. Not `confirmed`, it only says what it would remove. */
  eraseAddress: {
    path: '/erase-address',
    input: Type.Object({ email: Type.String(), confirmed: Type.Boolean() }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('found'), ...Erased }),
      /** `subject`: what the log calls the person. */
      Type.Object({ kind: Type.Literal('erased'), subject: Type.String(), ...Erased }),
      Kind('email_invalid'),
    ]),
    deadlineMs: 30_000,
  },
} as const
