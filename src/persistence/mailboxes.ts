import type { Env } from '../env.ts'
import { type Account, type Mailbox, PENDING_MS } from '../rules/account.ts'
import { type Address, addressSweepAt, READABLE_MS } from '../rules/identity.ts'
import { addressKey } from './identities.ts'
import { keptOf, type Policy } from './room.ts'
import type { Partition, Put, Stored } from './store/store.ts'

// Where accounts and what leads to them lie. A mailbox lies with its address; an account stays where it was born, its sessions with it.
export const mailboxKey = (email: string, app: string) => `${addressKey(email)}/mailbox/${app}`
export const accountKey = (id: string) => `account/${id}`
export const sessionKey = (id: string) => `session/${id}`

/** `acc_` and the like, two digits that say where the record lies, 22 characters. */
export const newHandle = (env: Env, prefix: string, partition: Partition) => `${prefix}_${partition}${env.id()}`
const HANDLE = /^[a-z]{2,4}_(\d\d)[0-9A-Za-z]{22}$/
export const partitionOfHandle = (handle: string): Partition | null => HANDLE.exec(handle)?.[1] ?? null

export const asMailbox = (record: Stored | null | undefined) => (record?.value as Mailbox | undefined) ?? null
export const asAccount = (record: Stored | null | undefined) => (record?.value as Account | undefined) ?? null

const DAY = 24 * 60 * 60 * 1000

/** Where a link's token leads. */
export type LinkPointer = { v: 1; app: string; email: string; signUp: string; challenge: string }
export const linkKey = (place: string) => `link/${place}`

/** Rubbish when nobody can prove it any more; one with an account stays. */
export function mailboxPut(mailbox: Mailbox): Put {
  const ends = [...mailbox.signUps.map(({ createdAt }) => createdAt + PENDING_MS), mailbox.decoy?.expiresAt ?? 0]
  const key = mailboxKey(mailbox.email, mailbox.app)
  return { key, value: mailbox, ...(mailbox.account === null ? { sweepAt: Math.max(...ends) + DAY } : {}) }
}
/** It says which number is live, too: it stays as long as one that was drawn right now. */
export const addressPut = (email: string, address: Address, policy: Policy, now: number): Put => ({
  key: addressKey(email),
  value: address,
  sweepAt: addressSweepAt(address, now + policy.numberTtlMs + READABLE_MS + DAY, keptOf(policy), now),
})

export const EMAIL_WRONG = { field: 'email', code: 'email_invalid', hint: 'Exactly one plain address, like ana@example.com' }
export const PASSWORD_WRONG = { field: 'password', code: 'password_invalid', hint: 'Lone surrogates are not text' }
