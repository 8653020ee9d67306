import { setTimeout as wait } from 'node:timers/promises'
import { leftMs } from '../../call.ts'
import { Problem } from '../../problem.ts'
import type { Store } from './store.ts'

const PATIENCE_MS = 1500

/**
 * The store as its users see it: one that cannot do what it is asked (full disk, lost file) is `unavailable`, never a fault of ours.
 * What nobody waits for any more is not begun.
 * @param held while it promises something, everybody waits
 */
export function guard(store: Store, held: () => Promise<unknown> | null = () => null): Store {
  const refuse = (cause: unknown): never => {
    throw cause instanceof Problem ? cause : new Problem('unavailable', {}, { cause })
  }
  function begin<T>(work: () => Promise<T>): Promise<T> {
    const first = held()
    if (first) return soon(first).then(() => begin(work))
    if (leftMs() <= 0) return Promise.reject(new Problem('unavailable', {}, { cause: 'nobody waits for it any more' }))
    return work().catch(refuse)
  }
  return {
    read: (...args) => begin(() => store.read(...args)),
    commit: (...args) => begin(() => store.commit(...args)),
    claimDue: (...args) => begin(() => store.claimDue(...args)),
    depth: (...args) => begin(() => store.depth(...args)),
    hit: (...args) => begin(() => store.hit(...args)),
    readLog: (...args) => begin(() => store.readLog(...args)),
    trimLog: (...args) => begin(() => store.trimLog(...args)),
    sweep: (...args) => begin(() => store.sweep(...args)),
    close: () => store.close(),
  }
}

/** Waits as long as the caller can, or a little while where nobody says how long. */
async function soon(first: Promise<unknown>): Promise<void> {
  const patience = new AbortController()
  const late = wait(Math.max(0, Math.min(leftMs(), PATIENCE_MS)), 'late', { signal: patience.signal, ref: false }).catch(() => 'late')
  const came = await Promise.race([first, late])
  patience.abort()
  if (came === 'late') throw new Problem('unavailable', {}, { cause: 'what the store may have lost is not known yet' })
}
