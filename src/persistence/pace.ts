import { clock } from '../call.ts'
import type { Env } from '../env.ts'
import { sampleOf, writeForeign } from '../rules/foreign.ts'
import { readForeign } from '../rules/foreign-forms.ts'
import { normalizePassword } from '../rules/password.ts'
import type { Work } from './password-threads.ts'

export type Pace = {
  /**
   * Resolves when an answer may leave: at a multiple of a span within which every sign-in of this app is done, that of an address with the
   * costliest adopted credential too. At once where nothing was adopted. It waits and computes nothing, but for a first measurement.
   * @param samples of the app's adopted credentials: one of each kind, the costliest · began: of `clock`
   */
  keep(samples: readonly string[], password: string, began: number): Promise<void>
  /** What a piece of work took, in ms. */
  note(work: Work, ms: number): void
}

/** How much the newest measurement counts. */
const WEIGHT = 0.1
/** A span is that much longer than what was measured: threads are not always as fast. */
const MARGIN = 1.5
const RUNS = 3
/** So long as a sample could not be measured. */
const UNMEASURED_MS = 1000

/** What may have been typed: as it stands, and in NFC where that is another text. */
export const spellingsOf = (password: string): string[] => [...new Set([password, normalizePassword(password)])]

function sampleText(text: string): string {
  const read = readForeign(text)
  return 'hash' in read ? writeForeign(sampleOf(read.hash)) : ''
}

/** Sign-ins of an app that adopted credentials all take as long (ADR 24). */
export function createPace({ env, run, guessMs }: { env: Env; run: (work: Work[]) => Promise<unknown>; guessMs: number }): Pace {
  const own = { ms: guessMs }
  const known = new Map<string, { ms: number }>()
  const measuring = new Map<string, Promise<unknown>>()
  const renew = (average: { ms: number }, ms: number) => {
    average.ms += WEIGHT * (ms - average.ms)
  }

  /** Once in the life of a process it runs the costliest by itself; `note` is told. */
  function learn(sample: string): Promise<unknown> {
    if (known.has(sample)) return Promise.resolve()
    const work = { foreign: sample, password: Buffer.from('measured') }
    const running = measuring.get(sample) ?? run(Array.from({ length: RUNS }, () => work)).catch(() => {}) // then the next sign-in does
    measuring.set(sample, running)
    return running.finally(() => measuring.delete(sample))
  }

  const spanOf = (samples: readonly string[], tries: number) => {
    const costliest = Math.max(...samples.map((sample) => known.get(sample)?.ms ?? UNMEASURED_MS))
    // Twice its own: a right password is hashed anew.
    return Math.ceil(MARGIN * (2 * own.ms + tries * costliest))
  }

  return {
    note(work, ms) {
      if (!('foreign' in work)) return renew(own, ms)
      const sample = sampleText(work.foreign)
      const average = known.get(sample)
      // The first measurement is the quickest of its runs: the others met something else on their way.
      if (measuring.has(sample)) known.set(sample, { ms: Math.min(average?.ms ?? ms, ms) })
      else if (average) renew(average, ms)
    },
    async keep(samples, password, began) {
      if (samples.length === 0) return
      await Promise.all(samples.map(learn))
      const span = spanOf(samples, spellingsOf(password).length)
      const took = clock() - began
      await env.sleep(span * Math.ceil(took / span) - took)
    },
  }
}
