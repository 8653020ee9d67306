import type { Env } from '../env.ts'
import type { Log } from '../log.ts'

const EVERY_MS = 30_000
/** Further apart than this, deadlines mean something else here than for the other processes on the store. */
const MOST_APART_MS = 60_000

/**
 * Compares our clock with the store's, at start and every 30 seconds until `signal` aborts.
 * @returns `judge`, which throws while they are too far apart
 */
export function watchClock(storeClock: () => Promise<number>, env: Env, log: Log, signal: AbortSignal) {
  let apartMs = 0
  async function watch() {
    while (!signal.aborted) {
      const before = env.now()
      const theirs = await storeClock().catch(() => null)
      if (theirs !== null) apartMs = Math.round(theirs - (before + env.now()) / 2)
      if (Math.abs(apartMs) > MOST_APART_MS) log.error({ op: 'store', outcome: 'clocks_apart', detail: `${apartMs} ms` })
      await env.sleep(EVERY_MS, signal)
    }
  }
  const judge = () => {
    if (Math.abs(apartMs) > MOST_APART_MS) throw new Error(`our clock and the store's are ${apartMs} ms apart`)
  }
  return { judge, done: watch() }
}
