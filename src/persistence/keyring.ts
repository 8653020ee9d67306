import type { Env } from '../env.ts'
import { CONTROL } from './partitions.ts'
import type { Secrets } from './secrets.ts'
import type { Store } from './store/store.ts'

const KEY = 'keys'
/** Ids of the keys that this store was ever opened with. */
type KeyringRecord = { v: 1; peppers: string[]; seals: string[] }

/**
 * Recognises a store by the ids of its keys: with other ones its numbers would be unknown and its tokens unreadable, and two
 * processes with different ones would not see each other's numbers.
 * @throws when none of our peppers, or none of our seals, was ever used on this store
 */
export async function recognise(store: Store, env: Env, { pepperIds, sealIds }: Secrets): Promise<void> {
  for (;;) {
    const [record] = await store.read(CONTROL, [KEY])
    const known = record?.value as KeyringRecord | undefined
    if (known) {
      demand('SELLO_PEPPER', known.peppers, pepperIds)
      demand('SELLO_SEAL_KEY', known.seals, sealIds)
    }
    const value: KeyringRecord = { v: 1, peppers: union(known?.peppers, pepperIds), seals: union(known?.seals, sealIds) }
    if (known && value.peppers.length === known.peppers.length && value.seals.length === known.seals.length) return
    const expect = [{ key: KEY, version: record?.version ?? '' }]
    if (await store.commit(CONTROL, { version: env.id(), expect, puts: [{ key: KEY, value }], deletes: [], log: [] })) return
  }
}

const union = (known: readonly string[] = [], ours: readonly string[]) => [...new Set([...known, ...ours])]

function demand(name: string, known: readonly string[], ours: readonly string[]) {
  if (ours.some((id) => known.includes(id))) return
  throw new Error(`none of the keys in ${name} is one that this store was used with (${known.join(', ')}); ./sello keys list shows yours`)
}
