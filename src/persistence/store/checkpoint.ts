// A worker thread: carries the write-ahead log into the database file, so that no commit has to wait for it.
import { setPriority } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const EVERY_MS = 250
/**
 * The log begins anew only when all of it has been carried over while nobody writes; past so many pages (64 MB) a short pause is
 * asked for. The file keeps its size, so it says nothing of how much is in it.
 */
const PAUSE_PAGES = 16_384

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

/** The length of a log that was carried over to its end in a pause: it is done with, and the next commit begins it anew. */
let done = 0

/** @returns how many pages the log holds */
function checkpoint(): number {
  try {
    return (passive.get() as { log: number }).log
  } catch {
    return 0 // a full disk, say: the log keeps what was committed, and the next round tries again
  }
}

function round() {
  const length = checkpoint()
  if (length > PAUSE_PAGES && length !== done) port.postMessage('pause')
  else setTimeout(round, EVERY_MS)
}

port.on('message', () => {
  done = checkpoint() // what is left since the last one: little
  port.postMessage('resume')
  setTimeout(round, EVERY_MS)
})
round()
