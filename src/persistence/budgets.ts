import type { Env } from '../env.ts'
import { type Allowance, allowanceOf, type Bucket, bucketsOf, type Limit } from '../rules/limits.ts'
import type { Partition, Store } from './store/store.ts'

type Spent = { admitted: boolean; waitMs: number; allowance: Allowance }
/** How a guess came out: `miss` says whether it is to be counted. */
type Judged<O> = { miss: boolean; outcome: O }
export type Guessed<O> =
  | { kind: 'judged'; outcome: O; allowances: Allowance[] }
  | { kind: 'spent'; limit: string; waitMs: number; allowances: Allowance[] }

/** Units in hand of this process for one budget; `wanted` waits for more. */
type Stock = { key: string; left: number; wanted: number; counts: number[]; isSpent: boolean; refill: Promise<void> | null }
/**
 * The guesses of this process on one budget: `count` are under way, `users` of them hold the line, `misses` were counted. `known` are the
 * counts as last seen in the store; our own misses are always among them, those of other processes after a second at most.
 */
type Line = {
  count: number
  users: number
  misses: number
  waiting: (() => void)[]
  known: { key: string; counts: number[]; at: number } | null
}
const KNOWN_MS = 1000
/** At most so many are taken in advance, and never more than a hundredth of the budget: what a crash can cost. */
const MOST_IN_HAND = 50

/** Budgets over many addresses: counters in the store, in fixed windows. */
export type Budgets = {
  /**
   * Takes one, before the work, or says how long to wait. Of a large budget some are taken in advance, so that not every call costs a
   * commit of its own; those that a process never uses are lost, which only makes the budget smaller.
   * @param keepMs how long the counts stay readable after their window, at least
   */
  spend(partition: Partition, limit: Limit, subject: string, keepMs?: number): Promise<Spent>
  /**
   * Judges a guess whose misses are limited. At most as many guesses are under way at once as misses are left, the others wait: so
   * no burst judges more than the budget holds, and none of it is refused while the budget lasts. Each miss is counted before it is
   * answered. With several processes each keeps its own line, so a last burst can judge at most the rest of the budget once in each.
   */
  guess<O>(partition: Partition, limits: readonly { limit: Limit; subject: string }[], judge: () => Promise<Judged<O>>): Promise<Guessed<O>>
}

export function createBudgets(env: Env, store: Store): Budgets {
  const lines = new Map<string, Line>()
  /** A line lives as long as anybody holds it, so that no two of one name can be. */
  const hold = (name: string): Line => {
    const line = lines.get(name) ?? { count: 0, users: 0, misses: 0, waiting: [], known: null }
    lines.set(name, line)
    line.users++
    return line
  }
  const letGo = (name: string, line: Line) => {
    if (--line.users === 0) lines.delete(name)
  }

  const keyOf = (buckets: readonly Bucket[]) => buckets.map(({ key }) => key).join()
  const isKnown = ({ known }: Line, buckets: readonly Bucket[], now: number) =>
    known !== null && now - known.at < KNOWN_MS && known.key === keyOf(buckets)
  const learn = (line: Line, buckets: readonly Bucket[], counts: number[], at: number) => {
    line.known = { key: keyOf(buckets), counts, at }
  }

  /** What was taken from the store in advance, by limit and subject; `counts` are the store's. */
  const stocks = new Map<string, Stock>()
  const stockOf = (name: string, buckets: readonly Bucket[]): Stock => {
    const key = keyOf(buckets)
    const known = stocks.get(name)
    if (known?.key === key) return known
    const fresh: Stock = { key, left: 0, wanted: 0, counts: buckets.map(() => 0), isSpent: false, refill: null }
    stocks.set(name, fresh)
    return fresh
  }

  async function refill(partition: Partition, buckets: readonly Bucket[], stock: Stock): Promise<void> {
    try {
      await Promise.resolve() // whoever asks in this turn is counted in
      const least = Math.min(...buckets.map(({ limit }) => limit))
      const wish = stock.wanted + Math.min(MOST_IN_HAND, Math.floor(least / 100))
      const take = (cost: number) =>
        store.hit(
          partition,
          buckets.map((bucket) => ({ ...bucket, cost })),
        )
      let taken = await take(wish)
      let cost = wish
      const rest = Math.min(...buckets.map(({ limit }, i) => limit - taken.counts[i]!))
      if (!taken.added && rest > 0) {
        cost = Math.min(wish, rest)
        taken = await take(cost)
      }
      stock.counts = taken.counts
      if (taken.added) stock.left += cost
      else stock.isSpent = buckets.some(({ limit }, i) => taken.counts[i]! >= limit)
    } finally {
      stock.refill = null
    }
  }

  const waitOf = (buckets: readonly Bucket[], counts: readonly number[], now: number) =>
    Math.max(0, ...buckets.map(({ limit, endsAt }, i) => (counts[i]! >= limit ? endsAt - now : 0)))

  return {
    async spend(partition, limit, subject, keepMs = 0) {
      for (;;) {
        const now = env.now()
        const buckets = bucketsOf(limit, subject, now, keepMs)
        const stock = stockOf(`${limit.name}/${subject}`, buckets)
        if (stock.left === 0) {
          stock.wanted++
          stock.refill ??= refill(partition, buckets, stock)
          await stock.refill.finally(() => stock.wanted--)
        }
        const counts = stock.counts.map((count) => count - stock.left)
        const allowance = () => allowanceOf(limit, buckets, counts, now)
        if (stock.isSpent) return { admitted: false, waitMs: waitOf(buckets, stock.counts, now), allowance: allowance() }
        if (stock.left === 0) continue
        stock.left--
        counts.forEach((count, i) => {
          counts[i] = count + 1
        })
        return { admitted: true, waitMs: 0, allowance: allowance() }
      }
    },

    async guess(partition, limits, judge) {
      const held = limits.map(({ limit, subject }) => `${limit.name}/${subject}`).map((name) => ({ name, line: hold(name) }))
      try {
        for (;;) {
          const now = env.now()
          const misses = held.map(({ line }) => line.misses)
          const all = limits.map(({ limit, subject }) => ({ limit, buckets: bucketsOf(limit, subject, now) }))
          const unknown = all.flatMap(({ buckets }, i) => (isKnown(held[i]!.line, buckets, now) ? [] : [{ buckets, line: held[i]!.line }]))
          if (unknown.length > 0) {
            const records = await store.read(
              partition,
              unknown.flatMap(({ buckets }) => buckets.map(({ key }) => key)),
            )
            // A miss that was counted meanwhile may be missing in what was read, and is no longer under way.
            if (held.some(({ line }, i) => line.misses !== misses[i])) continue
            let next = 0
            for (const { buckets, line } of unknown)
              learn(
                line,
                buckets,
                buckets.map(() => Number(records[next++]?.value ?? 0)),
                now,
              )
          }
          const counted = all.map(({ limit, buckets }, i) => ({ limit, buckets, counts: held[i]!.line.known!.counts }))
          const spent = counted.find(({ buckets, counts }) => buckets.some((bucket, i) => counts[i]! >= bucket.limit))
          const allowances = counted.map(({ limit, buckets, counts }) => allowanceOf(limit, buckets, counts, now))
          if (spent) return { kind: 'spent', limit: spent.limit.name, waitMs: waitOf(spent.buckets, spent.counts, now), allowances }

          const full = counted.findIndex(({ buckets, counts }, i) =>
            buckets.some(({ limit }, j) => counts[j]! + held[i]!.line.count >= limit),
          )
          if (full >= 0) {
            await new Promise<void>((resolve) => held[full]!.line.waiting.push(resolve))
            continue
          }
          for (const { line } of held) line.count++
          let isMiss = false
          try {
            const { miss, outcome } = await judge()
            if (!miss || all.length === 0) return { kind: 'judged', outcome, allowances }
            isMiss = true
            const buckets = all.flatMap((entry) => entry.buckets)
            const { counts } = await store.hit(partition, buckets)
            const after = all.map(({ limit, buckets }, i) => {
              learn(held[i]!.line, buckets, counts.splice(0, buckets.length), now)
              return allowanceOf(limit, buckets, held[i]!.line.known!.counts, now)
            })
            return { kind: 'judged', outcome, allowances: after }
          } finally {
            for (const { line } of held) {
              line.count--
              if (isMiss) line.misses++
              for (const wake of line.waiting.splice(0)) wake()
            }
          }
        }
      } finally {
        for (const { name, line } of held) letGo(name, line)
      }
    },
  }
}
