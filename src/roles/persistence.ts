import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { leftMs } from '../call.ts'
import { type Config, ConfigMistakes } from '../config.ts'
import type { Client } from '../contract/contract.ts'
import { admin as adminContract, persistence as contract } from '../contract/persistence.ts'
import { developmentApiKey, type Generated, serviceKey } from '../development.ts'
import type { Env } from '../env.ts'
import { openFolder } from '../folder.ts'
import { connect } from '../http/connect.ts'
import { serve } from '../http/serve.ts'
import type { Cost } from '../persistence/password.ts'
import { createPersistence, type Persistence } from '../persistence/persistence.ts'
import { policyOf } from '../persistence/room.ts'
import { createSecrets, type Secrets } from '../persistence/secrets.ts'
import type { RedisOptions, RedisStore } from '../persistence/store/redis.ts'
import { openSqlite } from '../persistence/store/sqlite.ts'
import type { Store } from '../persistence/store/store.ts'
import { Problem } from '../problem.ts'
import { watchClock } from './clock.ts'
import { commandSocket, openCommandSocket, type Shell } from './shell.ts'

const JUDGE_AGAIN_MS = 500

/** What tests hand in: an open store, and passwords that cost less. */
export type Given = { store: Store; cost?: Cost | undefined }

/**
 * Persistence (seed 001: Servidor de persistencia) on its store, with the commands' socket.
 * @returns `apiKey`: the development API key when it is valid
 */
export async function openPersistence(shell: Shell, given?: Given): Promise<{ persistence: Persistence; apiKey: string | null }> {
  const { config, env, metrics, closers, generated } = shell
  let onBack = () => {}
  const store = given?.store ?? (await openStore(shell, () => onBack()))
  closers.push(() => store.close())
  const persistence = await createOn(store, config, env, generated, { onRetry: metrics.retry, onHash: metrics.hash, cost: given?.cost })
  closers.push(() => persistence.close())
  const apiKey = await firstKey(config, persistence, generated)
  if ('history' in store) onBack = await watchHistory(store as RedisStore, persistence, shell)
  shell.checks.store = { ask: () => persistence.handlers.probe({}), isNeeded: true }
  return { persistence, apiKey }
}

export async function serveCommands(shell: Shell, persistence: Persistence) {
  const app = shell.server('commands')
  serve(app, adminContract, persistence.admin)
  openFolder(shell.config.dataDir)
  if (await openCommandSocket(app, shell.config.dataDir)) shell.closers.push(() => app.close())
}

export function sweepForEver({ closers }: Shell, persistence: Persistence) {
  const work = new AbortController()
  const working = persistence.sweepForEver(work.signal)
  closers.push(async () => {
    work.abort()
    await working
  })
}

/** The service on its own listener. */
export async function servePersistence(shell: Shell, { handlers }: Persistence): Promise<number> {
  const app = shell.server('internal')
  serve(app, contract, handlers, shell.config.persistenceKey ?? [serviceKey(shell.generated!, 'persistence')])
  return shell.listen(app)
}

/** The file in the data folder, or the servers that the setting names; what these may lose is said at start. */
async function openStore({ config, env, log, metrics, checks, closers }: Shell, onBack: () => void): Promise<Store> {
  if (config.store === 'sqlite:') return openFile(config, metrics.transaction)
  const store = await openServers(config, (event, detail) => {
    if (event === 'lost') log.error({ op: 'store', outcome: 'lost', detail })
    else log.info({ op: 'store', outcome: 'back', detail })
    if (event === 'back') onBack()
  })
  mark(config)
  for (const notice of store.notices) log.warn({ op: 'store', outcome: 'may_lose', detail: notice })
  const work = new AbortController()
  const watching = watchClock(store.clock, env, log, work.signal)
  checks.clock = { ask: async () => watching.judge(), isNeeded: true }
  closers.push(async () => {
    work.abort()
    await watching.done
  })
  return store
}

/**
 * At start and whenever a server is back: after a promotion, or a start from an older state, acknowledged writes may be missing. Until
 * that is judged nobody is answered; so a judgement that fails is tried again.
 */
async function watchHistory(store: RedisStore, persistence: Persistence, { log, env, closers }: Shell): Promise<() => void> {
  const work = new AbortController()
  closers.push(async () => work.abort())
  const judge = async () => {
    if (await persistence.judgeHistory(store.history))
      log.warn({ op: 'store', outcome: 'history_changed', detail: 'writes may be missing: every live number is void' })
  }
  await judge()
  const judgeUntilKnown = async () => {
    for (let tries = 0; !work.signal.aborted; tries++) {
      try {
        return await judge()
      } catch (error) {
        if (tries === 0) log.error({ op: 'store', outcome: 'history_unknown', error })
        await env.sleep(JUDGE_AGAIN_MS, work.signal)
      }
    }
  }
  return () => void persistence.hold(judgeUntilKnown())
}

/** Written where the store is elsewhere, so that a command or a start without SELLO_STORE does not begin an empty one. */
const markerOf = (config: Config) => join(config.dataDir, 'store')
function mark(config: Config) {
  openFolder(config.dataDir)
  writeFileSync(markerOf(config), 'redis\n')
}

function openFile(config: Config, observe?: Parameters<typeof openSqlite>[1]): Store {
  openFolder(config.dataDir)
  if (existsSync(markerOf(config))) {
    throw new Error(`the store of this data folder is Redis: give SELLO_STORE as it was (to leave it for good, remove ${markerOf(config)})`)
  }
  return openSqlite(join(config.dataDir, 'sello.db'), observe)
}

async function openServers({ store, mode, ca }: Config, onEvent?: RedisOptions['onEvent']): Promise<RedisStore> {
  const { openRedis } = await import('../persistence/store/redis.ts') // a large client, not loaded where the store is a file
  return openRedis(store, { production: mode === 'production', leftMs, ...(ca ? { ca } : {}), ...(onEvent ? { onEvent } : {}) })
}

const decode = (keys: string[]) => keys.map((key) => Buffer.from(key, 'base64'))

function secretsOf(config: Config, env: Env, generated: Generated | null): Secrets {
  const [pepper, seal] = [config.pepper ?? decode(generated?.pepper ?? []), config.sealKey ?? decode(generated?.seal ?? [])]
  if (pepper.length === 0 || seal.length === 0)
    throw new ConfigMistakes(['SELLO_PEPPER or SELLO_SEAL_KEY is missing. Right would be: the values that the service runs with'])
  return createSecrets(env, pepper, seal)
}

type Observed = { onRetry: () => void; onHash?: (ms: number) => void; cost?: Cost | undefined }

function createOn(store: Store, config: Config, env: Env, generated: Generated | null, observed: Observed): Promise<Persistence> {
  const secrets = secretsOf(config, env, generated)
  return createPersistence({ env, store, secrets, policy: policyOf(config), developmentKeys: config.mode === 'development', ...observed })
}

/** App `default` and its first key: the bootstrap key, or in development the derived one. Returns the latter when it is valid. */
async function firstKey(config: Config, { apps }: Persistence, generated: Generated | null): Promise<string | null> {
  if (config.bootstrapKey) await apps.bootstrap(config.bootstrapKey, false)
  if (!generated) {
    const minted = await apps.withDevelopmentKeys()
    if (minted.length === 0) return null
    const list = minted.join(', ')
    throw new ConfigMistakes([
      `SELLO_MODE is production, but a key minted in development is valid for: ${list}. Right would be: ./sello apps rotate NAME --now`,
    ])
  }
  const apiKey = developmentApiKey(generated)
  return (await apps.bootstrap(apiKey, true)) ? apiKey : null
}

/** What the commands ask: the running process over its socket, or, when none answers, the store itself. */
export async function openOffice(
  config: Config,
  env: Env,
  generated: () => Generated | null,
): Promise<{ admin: Client<typeof adminContract>; close(): Promise<unknown> }> {
  const remote = connect(adminContract, { socket: commandSocket(config.dataDir) })
  if (await remote.listApps({}).then(() => true, isAnswer)) return { admin: remote, close: async () => {} }
  const secrets = generated() // before the store: a new data folder gets both, and one that lost its secrets is not opened
  const store = config.store === 'sqlite:' ? openFile(config) : await openServers(config)
  const persistence = await createOn(store, config, env, secrets, { onRetry: () => {} })
  return { admin: persistence.admin, close: () => store.close() }
}

/** Whether somebody was there to refuse. */
const isAnswer = (error: unknown) => !(error instanceof Problem && error.code === 'unavailable')
