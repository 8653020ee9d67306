import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** The call that the work at hand belongs to. `until` is an instant of the process clock after which nobody waits for its answer; it may move while the call is worked on. */
export type Call = { requestId: string; until: number }

const current = new AsyncLocalStorage<Call>()

/** Milliseconds of a clock that no setting of the time moves; close to the Unix epoch's, so that two machines can compare theirs. */
export const clock = (): number => performance.timeOrigin + performance.now()

export const inCall = <T>(call: Call, work: () => T): T => current.run(call, work)

/** The same call as the one at hand, for work that begins when its answer is on its way: how long it takes tells the caller nothing. */
export const afterCall = <T>(work: () => Promise<T>): Promise<T> =>
  current.run({ requestId: requestId() ?? '', until: Number.POSITIVE_INFINITY }, () => nextTurn().then(work))

/** For work that belongs to nobody's call, whoever happened to cause it. */
export const outsideCalls = <T>(work: () => T): T => current.exit(work)

export const requestId = (): string | undefined => current.getStore()?.requestId || undefined

/** How long the caller still waits, in ms; infinite for work that nobody waits for. */
export const leftMs = (): number => {
  const call = current.getStore()
  return call ? call.until - clock() : Number.POSITIVE_INFINITY
}
