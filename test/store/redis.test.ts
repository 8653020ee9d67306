import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openRedis, type RedisStore } from '../../src/persistence/store/redis.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { PARTITIONS } from '../../src/persistence/store/store.ts'
import { startCluster, startRedis } from '../support/redis.ts'
import { differential } from './differential.ts'
import { fill, valuesOf } from './shorthand.ts'
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

test('every store ran the same cases', () => {
  assert.deepEqual(ran, { sqlite: cases.length, redis: cases.length, cluster: cases.length })
})
