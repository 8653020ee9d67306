import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBudgets } from '../../src/persistence/budgets.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { bucketsOf } from '../../src/rules/limits.ts'
import { valuesOf } from '../store/shorthand.ts'
import { counted, countOf, gated, guess, HOUR, limitOf, missesOf, settled, spentOf, turns, world } from './guessing.ts'

test('guess: right ones one after the other write nothing to the store after the first', async (t) => {
  const { store, env } = world(t)
  const { seen, store: watched } = counted(store)
  const budgets = createBudgets(env, watched)
  const before = seen.hits
  await guess(budgets, limitOf(100), false, 0)
  assert.equal(seen.hits - before, 1)
  for (let i = 0; i < 1000; i++) assert.equal((await guess(budgets, limitOf(100), false, 0)).kind, 'judged')
  assert.equal(seen.hits - before, 1)
  assert.equal(await countOf(store, env, limitOf(100)), 1, 'one unit stays in hand')
  await Promise.all(Array.from({ length: 40 }, () => guess(budgets, limitOf(100), false)))
  await settled()
  assert.equal(await countOf(store, env, limitOf(100)), 1, 'what a burst had is given back')
})

test('guess: units of a window that is over are worth nothing in the next, and nothing is given back to it', async (t) => {
  const { store, env, processes } = world(t)
  const [budgets] = processes(1)
  const limit = limitOf(200)
  await guess(budgets!, limit, false)
  let release = () => {}
  const long = budgets!.guess('07', [{ limit, subject: 'app' }], async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return { miss: true, outcome: true }
  })
  await settled()
  await env.advance(HOUR)
  assert.equal(await countOf(store, env, limit), 0)
  const results = Promise.all(Array.from({ length: 300 }, () => guess(budgets!, limit, true)))
  await turns(3)
  release()
  const ended = await long
  assert.equal(ended.kind === 'judged' && ended.allowances[0]?.remaining, 199)
  assert.deepEqual([missesOf(await results), spentOf(await results)], [200, 100])
  await env.advance(HOUR)
  assert.equal((await guess(budgets!, limit, false)).kind, 'judged')
})

test('guess: what is in hand of a day outlives its hours', async (t) => {
  const { store, env, processes } = world(t)
  const [budgets] = processes(1)
  const limit = { name: 'misses', windows: [HOUR, 24 * HOUR].map((spanMs) => ({ count: 100, spanMs })) }
  for (let hour = 0; hour < 23; hour++) {
    await guess(budgets!, limit, false)
    await env.advance(HOUR)
  }
  assert.equal(await countOf(store, env, limit, 1), 1)
})

test('guess: when the store refuses, or its answer is lost, nothing is judged that it did not count', async (t) => {
  const { store, env } = world(t)
  let calls = 0
  const hit: Store['hit'] = async (...args) => {
    const fate = calls++ % 7
    if (fate === 2) throw new Error('down')
    const answer = await store.hit(...args)
    if (fate === 5) throw new Error('lost')
    return answer
  }
  const budgets = createBudgets(env, { ...store, hit })
  let [judged, rejected] = [0, 0]
  for (let i = 0; i < 120; i++) {
    const miss = i % 2 === 0
    const judge = async () => {
      if (miss) judged++
      return { miss, outcome: miss }
    }
    await budgets.guess('07', [{ limit: limitOf(40), subject: 'app' }], judge).catch(() => rejected++)
  }
  await settled()
  assert.ok(rejected > 0 && judged > 0)
  assert.ok(judged <= 40 && judged <= (await countOf(store, env, limitOf(40))), `${judged} judged`)
})

test('guess: what is on its way back counts as left', async (t) => {
  const { store, env } = world(t)
  const { gate, behind } = gated(store)
  const hit: Store['hit'] = async (partition, counters) => {
    const answer = await store.hit(partition, counters)
    return counters[0]!.cost < 0 ? behind(answer) : answer
  }
  const budgets = createBudgets(env, { ...store, hit })
  await Promise.all(Array.from({ length: 10 }, () => guess(budgets, limitOf(200), false)))
  const remaining = async (miss: boolean) => (await guess(budgets, limitOf(200), miss)).allowances[0]?.remaining
  assert.deepEqual([await remaining(false), await remaining(true)], [200, 199])
  gate.open()
  await settled()
  assert.equal(await remaining(false), 199)
})

test('guess: giving back may fail, and nobody notices', async (t) => {
  const { store, env } = world(t)
  const hit: Store['hit'] = async (partition, counters) => {
    if (counters.some(({ cost }) => cost < 0)) throw new Error('down')
    return store.hit(partition, counters)
  }
  const budgets = createBudgets(env, { ...store, hit })
  for (let i = 0; i < 5; i++) {
    const result = await guess(budgets, limitOf(5), false)
    assert.deepEqual([result.kind, result.allowances[0]?.remaining], ['judged', 5 - i])
  }
  assert.equal((await guess(budgets, limitOf(5), false)).kind, 'spent', 'the budget became smaller, never larger')
})

test('guess: a limit that sinks holds at once, also for what is in hand', async (t) => {
  const { store, env, processes } = world(t)
  const [budgets] = processes(1)
  for (let i = 0; i < 10; i++) await guess(budgets!, limitOf(1000), true)
  await Promise.all(Array.from({ length: 20 }, () => guess(budgets!, limitOf(1000), false)))
  await settled()
  assert.equal(await countOf(store, env, limitOf(1000)), 20, 'ten misses, and ten in hand')
  const results = await Promise.all(Array.from({ length: 5 }, () => guess(budgets!, limitOf(12), true)))
  assert.deepEqual([missesOf(results), spentOf(results)], [2, 3])
  assert.equal((await guess(budgets!, limitOf(1000), false)).kind, 'judged')
})

test('guess: in memory and in hand of very many visitors stays little', async (t) => {
  const { store, env, processes } = world(t)
  const [budgets] = processes(1)
  const visitors = Array.from({ length: 1500 }, (_, i) => `visitor${i}`)
  for (const visitor of visitors) await guess(budgets!, limitOf(100), false, 0, visitor)
  await settled()
  const keys = visitors.map((visitor) => bucketsOf(limitOf(100), visitor, env.now())[0]!.key)
  const held = (await valuesOf(store, '07', ...keys)).reduce<number>((sum, count) => sum + Number(count), 0)
  assert.ok(held <= 1000 && held > 0, `${held} in hand`)
})
