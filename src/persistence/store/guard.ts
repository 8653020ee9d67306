import { Problem } from '../../problem.ts'
import type { Store } from './store.ts'

/** The store as its users see it: one that cannot do what it is asked (full disk, lost file) is `unavailable`, never a fault of ours. */
export function guard(store: Store): Store {
  const refuse = (cause: unknown): never => {
    throw cause instanceof Problem ? cause : new Problem('unavailable', {}, { cause })
  }
  return {
    read: (...args) => store.read(...args).catch(refuse),
    commit: (...args) => store.commit(...args).catch(refuse),
    claimDue: (...args) => store.claimDue(...args).catch(refuse),
    depth: (...args) => store.depth(...args).catch(refuse),
    hit: (...args) => store.hit(...args).catch(refuse),
    readLog: (...args) => store.readLog(...args).catch(refuse),
    trimLog: (...args) => store.trimLog(...args).catch(refuse),
    sweep: (...args) => store.sweep(...args).catch(refuse),
    close: () => store.close(),
  }
}
