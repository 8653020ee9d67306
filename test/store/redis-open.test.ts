import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, type TestContext, test } from 'node:test'
import { openRedis, type RedisOptions } from '../../src/persistence/store/redis.ts'
import { folder } from '../support/folder.ts'
import { freePort } from '../support/gate.ts'
import { makeCertificate, startCluster, startRedis, startSentinels } from '../support/redis.ts'
import { fill, valuesOf } from './shorthand.ts'

const owner = { after }
const redis = await startRedis(owner)
const SECRET = 's3cret'

async function works(t: TestContext, url: string, options: Partial<RedisOptions> = {}) {
  const store = await openRedis(url, { production: true, timeoutMs: 5000, ...options })
  t.after(() => store.close())
  await fill(store, '07', [{ key: 'k', value: url }])
  assert.deepEqual(await valuesOf(store, '07', 'k'), [url])
  return store
}

/** One line, for whoever has to mend it, that gives nothing away. */
async function refuses(url: string, why: RegExp, options: Partial<RedisOptions> = {}) {
  await assert.rejects(openRedis(url, { production: true, ...options }), ({ message }) => {
    assert.match(message, /^the store(’s|'s)? .*/)
    assert.match(message, why)
    assert.doesNotMatch(message, /\n|s3cret/)
    return true
  })
}

test('a server, its clock, and nothing that could be lost', async (t) => {
  const store = await works(t, redis.url)
  assert.deepEqual(store.notices, [])
  assert.deepEqual(await store.history(), [])
  const [seconds] = redis.cli('TIME').split('\n')
  assert.ok(Math.abs((await store.clock()) - Number(seconds) * 1000) < 30_000)
})

test('a database of its own', async (t) => {
  await works(t, `${redis.url}/3`)
  assert.equal(redis.cli('-n', '3', 'DBSIZE'), '1')
  await refuses(`${redis.url}/77`, /DB index is out of range/)
})

test('a name and a password; without, or with wrong ones, it says so', async (t) => {
  redis.cli('ACL', 'SETUSER', 'sello', 'reset', 'on', `>${SECRET}@/`, '~*', '+@all')
  await works(t, `redis://sello:${encodeURIComponent(`${SECRET}@/`)}@127.0.0.1:${redis.port}`)
  await refuses(`redis://sello:${SECRET}@127.0.0.1:${redis.port}`, /WRONGPASS/)
  await refuses(`redis://:${SECRET}@127.0.0.1:${redis.port}`, /AUTH|WRONGPASS/)
  const closed = await startRedis(t, { args: ['--requirepass', SECRET] })
  await refuses(closed.url, /NOAUTH/)
  await works(t, `redis://:${SECRET}@127.0.0.1:${closed.port}`)
})

test('CONFIG may be forbidden: it works, and says that it cannot know', async (t) => {
  redis.cli('ACL', 'SETUSER', 'poor', 'reset', 'on', `>${SECRET}`, '~{sello:*', '+@all', '-config', '-@dangerous', '+info')
  const store = await works(t, `redis://poor:${SECRET}@127.0.0.1:${redis.port}`)
  assert.equal(store.notices.length, 1)
  assert.match(store.notices[0]!, /appendfsync cannot be read/)
})

test('what may be lost is named', async (t) => {
  t.after(() => void redis.cli('CONFIG', 'SET', 'appendfsync', 'always'))
  for (const [setting, words] of [
    ['everysec', /everysec: up to two seconds/],
    ['no', /appendfsync is no/],
  ] as const) {
    redis.cli('CONFIG', 'SET', 'appendfsync', setting)
    assert.match((await works(t, redis.url)).notices[0]!, words)
  }
})

test('TLS, with an authority of our own; not with another, nor in the clear', async (t) => {
  const { ca, cert, key } = makeCertificate(folder(t))
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca, '--tls-auth-clients', 'no']
  const port = await freePort()
  const server = await startRedis(t, { port, args: ['--port', '0', '--tls-port', String(port), ...files], cli: ['--tls', '--cacert', ca] })
  const pem = readFileSync(ca, 'utf8')
  await works(t, `rediss://127.0.0.1:${port}`, { ca: pem })
  await works(t, `rediss://localhost:${port}`, { ca: pem })
  await refuses(`rediss://127.0.0.1:${port}`, /certificate/)
  await refuses(server.url, /cannot be used/)
})

test('a server that may throw records away, or forgets them, is refused', async (t) => {
  t.after(() => {
    redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    redis.cli('CONFIG', 'SET', 'appendonly', 'yes')
  })
  redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl')
  await refuses(redis.url, /set maxmemory-policy noeviction instead of volatile-ttl/)
  await refuses(redis.url, /maxmemory-policy/, { production: false })
  redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  redis.cli('CONFIG', 'SET', 'appendonly', 'no')
  await refuses(redis.url, /set appendonly yes/)
  assert.match((await works(t, redis.url, { production: false })).notices[0]!, /appendonly is off/)
})

test('a replica is refused, and its master named', async (t) => {
  const replica = await startRedis(t, { args: ['--replicaof', '127.0.0.1', String(redis.port)] })
  await refuses(replica.url, new RegExp(`replica of 127\\.0\\.0\\.1:${redis.port}`))
})

test('a cluster is no single server, nor the other way round', async (t) => {
  const cluster = await startCluster(t)
  await refuses(`redis://127.0.0.1:${cluster.nodes[0]!.port}`, /name it as redis-cluster:/)
  await refuses(`redis-cluster://127.0.0.1:${redis.port}`, /no node of a cluster; name it as redis:/)
  cluster.nodes[2]!.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  await refuses(cluster.url, new RegExp(`127\\.0\\.0\\.1:${cluster.nodes[2]!.port}.*maxmemory-policy`))
  cluster.nodes[2]!.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  // One node is enough to find the others, and it need not be the first.
  await works(t, `redis-cluster://127.0.0.1:${await freePort()},127.0.0.1:${cluster.nodes[1]!.port}`)
})

test('nobody there, or somebody who does not answer', async (t) => {
  const port = await freePort()
  await refuses(`redis://:${SECRET}@127.0.0.1:${port}`, /ECONNREFUSED/)
  await refuses(`redis-cluster://127.0.0.1:${port}`, /ECONNREFUSED/)
  await refuses(`redis-sentinel://127.0.0.1:${port}/mymaster`, /no sentinel names the master/)
  const server = await startRedis(t)
  server.stop()
  for (const url of [server.url, `redis://:${SECRET}@127.0.0.1:${server.port}`, `rediss://127.0.0.1:${server.port}`]) {
    await refuses(url, /does not answer/, { connectMs: 300 })
  }
})

test('sentinels name the master; when it dies they name another, and the store goes there with what was replicated', async (t) => {
  const master = await startRedis(t)
  const replica = await startRedis(t, { args: ['--replicaof', '127.0.0.1', String(master.port)] })
  const { url } = await startSentinels(t, master, 1)
  await refuses(url.replace('mymaster', 'other'), /knows no master other/)
  const events: string[] = []
  const store = await openRedis(url, { production: true, onEvent: (event, detail) => events.push(`${event} ${detail}`) })
  t.after(() => store.close())
  await fill(store, '07', [{ key: 'k', value: 'before' }])
  assert.deepEqual(await store.history(), [])
  assert.equal(master.cli('WAIT', '1', '5000'), '1')
  await master.kill()
  const until = performance.now() + 30_000
  for (;;) {
    const written = await store
      .commit('07', { version: 'v2', expect: [], puts: [{ key: 'k2', value: 'after' }], deletes: [], log: [] })
      .catch(() => false)
    if (written) break
    assert.ok(performance.now() < until, events.join('\n'))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.deepEqual(await valuesOf(store, '07', 'k', 'k2'), ['before', 'after'])
  assert.equal(replica.cli('GET', '{sello:07}:r:k2').split('\n').at(-1), '"after"')
  assert.equal((await store.history()).length, 1, 'a promotion shows')
  assert.match(events[0]!, new RegExp(`^lost 127\\.0\\.0\\.1:${master.port}`))
  assert.match(events.at(-1)!, new RegExp(`^back 127\\.0\\.0\\.1:${replica.port}`))
})
