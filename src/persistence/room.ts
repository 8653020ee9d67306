import type { Config } from '../config.ts'
import type { Env } from '../env.ts'
import { type GuessLimits, IN_ROW, LONG_GUESSES } from '../rules/challenge.ts'
import type { Kept, SendLimits } from '../rules/identity.ts'
import type { Limit, Window } from '../rules/limits.ts'
import type { Apps } from './apps.ts'
import type { Partitions } from './partitions.ts'
import type { Passwords } from './password.ts'
import type { Secrets } from './secrets.ts'
import type { Partition, Store } from './store/store.ts'
import type { createTurns, Decision, Seen, View } from './store/transact.ts'

/** The settings that persistence judges by. Spans in ms; `limits` null = off. */
export type Policy = {
  numberTtlMs: number
  numberUse: 'once' | 'until-expiry'
  codeDigits: number
  codeTtlMs: number
  codeAttempts: number
  linkTtlMs: number
  undoTtlMs: number
  refreshTtlMs: number
  refreshGraceMs: number
  passwordMin: number
  limits: Limits | null
}
export type Limits = {
  addressSends: Window[]
  addressTotal: Window[]
  untaggedSends: Window[]
  publicSends: Window[]
  codeGuesses: Window[]
  appSends: Limit
  appMisses: Limit
  appEmailMisses: Limit
  clientIpMisses: Limit
}

/** Letters that an address remembers when no limit asks for more. */
export const HISTORY = 50

/** What the controllers of this service share. */
export type Room = {
  env: Env
  store: Store
  secrets: Secrets
  policy: Policy
  apps: Apps
  homeOf: (untagged: string) => Partition
  epochOf: Partitions['epochOf']
  passwords: Passwords
  inTurn: ReturnType<typeof createTurns>
  transact: <O>(partition: Partition, plan: (view: View) => Promise<Decision<O>>, seen?: Seen) => Promise<O>
}

/** The part of the settings that persistence judges by. */
export function policyOf(config: Config): Policy {
  const { numberTtlMs, numberUse, codeDigits, codeTtlMs, codeAttempts, linkTtlMs, undoTtlMs, refreshTtlMs, refreshGraceMs, passwordMin } =
    config
  const named = (name: string, windows: Config['appSends']) => ({ name, windows })
  return {
    numberTtlMs,
    numberUse,
    codeDigits,
    codeTtlMs,
    codeAttempts,
    linkTtlMs,
    undoTtlMs,
    refreshTtlMs,
    refreshGraceMs,
    passwordMin,
    limits:
      config.limits === 'off'
        ? null
        : {
            addressSends: config.addressSends,
            addressTotal: config.addressTotal,
            untaggedSends: config.untaggedSends,
            publicSends: config.publicSends,
            codeGuesses: config.codeGuesses,
            appSends: named('app-sends', config.appSends),
            appMisses: named('app-misses', config.appMisses),
            appEmailMisses: named('app-email-misses', config.appEmailMisses),
            clientIpMisses: named('client-ip-misses', config.clientIpMisses),
          },
  }
}

/** The budgets that lie in an address's record, and how much it must remember for them. */
export function sendLimitsOf({ addressSends, publicSends, addressTotal, untaggedSends }: Limits): SendLimits {
  const windows = [...addressSends, ...publicSends, ...addressTotal, ...untaggedSends]
  const most = (limit: Window[]) => Math.max(0, ...limit.map(({ count }) => count))
  // One record may hold as many of its own as the first two allow, and as many of its +tags as the third does.
  const keep = Math.max(HISTORY, most(addressSends), most(publicSends), most(addressTotal)) + most(untaggedSends)
  const keepMs = Math.max(...windows.map(({ spanMs }) => spanMs))
  return { perApp: addressSends, asked: publicSends, inAll: addressTotal, untagged: untaggedSends, keep, keepMs }
}

/** What an address remembers of its letters. */
export const keptOf = ({ limits }: Policy): Kept => (limits ? sendLimitsOf(limits) : { keep: HISTORY, keepMs: 0 })

/** How often codes may be guessed at one address. */
export const guessLimitsOf = ({ limits }: Policy): GuessLimits => limits && { short: limits.codeGuesses, inRow: IN_ROW, long: LONG_GUESSES }
