import type { Env } from '../env.ts'
import { type Account, type Mailbox, PENDING_MS } from '../rules/account.ts'
import { accountSweepAt } from '../rules/account-life.ts'
import { type Address, addressSweepAt, READABLE_MS } from '../rules/identity.ts'
import { addressKey } from './identities.ts'
import { keptOf, type Policy, type Room } from './room.ts'
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

/** Where a link's token leads: to a sign-up's challenge, to an account (null: to an address that waits for one). */
export type LinkPointer = { v: 1; app: string; email: string } & (
  | { of: 'sign-up'; signUp: string; challenge: string }
  | { of: 'reset'; account: string | null }
  | { of: 'email_change' | 'undo'; account: string }
)
export const linkKey = (place: string) => `link/${place}`

/** Rubbish when nobody can prove it any more; one with an account stays. */
export function mailboxPut(mailbox: Mailbox): Put {
  const waiting = mailbox.signUps.map(({ createdAt }) => createdAt + PENDING_MS)
  const ends = [...waiting, ...mailbox.former.map(({ until }) => until), mailbox.decoy?.expiresAt ?? 0]
  const key = mailboxKey(mailbox.email, mailbox.app)
  return { key, value: mailbox, ...(mailbox.account === null ? { sweepAt: Math.max(...ends) + DAY } : {}) }
}
/** How long whoever moves an account to another address may take, before others go on with it. */
export const MOVE_LEASE_MS = 30_000
/** One that is on its way to another address waits in the queue of those until it has arrived, whatever else is done with it meanwhile. */
export function accountPut(account: Account): Put {
  const sweepAt = accountSweepAt(account)
  const queue = account.move ? { queue: { name: 'moves', dueAt: account.move.at + MOVE_LEASE_MS } } : {}
  return { key: accountKey(account.id), value: account, ...(sweepAt === undefined ? {} : { sweepAt }), ...queue }
}
/** It says which number is live, too: it stays as long as one that was drawn right now. */
export const addressPut = (email: string, address: Address, policy: Policy, now: number): Put => ({
  key: addressKey(email),
  value: address,
  sweepAt: addressSweepAt(address, now + policy.numberTtlMs + READABLE_MS + DAY, keptOf(policy), now),
})

export const EMAIL_WRONG = { field: 'email', code: 'email_invalid', hint: 'Exactly one plain address, like ana@example.com' }
export const PASSWORD_WRONG = { field: 'password', code: 'password_invalid', hint: 'Lone surrogates are not text' }

const TOKEN = /^(\d\d)[0-9A-Za-z]{22}$/
/** A link's token, followed; null when it leads nowhere, or to another app's. @param app null = whosever it is */
export async function followLink({ store, secrets }: Pick<Room, 'store' | 'secrets'>, app: string | null, token: string) {
  const partition = TOKEN.exec(token)?.[1]
  if (!partition) return null
  const keys = secrets.places('link', token).map(linkKey)
  const records = await store.read(partition, keys)
  const at = records.findIndex((record) => record !== null)
  const pointer = records[at]?.value as LinkPointer | undefined
  return pointer && (app === null || pointer.app === app) ? { pointer, key: keys[at]!, partition } : null
}
