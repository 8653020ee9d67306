import { PARTITIONS, type Partition, type Store } from '../../src/persistence/store/store.ts'

export type Dumped = { partition: Partition; key: string; value: unknown }

/** From now on remembers every key that the store is asked to write, so that all of it can be read again whatever store it is. */
export function recorded(store: Store) {
  const written = new Map<string, { partition: Partition; key: string }>()
  const note = (partition: Partition, keys: string[]) => {
    for (const key of keys) written.set(`${partition}/${key}`, { partition, key })
  }
  const { commit, hit } = store
  store.commit = (partition, change) => {
    note(
      partition,
      change.puts.map(({ key }) => key),
    )
    return commit(partition, change)
  }
  store.hit = (partition, counters) => {
    note(
      partition,
      counters.map(({ key }) => key),
    )
    return hit(partition, counters)
  }
  return {
    /** What of that is there now. */
    async records(): Promise<Dumped[]> {
      const all = await Promise.all(
        [...written.values()].map(async ({ partition, key }) => {
          const [record] = await store.read(partition, [key])
          return record ? [{ partition, key, value: record.value }] : []
        }),
      )
      return all.flat()
    },
    async logs(): Promise<unknown[]> {
      const all = await Promise.all(PARTITIONS.map((partition) => store.readLog(partition, '', 1000)))
      return all.flat().map(({ value }) => value)
    },
  }
}

/** Writes a record as it is, beside whatever the service does. */
export async function plant(store: Store, partition: Partition, key: string, value: unknown, version: string) {
  const put = { key, value }
  if (!(await store.commit(partition, { version, expect: [], puts: [put], deletes: [], log: [] })))
    throw new Error(`${key} was not planted`)
}
