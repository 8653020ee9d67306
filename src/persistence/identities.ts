import type { IdentityView } from '../contract/persistence.ts'
import type { Env } from '../env.ts'
import { type Event, type Identity, isReadable, statusOf, timelineOf, withEvents } from '../rules/identity.ts'
import { type Row, readRow } from '../rules/outbox.ts'
import type { Room } from './room.ts'
import type { Secrets } from './secrets.ts'
import type { Partition } from './store/store.ts'
import { EPOCH_KEY, type View } from './store/transact.ts'

// Where things lie in their partition. An address and its letters share a prefix, so that they also share a page on disk.
export const addressKey = (email: string) => `address/${email}`
/** One place for each app, address and purpose: a newer number takes the place of an unsent older one. */
export const mailKey = (email: string, app: string) => `${addressKey(email)}/mail/${app}/number`
/** A number is unique within its app: the MAC covers both. One key for each pepper, the first one is written to. */
export const numberKeys = (secrets: Secrets, app: string, number: string) =>
  secrets.places('number', `${app}/${number}`).map((place) => `number/${place}`)

/**
 * An identity's id says where its record lies, so that no second record is needed to find it: the partition, the MAC that keys the
 * record (96 bits, without the pepper's id), and 40 random bits that no number's later owner repeats.
 */
const ID = /^idn_(\d\d)([0-9a-f]{24})[0-9a-f]{10}$/
export const newIdentityId = (env: Env, partition: Partition, numberKey: string) =>
  `idn_${partition}${numberKey.split('.')[1]}${env.secret(5).toString('hex')}`
export const partitionOfId = (id: string): Partition | null => ID.exec(id)?.[1] ?? null

type Found = { identity: Identity; row: Row | null; epoch: number; number: string }

/**
 * The identity with this id, if it belongs to the app (null = whoever asks may see it) and can still be read.
 * @param view of the transaction that goes on from here, if one does
 */
export async function findIdentity(
  { env, store, secrets, epochOf }: Room,
  id: string,
  app: string | null,
  view?: View,
): Promise<Found | null> {
  const [, partition, place] = ID.exec(id) ?? []
  if (!partition || !place) return null
  const read = view?.read ?? ((...keys: string[]) => store.read(partition, keys))
  const keys = secrets.pepperIds.map((pepper) => `number/${pepper}.${place}`)
  const [epochRecord, ...records] = await read(EPOCH_KEY, ...keys)
  const epoch = epochOf(epochRecord)
  const at = records.findIndex((record) => (record?.value as Identity | undefined)?.id === id)
  const identity = records[at]?.value as Identity | undefined
  if (!identity || (app !== null && identity.app !== app) || !isReadable(identity, env.now())) return null
  const [row] = await read(mailKey(identity.email, identity.app))
  return { identity, row: row ? readRow(row.value) : null, epoch, number: keys[at]! }
}

/** An identity's story with that of its letter. */
const storyOf = ({ identity, row }: Found): Event[] =>
  row?.id === identity.letter ? withEvents(identity.events, ...row.events) : identity.events

/** What may be shown of an identity: never its number, never its token. */
export function show(found: Found, now: number): IdentityView {
  const { id, email, createdAt, expiresAt } = found.identity
  const story = storyOf(found)
  return {
    id,
    email,
    status: statusOf(found.identity, story, found.epoch, now),
    createdAt,
    expiresAt,
    timeline: timelineOf(found.identity, story, now),
  }
}
