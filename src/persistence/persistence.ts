import type { Client } from '../contract/contract.ts'
import type { admin, persistence } from '../contract/persistence.ts'
import type { Env } from '../env.ts'
import { createAccountExport } from './account-export.ts'
import { createAccountSessions } from './account-sessions.ts'
import { type Apps, createApps } from './apps.ts'
import { createAuthentication } from './authentication.ts'
import { createBeat } from './beat.ts'
import { createBrands } from './brands.ts'
import { createBrowserSessions } from './browser-sessions.ts'
import { createDepartures } from './departures.ts'
import { createErase } from './erase.ts'
import { createImport } from './import.ts'
import { recognise } from './keyring.ts'
import { createLettersTo } from './letters-to.ts'
import { createMoves, createUndo } from './moves.ts'
import { createOutbox } from './outbox.ts'
import { createPageViews } from './page-views.ts'
import { judgeHistory, openPartitions } from './partitions.ts'
import { type Cost, createPasswords } from './password.ts'
import { createRecovery } from './recovery.ts'
import { createRegistration } from './registration.ts'
import type { Policy, Room } from './room.ts'
import type { Secrets } from './secrets.ts'
import { createSessions } from './sessions.ts'
import { createSignUp } from './sign-up.ts'
import { guard } from './store/guard.ts'
import type { Store } from './store/store.ts'
import { createTurns, transact } from './store/transact.ts'
import { createVerification } from './verification.ts'

const SWEEP_EVERY_MS = 60_000
const SWEEP_BATCH = 500

export type Persistence = {
  handlers: Client<typeof persistence>
  admin: Client<typeof admin>
  apps: Apps
  /** Voids what lives when the store shows that acknowledged writes may be missing; says whether it did. */
  judgeHistory(former: () => Promise<readonly string[]>): Promise<boolean>
  /** Until `work`, which does not reject, is done nobody uses the store: who cannot wait is refused. */
  hold(work: Promise<void>): void
  /** Ends the threads that hash. */
  close(): Promise<void>
  /** Removes rubbish until `signal` aborts; resolves then. */
  sweepForEver(signal: AbortSignal): Promise<void>
}

type Deps = {
  env: Env
  store: Store
  secrets: Secrets
  policy: Policy
  developmentKeys: boolean
  onRetry: () => void
  /** After each argon2id, with its time in ms. */
  onHash?: (ms: number) => void
  cost?: Cost | undefined
}

/** The persistence service (seed 001: Servidor de persistencia; seed 002: servidor de redis) on an open store. */
export async function createPersistence({
  env,
  store: bare,
  secrets,
  policy,
  developmentKeys,
  onRetry,
  onHash,
  cost,
}: Deps): Promise<Persistence> {
  const beat = createBeat(env)
  let holding: Promise<unknown> | null = null
  const store = guard(bare, () => holding)
  await recognise(store, env, secrets)
  const { homeOf, epochOf } = await openPartitions(store, env)
  const write: Room['transact'] = (partition, plan, seen) => transact({ store, env, onRetry, epochOf }, partition, plan, seen)
  const { apps, handlers: appHandlers } = createApps({ env, store, secrets, developmentKeys, epochOf, transact: write })
  const passwords = createPasswords({ env, secrets, ...(onHash ? { onHash } : {}), ...(cost ? { cost } : {}) })
  const room: Room = { env, store, secrets, policy, apps, homeOf, epochOf, passwords, inTurn: createTurns(), transact: write }

  const lettersTo = createLettersTo(room)
  const moves = createMoves(room)

  return {
    handlers: {
      ...createRegistration(room),
      ...createAuthentication(room),
      ...createSignUp(room),
      ...createVerification(room),
      ...createSessions(room),
      ...createBrowserSessions(room),
      ...createPageViews(room),
      ...createRecovery(room),
      ...createDepartures(room, moves),
      ...createUndo(room, moves),
      ...createAccountSessions(room),
      ...createAccountExport(room),
      ...createOutbox(room),
      ...createBrands(room, developmentKeys),
      listOrigins: () => apps.origins(),
      async probe() {
        await beat.write(store, epochOf)
        return { service: 'persistence' as const }
      },
    },
    admin: { ...appHandlers, ...createErase(room), ...createImport(room), listLetters: ({ to }) => lettersTo(to) },
    apps,
    async judgeHistory(former) {
      const open = guard(bare) // everybody else is held
      return judgeHistory(open, env, await former(), await beat.isBehind(open))
    },
    close: passwords.close,
    hold(work) {
      const done: Promise<unknown> = Promise.all([holding, work]).then(() => {
        if (holding === done) holding = null
      })
      holding = done
    },
    async sweepForEver(signal) {
      while (!signal.aborted) {
        while (!signal.aborted && (await store.sweep(env.now(), SWEEP_BATCH).catch(() => 0)) === SWEEP_BATCH) await env.sleep(0, signal)
        await beat.write(store, epochOf).catch(() => {})
        await moves.resume().catch(() => {}) // what is left waits for the next round
        await env.sleep(SWEEP_EVERY_MS, signal)
      }
    },
  }
}
