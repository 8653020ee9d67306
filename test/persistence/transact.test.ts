import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Store, Stored } from '../../src/persistence/store/store.ts'
import { createTurns, type Decision, EPOCH_KEY, transact, type View } from '../../src/persistence/store/transact.ts'
import { Problem } from '../../src/problem.ts'
import { change, fill, logOf, valuesOf, versionsOf } from '../store/shorthand.ts'
import { fakeEnv } from '../support/env.ts'

const epochOf = (record: Stored | null | undefined) => {
  if (!record) throw new Problem('unavailable')
  return (record.value as { epoch: number }).epoch
}

/** A store whose partition 07 has its epoch, and what it takes to run a transaction on it. */
async function world(t: TestContext) {
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  await fill(store, '07', [{ key: EPOCH_KEY, value: { v: 1, epoch: 4 } }], 'e1')
  const env = fakeEnv()
  let retries = 0
  const run = <O>(plan: (view: View) => Promise<Decision<O>>) => transact({ store, env, onRetry: () => retries++, epochOf }, '07', plan)
  return { store, env, run, retries: () => retries }
}

let writes = 0
/** Somebody else writes. */
const write = (store: Store, key: string, value: unknown) => fill(store, '07', [{ key, value }], `foreign ${writes++}`)

const isBusy = (error: unknown) => error instanceof Problem && error.code === 'busy'

test('transact: what was decided on what was read is written under the version that the plan was told', async (t) => {
  const { store, run, retries } = await world(t)
  await fill(store, '07', [{ key: 'old', value: 1 }])
  const told = await run(async ({ read, version, epoch }) => {
    const [absent, old] = await read('absent', 'old')
    assert.equal(absent, null)
    assert.equal(old?.value, 1)
    assert.equal(epoch(), 4)
    return { outcome: version, puts: [{ key: 'absent', value: 2 }], deletes: ['old'], log: ['done'] }
  })
  assert.deepEqual(await versionsOf(store, '07', 'absent', 'old'), [told, ''])
  assert.deepEqual(await logOf(store, '07'), ['done'])
  assert.equal(retries(), 0)
})

test('transact: a decision that writes nothing is answered at once, even if what it read has changed', async (t) => {
  const { store, run, retries } = await world(t)
  const outcome = await run(async ({ read }) => {
    await read('k')
    await write(store, 'k', 'changed')
    return { outcome: 'seen' }
  })
  assert.deepEqual([outcome, retries()], ['seen', 0])
})

test('transact: when anything that was read has changed, it is decided again on what is there now', async (t) => {
  for (const changed of ['mine', 'other', 'absent', EPOCH_KEY]) {
    const { store, run, retries } = await world(t)
    await fill(store, '07', [
      { key: 'mine', value: 1 },
      { key: 'other', value: 1 },
    ])
    let attempts = 0
    const outcome = await run(async ({ read, epoch }) => {
      const records = await read('mine', 'other')
      const more = await read('absent')
      if (attempts++ < 3) await write(store, changed, changed === EPOCH_KEY ? { v: 1, epoch: 4 + attempts } : 10 + attempts)
      const values = [...records, ...more].map((record) => record?.value ?? null)
      return { outcome: [...values, epoch()], puts: [{ key: 'mine', value: 99 }], log: [attempts] }
    })
    const seen: Record<string, unknown[]> = {
      mine: [13, 1, null, 4],
      other: [1, 13, null, 4],
      absent: [1, 1, 13, 4],
      [EPOCH_KEY]: [1, 1, null, 7],
    }
    assert.deepEqual(outcome, seen[changed], changed)
    assert.equal(retries(), 3)
    assert.deepEqual(await logOf(store, '07'), [4], 'only the attempt that won has written')
  }
})

test('transact: what nobody read may change', async (t) => {
  const { store, run, retries } = await world(t)
  await run(async ({ read }) => {
    await read('mine')
    await write(store, 'other', 1)
    return { outcome: null, puts: [{ key: 'mine', value: 1 }] }
  })
  assert.equal(retries(), 0)
})

test('transact: a record that changes between two readings of one attempt makes that attempt lose', async (t) => {
  for (const key of ['k', EPOCH_KEY]) {
    const { store, run, retries } = await world(t)
    if (key === 'k') await write(store, 'k', 0)
    let attempts = 0
    await run(async ({ read }) => {
      const [first] = await read(key)
      if (attempts++ === 0) await write(store, key, key === 'k' ? 1 : { v: 1, epoch: 5 })
      const [second] = await read(key)
      return { outcome: null, puts: [{ key: 'decided', value: [first?.value, second?.value] }] }
    })
    const now = (await valuesOf(store, '07', key))[0]
    assert.deepEqual(await valuesOf(store, '07', 'decided'), [[now, now]], `both readings of ${key} are of the same instant`)
    assert.equal(retries(), 1)
  }
})

test('transact: thirty-two lost races are busy, and nothing is written', async (t) => {
  const { store, run, retries } = await world(t)
  let attempts = 0
  const versions = new Set<string>()
  const lost = run(async ({ read, version }) => {
    await read('k')
    versions.add(version)
    await write(store, 'k', attempts++)
    return { outcome: null, puts: [{ key: 'k', value: 'mine' }], log: ['mine'] }
  })
  await assert.rejects(lost, isBusy)
  assert.deepEqual([attempts, versions.size, retries()], [32, 32, 32])
  assert.deepEqual(await valuesOf(store, '07', 'k'), [31])
  assert.deepEqual(await logOf(store, '07'), [])
})

test('transact: thirty-one lost races are not', async (t) => {
  const { store, run } = await world(t)
  let attempts = 0
  await run(async ({ read }) => {
    await read('k')
    if (attempts++ < 31) await write(store, 'k', attempts)
    return { outcome: null, puts: [{ key: 'k', value: 'mine' }] }
  })
  assert.deepEqual(await valuesOf(store, '07', 'k'), ['mine'])
})

test('transact: what the plan throws comes out, and is not tried again', async (t) => {
  const { store, run, retries } = await world(t)
  let attempts = 0
  const failing = run(async ({ read }) => {
    await read('k')
    attempts++
    throw new Error('out of order')
  })
  await assert.rejects(failing, /out of order/)
  assert.deepEqual([attempts, retries()], [1, 0])
  await store.close()
  await assert.rejects(run(async ({ read }) => ({ outcome: await read('k') })))
})

test('transact: a partition without its epoch is no store of ours', async (t) => {
  const { store, env } = await world(t)
  const elsewhere = transact({ store, env, onRetry() {}, epochOf }, '08', async ({ read }) => ({ outcome: await read('k') }))
  await assert.rejects(elsewhere, (error) => error instanceof Problem && error.code === 'unavailable')
})

test('transact: many at once count one by one, however often they lose', async (t) => {
  const { store, env } = await world(t)
  const count = async (): Promise<unknown> => {
    try {
      return await transact({ store, env, onRetry() {}, epochOf }, '07', async ({ read }) => {
        const [record] = await read('n')
        const n = ((record?.value as number | undefined) ?? 0) + 1
        return { outcome: n, puts: [{ key: 'n', value: n }] }
      })
    } catch (error) {
      if (isBusy(error)) return count()
      throw error
    }
  }
  const counts = await Promise.all(Array.from({ length: 40 }, count))
  assert.deepEqual(
    counts.toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: 40 }, (_, i) => i + 1),
  )
})

test('turns: work on one key is done one after the other, in the order asked; other keys do not wait', async () => {
  const inTurn = createTurns()
  const steps: string[] = []
  const work = (name: string, turns: number) => async () => {
    steps.push(`${name} begins`)
    for (let i = 0; i < turns; i++) await nextTurn()
    steps.push(`${name} ends`)
    return name
  }
  const names = await Promise.all([
    inTurn('k', work('first', 5)),
    inTurn('k', work('second', 1)),
    inTurn('other', work('elsewhere', 2)),
    inTurn('k', work('third', 0)),
  ])
  assert.deepEqual(names, ['first', 'second', 'elsewhere', 'third'])
  assert.deepEqual(
    steps.filter((step) => !step.startsWith('elsewhere')),
    ['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends'],
  )
  assert.ok(steps.indexOf('elsewhere ends') < steps.indexOf('first ends'))
})

test('turns: work that rejects fails its caller alone, and the next has its turn', async () => {
  const inTurn = createTurns()
  const results = await Promise.allSettled([
    inTurn('k', async () => 1),
    inTurn('k', async () => {
      await nextTurn()
      throw new Error('mine alone')
    }),
    inTurn('k', async () => 3),
  ])
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message)),
    [1, 'mine alone', 3],
  )
  assert.equal(await inTurn('k', async () => 'later'), 'later')
})

test('turns: with them fifty at once need no second attempt', async (t) => {
  const { store, run, retries } = await world(t)
  const inTurn = createTurns()
  const add = () =>
    run(async ({ read }) => {
      const [record] = await read('n')
      return { outcome: null, puts: [{ key: 'n', value: ((record?.value as number | undefined) ?? 0) + 1 }] }
    })
  await Promise.all(Array.from({ length: 50 }, () => inTurn('n', add)))
  assert.deepEqual(await valuesOf(store, '07', 'n'), [50])
  assert.equal(retries(), 0)
  assert.equal(await store.commit('07', change({ expect: [{ key: 'absent', version: '' }] })), true)
})
