import { test } from 'node:test'
import type { Store } from '../../src/persistence/store/store.ts'
import { claimCases } from './cases/claim.ts'
import { closeCases } from './cases/close.ts'
import { commitCases } from './cases/commit.ts'
import { hitCases } from './cases/hit.ts'
import { logCases } from './cases/log.ts'
import { raceCases } from './cases/race.ts'
import { readCases } from './cases/read.ts'
import { sweepCases } from './cases/sweep.ts'
import type { Case } from './shorthand.ts'

/** Every sentence of the contract in store.ts. */
export const cases: readonly Case[] = [
  ...readCases,
  ...commitCases,
  ...raceCases,
  ...claimCases,
  ...hitCases,
  ...logCases,
  ...sweepCases,
  ...closeCases,
]

/**
 * Runs all of the contract on one kind of store.
 * @param open gives an empty store that nobody else uses; each case closes its own
 * @returns how many cases there are, so that a run can assert that no store was let off
 */
export function storeSuite(name: string, open: () => Promise<Store>): number {
  for (const [sentence, run] of cases) {
    test(`${sentence} [${name}]`, async (t) => {
      const store = await open()
      t.after(() => store.close())
      await run(store)
    })
  }
  return cases.length
}
