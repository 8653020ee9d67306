import type { Env } from '../env.ts'
import { CONTROL, type Partitions } from './partitions.ts'
import type { Store } from './store/store.ts'
import { EPOCH_KEY } from './store/transact.ts'

const KEY = 'probe'
type BeatRecord = { v: 1; at: number }

/** A sign of life in the store: shows that it can commit, and, when it is older than we know, that it lost what was acknowledged. */
export function createBeat(env: Env) {
  let last = 0
  const atOf = (value: unknown) => (value as BeatRecord | undefined)?.at ?? 0
  return {
    /** Rejects unless the store can commit. Instants only grow, whichever process writes them. */
    async write(store: Store, epochOf: Partitions['epochOf']) {
      const [record, epoch] = await store.read(CONTROL, [KEY, EPOCH_KEY])
      epochOf(epoch)
      const at = Math.max(env.now(), atOf(record?.value) + 1)
      const expect = [
        { key: KEY, version: record?.version ?? '' },
        { key: EPOCH_KEY, version: epoch?.version ?? '' },
      ]
      const value: BeatRecord = { v: 1, at }
      // When another process was faster the store can commit as well.
      if (await store.commit(CONTROL, { version: env.id(), expect, puts: [{ key: KEY, value }], deletes: [], log: [] })) last = at
    },
    async isBehind(store: Store): Promise<boolean> {
      const [record] = await store.read(CONTROL, [KEY])
      return atOf(record?.value) < last
    },
  }
}
