import type { Env } from '../env.ts'
import { type Allowance, allowanceOf, bucketsOf, type Limit } from '../rules/limits.ts'
import type { Partition, Store } from './store/store.ts'

type Spent = { admitted: boolean; waitMs: number; allowance: Allowance }
/** How a guess came out: `miss` says whether it is to be counted. */
type Judged<O> = { miss: boolean; outcome: O }
export type Guessed<O> =
  | { kind: 'judged'; outcome: O; allowances: Allowance[] }
  | { kind: 'spent'; limit: string; waitMs: number; allowances: Allowance[] }

/** Budgets over many addresses: counters in the store, in fixed windows. */
export type Budgets = {
  /** Takes one, before the work, or says how long to wait. */
  spend(partition: Partition, limit: Limit, subject: string): Promise<Spent>
  /**
   * Judges a guess whose misses are limited. At most as many guesses are under way at once as misses are left, the others wait: so
   * no burst judges more than the budget holds, and none of it is refused while the budget lasts. Each miss is counted before it is
   * answered. With several processes each keeps its own line, so a last burst can judge at most the rest of the budget once in each.
   */
  guess<O>(partition: Partition, limits: readonly { limit: Limit; subject: string }[], judge: () => Promise<Judged<O>>): Promise<Guessed<O>>
}

export function createBudgets(env: Env, store: Store): Budgets {
  const underWay = new Map<string, { count: number; waiting: (() => void)[] }>()
  const lineOf = (name: string) => {
    const known = underWay.get(name)
    if (known) return known
    const fresh = { count: 0, waiting: [] }
    underWay.set(name, fresh)
    return fresh
  }

  const waitOf = (buckets: ReturnType<typeof bucketsOf>, counts: readonly number[], now: number) =>
    Math.max(0, ...buckets.map(({ limit, endsAt }, i) => (counts[i]! >= limit ? endsAt - now : 0)))

  return {
    async spend(partition, limit, subject) {
      const now = env.now()
      const buckets = bucketsOf(limit, subject, now)
      const { added, counts } = await store.hit(partition, buckets)
      return { admitted: added, waitMs: added ? 0 : waitOf(buckets, counts, now), allowance: allowanceOf(limit, buckets, counts, now) }
    },

    async guess(partition, limits, judge) {
      const lines = limits.map(({ limit, subject }) => ({ name: `${limit.name}/${subject}`, line: lineOf(`${limit.name}/${subject}`) }))
      for (;;) {
        const now = env.now()
        const all = limits.map(({ limit, subject }) => ({ limit, buckets: bucketsOf(limit, subject, now) }))
        const records = await store.read(
          partition,
          all.flatMap(({ buckets }) => buckets.map(({ key }) => key)),
        )
        let next = 0
        const counted = all.map(({ limit, buckets }) => ({
          limit,
          buckets,
          counts: buckets.map(() => Number(records[next++]?.value ?? 0)),
        }))
        const spent = counted.find(({ buckets, counts }) => buckets.some((bucket, i) => counts[i]! >= bucket.limit))
        const allowances = counted.map(({ limit, buckets, counts }) => allowanceOf(limit, buckets, counts, now))
        if (spent) return { kind: 'spent', limit: spent.limit.name, waitMs: waitOf(spent.buckets, spent.counts, now), allowances }

        const full = counted.findIndex(({ buckets, counts }, i) =>
          buckets.some(({ limit }, j) => counts[j]! + lines[i]!.line.count >= limit),
        )
        if (full >= 0) {
          await new Promise<void>((resolve) => lines[full]!.line.waiting.push(resolve))
          continue
        }
        for (const { line } of lines) line.count++
        try {
          const { miss, outcome } = await judge()
          if (miss && all.length > 0) {
            const buckets = all.flatMap((entry) => entry.buckets)
            const { counts } = await store.hit(partition, buckets)
            const after = all.map((entry) => allowanceOf(entry.limit, entry.buckets, counts.splice(0, entry.buckets.length), now))
            return { kind: 'judged', outcome, allowances: after }
          }
          return { kind: 'judged', outcome, allowances }
        } finally {
          for (const { name, line } of lines) {
            line.count--
            for (const wake of line.waiting.splice(0)) wake()
            if (line.count === 0 && underWay.get(name) === line) underWay.delete(name)
          }
        }
      }
    },
  }
}
