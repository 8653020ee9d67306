import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBudgets } from '../../src/persistence/budgets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { fakeEnv } from '../support/env.ts'
import { countOf, gated, guess, hang, limitOf, missesOf, START, settled, spentOf, turns, world } from './guessing.ts'

test('processes: of 300 wrong ones over two or three, against a budget of 100, exactly 100 are judged, in 20 rounds', async (t) => {
  const { store, env, processes } = world(t)
  for (let round = 0; round < 20; round++) {
    const all = processes(2 + (round % 2))
    const limit = limitOf(100, `round${round}`)
    const results = await Promise.all(Array.from({ length: 300 }, (_, i) => guess(all[i % all.length]!, limit, true, i % (round + 1))))
    assert.deepEqual([missesOf(results), spentOf(results)], [100, 200])
    assert.equal(await countOf(store, env, limit), 100)
    for (const budgets of all) assert.equal((await guess(budgets, limit, false)).kind, 'spent')
  }
})

test('processes: of right and wrong ones mixed, no more misses are judged than the budget holds, and only they stay counted', async (t) => {
  const { store, env, processes } = world(t)
  for (let round = 0; round < 10; round++) {
    const all = processes(3)
    const limit = limitOf(50, `round${round}`)
    const results = await Promise.all(Array.from({ length: 300 }, (_, i) => guess(all[i % 3]!, limit, i % 5 < 3, (i * 7) % 6)))
    await settled()
    assert.ok(missesOf(results) <= 50)
    assert.equal(await countOf(store, env, limit), missesOf(results))
  }
})

test('processes: right ones alone, one after the other in any of them, find even a budget of one', async (t) => {
  const { store, env, processes } = world(t)
  const all = processes(5)
  for (let i = 0; i < 50; i++) {
    assert.equal((await guess(all[i % 5]!, limitOf(1), false)).kind, 'judged')
    await settled()
  }
  assert.equal(await countOf(store, env, limitOf(1)), 0)
})

test('processes: 200 right ones at once in one, against a budget of 5, are all judged, and another finds something beside them', async (t) => {
  const { processes } = world(t)
  const [one, other] = processes(2)
  const burst = Array.from({ length: 200 }, () => guess(one!, limitOf(5), false, 2))
  await turns(4)
  assert.equal((await guess(other!, limitOf(5), false)).kind, 'judged')
  assert.equal(spentOf(await Promise.all(burst)), 0)
})

test('guess: however it goes, in however many processes, never more misses than the budget holds', async () => {
  const plan = fc.record({
    processes: fc.integer({ min: 1, max: 3 }),
    app: fc.integer({ min: 0, max: 12 }),
    visitor: fc.integer({ min: 1, max: 6 }),
    guesses: fc.array(
      fc.record({
        where: fc.nat(2),
        who: fc.nat(1),
        miss: fc.boolean(),
        takes: fc.nat(4),
        fails: fc.integer({ max: 9, min: 0 }),
        pause: fc.nat(2),
      }),
      { minLength: 1, maxLength: 60, size: 'max' },
    ),
  })
  const property = fc.asyncProperty(plan, async ({ processes, app, visitor, guesses }) => {
    const store = openSqlite(':memory:')
    const env = fakeEnv({ now: START })
    const all = Array.from({ length: processes }, () => createBudgets(env, store))
    const [appLimit, visitorLimit] = [limitOf(app, 'app'), limitOf(visitor, 'visitor')]
    const misses = [0, 0]
    const results: Promise<{ kind: string; limit?: string }>[] = []
    for (const { where, who, miss, takes, fails, pause } of guesses) {
      const spending = [
        { limit: visitorLimit, subject: `${who}` },
        { limit: appLimit, subject: 'app' },
      ]
      const judge = async () => {
        await turns(takes)
        if (fails === 0) throw new Error('out of order')
        if (miss) misses[who]!++
        return { miss, outcome: miss }
      }
      results.push(all[where % processes]!.guess('07', spending, judge).catch(() => ({ kind: 'failed' })))
      await turns(pause)
    }
    const ended = await Promise.all(results)
    await settled()
    const total = misses[0]! + misses[1]!
    assert.ok(total <= app && misses.every((count) => count <= visitor), `${misses} misses`)
    const counts = [countOf(store, env, appLimit), ...['0', '1'].map((who) => countOf(store, env, visitorLimit, 0, who))]
    assert.deepEqual(await Promise.all(counts), [total, ...misses], 'all but misses is given back')
    if (processes === 1) {
      const refusals = new Set(ended.map(({ limit }, i) => (limit === 'visitor' ? `visitor ${guesses[i]!.who}` : limit)))
      assert.ok(!refusals.has('app') || total === app, 'refused although the app has something left')
      for (const who of [0, 1]) assert.ok(!refusals.has(`visitor ${who}`) || misses[who] === visitor, 'refused although a visitor has')
    }
    await store.close()
  })
  await fc.assert(property, { numRuns: 150, includeErrorInReport: true })
})

test('guess: a process that disappears takes along what it held, and nothing else', async (t) => {
  const { store, env, processes } = world(t)
  const [lost, other] = processes(2)
  for (let i = 0; i < 30; i++) hang(lost!, limitOf(100))
  await settled()
  const held = await countOf(store, env, limitOf(100))
  assert.equal(held, 30)
  const results = await Promise.all(Array.from({ length: 150 }, () => guess(other!, limitOf(100), true)))
  assert.deepEqual([missesOf(results), spentOf(results)], [70, 80])
})

test('processes: nobody is refused for what the store said before he came', async (t) => {
  const { store, env, processes } = world(t)
  const [one] = processes(1)
  const { gate, hit } = gated(store)
  const other = createBudgets(env, { ...store, hit })
  const holding = guess(one!, limitOf(1), false, 10)
  await turns(3)
  const early = guess(other, limitOf(1), false)
  await holding
  await settled()
  const late = guess(other, limitOf(1), false)
  gate.open()
  assert.equal((await late).kind, 'judged')
  await early
})
