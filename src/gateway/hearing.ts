import type { Log } from '../log.ts'
import { Problem } from '../problem.ts'

/** Tells once that persistence does not answer, and once that it is back, however often it is asked. */
export function createHearing(log: Log) {
  let isHeard = true
  return {
    answered() {
      if (!isHeard) log.info({ op: 'claimLetters', outcome: 'persistence_back' })
      isHeard = true
    },
    failed(error: unknown) {
      if (!(error instanceof Problem) || error.code === 'fault') return log.error({ op: 'claimLetters', outcome: 'fault', error })
      if (isHeard) log.warn({ op: 'claimLetters', outcome: 'persistence_unreachable', detail: String(error.cause ?? error.code) })
      isHeard = false
    },
  }
}
