import { ABSENT, createCache, type Row } from './cache.ts'
import { lockFile, openFile, startCheckpoints } from './sqlite-file.ts'
import { type Change, type Claimed, COUNTER_VERSION, type Counter, type Logged, type Partition, type Store, type Stored } from './store.ts'

/** A transaction takes at most this many commits, or this long, so that the event loop breathes. */
const BATCH_JOBS = 256
const BATCH_MS = 4
/** What is remembered, twice as much at most. */
const CACHED_ROWS = 10_000
const CACHED_CHARACTERS = 8 * 1024 * 1024

type Job = { run: () => unknown; result?: unknown; resolve: (value: never) => void; reject: (error: unknown) => void }

/** Told of every transaction: how many jobs it carried, and whether it reached the disk. */
export type Observer = (jobs: number, outcome: 'committed' | 'failed') => void

/**
 * The embedded store: one SQLite file in WAL mode with `synchronous=FULL`, written by group commit. The writes asked for while the
 * last transaction ran go into one transaction; each is checked against its expectations just before its own writes, and its promise
 * resolves after that transaction is on disk.
 *
 * @param path file name, or ':memory:' for tests
 * @throws when another process has the file open, when it is damaged, or when it was written by a newer Sello
 */
export function openSqlite(path: string, observe: Observer = () => {}): Store {
  const lock = path === ':memory:' ? null : lockFile(path)
  const db = openFile(path, lock)
  const checkpoints = path === ':memory:' ? null : startCheckpoints(path, pause)

  const sql = {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    read: db.prepare('SELECT version, value, due_at FROM record WHERE key = ?'),
    put: db.prepare(`INSERT INTO record (key, version, value, sweep_at, queue, due_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value, sweep_at = excluded.sweep_at,
        queue = excluded.queue, due_at = excluded.due_at`),
    remove: db.prepare('DELETE FROM record WHERE key = ?'),
    due: db.prepare('SELECT key FROM record WHERE queue = ? AND due_at <= ? ORDER BY due_at, key LIMIT ?'),
    lease: db.prepare('UPDATE record SET version = ?, due_at = ? WHERE key = ?'),
    depth: db.prepare('SELECT count(*) AS length, min(due_at) AS oldest FROM record WHERE queue = ?'),
    add: db.prepare(`INSERT INTO record (key, version, value, sweep_at) VALUES (?, '${COUNTER_VERSION}', ?, ?)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value`),
    log: db.prepare('INSERT INTO log (partition, value) VALUES (?, ?)'),
    readLog: db.prepare('SELECT id, value FROM log WHERE partition = ? AND id > ? ORDER BY id LIMIT ?'),
    trimLog: db.prepare('DELETE FROM log WHERE partition = ? AND id <= ?'),
    sweep: db.prepare('DELETE FROM record WHERE key IN (SELECT key FROM record WHERE sweep_at <= ? LIMIT ?) RETURNING key'),
  }

  const cache = createCache(CACHED_ROWS, CACHED_CHARACTERS)

  /** The record under a key of the file, from memory where it is known. */
  function lookUp(place: string): Row {
    const known = cache.get(place)
    if (known) return known
    const found = sql.read.get(place)
    const row = found ? { version: found.version as string, value: found.value as string, dueAt: found.due_at as number | null } : ABSENT
    cache.keep(place, row)
    return row
  }

  const waiting: Job[] = []
  let scheduled = false
  let paused = false
  let closed = false

  /** Resolves with what `run` returned, after the transaction that ran it is on disk. */
  const write = <T>(run: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (closed) return reject(new Error('the store is closed'))
      waiting.push({ run, resolve, reject })
      schedule()
    })

  function schedule() {
    if (scheduled || paused || waiting.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      if (!paused && waiting.length > 0) flush()
      schedule()
    })
  }

  /** Commits wait while the checkpoint worker carries over the last frames of a long log, so that it can begin anew. */
  function pause(on: boolean) {
    paused = on
    schedule()
  }

  const flush = () => transaction(waiting.splice(0, BATCH_JOBS))

  function transaction(batch: Job[]) {
    const started = performance.now()
    let done = 0
    try {
      sql.begin.run()
    } catch (error) {
      return fail(batch, error) // somebody else writes: no job is to blame, and none would fare better alone
    }
    try {
      while (done < batch.length && (done === 0 || performance.now() - started < BATCH_MS)) {
        batch[done]!.result = batch[done]!.run()
        done++
      }
    } catch (error) {
      rollback()
      // Nothing was applied. Each job gets a transaction of its own, so that one bad job harms no other.
      if (batch.length > 1) for (const job of batch) transaction([job])
      else fail(batch, error)
      return
    }
    waiting.unshift(...batch.splice(done))
    try {
      sql.commit.run()
    } catch (error) {
      rollback()
      cache.forget()
      return fail(batch, error)
    }
    cache.committed()
    observe(batch.length, 'committed')
    for (const job of batch) job.resolve(job.result as never)
  }

  function fail(batch: Job[], error: unknown) {
    observe(batch.length, 'failed')
    for (const job of batch) job.reject(error)
  }

  const rollback = () => {
    cache.rolledBack()
    if (db.isTransaction) db.exec('ROLLBACK')
  }

  const at = (partition: Partition, key: string) => `${partition}/${key}`

  function apply(partition: Partition, change: Change): boolean {
    if (change.expect.some(({ key, version }) => lookUp(at(partition, key)).version !== version)) return false
    for (const key of change.deletes) {
      sql.remove.run(at(partition, key))
      cache.write(at(partition, key), ABSENT)
    }
    for (const { key, value: written, sweepAt, queue } of change.puts) {
      const [place, value, dueAt] = [at(partition, key), JSON.stringify(written), queue?.dueAt ?? null]
      sql.put.run(place, change.version, value, sweepAt ?? null, queue ? at(partition, queue.name) : null, dueAt)
      cache.write(place, { version: change.version, value, dueAt })
    }
    for (const entry of change.log) sql.log.run(partition, JSON.stringify(entry))
    return true
  }

  function claim(partition: Partition, queue: string, now: number, leaseUntil: number, limit: number, version: string): Claimed[] {
    const places = sql.due.all(at(partition, queue), now, limit).map(({ key }) => key as string)
    return places.map((place) => {
      const row = lookUp(place)
      sql.lease.run(version, leaseUntil, place)
      cache.write(place, { ...row, version, dueAt: leaseUntil })
      return { key: place.slice(3), value: JSON.parse(row.value!), version }
    })
  }

  function add(partition: Partition, counters: readonly Counter[]) {
    const places = counters.map(({ key }) => at(partition, key))
    const counts = places.map((place) => Number(lookUp(place).value ?? 0))
    if (counters.some(({ cost, limit }, i) => cost > 0 && counts[i]! + cost > limit)) return { added: false, counts }
    for (const [i, { cost, sweepAt }] of counters.entries()) {
      counts[i] = Math.max(0, counts[i]! + cost)
      sql.add.run(places[i]!, String(counts[i]), sweepAt)
      cache.write(places[i]!, { version: COUNTER_VERSION, value: String(counts[i]), dueAt: null })
    }
    return { added: true, counts }
  }

  function sweep(now: number, limit: number): number {
    const swept = sql.sweep.all(now, limit)
    for (const { key } of swept) cache.write(key as string, ABSENT)
    return swept.length
  }

  return {
    async read(partition, keys) {
      if (closed) throw new Error('the store is closed')
      return keys.map((key): Stored | null => {
        const { version, value, dueAt } = lookUp(at(partition, key))
        return value === null ? null : { value: JSON.parse(value), version, dueAt }
      })
    },
    commit: (partition, change) => write(() => apply(partition, change)),
    async claimDue(partition, queue, now, leaseUntil, limit, version) {
      if (sql.due.all(at(partition, queue), now, 1).length === 0) return []
      return write(() => claim(partition, queue, now, leaseUntil, limit, version))
    },
    async depth(partition, queue) {
      const row = sql.depth.get(at(partition, queue))!
      return { length: row.length as number, oldestDueAt: row.oldest as number | null }
    },
    hit: (partition, counters) => write(() => add(partition, counters)),
    async readLog(partition, after, limit) {
      const rows = sql.readLog.all(partition, after === '' ? 0 : Number(after), limit)
      return rows.map((row): Logged => ({ id: String(row.id), value: JSON.parse(row.value as string) }))
    },
    trimLog: (partition, upTo) => write(() => void sql.trimLog.run(partition, Number(upTo))),
    sweep: (now, limit) => write(() => sweep(now, limit)),
    async close() {
      if (closed) return
      while (waiting.length > 0) flush()
      closed = true
      await checkpoints?.close()
      db.close()
      lock?.close()
    },
  }
}
