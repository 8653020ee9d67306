import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Partition, Put, Store } from '../../src/persistence/store/store.ts'
import { FAR, versionsOf } from './shorthand.ts'

const PARTITIONS: Partition[] = ['07', '08']
export const KEYS = ['a', 'b', 'ключ']
const COUNTERS = ['c', 'd']
const QUEUES = ['q', 'q2']
const MANY = 1000

const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })

const partition = fc.constantFrom(...PARTITIONS)
const key = fc.constantFrom(...KEYS)
const queue = fc.constantFrom(...QUEUES)
/** Far ahead, so that no store sweeps by its own clock what the other still has. */
const time = fc.integer({ min: 0, max: 8 }).map((ms) => FAR + ms)
const limit = fc.integer({ min: 1, max: 3 })
const value = fc.constantFrom<unknown>(1, null, '', [], {}, 'ключ', { n: 0.1, list: [[], {}] }, JSON.parse('{"__proto__":1}'))
const put: fc.Arbitrary<Put> = fc.record(
  { key, value, sweepAt: time, queue: plain({ name: queue, dueAt: time }) },
  { requiredKeys: ['key', 'value'], noNullPrototype: true },
)

type Operation =
  | { do: 'read'; partition: Partition; keys: string[] }
  | { do: 'commit'; partition: Partition; expect: Wish[]; puts: Put[]; deletes: string[]; log: unknown[] }
  | { do: 'claimDue'; partition: Partition; queue: string; now: number; leaseUntil: number; limit: number }
  | { do: 'depth'; partition: Partition; queue: string }
  | { do: 'hit'; partition: Partition; counters: { key: string; cost: number; limit: number; sweepAt: number }[] }
  | { do: 'readLog'; partition: Partition; place: number; limit: number }
  | { do: 'trimLog'; partition: Partition; place: number }
  | { do: 'sweep'; now: number }
/** What a commit expects of a key: the version that stands, none, or one that never was. */
type Wish = { key: string; be: 'current' | 'absent' | 'stale' }

function operation(sweeps: boolean): fc.Arbitrary<Operation> {
  const is = <const N extends string>(name: N) => fc.constant(name)
  const be = fc.constantFrom('current', 'current', 'current', 'current', 'absent', 'stale')
  const commit = plain({
    do: is('commit'),
    partition,
    expect: fc.uniqueArray(plain({ key, be }), { maxLength: 2, selector: (wish) => wish.key }),
    puts: fc.uniqueArray(put, { maxLength: 2, selector: (one) => one.key }),
    deletes: fc.uniqueArray(key, { maxLength: 1 }),
    log: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
  })
  const counter = plain({
    key: fc.constantFrom(...COUNTERS),
    cost: fc.constantFrom(1, 1, 2, 3, -1, -1, -2),
    limit: fc.constantFrom(1, 2, 3, 4, 4),
    sweepAt: time,
  })
  const place = fc.nat({ max: 7 })
  const choices: fc.WeightedArbitrary<Operation>[] = [
    {
      weight: 2,
      arbitrary: plain({ do: is('read'), partition, keys: fc.array(fc.constantFrom(...KEYS, ...COUNTERS), { maxLength: 4 }) }),
    },
    { weight: 9, arbitrary: commit as fc.Arbitrary<Operation> },
    { weight: 4, arbitrary: plain({ do: is('claimDue'), partition, queue, now: time, leaseUntil: time, limit }) },
    { weight: 1, arbitrary: plain({ do: is('depth'), partition, queue }) },
    {
      weight: 4,
      arbitrary: plain({ do: is('hit'), partition, counters: fc.uniqueArray(counter, { maxLength: 2, selector: (one) => one.key }) }),
    },
    { weight: 2, arbitrary: plain({ do: is('readLog'), partition, place, limit }) },
    { weight: 1, arbitrary: plain({ do: is('trimLog'), partition, place }) },
  ]
  if (sweeps) choices.push({ weight: 1, arbitrary: plain({ do: is('sweep'), now: time }) })
  return fc.oneof(...choices)
}

/** A store and the ids of its log that were seen so far, by partition: the two stores name their entries differently. */
type Side = { store: Store; ids: Map<Partition, string[]> }

const idsOf = ({ ids }: Side, home: Partition) => {
  const known = ids.get(home) ?? []
  ids.set(home, known)
  return known
}
/** '' or an id seen earlier, wherever that entry may be now. */
const idAt = (side: Side, home: Partition, place: number) => ['', ...idsOf(side, home)][place % (idsOf(side, home).length + 1)]!

/** Entries with their ordinal number in place of their id. */
async function readLog(side: Side, home: Partition, after: string, most: number) {
  const known = idsOf(side, home)
  return (await side.store.readLog(home, after, most)).map(({ id, value: entry }) => {
    if (!known.includes(id)) known.push(id)
    return { ordinal: known.indexOf(id), entry }
  })
}

/** Records; the version of a counter is any, and its own to each store. */
async function read({ store }: Side, home: Partition, keys: readonly string[]) {
  const records = await store.read(home, keys)
  return records.map((record, i) => (record && COUNTERS.includes(keys[i]!) ? { ...record, version: '' } : record))
}

async function answer(side: Side, op: Operation, version: string): Promise<unknown> {
  const { store } = side
  if (op.do === 'sweep') return store.sweep(op.now, MANY)
  const home = op.partition
  if (op.do === 'read') return read(side, home, op.keys)
  if (op.do === 'claimDue') return store.claimDue(home, op.queue, op.now, op.leaseUntil, op.limit, version)
  if (op.do === 'depth') return store.depth(home, op.queue)
  if (op.do === 'hit') return store.hit(home, op.counters)
  if (op.do === 'readLog') return readLog(side, home, idAt(side, home, op.place), op.limit)
  // Whoever trims has read up to there; else the two sides would not know the same ids.
  if (op.do === 'trimLog') return [await readLog(side, home, '', MANY), await store.trimLog(home, idAt(side, home, op.place))]
  const { expect: wishes, puts, deletes, log } = op
  const current = await versionsOf(store, home, ...wishes.map((wish) => wish.key))
  const expect = wishes.map(({ key: name, be }, i) => ({ key: name, version: { current: current[i]!, absent: '', stale: 'never' }[be] }))
  return store.commit(home, { version, expect, puts, deletes, log })
}

/** Everything that can be known of a store, at the end of a run. */
async function whole(side: Side, sweeps: boolean): Promise<unknown> {
  const { store } = side
  const state = []
  for (const home of PARTITIONS) {
    const depths = await Promise.all(QUEUES.map((name) => store.depth(home, name)))
    state.push(await read(side, home, [...KEYS, ...COUNTERS]), depths, await readLog(side, home, '', MANY))
  }
  if (sweeps) state.push(await store.sweep(FAR + 4, MANY))
  for (const home of PARTITIONS) {
    const claims = []
    for (const name of QUEUES) claims.push(await store.claimDue(home, name, FAR + MANY, FAR + 2 * MANY, MANY, 'end'))
    state.push(claims, await read(side, home, [...KEYS, ...COUNTERS]))
  }
  return state
}

/** The place stands in the report beside the difference. */
const same = (place: string, b: unknown, a: unknown) => assert.deepEqual({ [place]: b }, { [place]: a })

export type Run = {
  /** How many sequences of up to 40 operations. */
  runs: number
  /** Repeats the run that printed it. */
  seed?: number
  /** False for a store that sweeps by itself: it may then still have what the other has swept. */
  sweeps?: boolean
  /** Stops at the first difference, without looking for the shortest sequence that shows it. */
  quick?: boolean
}

/**
 * Runs random operations on two kinds of store side by side and compares every answer, then all that is in them.
 * @param open each gives an empty store
 * @returns how many operations were compared
 * @throws at the first difference, with the seed and the shortest sequence that shows one
 */
export async function differential(openA: () => Promise<Store>, openB: () => Promise<Store>, run: Run): Promise<number> {
  const { runs, sweeps = true, quick = false } = run
  let compared = 0
  const sequences = fc.array(operation(sweeps), { minLength: 1, maxLength: 40, size: 'max' })
  const property = fc.asyncProperty(sequences, async (operations) => {
    const a: Side = { store: await openA(), ids: new Map() }
    const b: Side = { store: await openB(), ids: new Map() }
    try {
      for (const [i, op] of operations.entries()) {
        same(`operation ${i}, ${op.do}`, await answer(b, op, `v${i}`), await answer(a, op, `v${i}`))
        compared++
      }
      same('all that is there at the end', await whole(b, sweeps), await whole(a, sweeps))
    } finally {
      await Promise.all([a.store.close(), b.store.close()])
    }
  })
  await fc.assert(property, {
    numRuns: runs,
    endOnFailure: quick,
    includeErrorInReport: true,
    ...(run.seed === undefined ? {} : { seed: run.seed }),
  })
  return compared
}
