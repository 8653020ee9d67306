import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

const SCHEMA = 1

/** Rows lie in the order of their making, so those of one commit share pages; only the index of keys is written at random places. */
const TABLES = `
  CREATE TABLE record (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, version TEXT NOT NULL, value TEXT NOT NULL, sweep_at INTEGER, queue TEXT, due_at INTEGER
  );
  CREATE INDEX record_due ON record (queue, due_at, key) WHERE queue IS NOT NULL;
  CREATE INDEX record_sweep ON record (sweep_at) WHERE sweep_at IS NOT NULL;
  CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, partition TEXT NOT NULL, value TEXT NOT NULL);
  CREATE INDEX log_order ON log (partition, id);
  PRAGMA user_version = ${SCHEMA};
`

const RESTART_MS = 1000

/**
 * Keeps a checkpoint worker running. It asks for a pause ('pause'), is told that it has it, and gives it back ('resume'); when it dies
 * the pause ends with it, and another one takes its place.
 */
export function startCheckpoints(path: string, pause: (on: boolean) => void): { close(): Promise<unknown> } {
  let worker: Worker
  let closed = false
  let restart: NodeJS.Timeout | undefined
  const begin = () => {
    worker = new Worker(new URL('./checkpoint.ts', import.meta.url), { workerData: { path } })
    worker.on('message', (word) => {
      pause(word === 'pause')
      if (word === 'resume') return worker.unref()
      worker.ref() // a process that has nothing else to do waits for its commits
      worker.postMessage('paused')
    })
    worker.on('error', () => {}) // its exit follows
    worker.on('exit', () => {
      pause(false)
      if (!closed) restart = setTimeout(begin, RESTART_MS).unref()
    })
    worker.unref()
  }
  begin()
  return {
    close() {
      closed = true
      clearTimeout(restart)
      return worker.terminate()
    },
  }
}

/** @throws when the file is damaged, or was written by a newer Sello; the lock is then let go */
export function openFile(path: string, lock: DatabaseSync | null): DatabaseSync {
  let db: DatabaseSync | null = null
  try {
    db = new DatabaseSync(path)
    db.exec('PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536')
    // What is deleted or replaced is overwritten with zeros, as far as its page is written anyway: it costs nothing that can be measured.
    db.exec('PRAGMA secure_delete = FAST')
    if (path !== ':memory:') db.exec('PRAGMA wal_autocheckpoint = 0')
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (version === 0) db.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`)
    else if (version > SCHEMA) throw new Error(`it was written by a newer Sello (schema ${version}, this one knows ${SCHEMA})`)
    return db
  } catch (error) {
    db?.close()
    lock?.close()
    throw new Error(`the store ${path} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

/** Holds an exclusive file lock as long as the process lives; the operating system lets it go with the process, even after kill -9. */
export function lockFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(dirname(path), 'store.lock'))
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new Error(`another Sello process has the store in ${dirname(path)} open`, { cause: error })
  }
}
