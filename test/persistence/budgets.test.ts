import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Budgets, createBudgets } from '../../src/persistence/budgets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { bucketsOf, type Limit } from '../../src/rules/limits.ts'
import { valuesOf } from '../store/shorthand.ts'
import { fakeEnv } from '../support/env.ts'

const HOUR = 3_600_000
/** The beginning of an hour, and of a day. */
const START = 20_000 * 24 * HOUR
const limitOf = (name: string, ...windows: [count: number, spanMs: number][]): Limit => ({
  name,
  windows: windows.map(([count, spanMs]) => ({ count, spanMs })),
})

function world(t: TestContext) {
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  const env = fakeEnv({ now: START })
  const countOf = async (limit: Limit, subject = 'app') =>
    (await valuesOf(store, '07', bucketsOf(limit, subject, env.now())[0]!.key))[0] ?? 0
  return { store, env, countOf, budgets: createBudgets(env, store) }
}

/** What is given back is given back behind the answer. */
const settled = async () => {
  for (let i = 0; i < 5; i++) await nextTurn()
}

type Guess = { miss: boolean; turns?: number }
/** One guess; its judge takes so many turns of the event loop and says who was judged together with it. */
function guesser(budgets: Budgets, ...limits: Limit[]) {
  const seen = { judged: 0, underWay: 0, most: 0 }
  const guess = async ({ miss, turns = 1 }: Guess) => {
    const subjects = limits.map((limit) => ({ limit, subject: 'app' }))
    return budgets.guess('07', subjects, async () => {
      seen.judged++
      seen.most = Math.max(seen.most, ++seen.underWay)
      for (let i = 0; i < turns; i++) await nextTurn()
      seen.underWay--
      return { miss, outcome: miss }
    })
  }
  return { guess, seen }
}

const kinds = (results: { kind: string }[]) => [
  results.filter(({ kind }) => kind === 'judged').length,
  results.filter(({ kind }) => kind === 'spent').length,
]

test('guess: of 200 wrong ones at once, against a budget of 100, exactly 100 are judged and 100 refused', async (t) => {
  const { budgets, countOf } = world(t)
  const limit = limitOf('misses', [100, HOUR])
  const { guess, seen } = guesser(budgets, limit)
  const results = await Promise.all(Array.from({ length: 200 }, (_, i) => guess({ miss: true, turns: i % 4 })))
  assert.deepEqual(kinds(results), [100, 100])
  assert.equal(seen.judged, 100)
  assert.equal(await countOf(limit), 100)
  for (const result of results) if (result.kind === 'spent') assert.deepEqual([result.limit, result.waitMs], ['misses', HOUR])
  assert.equal((await guess({ miss: false })).kind, 'spent')
})

test('guess: however they arrive, never more misses are judged than the budget holds', async (t) => {
  for (const count of [1, 2, 5]) {
    const { budgets } = world(t)
    const { guess, seen } = guesser(budgets, limitOf('misses', [count, HOUR]))
    const results = []
    // Right ones come and go, so that places are given back while others arrive and wait.
    for (let i = 0; i < 120; i++) {
      results.push(guess({ miss: i > 20, turns: (i * 7) % 5 }))
      for (let turn = 0; turn < i % 3; turn++) await nextTurn()
      if (i % 2) await Promise.resolve()
    }
    const misses = (await Promise.all(results)).filter((result) => result.kind === 'judged' && result.outcome)
    assert.equal(misses.length, count)
    assert.ok(seen.most <= count, `${seen.most} were judged at once`)
  }
})

test('guess: when answers of the store come late, still not one too many', async (t) => {
  const { store, env } = world(t)
  const late = async <T>(answer: Promise<T>, turns: number) => {
    const value = await answer
    for (let i = 0; i < turns; i++) await nextTurn()
    return value
  }
  let reads = 0
  const far: Store = { ...store, read: (...args) => late(store.read(...args), reads++ % 7), hit: (...args) => late(store.hit(...args), 1) }
  // Time passes, so that what was known grows old and is read again while others are judged.
  let now = env.now()
  const passing = { ...env, now: () => now }
  for (const count of [1, 3, 10]) {
    const { guess, seen } = guesser(createBudgets(passing, far), limitOf(`misses${count}`, [count, HOUR]))
    const results = []
    for (let i = 0; i < 150; i++) {
      results.push(guess({ miss: i % 3 > 0, turns: i % 5 }))
      now += 400
      await nextTurn()
    }
    const misses = (await Promise.all(results)).filter((result) => result.kind === 'judged' && result.outcome)
    assert.equal(misses.length, count)
    assert.ok(seen.most <= count, `${seen.most} were judged at once`)
  }
})

test('guess: right ones in a burst larger than the budget are all judged, and cost nothing', async (t) => {
  const { budgets, countOf } = world(t)
  const limit = limitOf('misses', [10, HOUR])
  const { guess, seen } = guesser(budgets, limit)
  const results = await Promise.all(Array.from({ length: 150 }, () => guess({ miss: false })))
  assert.deepEqual(kinds(results), [150, 0])
  assert.ok(seen.most <= 10)
  await settled()
  assert.equal(await countOf(limit), 0)
})

test('guess: right ones wait behind wrong ones, and are judged as long as anything is left', async (t) => {
  const { budgets } = world(t)
  const { guess } = guesser(budgets, limitOf('misses', [10, HOUR]))
  const results = await Promise.all(Array.from({ length: 60 }, (_, i) => guess({ miss: i < 9 })))
  assert.deepEqual(kinds(results), [60, 0])
})

test('guess: a judge that rejects fails its caller, costs nothing and gives its place back', async (t) => {
  const { budgets, countOf } = world(t)
  const limit = limitOf('misses', [2, HOUR])
  const { guess } = guesser(budgets, limit)
  const failing = Array.from({ length: 12 }, () =>
    budgets.guess('07', [{ limit, subject: 'app' }], async () => {
      await nextTurn()
      throw new Error('out of order')
    }),
  )
  const waiting = Array.from({ length: 6 }, () => guess({ miss: false }))
  for (const { status } of await Promise.allSettled(failing)) assert.equal(status, 'rejected')
  assert.deepEqual(kinds(await Promise.all(waiting)), [6, 0])
  await settled()
  assert.equal(await countOf(limit), 0)
  assert.deepEqual(kinds(await Promise.all(Array.from({ length: 5 }, () => guess({ miss: true })))), [2, 3])
})

test('guess: a miss costs every budget, and the first that is spent refuses', async (t) => {
  const { budgets, countOf } = world(t)
  const [visitor, app] = [limitOf('visitor', [3, HOUR]), limitOf('app', [5, HOUR])]
  const { guess } = guesser(budgets, visitor, app)
  const results = await Promise.all(Array.from({ length: 9 }, () => guess({ miss: true })))
  assert.deepEqual(kinds(results), [3, 6])
  await settled()
  assert.deepEqual([await countOf(visitor), await countOf(app)], [3, 3])
  assert.ok(results.every((result) => result.kind === 'judged' || result.limit === 'visitor'))
  const others = guesser(budgets, limitOf('another visitor', [9, HOUR]), app)
  assert.deepEqual(kinds(await Promise.all(Array.from({ length: 9 }, () => others.guess({ miss: true })))), [2, 7])
})

test('guess: what is left is told, after the miss as well', async (t) => {
  const { budgets, env } = world(t)
  const { guess } = guesser(budgets, limitOf('misses', [3, HOUR]))
  await env.advance(1000)
  const remaining = []
  for (const miss of [false, true, true, false, true, true]) remaining.push((await guess({ miss })).allowances[0])
  const allowance = { name: 'misses', count: 3, spanMs: HOUR, resetMs: HOUR - 1000 }
  assert.deepEqual(
    remaining,
    [3, 2, 1, 1, 0, 0].map((left) => ({ ...allowance, remaining: left })),
  )
})

test('guess: without any limit everything is judged', async (t) => {
  const { budgets } = world(t)
  const { guess } = guesser(budgets)
  assert.deepEqual(kinds(await Promise.all(Array.from({ length: 20 }, () => guess({ miss: true })))), [20, 0])
})

test('guess: a budget is full again in the next window, also for those of two windows', async (t) => {
  const { budgets, env } = world(t)
  const limit = limitOf('misses', [2, HOUR], [3, 24 * HOUR])
  const { guess } = guesser(budgets, limit)
  const three = async () => kinds(await Promise.all(Array.from({ length: 3 }, () => guess({ miss: true }))))
  assert.deepEqual(await three(), [2, 1])
  await env.advance(HOUR - 1)
  assert.deepEqual(await three(), [0, 3])
  await env.advance(1)
  assert.deepEqual(await three(), [1, 2])
  const spent = await guess({ miss: true })
  assert.equal(spent.kind === 'spent' && spent.waitMs, 23 * HOUR)
  await env.advance(23 * HOUR)
  assert.deepEqual(await three(), [2, 1])
})

test('guess: what was known is forgotten with its window, and after a second for what other processes count', async (t) => {
  const { store, env, budgets } = world(t)
  const limit = limitOf('misses', [5, HOUR])
  await env.advance(HOUR - 500)
  let release = () => {}
  // One that is under way all the time keeps what is known from being forgotten with the last guess.
  const long = budgets.guess('07', [{ limit, subject: 'app' }], async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return { miss: false, outcome: null }
  })
  const here = guesser(budgets, limit)
  const elsewhere = guesser(createBudgets(env, store), limit)
  const remaining = async () => (await here.guess({ miss: false })).allowances[0]?.remaining
  await here.guess({ miss: true })
  await here.guess({ miss: true })
  assert.equal(await remaining(), 3)
  await env.advance(500)
  assert.equal(await remaining(), 5, 'a new window')
  await elsewhere.guess({ miss: true })
  await env.advance(1000)
  assert.equal(await remaining(), 4, 'counted by another process')
  release()
  await long
})
