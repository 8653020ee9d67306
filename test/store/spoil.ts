// Ways to spoil a store.
import type { Change, Claimed, Logged, Partition, Put, Store } from '../../src/persistence/store/store.ts'
import { KEYS } from './differential.ts'

/** Makes a store that breaks its contract out of one that keeps it. */
export type Spoil = (store: Store) => Store
export const MANY = 10_000

/** A store whose commits go through `edit` first. */
export const editing =
  (edit: (change: Change, store: Store, partition: Partition) => Change | Promise<Change>): Spoil =>
  (store) => ({ ...store, commit: async (partition, change) => store.commit(partition, await edit(change, store, partition)) })

/** A store whose puts are looked at together with the put before them under the same key. */
export const remembering = (edit: (put: Put, before: Put | undefined, dueAt: number | null) => Put): Spoil => {
  return (store) => {
    const last = new Map<string, Put>()
    return {
      ...store,
      async commit(partition, change) {
        const records = await store.read(
          partition,
          change.puts.map(({ key }) => key),
        )
        const puts = change.puts.map((put, i) =>
          edit(put, records[i] ? last.get(partition + put.key) : undefined, records[i]?.dueAt ?? null),
        )
        const done = await store.commit(partition, { ...change, puts })
        if (done) for (const put of puts) last.set(partition + put.key, put)
        return done
      },
    }
  }
}

/** Where the next id of a log would be given again after a trim: entries are numbered by their place. */
export const renumbering: Spoil = (store) => {
  const all = async (partition: Partition): Promise<Logged[]> =>
    (await store.readLog(partition, '', MANY)).map(({ value }, i) => ({ id: String(i + 1), value }))
  return {
    ...store,
    readLog: async (partition, after, limit) => (await all(partition)).slice(Number(after)).slice(0, limit),
    async trimLog(partition, upTo) {
      const real = (await store.readLog(partition, '', MANY))[Number(upTo) - 1]
      if (real) await store.trimLog(partition, real.id)
    },
  }
}

export const ghosts: Spoil = (store) => {
  const gone = new Map<string, number>()
  return {
    ...store,
    async commit(partition, change) {
      const records = await store.read(partition, change.deletes)
      const done = await store.commit(partition, change)
      if (done && records.some((record) => record?.dueAt != null)) gone.set(partition, (gone.get(partition) ?? 0) + 1)
      return done
    },
    async depth(partition, queue) {
      const { length, oldestDueAt } = await store.depth(partition, queue)
      return { length: length + (gone.get(partition) ?? 0), oldestDueAt }
    },
  }
}

/** Claims, then puts the record back as it was but for its lease. */
export const claimingUnderOldVersion: Spoil = (store) => ({
  ...store,
  async claimDue(partition, queue, now, leaseUntil, limit, version) {
    const old = new Map<string, string>()
    const claimed: Claimed[] = []
    for (let i = 0; i < limit; i++) {
      const before = await store.read(partition, KEYS)
      const [record] = await store.claimDue(partition, queue, now, leaseUntil, 1, version)
      if (!record) break
      old.set(record.key, before[KEYS.indexOf(record.key)]!.version)
      claimed.push(record)
    }
    for (const { key, value } of claimed) {
      const put = { key, value, queue: { name: queue, dueAt: leaseUntil } }
      await store.commit(partition, { version: old.get(key)!, expect: [], puts: [put], deletes: [], log: [] })
    }
    return claimed
  },
})
