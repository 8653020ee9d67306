import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createBudgets } from '../../src/persistence/budgets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { bucketsOf, type Limit } from '../../src/rules/limits.ts'
import { valuesOf } from '../store/shorthand.ts'
import { fakeEnv } from '../support/env.ts'

const HOUR = 3_600_000
/** The beginning of an hour. */
const START = 20_000 * 24 * HOUR
const limitOf = (name: string, count: number): Limit => ({ name, windows: [{ count, spanMs: HOUR }] })

function world(t: TestContext) {
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  const env = fakeEnv({ now: START })
  const countOf = async (limit: Limit) => (await valuesOf(store, '07', bucketsOf(limit, 'app', env.now())[0]!.key))[0] ?? 0
  return { store, env, countOf, budgets: createBudgets(env, store) }
}

const admitted = (results: { admitted: boolean }[]) => results.filter((result) => result.admitted).length

test('spend: exactly as many as the budget holds, one by one or all at once, and again in the next window', async (t) => {
  for (const count of [1, 7, 100, 600]) {
    const { budgets, env, countOf } = world(t)
    const limit = limitOf('sends', count)
    const spend = () => budgets.spend('07', limit, 'app')
    for (let window = 0; window < 2; window++) {
      const results = await Promise.all(Array.from({ length: Math.ceil(count / 2) }, spend))
      for (let i = 0; i < count; i++) results.push(await spend())
      assert.equal(admitted(results), count)
      assert.deepEqual([results.at(-1)!.waitMs, results.at(-1)!.allowance.remaining], [HOUR, 0])
      assert.equal(await countOf(limit), count)
      await env.advance(HOUR)
    }
  }
})

test('spend: several processes together never admit more, and lose a little at most', async (t) => {
  const { store, env } = world(t)
  const limit = limitOf('sends', 600)
  const processes = Array.from({ length: 4 }, () => createBudgets(env, store))
  const results = await Promise.all(Array.from({ length: 1000 }, (_, i) => processes[i % 4]!.spend('07', limit, 'app')))
  assert.ok(admitted(results) <= 600 && admitted(results) >= 600 - 4 * 50, `${admitted(results)} admitted`)
})

test('spend: subjects do not share a budget', async (t) => {
  const { budgets } = world(t)
  const limit = limitOf('sends', 2)
  const results = await Promise.all(['a', 'b', 'a', 'b', 'a', 'b'].map((subject) => budgets.spend('07', limit, subject)))
  assert.deepEqual(
    results.map((result) => result.admitted),
    [true, true, true, true, false, false],
  )
})

test('spend: calls that failed with the store leave nothing behind', async (t) => {
  const { store, env, countOf } = world(t)
  let isDown = true
  const budgets = createBudgets(env, { ...store, hit: (...args) => (isDown ? Promise.reject(new Error('down')) : store.hit(...args)) })
  const limit = limitOf('sends', 200)
  const results = await Promise.allSettled(Array.from({ length: 150 }, () => budgets.spend('07', limit, 'app')))
  assert.ok(results.every(({ status }) => status === 'rejected'))
  isDown = false
  assert.equal((await budgets.spend('07', limit, 'app')).admitted, true)
  assert.ok(Number(await countOf(limit)) <= 1 + 2, `${await countOf(limit)} were taken for one`)
})
