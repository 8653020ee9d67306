import type { Letter } from '../contract/messaging.ts'
import type { IdentityView } from '../contract/persistence.ts'
import { type Identity, isReadable, READABLE_MS, statusOf, timelineOf } from '../rules/identity.ts'
import type { Waiting } from '../rules/outbox.ts'
import type { App } from './apps.ts'
import type { Room } from './room.ts'
import type { Secrets } from './secrets.ts'
import type { Partition, Put } from './store/store.ts'
import { EPOCH_KEY, type EpochRecord, type View } from './store/transact.ts'

// Where things lie in their partition. An address and its letters share a prefix, so that they also share a page on disk.
export const addressKey = (email: string) => `address/${email}`
export const identityKey = (id: string) => `identity/${id}`
/** One place for each app, address and purpose: a newer letter takes the place of an unsent older one. */
export const mailKey = (email: string, app: string) => `${addressKey(email)}/mail/${app}/number`
/** Where a newer letter waits while the one before it is in flight. */
export const nextKey = (mail: string) => `${mail}/next`
/** A number is unique within its app: the MAC covers both. One key for each pepper, the first one is written to. */
export const numberKeys = (secrets: Secrets, app: string, number: string) =>
  secrets.macs('number', `${app}/${number}`).map((mac) => `number/${mac}`)

const ID = /^idn_(\d\d)[0-9A-Za-z]{22}$/
export const partitionOfId = (id: string): Partition | null => ID.exec(id)?.[1] ?? null

type Found = { identity: Identity; epoch: number; number: string }

/**
 * The identity with this id, if it belongs to the app (null = whoever asks may see it) and can still be read.
 * @param view of the transaction that goes on from here, if one does
 */
export async function findIdentity({ env, store }: Room, id: string, app: string | null, view?: View): Promise<Found | null> {
  const partition = ID.exec(id)?.[1]
  if (!partition) return null
  const read = view?.read ?? ((...keys: string[]) => store.read(partition, keys))
  const [pointer] = await read(identityKey(id))
  const number = (pointer?.value as { number: string } | undefined)?.number
  if (!number) return null
  const [record, epoch] = await read(number, EPOCH_KEY)
  const identity = record?.value as Identity | undefined
  if (identity?.id !== id || (app !== null && identity.app !== app) || !isReadable(identity, env.now())) return null
  return { identity, epoch: (epoch!.value as EpochRecord).epoch, number }
}

/** What may be shown of an identity: never its number, never its token. */
export function show({ identity, epoch }: Found, now: number): IdentityView {
  const { id, email, createdAt, expiresAt } = identity
  return { id, email, status: statusOf(identity, epoch, now), createdAt, expiresAt, timeline: timelineOf(identity, now) }
}

/** The row of a letter in its queue. */
export const mailRow = (key: string, letter: Waiting, dueAt: number): Put => ({
  key,
  value: letter,
  sweepAt: letter.deadlineAt + READABLE_MS,
  queue: { name: 'mail', dueAt },
})

/** A letter with its secret opened, as messaging wants it. */
export const outgoing = (letter: Waiting, number: string, app: Pick<App, 'displayName' | 'replyTo'>): Letter => ({
  id: letter.id,
  kind: 'number',
  to: letter.to,
  locale: letter.locale,
  app: { name: app.displayName, replyTo: app.replyTo },
  number,
  requestedAt: letter.requestedAt,
})
