import { setTimeout as wait } from 'node:timers/promises'
import { readRedisUrl } from '../../redis-url.ts'
import { ask, run } from './redis-ask.ts'
import { formerHistory, runOf } from './redis-client.ts'
import { inLine, jsonOf, logAt, queueAt, readRecord, recordAt, scripts, sweepTime, whole, writeRecord } from './redis-records.ts'
import { openRoutes } from './redis-routes.ts'
import { isUnsure, type ServerEvent } from './redis-server.ts'
import { type Change, type Claimed, type Counter, type Logged, PARTITIONS, type Partition, type Store, type Stored } from './store.ts'

const TIMEOUT_MS = 1500
const CONNECT_MS = 3000
const LOOK_AGAIN_MS = 50
const LEAST_WRITE_MS = 400
const SWEEP_COUNT = 500

export type RedisOptions = {
  /** Refuses a server without an append-only file. */
  production: boolean
  onEvent?: ServerEvent
  /** PEM of the authority that the server's certificate comes from; those of Node otherwise. */
  ca?: string
  /** The longest that a call may take. */
  timeoutMs?: number
  /** The longest that the first words on a connection may take. */
  connectMs?: number
  /** What is left of the caller's own deadline, in ms. */
  leftMs?: () => number
}
export type RedisStore = Store & {
  /** The server's clock, ms since the Unix epoch. */
  clock(): Promise<number>
  /** What the servers' settings may lose, one sentence each. */
  notices: string[]
  /**
   * Histories that the masters went on from when they were promoted, or started from a snapshot; and of those that do not write
   * everything down before they answer, each start: writes may be missing since. Sorted.
   */
  history(): Promise<string[]>
}

/**
 * The store on Redis or Valkey, one server, a sentinel's master, or a cluster. Scripts do what must be one step; every key that they
 * touch is declared. A script refuses past the deadline that it brings, so nothing is written after its caller was refused.
 * @throws one line that says why it cannot be used, without secrets
 */
export async function openRedis(text: string, options: RedisOptions): Promise<RedisStore> {
  const { production, onEvent = () => {}, ca, timeoutMs = TIMEOUT_MS, leftMs = () => Number.POSITIVE_INFINITY } = options
  const url = readRedisUrl(text)
  if ('wrong' in url) throw new Error(`the store's URL ${url.wrong}; right is, for example, ${url.right}`)
  const { kind, tls, username, password, database } = url
  const place = `redis ${url.hosts.map(({ host, port }) => `${host}:${port}`).join(',')}`
  const access = { tls, username, password, database, ca, connectMs: options.connectMs ?? CONNECT_MS }
  const routes = await openRoutes(url, { ...access, kind, timeoutMs, production, onEvent }).catch((error) => {
    throw new Error(`the store ${place} cannot be used: ${(error as Error).message}`, { cause: error })
  })

  /** Every queue that was ever heard of: a record that is replaced may be in any of them, and its queue must be declared. */
  const queues = new Set<string>()
  const cursors = new Map<string, string>()
  /** Less is too little for a write: it might be done, and its answer come too late. */
  const leastMs = Math.min(LEAST_WRITE_MS, timeoutMs / 4)
  let isClosed = false
  let running = 0
  const idle: (() => void)[] = []

  /** When this call gives up (performance.now). */
  function ends(least = 0): number {
    if (isClosed) throw new Error('the store is closed')
    const left = Math.min(timeoutMs, leftMs())
    if (left <= least) throw new Error('the deadline is too near')
    return performance.now() + left
  }
  async function during<T>(work: Promise<T>): Promise<T> {
    running++
    try {
      return await work
    } finally {
      if (--running === 0) for (const resolve of idle.splice(0)) resolve()
    }
  }

  async function read(partition: Partition, keys: readonly string[], endsAt: number): Promise<(Stored | null)[]> {
    if (keys.length === 0) return []
    const command = ['MGET']
    for (const key of keys) command.push(recordAt(partition, key))
    const found = (await ask(routes, partition, command, endsAt)) as (string | null)[]
    return found.map((text) => (text === null ? null : readRecord(text)))
  }

  async function commit(partition: Partition, change: Change, endsAt: number): Promise<boolean> {
    const version = inLine(change.version)
    const { expect, deletes, puts, log } = change
    const records: string[] = []
    const args = [version, String(expect.length), String(deletes.length), String(puts.length), String(log.length)]
    for (const { key, version: expected } of expect) {
      records.push(recordAt(partition, key))
      args.push(expected)
    }
    for (const key of deletes) records.push(recordAt(partition, key))
    for (const put of puts) {
      records.push(recordAt(partition, put.key))
      args.push(writeRecord(version, put), sweepTime(put.sweepAt), put.queue?.name ?? '', String(put.queue?.dueAt ?? ''))
      if (put.queue) queues.add(put.queue.name)
    }
    for (const entry of log) args.push(jsonOf(entry))
    records.push(logAt(partition))
    for (;;) {
      const names = [...queues]
      const keys = [...records, ...names.map((name) => queueAt(partition, name))]
      try {
        const reply = await run(routes, scripts.commit, partition, keys, [...args, ...names], endsAt)
        if (typeof reply !== 'string') return reply === 1
        queues.add(reply.slice('queue '.length))
      } catch (error) {
        if (isUnsure(error) && (await wasApplied(partition, change, endsAt))) return true
        throw error
      }
    }
  }

  /** After a lost answer: what bears our version was written by us. Otherwise nobody is told before the script must have refused. */
  async function wasApplied(partition: Partition, { puts, version }: Change, endsAt: number): Promise<boolean> {
    const keys = puts.map(({ key }) => key)
    while (performance.now() < endsAt) {
      const found = await read(partition, keys, endsAt).catch(() => [])
      if (found.some((record) => record?.version === version)) return true
      await wait(Math.min(LOOK_AGAIN_MS, Math.max(1, endsAt - performance.now())))
    }
    return false
  }

  async function claimDue(partition: Partition, queue: string, now: number, leaseUntil: number, limit: number, version: string) {
    const endsAt = ends()
    queues.add(inLine(queue))
    const claimed: Claimed[] = []
    const look = ['ZRANGE', queueAt(partition, queue), '-inf', whole(now), 'BYSCORE', 'LIMIT', '0', '']
    const args = [whole(now), whole(leaseUntil), inLine(version), queue]
    // Somebody else may claim what was seen to be due; then there may be more.
    while (claimed.length < limit) {
      look[7] = String(limit - claimed.length)
      try {
        const due = (await ask(routes, partition, look, endsAt)) as string[]
        if (due.length === 0) break
        const keys = [queueAt(partition, queue), ...due.map((key) => recordAt(partition, key))]
        const got = (await run(routes, scripts.claim, partition, keys, args, endsAt)) as string[]
        for (let i = 0; i < got.length; i += 2) claimed.push({ key: got[i]!, value: JSON.parse(got[i + 1]!), version })
        if (got.length === 2 * due.length || leaseUntil <= now) break
      } catch (error) {
        if (claimed.length > 0) break // the caller holds them
        await silence(error, endsAt)
      }
    }
    return claimed
  }

  /** Tells of a lost answer only when the script must have refused. */
  async function silence(error: unknown, endsAt: number): Promise<never> {
    if (isUnsure(error)) await wait(Math.max(0, endsAt - performance.now()))
    throw error
  }

  async function hit(partition: Partition, counters: readonly Counter[], endsAt: number) {
    if (counters.length === 0) return { added: true, counts: [] }
    const args = counters.flatMap(({ cost, limit, sweepAt }) => [whole(cost), String(limit), sweepTime(sweepAt)])
    const keys = counters.map(({ key }) => recordAt(partition, key))
    const reply = await run(routes, scripts.hit, partition, keys, args, endsAt).catch((error) => silence(error, endsAt))
    const [added, ...counts] = reply as string[]
    return { added: added === '1', counts: counts.map(Number) }
  }

  /** Looks through some names of a queue: what is not there any more leaves it. Redis itself removes the records. */
  async function tidy(partition: Partition, queue: string, endsAt: number) {
    const place = `${partition}/${queue}`
    const key = queueAt(partition, queue)
    const command = ['ZSCAN', key, cursors.get(place) ?? '0', 'COUNT', String(SWEEP_COUNT)]
    const [cursor, found] = (await ask(routes, partition, command, endsAt)) as [string, string[]]
    if (cursor === '0') cursors.delete(place)
    else cursors.set(place, cursor)
    const records = found.filter((_, i) => i % 2 === 0).map((name) => recordAt(partition, name))
    if (records.length === 0 || (await ask(routes, partition, ['EXISTS', ...records], endsAt)) === records.length) return
    await run(routes, scripts.sweep, partition, [key, ...records], [queue], endsAt)
  }
  async function sweep(endsAt: number): Promise<number> {
    await Promise.all(PARTITIONS.flatMap((partition) => [...queues].map((queue) => tidy(partition, queue, endsAt))))
    return 0
  }

  async function depth(partition: Partition, queue: string, endsAt: number) {
    const reply = await run(routes, scripts.depth, partition, [queueAt(partition, queue)], [], endsAt)
    const [length, [, oldest]] = reply as [number, string[]]
    return { length, oldestDueAt: oldest === undefined ? null : Number(oldest) }
  }

  async function readLog(partition: Partition, after: string, limit: number, endsAt: number): Promise<Logged[]> {
    const command = ['XRANGE', logAt(partition), after === '' ? '-' : `(${after}`, '+', 'COUNT', String(limit)]
    const entries = (await ask(routes, partition, command, endsAt)) as [string, [string, string]][]
    return entries.map(([id, [, value]]) => ({ id, value: JSON.parse(value) }))
  }

  async function trimLog(partition: Partition, upTo: string, endsAt: number) {
    if (upTo === '') return
    const [ms, place = '0'] = upTo.split('-')
    await ask(routes, partition, ['XTRIM', logAt(partition), 'MINID', `${ms}-${BigInt(place) + 1n}`], endsAt)
  }

  async function clock(endsAt: number) {
    const [seconds, micros] = (await ask(routes, PARTITIONS[0]!, ['TIME'], endsAt)) as [string, string]
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  async function history(endsAt: number): Promise<string[]> {
    const all = await Promise.all(
      routes.all().map(async (server) => {
        const [replication, own] = await Promise.all(['replication', 'server'].map((part) => server.call(['INFO', part], endsAt)))
        const keepsAll = server.judgement()?.notice === null
        return [formerHistory(replication!), keepsAll ? null : runOf(own!)]
      }),
    )
    return all
      .flat()
      .filter((one) => one !== null)
      .sort()
  }

  return {
    read: async (partition, keys) => during(read(partition, keys, ends())),
    commit: async (partition, change) => during(commit(partition, change, ends(leastMs))),
    claimDue: async (...args) => during(claimDue(...args)),
    depth: async (partition, queue) => during(depth(partition, queue, ends())),
    hit: async (partition, counters) => during(hit(partition, counters, ends(leastMs))),
    readLog: async (partition, after, limit) => during(readLog(partition, after, limit, ends())),
    trimLog: async (partition, upTo) => during(trimLog(partition, upTo, ends())),
    sweep: async () => during(sweep(ends())),
    clock: async () => during(clock(ends())),
    notices: [...new Set(routes.all().flatMap((server) => server.judgement()?.notice ?? []))],
    history: async () => during(history(ends())),
    async close() {
      isClosed = true
      while (running > 0) await new Promise<void>((resolve) => idle.push(resolve))
      routes.close()
    },
  }
}
