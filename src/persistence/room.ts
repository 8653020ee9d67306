import type { Config } from '../config.ts'
import type { Env } from '../env.ts'
import type { Limit, Window } from '../rules/limits.ts'
import type { Apps } from './apps.ts'
import type { Secrets } from './secrets.ts'
import type { Partition, Store } from './store/store.ts'
import type { createTurns, Decision, View } from './store/transact.ts'

/** The settings that persistence judges by. Spans in ms; `limits` null = off. */
export type Policy = {
  numberTtlMs: number
  numberUse: 'once' | 'until-expiry'
  limits: Limits | null
}
export type Limits = {
  addressSends: Window[]
  addressTotal: Window[]
  untaggedSends: Window[]
  appSends: Limit
  appMisses: Limit
  appEmailMisses: Limit
  clientIpMisses: Limit
}

/** What the controllers of this service share. */
export type Room = {
  env: Env
  store: Store
  secrets: Secrets
  policy: Policy
  apps: Apps
  homeOf: (untagged: string) => Partition
  inTurn: ReturnType<typeof createTurns>
  transact: <O>(partition: Partition, plan: (view: View) => Promise<Decision<O>>) => Promise<O>
}

/** The part of the settings that persistence judges by. */
export function policyOf(config: Config): Policy {
  const named = (name: string, windows: Config['appSends']) => ({ name, windows })
  return {
    numberTtlMs: config.numberTtlMs,
    numberUse: config.numberUse,
    limits:
      config.limits === 'off'
        ? null
        : {
            addressSends: config.addressSends,
            addressTotal: config.addressTotal,
            untaggedSends: config.untaggedSends,
            appSends: named('app-sends', config.appSends),
            appMisses: named('app-misses', config.appMisses),
            appEmailMisses: named('app-email-misses', config.appEmailMisses),
            clientIpMisses: named('client-ip-misses', config.clientIpMisses),
          },
  }
}
