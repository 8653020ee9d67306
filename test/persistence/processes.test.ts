import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { type Budgets, createBudgets } from '../../src/persistence/budgets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { bucketsOf, type Limit } from '../../src/rules/limits.ts'
import { valuesOf } from '../store/shorthand.ts'
import { type FakeEnv, fakeEnv } from '../support/env.ts'

const HOUR = 3_600_000
/** The beginning of an hour, and of a day. */
const START = 20_000 * 24 * HOUR
const limitOf = (count: number, name = 'misses'): Limit => ({ name, windows: [{ count, spanMs: HOUR }] })

function world(t: TestContext) {
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  const env = fakeEnv({ now: START })
  return { store, env, processes: (count: number) => Array.from({ length: count }, () => createBudgets(env, store)) }
}

/** The count of a limit's window number `window`. */
async function countOf(store: Store, env: FakeEnv, limit: Limit, window = 0, subject = 'app') {
  const [count] = await valuesOf(store, '07', bucketsOf(limit, subject, env.now())[window]!.key)
  return Number(count ?? 0)
}
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await nextTurn()
}
/** What is given back is given back behind the answer. */
const settled = () => turns(5)

const guess = (budgets: Budgets, limit: Limit, miss: boolean, ms = 1, subject = 'app') =>
  budgets.guess('07', [{ limit, subject }], async () => {
    await turns(ms)
    return { miss, outcome: miss }
  })
const hang = (budgets: Budgets, limit: Limit) => {
  void budgets.guess('07', [{ limit, subject: 'app' }], () => new Promise<never>(() => {}))
}
const counted = (store: Store) => {
  const seen = { hits: 0 }
  const hit: Store['hit'] = (...args) => {
    seen.hits++
    return store.hit(...args)
  }
  return { seen, store: { ...store, hit } }
}

type Result = { kind: string; outcome?: boolean }
const missesOf = (results: Result[]) => results.filter(({ outcome }) => outcome === true).length
const spentOf = (results: Result[]) => results.filter(({ kind }) => kind === 'spent').length

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

/** A store whose hits are done at once, and answered when the gate opens. */
function gated(store: Store) {
  const gate = { open: () => {} }
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve
  })
  const behind = async <T>(answer: T) => opened.then(() => answer)
  return { gate, behind, hit: async (...args: Parameters<Store['hit']>) => behind(await store.hit(...args)) }
}

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
