import { outsideCalls } from '../call.ts'
import type { Env } from '../env.ts'
import { type Allowance, allowanceOf, type Bucket, bucketsOf, type Limit } from '../rules/limits.ts'
import { hasUnit, isFull, isSpent, type Line, misses, roomIn, settle, take, wake } from './lines.ts'
import type { Partition, Store } from './store/store.ts'

/** How a guess came out: `miss` says whether it is to be counted. */
type Judged<O> = { miss: boolean; outcome: O }
type Spending = readonly { limit: Limit; subject: string }[]
export type Guessed<O> =
  | { kind: 'judged'; outcome: O; allowances: Allowance[] }
  | { kind: 'spent'; limit: string; waitMs: number; allowances: Allowance[] }

/**
 * Judges a guess whose misses are limited. It needs a unit of every budget, which the store has counted beforehand: a miss uses it
 * up, anything else gives it back to this process, for the next guess. So no more misses are judged than the budget holds, whatever
 * the number of processes. Those for whom none is left wait while others of this process are under way.
 */
export type Guess = <O>(partition: Partition, limits: Spending, judge: () => Promise<Judged<O>>) => Promise<Guessed<O>>

/** Lines of one limit, one for each of its windows. */
type Entry = { limit: Limit; lines: Line[] }

/** The counts of a store's answer, and the units that it added. */
type Learned = { counts: number[]; gained: number[] | null }

/** How long what others counted may stay unseen. */
const KNOWN_MS = 1000
/** At most so many stay in hand when nobody needs them, and never more than a hundredth of the budget: what a crash then costs. */
const MOST_KEPT = 50
/** Beyond so many counters in memory nothing is kept. */
const MOST_LINES = 1000
const PRUNE_MS = 60_000

/** Not before all have ended: no call of the store outlives the guess that waits for it. */
async function allOf(work: readonly unknown[]) {
  for (const ended of await Promise.allSettled(work)) if (ended.status === 'rejected') throw ended.reason
}

const allowancesOf = (entries: readonly Entry[], now: number): Allowance[] =>
  entries.map(({ limit, lines }) =>
    allowanceOf(
      limit,
      lines.map(({ bucket }) => bucket),
      lines.map(misses),
      now,
    ),
  )

const refusal = (spent: Entry, entries: readonly Entry[], now: number) => {
  const full = spent.lines.filter((line) => misses(line) >= line.bucket.limit)
  const waitMs = Math.max(0, ...full.map(({ bucket }) => bucket.endsAt - now))
  return { kind: 'spent' as const, limit: spent.limit.name, waitMs, allowances: allowancesOf(entries, now) }
}

export function createGuesses(env: Env, store: Store): Guess {
  const lines = new Map<string, Line>()
  let calls = 0
  let pruneAt = 0

  function hold(partition: Partition, bucket: Bucket): Line {
    const place = `${partition}/${bucket.key}`
    const line = lines.get(place) ?? begin(place, bucket)
    line.bucket = bucket // its limit may have moved
    line.users++
    return line
  }

  function begin(place: string, bucket: Bucket): Line {
    const now = env.now()
    if (now >= pruneAt) {
      pruneAt = now + PRUNE_MS
      for (const line of lines.values()) drop(line)
    }
    const none = { users: 0, inHand: 0, inUse: 0, count: 0, call: 0, at: Number.NEGATIVE_INFINITY }
    const line: Line = { place, bucket, ...none, asking: null, waiting: [] }
    lines.set(place, line)
    return line
  }

  const isOver = ({ bucket }: Line) => env.now() >= bucket.endsAt
  /** A line lives as long as anybody needs it, so that no two of one counter can be, or as long as its units are worth something. */
  function drop(line: Line) {
    if (line.users === 0 && !line.asking && (line.inHand === 0 || isOver(line))) lines.delete(line.place)
  }

  /** One call of the store about counters that no other call is about; whoever needs its answer awaits `asking`. */
  function ask(asked: readonly Line[], call: () => Promise<Learned | null>) {
    const run = async () => {
      let learned: Learned | null = null
      try {
        await Promise.resolve() // whoever comes in this turn is counted in
        const number = ++calls
        learned = await call()
        if (!learned) return
        for (const [i, line] of asked.entries()) {
          line.inHand += learned.gained?.[i] ?? 0
          line.count = learned.counts[i]!
          line.call = number
        }
      } finally {
        for (const line of asked) {
          line.at = learned ? env.now() : Number.NEGATIVE_INFINITY
          line.asking = null
          wake(line)
          drop(line)
        }
      }
    }
    const asking = outsideCalls(run) // others wait for it too, or nobody any more
    for (const line of asked) line.asking = asking
  }

  const hit = (partition: Partition, asked: readonly Line[], costs: readonly number[]) =>
    store.hit(
      partition,
      asked.map(({ bucket }, i) => ({ ...bucket, cost: costs[i]! })),
    )

  /** Adds to every counter, or to none: then what was learned says what to try next. */
  const fill = (partition: Partition, lacking: readonly Line[]) =>
    ask(lacking, async () => {
      const costs = lacking.map((line) => Math.max(1, roomIn(line)))
      const { added, counts } = await hit(partition, lacking, costs)
      return { counts, gained: added ? costs : null }
    })

  const look = (partition: Partition, stale: readonly Line[]) =>
    ask(stale, async () => {
      const keys = stale.map(({ bucket }) => bucket.key)
      const records = await store.read(partition, keys)
      return { counts: records.map((record) => Number(record?.value ?? 0)), gained: null }
    })

  /** A failure is nobody's: units that are lost only make the budget smaller. */
  function giveBack(partition: Partition, giving: readonly Line[], spare: readonly number[]) {
    for (const [i, line] of giving.entries()) {
      line.inHand -= spare[i]!
      line.count -= spare[i]!
    }
    const costs = spare.map((units) => -units)
    ask(giving, () =>
      hit(partition, giving, costs).then(
        ({ counts }) => ({ counts, gained: null }),
        () => null,
      ),
    )
  }

  const spareOf = (line: Line) => {
    if (line.users > 0 || line.asking || isOver(line)) return 0
    const kept = lines.size > MOST_LINES ? 0 : Math.min(MOST_KEPT, Math.floor(line.bucket.limit / 100))
    return Math.max(0, line.inHand - kept)
  }

  function letGo(partition: Partition, held: readonly Line[]) {
    for (const line of held) line.users--
    const spare = held.map((line) => ({ line, units: spareOf(line) })).filter(({ units }) => units > 0)
    const units = spare.map((one) => one.units)
    const giving = spare.map(({ line }) => line)
    if (giving.length > 0) giveBack(partition, giving, units)
    for (const line of held) drop(line)
  }

  /** What to wait for before asking again; null when there is a unit of everything, which is then to be taken in the same breath. */
  function missing(partition: Partition, held: readonly Line[], since: number, now: number): Promise<unknown> | null {
    const full = held.find(isFull)
    if (full) return new Promise<void>((resolve) => full.waiting.push(resolve))
    const lacking = held.filter((line) => !hasUnit(line))
    const stale = held.filter((line) => hasUnit(line) && line.call <= since && now - line.at >= KNOWN_MS)
    if (lacking.length + stale.length === 0) return null
    const isFree = (line: Line) => !line.asking
    if (lacking.some(isFree)) fill(partition, lacking.filter(isFree))
    if (stale.some(isFree)) look(partition, stale.filter(isFree))
    return allOf([...lacking, ...stale].map(({ asking }) => asking))
  }

  async function guess<O>(partition: Partition, limits: Spending, judge: () => Promise<Judged<O>>): Promise<Guessed<O>> {
    const since = calls
    let entries: Entry[] = []
    let held: Line[] = []
    try {
      for (;;) {
        const now = env.now()
        if (entries.length === 0 || held.some(isOver)) {
          const before = held
          entries = limits.map(({ limit, subject }) => ({
            limit,
            lines: bucketsOf(limit, subject, now).map((bucket) => hold(partition, bucket)),
          }))
          held = entries.flatMap((entry) => entry.lines)
          letGo(partition, before)
        }
        const spent = entries.find((entry) => entry.lines.some((line) => isSpent(line, since)))
        if (spent) return refusal(spent, entries, now)
        const missed = missing(partition, held, since, now)
        if (missed) {
          await missed
          continue
        }
        take(held)
        let result: Judged<O> | null = null
        try {
          result = await judge()
        } finally {
          settle(held, result?.miss === true)
        }
        return { kind: 'judged', outcome: result.outcome, allowances: allowancesOf(entries, now) }
      }
    } finally {
      letGo(partition, held)
    }
  }

  return guess
}
