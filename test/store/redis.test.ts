import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openRedis, type RedisStore } from '../../src/persistence/store/redis.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { PARTITIONS } from '../../src/persistence/store/store.ts'
import { startCluster, startRedis } from '../support/redis.ts'
import { differential } from './differential.ts'
import { change, FAR, fill, logOf, valuesOf } from './shorthand.ts'
import { cases, storeSuite } from './suite.ts'

const owner = { after }
const redis = await startRedis(owner)
const cluster = await startCluster(owner)

/** An empty store on a server that the cases share. */
async function open(url: string, nodes: { cli(...args: string[]): string }[]): Promise<RedisStore> {
  for (const node of nodes) node.cli('FLUSHALL')
  return openRedis(url, { production: true, timeoutMs: 5000 })
}

const ran = { sqlite: 0, redis: 0, cluster: 0 }
storeSuite('sqlite', async () => {
  ran.sqlite++
  return openSqlite(':memory:')
})
storeSuite('redis', () => {
  ran.redis++
  return open(redis.url, [redis])
})
storeSuite('redis cluster', () => {
  ran.cluster++
  return open(cluster.url, cluster.nodes)
})

test('redis answers like sqlite, whatever it is asked', async () => {
  const compared = await differential(
    async () => openSqlite(':memory:'),
    () => open(redis.url, [redis]),
    { runs: 200, sweeps: false },
  )
  assert.ok(compared >= 3000, `only ${compared} operations`)
})

test('a cluster: every partition works, and each node has some of them', async (t) => {
  const store = await open(cluster.url, cluster.nodes)
  t.after(() => store.close())
  await Promise.all(PARTITIONS.map((partition) => fill(store, partition, [{ key: 'k', value: partition }])))
  for (const partition of PARTITIONS) assert.deepEqual(await valuesOf(store, partition, 'k'), [partition])
  const sizes = cluster.nodes.map((node) => Number(node.cli('DBSIZE')))
  assert.ok(
    sizes.every((size) => size > 10),
    `records by node: ${sizes}`,
  )
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    100,
  )
})

test('another process knows queues that this one never heard of', async (t) => {
  const one = await open(redis.url, [redis])
  const other = await openRedis(redis.url, { production: true })
  t.after(() => Promise.all([one.close(), other.close()]))
  const queued = (key: string, name: string) => ({ key, value: key, queue: { name, dueAt: 1 } })
  await fill(one, '07', [queued('a', 'first'), queued('b', 'second'), queued('c', 'third')])
  const moved = { version: 'v2', puts: [queued('b', 'fourth')], deletes: ['a'], log: ['once'] }
  assert.equal(await other.commit('07', change({ ...moved, expect: [{ key: 'a', version: 'stale' }] })), false)
  assert.equal(await other.commit('07', change({ ...moved, expect: [{ key: 'a', version: 'v1' }] })), true)
  assert.deepEqual(await valuesOf(one, '07', 'a', 'b', 'c'), [null, 'b', 'c'])
  assert.deepEqual(await logOf(one, '07'), ['once'])
  for (const [name, length] of Object.entries({ first: 0, second: 0, third: 1, fourth: 1 })) {
    assert.equal((await one.depth('07', name)).length, length, name)
  }
})

test('what Redis swept is not claimed, and leaves its queue with the claim or with a sweep', async (t) => {
  const store = await open(redis.url, [redis])
  t.after(() => store.close())
  const soon = Date.now() + 50
  const swept = ['a', 'b', 'c'].map((key) => ({ key, value: key, sweepAt: soon, queue: { name: 'q', dueAt: 1 } }))
  await fill(store, '07', [...swept, { key: 'd', value: 'd', queue: { name: 'q', dueAt: 2 } }])
  await fill(store, '08', [...swept, { key: 'd', value: 'd', queue: { name: 'q', dueAt: 2 } }])
  await wait(soon - Date.now() + 20)
  await fill(store, '07', [{ key: 'c', value: 'anew' }])
  assert.deepEqual(await store.claimDue('07', 'q', 9, FAR, 2, 'v2'), [{ key: 'd', value: 'd', version: 'v2' }])
  assert.deepEqual(await store.depth('07', 'q'), { length: 1, oldestDueAt: FAR })
  assert.deepEqual(await store.read('07', ['c']), [{ value: 'anew', version: 'v1', dueAt: null }])
  assert.equal(await store.sweep(0, 1), 0)
  assert.deepEqual(await store.depth('08', 'q'), { length: 1, oldestDueAt: 2 })
})

test('a long queue is swept in several rounds', async (t) => {
  const store = await open(redis.url, [redis])
  t.after(() => store.close())
  const soon = Date.now() + 500
  const keys = Array.from({ length: 1500 }, (_, i) => `k${i}`)
  await fill(
    store,
    '07',
    keys.map((key, i) => ({ key, value: 1, ...(i % 3 ? { sweepAt: soon } : {}), queue: { name: 'q', dueAt: FAR } })),
  )
  await wait(soon - Date.now() + 20)
  for (let round = 0; round < 10; round++) await store.sweep(0, 1)
  assert.equal((await store.depth('07', 'q')).length, 500)
})

test('a name that would be read as something else is refused, and so are times that are none', async (t) => {
  const store = await open(redis.url, [redis])
  t.after(() => store.close())
  const put = (queue: { name: string; dueAt: number }, sweepAt?: number) => ({ key: 'k', value: 1, queue, ...(sweepAt ? { sweepAt } : {}) })
  const wrong = [
    ...['', '#', 'a\nb'].map((version) => change({ version, puts: [{ key: 'k', value: 1 }] })),
    ...['', '#', 'a\nb'].map((name) => change({ puts: [put({ name, dueAt: 1 })] })),
    ...[Number.NaN, 0.5, Number.POSITIVE_INFINITY].map((dueAt) => change({ puts: [put({ name: 'q', dueAt })] })),
    change({ puts: [put({ name: 'q', dueAt: 1 }, 1.5)] }),
    change({ puts: [{ key: 'k', value: undefined }] }),
  ]
  for (const one of wrong) await assert.rejects(store.commit('07', one), TypeError)
  assert.deepEqual(await store.read('07', ['k']), [null])
})

test('every store ran the same cases', () => {
  assert.deepEqual(ran, { sqlite: cases.length, redis: cases.length, cluster: cases.length })
})
