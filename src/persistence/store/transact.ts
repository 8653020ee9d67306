import type { Env } from '../../env.ts'
import { Problem } from '../../problem.ts'
import type { Change, Partition, Store, Stored } from './store.ts'

/** Two processes that write the same address win about every other race each: eight lost in a row are no rarity, this many are. */
const ATTEMPTS = 32

/** The record whose change voids every live secret of its partition (a failover, a restore); every commit expects the one that it read. */
export const EPOCH_KEY = 'epoch'

export type View = {
  /** Reads records of one instant; their versions become expectations of the commit. */
  read(...keys: string[]): Promise<(Stored | null)[]>
  /** The version that everything written by this attempt will have. */
  version: string
  /** The partition's epoch, after the first read. What was made in another one is void. */
  epoch(): number
}
/** `store`: of which store it is; one that was emptied and made anew has another. */
export type EpochRecord = { v: 1; epoch: number; store?: string }
export type Decision<O> = { outcome: O } & Partial<Pick<Change, 'puts' | 'deletes' | 'log'>>

/** Records as they stood a moment ago, by key, the epoch's among them. */
export type Seen = ReadonlyMap<string, Stored | null>

/**
 * Runs `plan` until nothing that it read has changed meanwhile, at most 32 times. `plan` must be repeatable: no effect but its
 * decision, no slow work. A decision that writes nothing is answered at once.
 * @param seen saves the first attempt its reads; what has changed since makes it lose
 * @throws Problem `busy` when every attempt lost its race
 */
export async function transact<O>(
  deps: { store: Store; env: Env; onRetry: () => void; epochOf: (record: Stored | null | undefined) => number },
  partition: Partition,
  plan: (view: View) => Promise<Decision<O>>,
  seen?: Seen,
): Promise<O> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const versions = new Map<string, string>()
    const version = deps.env.id()
    let epoch = Number.NaN
    const view: View = {
      version,
      epoch: () => epoch,
      async read(...keys) {
        const wanted = versions.has(EPOCH_KEY) ? keys : [...keys, EPOCH_KEY]
        const known = attempt === 0 && seen ? wanted.map((key) => seen.get(key)) : []
        const isKnown = known.length > 0 && known.every((record) => record !== undefined)
        const found = isKnown ? (known as (Stored | null)[]) : await deps.store.read(partition, wanted)
        // Of a record that is read again the first version is expected: if it has changed meanwhile, this attempt loses.
        for (const [i, key] of wanted.entries()) if (!versions.has(key)) versions.set(key, found[i]?.version ?? '')
        if (wanted === keys) return found
        epoch = deps.epochOf(found.pop())
        return found
      },
    }
    const { outcome, puts = [], deletes = [], log = [] } = await plan(view)
    if (puts.length + deletes.length + log.length === 0) return outcome
    const expect = [...versions].map(([key, expected]) => ({ key, version: expected }))
    if (await deps.store.commit(partition, { version, expect, puts, deletes, log })) return outcome
    deps.onRetry()
  }
  throw new Problem('busy')
}

/**
 * Work on the same key waits in line within this process, so that compare-and-set only settles races between processes: fifty
 * guesses at once cost fifty short turns, not fifty retries.
 */
export function createTurns() {
  const last = new Map<string, Promise<unknown>>()
  /** `waited`: others were before it. */
  return async function inTurn<T>(key: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    const before = last.get(key)
    const later = () => work(true)
    const mine = before ? before.then(later, later) : work(false)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
