import { leftMs } from '../../call.ts'
import { Problem } from '../../problem.ts'
import type { Store } from './store.ts'

/**
 * The store as its users see it: one that cannot do what it is asked (full disk, lost file) is `unavailable`, never a fault of ours.
 * What nobody waits for any more is not begun.
 */
export function guard(store: Store): Store {
  const refuse = (cause: unknown): never => {
    throw cause instanceof Problem ? cause : new Problem('unavailable', {}, { cause })
  }
  const late = () => (leftMs() <= 0 ? Promise.reject(new Problem('unavailable', {}, { cause: 'nobody waits for it any more' })) : null)
  return {
    read: (...args) => late() ?? store.read(...args).catch(refuse),
    commit: (...args) => late() ?? store.commit(...args).catch(refuse),
    claimDue: (...args) => late() ?? store.claimDue(...args).catch(refuse),
    depth: (...args) => late() ?? store.depth(...args).catch(refuse),
    hit: (...args) => late() ?? store.hit(...args).catch(refuse),
    readLog: (...args) => late() ?? store.readLog(...args).catch(refuse),
    trimLog: (...args) => late() ?? store.trimLog(...args).catch(refuse),
    sweep: (...args) => late() ?? store.sweep(...args).catch(refuse),
    close: () => store.close(),
  }
}
