import type { Env } from '../env.ts'
import { makeNumber } from '../rules/number.ts'
import { numberKeys } from './identities.ts'
import type { Secrets } from './secrets.ts'
import type { Partition, Stored } from './store/store.ts'
import type { View } from './store/transact.ts'

/** "hasta tener un número único" (seed 000): so often a number is drawn before it is given up. */
const DRAWS = 32

/** A number and the keys under which it would be taken: one for each pepper. */
export type Drawn = { number: string; keys: string[] }

/** A number stays taken until its story is swept, so nobody inherits one from an old letter. */
export const isFree = (records: readonly (Stored | null | undefined)[]): boolean => records.every((record) => record === null)

export function createNumbers(env: Env, secrets: Secrets) {
  const draw = (app: string, partition: Partition): Drawn => {
    const number = makeNumber(partition, env.digits(9))
    return { number, keys: numberKeys(secrets, app, number) }
  }
  return {
    draw,
    /** All the other draws, looked up in one turn; null when none of them is free. */
    async drawAgain(app: string, partition: Partition, view: View): Promise<Drawn | null> {
      const draws = Array.from({ length: DRAWS - 1 }, () => draw(app, partition))
      const width = draws[0]!.keys.length
      const taken = await view.read(...draws.flatMap(({ keys }) => keys))
      return draws.find((_, i) => isFree(taken.slice(i * width, (i + 1) * width))) ?? null
    },
  }
}
