import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openRedis, type RedisOptions, type RedisStore } from '../../src/persistence/store/redis.ts'
import { PARTITIONS, type Partition } from '../../src/persistence/store/store.ts'
import { change, FAR, fill, logOf, valuesOf, versionsOf } from '../store/shorthand.ts'
import { startProxy } from '../support/proxy.ts'
import { type Redis, startCluster, startRedis } from '../support/redis.ts'

const TIMEOUT_MS = 1500
const CHUNK = 200

async function opened(t: TestContext, url: string, options: Partial<RedisOptions> = {}) {
  const store = await openRedis(url, { production: true, timeoutMs: TIMEOUT_MS, ...options })
  t.after(() => store.close())
  return store
}

/** A change of two records and a log entry under names that nothing else uses. */
const both = (n: number) =>
  change({
    version: `v${n}`,
    expect: [{ key: `a${n}`, version: '' }],
    puts: ['a', 'b'].map((key) => ({ key: `${key}${n}`, value: n, queue: { name: 'q', dueAt: FAR + n } })),
    log: [n],
  })
type Outcome = { n: number; partition: Partition; was: 'applied' | 'differs' | 'refused'; tookMs: number; at: number }

/** Commits numbered changes, several at a time, until it is told to stop; resolves with what became of each. */
function load(t: TestContext, store: RedisStore, partitions: readonly Partition[], writers = 20) {
  const outcomes: Outcome[] = []
  let isOver = false
  let next = 0
  const writer = async () => {
    while (!isOver) {
      const n = next++
      const partition = partitions[n % partitions.length]!
      const startedAt = performance.now()
      const was = await store.commit(partition, both(n)).then(
        (applied) => (applied ? 'applied' : 'differs'),
        () => 'refused' as const,
      )
      outcomes.push({ n, partition, was, tookMs: performance.now() - startedAt, at: Date.now() })
      if (was === 'refused') await wait(5)
    }
  }
  t.after(() => {
    isOver = true
  })
  const running = Promise.all(Array.from({ length: writers }, writer))
  return {
    outcomes,
    async stop() {
      isOver = true
      await running
      return outcomes
    },
  }
}

/** Resolves when the store writes again. */
async function heals(store: RedisStore, partition: Partition = '07') {
  const until = performance.now() + 20_000
  for (let n = 0; ; n++) {
    const error = await store.commit(partition, change({ version: `heal${n}`, puts: [{ key: 'heal', value: n }] })).then(
      () => null,
      (thrown) => thrown as Error,
    )
    if (!error) return
    assert.ok(performance.now() < until, `it does not heal: ${error.message}`)
    await wait(20)
  }
}

/** Whether the change is there: wholly, or not at all. */
async function isThere(store: RedisStore, partition: Partition, n: number): Promise<boolean> {
  const found = await versionsOf(store, partition, `a${n}`, `b${n}`)
  assert.equal(new Set(found).size, 1, `change ${n} is there in part: ${found}`)
  return found[0] !== ''
}

/** What was acknowledged is there, nothing is there in part, and the queue and the log hold as many as the records. */
async function agrees(t: TestContext, url: string, outcomes: Outcome[]) {
  const store = await opened(t, url, { timeoutMs: 20_000 })
  const there = new Map<Partition, number>()
  const found: boolean[] = []
  for (let i = 0; i < outcomes.length; i += CHUNK) {
    found.push(...(await Promise.all(outcomes.slice(i, i + CHUNK).map(({ partition, n }) => isThere(store, partition, n)))))
  }
  for (const [i, { n, partition, was }] of outcomes.entries()) {
    assert.ok(was !== 'applied' || found[i], `change ${n} was acknowledged and is lost`)
    assert.notEqual(was, 'differs', `change ${n} met something under a name of its own`)
    if (found[i]) there.set(partition, (there.get(partition) ?? 0) + 1)
  }
  for (const [partition, count] of there) {
    assert.equal((await store.depth(partition, 'q')).length, 2 * count)
    assert.equal((await logOf(store, partition)).length, count)
  }
}

/** How many scripts the server was asked to run. */
const scriptsOf = (redis: Redis) => Number(/cmdstat_evalsha:calls=(\d+)/.exec(redis.cli('INFO', 'commandstats'))?.[1] ?? 0)
/** A server that never saw the script would refuse it, late or not. */
async function knowsClaim(store: RedisStore) {
  await fill(store, '07', [{ key: 'other', value: 1, queue: { name: 'other', dueAt: FAR } }])
  assert.equal((await store.claimDue('07', 'other', FAR, FAR + 9, 1, 'v')).length, 1)
}
const refusals = (outcomes: Outcome[]) => outcomes.filter(({ was }) => was === 'refused')

test('a server that forgot the scripts is taught them again', async (t) => {
  const redis = await startRedis(t)
  const store = await opened(t, redis.url)
  const running = load(t, store, ['07', '08'])
  for (let i = 0; i < 10; i++) {
    await wait(30)
    redis.cli('SCRIPT', 'FLUSH')
  }
  const outcomes = await running.stop()
  assert.deepEqual(refusals(outcomes), [])
  assert.ok(outcomes.length > 50)
  await agrees(t, redis.url, outcomes)
})

test('kill -9 and a new start: nothing acknowledged is lost, nothing is there in part, and it heals by itself', async (t) => {
  const redis = await startRedis(t)
  const events: string[] = []
  const store = await opened(t, redis.url, { onEvent: (event) => events.push(event) })
  const running = load(t, store, ['07', '08', '93'])
  for (let i = 0; i < 3; i++) {
    await wait(300)
    await redis.kill()
    await wait(200)
    await redis.restart()
    await heals(store)
  }
  const outcomes = await running.stop()
  assert.ok(outcomes.filter(({ was }) => was === 'applied').length > 50)
  await agrees(t, redis.url, outcomes)
  assert.deepEqual(events, ['lost', 'back', 'lost', 'back', 'lost', 'back'])
})

test('an answer is lost on its way: what was written counts as written', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const store = await opened(t, `redis://127.0.0.1:${proxy.port}`)
  await fill(store, '07', [{ key: 'k', value: 'old' }], 'v0')
  proxy.ways.cutOnDrop = true
  proxy.ways.down = 'drop'
  const put = { expect: [{ key: 'k', version: 'v0' }], puts: [{ key: 'k', value: 'new' }] }
  assert.equal(await store.commit('07', change({ version: 'v1', ...put })), true)
  assert.deepEqual(await valuesOf(store, '07', 'k'), ['new'])
  // Nothing tells whether a log entry alone was written: it is refused, and there.
  proxy.ways.down = 'drop'
  await assert.rejects(store.commit('07', change({ version: 'v2', log: ['said'] })), /connection ended before the answer/)
  await heals(store)
  assert.deepEqual(await logOf(store, '07'), ['said'])
  // Nothing was written: nothing counts as written, though another wrote in between.
  proxy.ways.up = 'drop'
  const lost = store.commit('07', change({ version: 'v3', puts: [{ key: 'k', value: 'never' }] }))
  await assert.rejects(lost, /connection ended before the answer/)
  await heals(store)
  assert.deepEqual(await valuesOf(store, '07', 'k'), ['new'])
})

test('what reaches the server after its caller was refused is not written', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const store = await opened(t, `redis://127.0.0.1:${proxy.port}`)
  await fill(store, '07', [{ key: 'due', value: 1, queue: { name: 'q', dueAt: FAR } }], 'v0')
  await heals(store)
  await store.hit('07', [{ key: 'c', cost: 1, limit: 9, sweepAt: FAR }])
  await knowsClaim(store)
  proxy.ways.up = 'hold'
  const calls = [
    store.commit('07', both(1)),
    store.hit('07', [{ key: 'c', cost: 1, limit: 9, sweepAt: FAR }]),
    store.commit('07', change({ log: ['late'] })),
  ]
  for (const { status } of await Promise.allSettled(calls)) assert.equal(status, 'rejected')
  const ran = () => scriptsOf(redis)
  const before = ran()
  proxy.release()
  await heals(store)
  assert.ok(ran() >= before + 3, 'the scripts came to the server')
  assert.equal(await isThere(store, '07', 1), false)
  assert.deepEqual(await valuesOf(store, '07', 'c', 'due'), [1, 1])
  assert.deepEqual(await logOf(store, '07'), [])
  // A claim looks first, and is held when it writes.
  proxy.ways.holdFrom = 'EVALSHA'
  await assert.rejects(store.claimDue('07', 'q', FAR, FAR + 9, 1, 'v1'), /in time/)
  const looked = ran()
  proxy.release()
  await heals(store)
  assert.ok(ran() > looked)
  assert.deepEqual(await store.read('07', ['due']), [{ value: 1, version: 'v0', dueAt: FAR }])
})

test('a connection ends with calls on their way: nobody is refused before they can no longer be written', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const store = await opened(t, `redis://127.0.0.1:${proxy.port}`)
  await fill(store, '07', [{ key: 'due', value: 1, queue: { name: 'q', dueAt: FAR } }], 'v0')
  const counters = [{ key: 'c', cost: 1, limit: 9, sweepAt: FAR }]
  assert.deepEqual(await store.hit('07', counters), { added: true, counts: [1] })
  await knowsClaim(store)
  for (const call of [
    () => store.hit('07', counters),
    () => store.commit('07', both(1)),
    () => store.commit('07', change({ log: ['late'] })),
    () => store.claimDue('07', 'q', FAR, FAR + 9, 1, 'v1'),
  ]) {
    proxy.ways.holdFrom = 'EVALSHA'
    const refused = assert.rejects(call())
    await wait(100)
    assert.equal(proxy.ways.up, 'hold')
    proxy.cut()
    await refused
    proxy.release()
    await heals(store)
  }
  assert.deepEqual(await store.hit('07', counters), { added: true, counts: [2] })
  assert.equal(await isThere(store, '07', 1), false)
  assert.deepEqual(await logOf(store, '07'), [])
  assert.deepEqual(await store.read('07', ['due']), [{ value: 1, version: 'v0', dueAt: FAR }])
})

for (const longer of [300, 2500])
  test(`a server stands still, and ${longer} ms longer: all are answered in time, nothing is written later, it heals`, async (t) => {
    const redis = await startRedis(t)
    const store = await opened(t, redis.url)
    const running = load(t, store, ['07', '08'], 100)
    await wait(500)
    redis.stop()
    const stoppedAt = performance.now()
    await wait(TIMEOUT_MS + 400)
    // It is known to be silent: no call waits, none is kept, none is sent.
    const crowd = Promise.allSettled(Array.from({ length: 20_000 }, (_, i) => store.commit('09', both(i))))
    const refusedAtOnce = await Promise.race([crowd, wait(TIMEOUT_MS / 2)])
    assert.ok(refusedAtOnce?.every(({ status }) => status === 'rejected'))
    await wait(longer)
    redis.cont()
    const stoodMs = performance.now() - stoppedAt
    await heals(store)
    const outcomes = await running.stop()
    const refused = refusals(outcomes)
    assert.ok(refused.length >= 100, `${refused.length} were refused`)
    assert.ok(
      outcomes.every(({ tookMs }) => tookMs < stoodMs),
      'nobody waited for the server to go on',
    )
    await agrees(t, redis.url, outcomes)
    assert.deepEqual(await logOf(store, '09'), [])
    // The id of a log entry is the server's time of writing, and both clocks are this machine's.
    const patient = await opened(t, redis.url, { timeoutMs: 20_000 })
    const writtenAt = new Map<unknown, number>()
    for (const partition of ['07', '08']) {
      for (const { id, value } of await patient.readLog(partition, '', 1e6)) writtenAt.set(value, Number(id.split('-')[0]))
    }
    const late = refused.filter(({ n, at }) => (writtenAt.get(n) ?? 0) > at)
    // The one script that was stopped half way cannot ask for the time again.
    assert.ok(late.length <= 1, `${late.length} of ${refused.length} refused changes were written later`)
  })

test('a connection whose other side is gone without a word is replaced', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  const store = await opened(t, `redis://127.0.0.1:${proxy.port}`)
  const running = load(t, store, ['07'])
  await wait(200)
  proxy.bury()
  await wait(TIMEOUT_MS)
  await heals(store)
  const outcomes = await running.stop()
  assert.ok(refusals(outcomes).length > 0)
  await agrees(t, redis.url, outcomes)
})

test('full memory: writes are refused whole, reads go on, and it heals', async (t) => {
  const redis = await startRedis(t)
  const store = await opened(t, redis.url)
  await fill(store, '07', [{ key: 'k', value: 'kept' }])
  const used = Number(/used_memory:(\d+)/.exec(redis.cli('INFO', 'memory'))![1])
  redis.cli('CONFIG', 'SET', 'maxmemory', String(used + 2_000_000))
  const blocks = (n: number) =>
    change({ version: `v${n}`, puts: ['a', 'b'].map((key) => ({ key: `${key}${n}`, value: 'x'.repeat(50_000) })), log: [n] })
  let refused = 0
  for (let n = 0; refused < 5; n++) {
    assert.ok(n < 500, 'the memory was never full')
    const done = await store.commit('07', blocks(n)).catch((error: Error) => {
      assert.match(error.message, /^OOM/)
      refused++
      return false
    })
    assert.equal(await isThere(store, '07', n), done)
  }
  assert.deepEqual(await valuesOf(store, '07', 'k'), ['kept'])
  redis.cli('CONFIG', 'SET', 'maxmemory', '1')
  await assert.rejects(store.hit('07', [{ key: 'c', cost: 1, limit: 9, sweepAt: FAR }]), /OOM/)
  redis.cli('CONFIG', 'SET', 'maxmemory', '0')
  await heals(store)
  assert.deepEqual(await store.hit('07', [{ key: 'c', cost: 1, limit: 9, sweepAt: FAR }]), { added: true, counts: [1] })
})

test('a server that comes back unfit is refused with the reason, until it is fit', async (t) => {
  const redis = await startRedis(t)
  const events: string[] = []
  const store = await opened(t, redis.url, { onEvent: (event, detail) => events.push(`${event} ${detail}`) })
  await fill(store, '07', [{ key: 'k', value: 1 }])
  redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  redis.cli('CLIENT', 'KILL', 'TYPE', 'normal')
  const refusal = async (wanted: RegExp) => {
    const until = performance.now() + 30_000
    for (;;) {
      const said = await store.read('07', ['k']).then(
        () => 'read',
        (error: Error) => error.message,
      )
      if (wanted.test(said)) return
      assert.ok(performance.now() < until, `it says ${said}`)
      await wait(20)
    }
  }
  await refusal(/maxmemory-policy noeviction instead of allkeys-lru/)
  await assert.rejects(store.commit('07', both(1)), /maxmemory-policy/)
  redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  await heals(store)
  assert.equal(await isThere(store, '07', 1), false)
  // Without a new connection it is noticed some seconds later.
  redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  await refusal(/maxmemory-policy/)
  redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  await heals(store)
  assert.deepEqual(
    events.map((event) => event.split(' ')[0]),
    ['lost', 'back', 'lost', 'back'],
  )
})

test('a server whose clock is ahead of what was measured: it is read again, and the call succeeds', async (t) => {
  const redis = await startRedis(t)
  const proxy = await startProxy(t, redis.port)
  // The answer to TIME: seconds, then microseconds.
  proxy.retell((said) => said.replace(/(?<=^\*2\r\n\$10\r\n)\d{10}/, (seconds) => String(Number(seconds) - 1000)))
  const store = await opened(t, `redis://127.0.0.1:${proxy.port}`, { timeoutMs: 5000 })
  await assert.rejects(store.commit('07', both(1)), /too late; nothing was written/)
  assert.equal(await isThere(store, '07', 1), false)
  proxy.retell(null)
  const before = scriptsOf(redis)
  assert.equal(await store.commit('07', both(2)), true)
  assert.equal(scriptsOf(redis), before + 2)
  assert.equal(await store.commit('07', both(3)), true)
  assert.equal(scriptsOf(redis), before + 3, 'it is known from now on')
})

test('a caller whose own deadline is near is answered by then', async (t) => {
  const redis = await startRedis(t)
  let leftMs = Number.POSITIVE_INFINITY
  const store = await opened(t, redis.url, { timeoutMs: 5000, leftMs: () => leftMs })
  await fill(store, '07', [{ key: 'k', value: 1 }])
  for (leftMs of [0, 399]) await assert.rejects(store.commit('07', both(1)), /deadline is too near/, `${leftMs} ms`)
  await assert.rejects(store.hit('07', [{ key: 'n', cost: 1, limit: 9, sweepAt: FAR }]), /deadline is too near/)
  leftMs = 600
  redis.stop()
  const startedAt = performance.now()
  await assert.rejects(store.commit('07', both(2)), /did not answer in time/)
  assert.ok(performance.now() - startedAt < 5000)
  redis.cont()
  leftMs = Number.POSITIVE_INFINITY
  await heals(store)
  assert.deepEqual([await isThere(store, '07', 1), await isThere(store, '07', 2)], [false, false])
})

test('closing while the server is away or stands still ends', async (t) => {
  const redis = await startRedis(t)
  for (const leave of [async () => redis.stop(), redis.kill]) {
    const store = await openRedis(redis.url, { production: true, timeoutMs: TIMEOUT_MS })
    await fill(store, '07', [{ key: 'k', value: 1 }])
    await leave()
    const asked = store.commit('07', both(1))
    await Promise.all([assert.rejects(asked), store.close()])
    await assert.rejects(store.read('07', ['k']), /closed/)
    redis.cont()
  }
})

test('a cluster: who dies takes only his own partitions along, and gets them back', async (t) => {
  const { url, nodes } = await startCluster(t, { args: ['--cluster-require-full-coverage', 'no'] })
  const store = await opened(t, url)
  const running = load(t, store, PARTITIONS, 30)
  await wait(300)
  await nodes[1]!.kill()
  await wait(1500)
  const works = await Promise.all(
    PARTITIONS.map((partition) =>
      store.read(partition, ['k']).then(
        () => true,
        () => false,
      ),
    ),
  )
  const count = works.filter(Boolean).length
  assert.ok(count > 50 && count < 80, `${count} partitions work`)
  await nodes[1]!.restart()
  for (const partition of PARTITIONS) await heals(store, partition)
  await agrees(t, url, await running.stop())
})

test('a cluster: a replica takes over, and the store goes there', async (t) => {
  const { url, nodes } = await startCluster(t, { replicas: 1 })
  const store = await opened(t, url)
  await Promise.all(PARTITIONS.map((partition) => fill(store, partition, [{ key: 'k', value: partition }])))
  for (const node of nodes.slice(0, 3)) assert.equal(node.cli('WAIT', '1', '5000'), '1')
  await nodes[0]!.kill()
  for (const partition of PARTITIONS) await heals(store, partition)
  for (const partition of PARTITIONS) assert.deepEqual(await valuesOf(store, partition, 'k'), [partition])
  assert.equal((await store.history()).length, 1)
})

test('a cluster: a partition moves to another node while it is written and read', async (t) => {
  const { url, nodes } = await startCluster(t)
  const store = await opened(t, url, { timeoutMs: 3000 })
  const running = load(t, store, ['07'], 10)
  await wait(200)
  const slot = nodes[0]!.cli('CLUSTER', 'KEYSLOT', '{sello:07}')
  const from = nodes.find((node) => Number(node.cli('DBSIZE')) > 0)!
  const to = nodes.find((node) => node !== from)!
  const idOf = (node: Redis) => node.cli('CLUSTER', 'MYID')
  to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', idOf(from))
  from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', idOf(to))
  for (;;) {
    const keys = from.cli('CLUSTER', 'GETKEYSINSLOT', slot, '100').split('\n').filter(Boolean)
    if (keys.length === 0) break
    assert.match(from.cli('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys), /^(OK|NOKEY)$/)
  }
  await wait(100)
  for (const node of [to, from]) node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', idOf(to))
  await heals(store)
  await wait(200)
  const outcomes = await running.stop()
  await agrees(t, url, outcomes)
  assert.match(to.cli('INFO', 'commandstats'), /cmdstat_asking:calls=[1-9]/, 'it was asked while it took over')
  assert.ok(Number(to.cli('DBSIZE')) > 0)
  assert.equal(from.cli('DBSIZE'), '0')
})
