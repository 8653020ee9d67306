import { outsideCalls } from '../call.ts'
import type { Env } from '../env.ts'
import { type Allowance, allowanceOf, type Bucket, bucketsOf, type Limit } from '../rules/limits.ts'
import { createGuesses, type Guess } from './guesses.ts'
import type { Partition, Store } from './store/store.ts'

type Spent = { admitted: boolean; waitMs: number; allowance: Allowance }

/** Units in hand of this process for one budget; `wanted` waits for more. */
type Stock = { key: string; left: number; wanted: number; counts: number[]; isSpent: boolean; refill: Promise<void> | null }
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
  guess: Guess
}

export function createBudgets(env: Env, store: Store): Budgets {
  const keyOf = (buckets: readonly Bucket[]) => buckets.map(({ key }) => key).join()

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
          stock.refill ??= outsideCalls(() => refill(partition, buckets, stock))
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

    guess: createGuesses(env, store),
  }
}
