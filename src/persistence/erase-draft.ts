import { nextKey, storyKey } from './letters.ts'
import type { Partition, Put, Store, Stored } from './store/store.ts'

export type Kind = 'addresses' | 'mailboxes' | 'accounts' | 'sessions' | 'letters' | 'identities' | 'links'
/** What is to be done in one partition: only as long as everything there is as it was seen. */
export type Part = {
  partition: Partition
  seen: Map<string, Stored | null>
  gone: Map<string, Kind>
  puts: Map<string, Put>
}
export type Draft = ReturnType<typeof createDraft>

/** What an erasure will do, in the making. Each record is read once, so that the commit expects what was judged. */
export function createDraft(store: Store) {
  const parts = new Map<Partition, Part>()

  function part(partition: Partition): Part {
    const known = parts.get(partition)
    if (known) return known
    const fresh: Part = { partition, seen: new Map(), gone: new Map(), puts: new Map() }
    parts.set(partition, fresh)
    return fresh
  }

  async function see(partition: Partition, ...keys: string[]): Promise<(Stored | null)[]> {
    const { seen } = part(partition)
    const fresh = [...new Set(keys)].filter((key) => !seen.has(key))
    const records = fresh.length > 0 ? await store.read(partition, fresh) : []
    for (const [i, key] of fresh.entries()) seen.set(key, records[i]!)
    return keys.map((key) => seen.get(key)!)
  }

  async function remove(partition: Partition, kind: Kind, ...keys: string[]): Promise<void> {
    const found = await see(partition, ...keys)
    for (const [i, key] of keys.entries()) if (found[i]) part(partition).gone.set(key, kind)
  }

  return {
    see,
    /** Those of these records that are there. */
    remove,
    /** A letter's row, the one that waits behind it, and the stories of older letters in its place. */
    removeLetter: (partition: Partition, key: string, ...ids: string[]) =>
      remove(partition, 'letters', key, nextKey(key), ...ids.map((id) => storyKey(key, id))),
    /** A record as it is to be, if that was decided already; otherwise as it is; null = absent. */
    async standing<T>(partition: Partition, key: string): Promise<T | null> {
      const [record] = await see(partition, key)
      return (part(partition).puts.get(key)?.value ?? record?.value ?? null) as T | null
    },
    put: (partition: Partition, put: Put) => void part(partition).puts.set(put.key, put),
    /** The records of a kind that are to go. */
    goners: (partition: Partition, kind: Kind): Stored[] =>
      [...part(partition).gone].filter(([, one]) => one === kind).map(([key]) => part(partition).seen.get(key)!),
    parts: (): Part[] => [...parts.values()],
  }
}
