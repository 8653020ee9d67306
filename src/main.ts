import { chmodSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { run } from './cli/cli.ts'
import { type Config, ConfigMistakes, readConfig } from './config.ts'
import type { Client } from './contract/contract.ts'
import { messaging as messagingContract } from './contract/messaging.ts'
import { admin as adminContract, persistence as persistenceContract } from './contract/persistence.ts'
import { developmentApiKey, type Generated, inboxSecret, keepSealed, readGenerated } from './development.ts'
import { type Env, realEnv } from './env.ts'
import { openFolder } from './folder.ts'
import { serveGateway } from './gateway/gateway.ts'
import { createMail } from './gateway/mail.ts'
import { createTokens } from './gateway/tokens.ts'
import { connect } from './http/connect.ts'
import { createOps } from './http/ops.ts'
import { serve } from './http/serve.ts'
import { createServer } from './http/server.ts'
import { messages, negotiate } from './i18n/i18n.ts'
import { createLog, type Log } from './log.ts'
import { isLoopback } from './loopback.ts'
import { openInbox } from './messaging/inbox.ts'
import { smtpTransport } from './messaging/mail.ts'
import { createMessaging } from './messaging/messaging.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createPersistence, type Persistence } from './persistence/persistence.ts'
import { policyOf } from './persistence/room.ts'
import { createSecrets } from './persistence/secrets.ts'
import { openSqlite } from './persistence/store/sqlite.ts'
import type { Store } from './persistence/store/store.ts'
import { Problem, type ProblemCode } from './problem.ts'
import { pauseAfter } from './rules/outbox.ts'

/** Requests and letters in hand may take this long after SIGTERM. */
const GRACE_MS = 10_000

/** A running Sello. */
export type House = {
  /** The public URL. */
  url: string
  port: number
  opsUrl: string
  /** The development API key when it is valid, null otherwise. */
  apiKey: string | null
  persistence: Persistence
  /** Stops accepting, finishes what is in hand, gives leases back, closes the store. */
  close(): Promise<void>
}

type Parts = {
  config: Config
  env: Env
  log: Log
  /** An open store, for tests. */
  store?: Store
}
type Closers = (() => Promise<unknown>)[]

/** Everything in one process on the embedded store. */
export async function openHouse({ config, env, log, store: given }: Parts): Promise<House> {
  const generated = openDataDir(config, env)
  const closers: Closers = []
  const close = async () => {
    for (const one of closers.splice(0).toReversed()) await one()
  }
  try {
    let persistence: Persistence | null = null
    const outbox = async () => persistence?.handlers.outboxDepth({}) ?? { length: 0, overdueMs: 0 }
    const metrics = createMetrics({ outbox, droppedLines: log.dropped })
    const store = given ?? openSqlite(join(config.dataDir, 'sello.db'), metrics.transaction)
    closers.push(() => store.close())
    persistence = await openPersistence(config, env, store, generated, metrics.retry)
    const apiKey = await firstKey(config, persistence, generated)
    const services = await openServices(config, env, log, generated, persistence, metrics, closers)
    return { ...services, apiKey, persistence, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openServices(
  config: Config,
  env: Env,
  log: Log,
  generated: Generated | null,
  persistence: Persistence,
  metrics: Metrics,
  closers: Closers,
) {
  const transport = config.smtpUrl ? smtpTransport({ url: config.smtpUrl.href, tls: smtpTls(config), from: config.mailFrom }) : null
  let endsAt = Number.POSITIVE_INFINITY
  /** What is left of the time to end in, for everything that is under way together. */
  const left = () => Math.max(0, endsAt - env.now())
  if (transport) closers.push(() => transport.close(left()))
  const sealedBy = generated && createSecrets(env, [inboxSecret(generated)], [inboxSecret(generated)])
  const keep = sealedBy && !transport ? keepSealed(config.dataDir, sealedBy) : undefined
  if (keep) closers.push(() => keep.close())
  const inbox = await openInbox(keep)
  const toPersistence = connect(persistenceContract, { handlers: persistence.handlers })
  const toMessaging = connect(messagingContract, { handlers: createMessaging({ env, from: config.mailFrom, transport, inbox }) })
  const pause = (failures: number) => pauseAfter(failures, env.fraction())
  const cut = async () => transport?.close(0)
  const measure = metrics.letter
  const mail = createMail({ env, log, persistence: toPersistence, messaging: toMessaging, measure, pauseAfter: pause, cut })

  const detailOf = (code: ProblemCode, headers: IncomingHttpHeaders) =>
    messages[negotiate(headers['accept-language']) ?? config.locale].problems[code]
  const manners = { env, log, measure: metrics.request, detailOf }
  const app = createServer(manners)
  let url = config.publicUrl ?? ''
  const publicUrl = () => url
  const tokens = await createTokens((config.signingKey ?? generated!.signing).keys, publicUrl)
  const house = {
    persistence: toPersistence,
    messaging: toMessaging,
    mail,
    tokens,
    locale: config.locale,
    publicUrl,
    inbox: transport === null,
  }
  serveGateway(app, house)

  const work = new AbortController()
  const ops = createOps({
    now: env.now,
    probe: () => persistence.handlers.probe({}),
    stopping: () => endsAt < Number.POSITIVE_INFINITY,
    metrics: metrics.render,
  })
  closers.push(() => ops.close())
  await listen(ops, '127.0.0.1', config.opsPort, 'SELLO_OPS_PORT')
  closers.push(await openSocket(createServer({ ...manners, measure: () => {} }), persistence, config.dataDir))
  await listen(app, config.host, config.port, 'SELLO_PORT')
  if (url === '') url = `http://localhost:${portOf(app)}`
  const working = [mail.work(work.signal, left), persistence.sweepForEver(work.signal)]
  closers.push(async () => {
    work.abort()
    await Promise.all(working)
  })
  closers.push(async () => {
    endsAt = env.now() + GRACE_MS
    const grace = new AbortController()
    await Promise.race([app.close(), env.sleep(GRACE_MS, grace.signal)])
    grace.abort()
  })
  return { url, port: portOf(app), opsUrl: `http://127.0.0.1:${portOf(ops)}` }
}

/** The data folder, private to this user; in development with its generated secrets. */
function openDataDir(config: Config, env: Env): Generated | null {
  openFolder(config.dataDir)
  return config.mode === 'development' ? readGenerated(config.dataDir, env) : null
}

async function openPersistence(
  config: Config,
  env: Env,
  store: Store,
  generated: Generated | null,
  onRetry: () => void,
): Promise<Persistence> {
  const decode = (keys: string[]) => keys.map((key) => Buffer.from(key, 'base64'))
  const secrets = createSecrets(env, config.pepper ?? decode(generated!.pepper), config.sealKey ?? decode(generated!.seal))
  return createPersistence({ env, store, secrets, policy: policyOf(config), developmentKeys: config.mode === 'development', onRetry })
}

/** App `default` and its first key: the bootstrap key, or in development the derived one. Returns the latter when it is valid. */
async function firstKey(config: Config, { apps }: Persistence, generated: Generated | null): Promise<string | null> {
  if (config.bootstrapKey) await apps.bootstrap(config.bootstrapKey, false)
  if (config.mode === 'production') {
    const minted = await apps.withDevelopmentKeys()
    if (minted.length === 0) return null
    const list = minted.join(', ')
    throw new ConfigMistakes([
      `SELLO_MODE is production, but a key minted in development is valid for: ${list}. Right would be: ./sello apps rotate NAME --now`,
    ])
  }
  const apiKey = developmentApiKey(generated!)
  return (await apps.bootstrap(apiKey, true)) ? apiKey : null
}

const smtpTls = (config: Config) => config.smtpTls ?? (isLoopback(config.smtpUrl?.hostname ?? '') ? 'none' : 'required')
const portOf = (app: FastifyInstance) => (app.server.address() as AddressInfo).port

async function listen(app: FastifyInstance, host: string, port: number, setting: string) {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new Error(`port ${port} is taken; ${setting} names another one (0 takes a free one)`)
    throw new Error(`cannot listen on ${host}:${port} (${code})`, { cause: error })
  }
}

/** Where the command socket is. A path beyond what the system takes for sockets (about 100 bytes) is written relative to here. */
const socketPath = (dataDir: string) => {
  const path = join(dataDir, 'sello.sock')
  return path.length < 100 ? path : relative(process.cwd(), path)
}

async function openSocket(app: FastifyInstance, persistence: Persistence, dataDir: string): Promise<() => Promise<unknown>> {
  const path = socketPath(dataDir)
  serve(app, adminContract, persistence.admin)
  rmSync(path, { force: true }) // left behind by a kill; the store's lock says that nobody listens on it
  await app.listen({ path })
  chmodSync(path, 0o600)
  return () => app.close()
}

/** What the commands ask: the running process over its socket, or, when none answers, the store itself. */
async function openOffice(config: Config): Promise<{ admin: Client<typeof adminContract>; close(): Promise<unknown> }> {
  const remote = connect(adminContract, { socket: socketPath(config.dataDir) })
  if (await remote.listApps({}).then(() => true, isAnswer)) return { admin: remote, close: async () => {} }
  const env = realEnv()
  const generated = openDataDir(config, env)
  const store = openSqlite(join(config.dataDir, 'sello.db'))
  const persistence = await openPersistence(config, env, store, generated, () => {})
  return { admin: persistence.admin, close: () => store.close() }
}

/** Whether somebody was there to refuse. */
const isAnswer = (error: unknown) => !(error instanceof Problem && error.code === 'unavailable')

if (import.meta.main) {
  process.umask(0o077) // what it writes is for this user alone
  await run(process.argv.slice(2), { readConfig: () => readConfig(process.env), openHouse, openOffice, env: realEnv(), createLog })
}
