// A worker thread: carries the write-ahead log into the database file, so that no commit has to wait for it.
import { statSync } from 'node:fs'
import { setPriority } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const EVERY_MS = 250
/** The log begins anew only when all of it has been carried over while nobody writes; past this size a short pause is asked for. */
const PAUSE_BYTES = 64 * 1024 * 1024

const { path } = workerData as { path: string }
const port = parentPort!
try {
  setPriority(10) // of this thread alone, on Linux
} catch {
  // elsewhere, or not allowed: it then runs at the usual priority
}
const db = new DatabaseSync(path)
db.exec('PRAGMA busy_timeout = 100; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0')
const passive = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')

function checkpoint() {
  try {
    passive.get()
  } catch {
    // a full disk, say: the log keeps what was committed, and the next round tries again
  }
}

function round() {
  const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0) checkpoint()
  if (size > PAUSE_BYTES) port.postMessage('pause')
  else setTimeout(round, EVERY_MS)
}

port.on('message', () => {
  checkpoint() // what is left since the last one: little
  port.postMessage('resume')
  setTimeout(round, EVERY_MS)
})
round()
