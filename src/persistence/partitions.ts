import { createHmac } from 'node:crypto'
import type { Env } from '../env.ts'
import { Problem } from '../problem.ts'
import { PARTITIONS, type Partition, type Store, type Stored } from './store/store.ts'
import { EPOCH_KEY, type EpochRecord } from './store/transact.ts'

/** Apps, API keys and what belongs to the store as a whole live here. */
export const CONTROL: Partition = '00'
const STORE_KEY = 'store'

const HISTORY_KEY = 'history'
/** As many are remembered. */
const HISTORIES = 100

type HistoryRecord = { v: 1; seen: string[] }
/** `id`: of stores made before there was one it is absent, as in their epoch records. */
type StoreRecord = { v: 1; id?: string; partitionKey: string; createdAt: number }

export type Partitions = {
  /** The home of an address, from its form without +tag. */
  homeOf(untagged: string): Partition
  /** What a partition's epoch record says. @throws Problem `unavailable` when somebody emptied the store, or put another one in its place */
  epochOf(record: Stored | null | undefined): number
}

/**
 * Draws the partition key and lays the epoch records of a new store; of an old one it reads them. Safe to run twice at once and
 * to repeat after a crash.
 */
export async function openPartitions(store: Store, env: Env): Promise<Partitions> {
  const { id, partitionKey } = await storeRecord(store, env)
  const key = Buffer.from(partitionKey, 'base64')
  await Promise.all(
    PARTITIONS.map(async (partition) => {
      const [epoch] = await store.read(partition, [EPOCH_KEY])
      if (epoch) return
      const value: EpochRecord = { v: 1, epoch: 1, ...(id ? { store: id } : {}) }
      const expect = [{ key: EPOCH_KEY, version: '' }]
      await store.commit(partition, { version: env.id(), expect, puts: [{ key: EPOCH_KEY, value }], deletes: [], log: [] })
    }),
  )
  return {
    homeOf(untagged) {
      const home = createHmac('sha256', key).update(untagged).digest().readUInt32BE(0) % PARTITIONS.length
      return PARTITIONS[home]!
    },
    epochOf(record) {
      const found = record?.value as EpochRecord | undefined
      if (!found) throw new Problem('unavailable', {}, { cause: 'the store was emptied: a partition has no epoch record' })
      if (found.store !== id) throw new Problem('unavailable', {}, { cause: 'another store is in its place: start anew to use it' })
      return found.epoch
    },
  }
}

/**
 * Voids what lives in every partition when the store went on from a history that it had not gone on from before: a replica was promoted, or
 * a server came back from a snapshot. Writes that were acknowledged may then be missing, and a number that was used could be used again.
 * @param former the histories that the servers went on from
 * @param isBehind whether the store lacks what we know that it had
 * @returns whether anything was voided
 */
export async function judgeHistory(store: Store, env: Env, former: readonly string[], isBehind: boolean): Promise<boolean> {
  const [record] = await store.read(CONTROL, [HISTORY_KEY])
  const seen = (record?.value as HistoryRecord | undefined)?.seen ?? []
  const fresh = former.filter((history) => !seen.includes(history))
  if (record && fresh.length === 0 && !isBehind) return false
  // The first time it is only written down: of a new store nothing can be missing.
  if (record) await Promise.all(PARTITIONS.map((partition) => beginEpoch(store, env, partition)))
  const value: HistoryRecord = { v: 1, seen: [...seen, ...fresh].slice(-HISTORIES) }
  const expect = [{ key: HISTORY_KEY, version: record?.version ?? '' }]
  await store.commit(CONTROL, { version: env.id(), expect, puts: [{ key: HISTORY_KEY, value }], deletes: [], log: [] })
  return record !== null
}

async function beginEpoch(store: Store, env: Env, partition: Partition): Promise<void> {
  for (;;) {
    const [record] = await store.read(partition, [EPOCH_KEY])
    if (!record) return // that the store was emptied is noticed by every commit
    const old = record.value as EpochRecord
    const value: EpochRecord = { ...old, epoch: old.epoch + 1 }
    const expect = [{ key: EPOCH_KEY, version: record.version }]
    if (await store.commit(partition, { version: env.id(), expect, puts: [{ key: EPOCH_KEY, value }], deletes: [], log: [] })) return
  }
}

async function storeRecord(store: Store, env: Env): Promise<StoreRecord> {
  const [known] = await store.read(CONTROL, [STORE_KEY])
  if (known) return known.value as StoreRecord
  const value: StoreRecord = { v: 1, id: env.id(), partitionKey: env.secret(32).toString('base64'), createdAt: env.now() }
  const expect = [{ key: STORE_KEY, version: '' }]
  await store.commit(CONTROL, { version: env.id(), expect, puts: [{ key: STORE_KEY, value }], deletes: [], log: [] })
  return storeRecord(store, env)
}

/** Two digits for the counters of something that has no address: an app. */
export const partitionOfApp = (app: string): Partition => app.slice(4, 6)
