import { setTimeout as wait } from 'node:timers/promises'
import { clock } from '../call.ts'

/** Where a service is told which calls are still waited for, and the header that a call bears its name in. */
export const RENEW = '/renew-calls'
export const CALL_NAME = 'x-sello-call'
const EVERY_MS = 300
/** So much longer a renewed call is waited for, whatever becomes of the renewal: silence ends it 1.5 s after the last word at the latest. */
const RENEWED_MS = 1200

/** A call that waits. `until`: when it is given up, by our clock; `askedAt`: when something was last sent for it. */
export type Waiting = { askedAt: number; until: number }
export type Renewal = { id: string; until: number }
type Held = Waiting & { last: number }

let count = 0

/**
 * Keeps the long calls to one process of a service alive, all in one message, for as long as it answers: a call is renewed only when
 * something was heard since it was last asked for. Its end is moved before the message goes out, so that the service never believes in
 * it for longer than its caller does.
 * @param heardAt when the process last answered, by our clock
 * @param tell resolves when it has heard, rejects after `ms`
 */
export function createRenewals(heardAt: () => number, tell: (renewals: Renewal[], ms: number) => Promise<unknown>) {
  const held = new Map<string, Held>()
  let isBeating = false

  /** Those that may go on; the message is a question, too, so it goes out without any. */
  function extend(now: number): Renewal[] {
    const renewals: Renewal[] = []
    for (const [id, call] of held) {
      const until = Math.min(call.last, now + RENEWED_MS)
      if (call.until <= now || until <= call.until || heardAt() <= call.askedAt) continue
      Object.assign(call, { until, askedAt: now })
      renewals.push({ id, until })
    }
    return renewals
  }

  async function beat() {
    isBeating = true
    for (let next = clock() + EVERY_MS; held.size > 0; next = Math.max(clock(), next + EVERY_MS)) {
      await wait(Math.max(0, next - clock()), undefined, { ref: false })
      if (held.size > 0) await tell(extend(clock()), RENEWED_MS).catch(() => {}) // the calls then end by themselves
    }
    isBeating = false
  }

  return {
    /** @param last when the call is given up in any case · @returns its name */
    hold(call: Waiting, last: number): string {
      const id = `${performance.timeOrigin}-${process.pid}-${++count}`
      held.set(id, Object.assign(call, { last }))
      if (!isBeating) void beat()
      return id
    },
    release: (id: string) => held.delete(id),
  }
}
