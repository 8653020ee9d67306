import type { SendResult } from '../contract/messaging.ts'
import type { Env } from '../env.ts'
import type { Log } from '../log.ts'

type Deps = { env: Env; log: Log; pauseAfter: (failures: number) => number; onBack: () => void }

/** After a failure of the mail server itself nothing is sent for a while; after the n-th in a row, longer. */
export function createCircuit({ env, log, pauseAfter, onBack }: Deps) {
  let failures = 0
  let openUntil = 0
  let failedAt = 0
  return {
    isOpen: () => env.now() < openUntil,
    isFailing: () => failures > 0,
    failedAt: () => failedAt,
    judge(result: SendResult) {
      if (result.kind === 'deferred' && result.scope === 'server') {
        if (env.now() < openUntil) return
        failures++
        failedAt = env.now()
        openUntil = env.now() + pauseAfter(failures)
        log.warn({ op: 'sendLetter', outcome: 'mail_server_unreachable', detail: result.reply.text })
      } else if (failures > 0) {
        failures = 0
        openUntil = 0
        onBack()
      }
    },
  }
}

/** Messaging itself does not answer: as if the mail server did not. */
export function unreachable(): SendResult {
  return { kind: 'deferred', scope: 'server', reply: { code: null, enhanced: null, text: 'messaging does not answer' } }
}
