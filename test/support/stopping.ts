import type { Put, Store } from '../../src/persistence/store/store.ts'

/** Steps of accounts: the commits that write an account or a mailbox. */
const isStep = ({ key }: Put) => /^account\/acc_\w+$|\/mailbox\/app_\w+$/.test(key)

/** A store that a test can stop between two steps, as if the process had died there: no call gets through until it goes on. */
export function stopping(store: Store) {
  const real = { ...store }
  let left = Number.POSITIVE_INFINITY
  let isDead = false
  const dead = () => Promise.reject(new Error('the process is dead'))
  const guarded =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      isDead ? dead() : call(...args)
  store.read = guarded(real.read)
  store.claimDue = guarded(real.claimDue)
  store.depth = guarded(real.depth)
  store.hit = guarded(real.hit)
  store.commit = guarded(async (partition, change) => {
    const done = await real.commit(partition, change)
    if (done && change.puts.some(isStep) && --left === 0) isDead = true
    return done
  })
  return {
    /** It dies right after so many steps from now on; its last commit is there, its answer is not. */
    after(steps: number) {
      left = steps
    },
    /** Another process takes over. Says whether the first one had died. */
    goOn(): boolean {
      const was = isDead
      isDead = false
      left = Number.POSITIVE_INFINITY
      return was
    },
  }
}
