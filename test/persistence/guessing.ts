import type { TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Budgets, createBudgets } from '../../src/persistence/budgets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { bucketsOf, type Limit } from '../../src/rules/limits.ts'
import { valuesOf } from '../store/shorthand.ts'
import { type FakeEnv, fakeEnv } from '../support/env.ts'

export const HOUR = 3_600_000
/** The beginning of an hour, and of a day. */
export const START = 20_000 * 24 * HOUR
export const limitOf = (count: number, name = 'misses'): Limit => ({ name, windows: [{ count, spanMs: HOUR }] })

export function world(t: TestContext) {
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  const env = fakeEnv({ now: START })
  return { store, env, processes: (count: number) => Array.from({ length: count }, () => createBudgets(env, store)) }
}

/** The count of a limit's window number `window`. */
export async function countOf(store: Store, env: FakeEnv, limit: Limit, window = 0, subject = 'app') {
  const [count] = await valuesOf(store, '07', bucketsOf(limit, subject, env.now())[window]!.key)
  return Number(count ?? 0)
}
export const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await nextTurn()
}
/** What is given back is given back behind the answer. */
export const settled = () => turns(5)

export const guess = (budgets: Budgets, limit: Limit, miss: boolean, takes = 1, subject = 'app') =>
  budgets.guess('07', [{ limit, subject }], async () => {
    await turns(takes)
    return { miss, outcome: miss }
  })
export const hang = (budgets: Budgets, limit: Limit) => {
  void budgets.guess('07', [{ limit, subject: 'app' }], () => new Promise<never>(() => {}))
}
export const counted = (store: Store) => {
  const seen = { hits: 0 }
  const hit: Store['hit'] = (...args) => {
    seen.hits++
    return store.hit(...args)
  }
  return { seen, store: { ...store, hit } }
}

type Result = { kind: string; outcome?: boolean }
export const missesOf = (results: Result[]) => results.filter(({ outcome }) => outcome === true).length
export const spentOf = (results: Result[]) => results.filter(({ kind }) => kind === 'spent').length

/** A store whose hits are done at once, and answered when the gate opens. */
export function gated(store: Store) {
  const gate = { open: () => {} }
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve
  })
  const behind = async <T>(answer: T) => opened.then(() => answer)
  return { gate, behind, hit: async (...args: Parameters<Store['hit']>) => behind(await store.hit(...args)) }
}
