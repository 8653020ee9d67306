import { chmodSync, existsSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join, relative } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { type Generated, readGenerated } from '../development.ts'
import type { Env } from '../env.ts'
import { openFolder } from '../folder.ts'
import { type Check, createOps } from '../http/ops.ts'
import { createServer, drain } from '../http/server.ts'
import { messages, negotiate } from '../i18n/i18n.ts'
import type { Log } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import type { ProblemCode } from '../problem.ts'

/** Requests and letters in hand may take this long after SIGTERM. */
const GRACE_MS = 10_000

export type Parts = {
  config: Config
  env: Env
  log: Log
  /** How long idle connections are left to their clients at the end. */
  idleMs?: number
}

/** What every process has, whatever its role: listeners, metrics, and an orderly end. */
export type Shell = Parts & {
  metrics: Metrics
  /** Run in reverse order at the end. */
  closers: (() => Promise<unknown>)[]
  /** What the development machine generated; null in production. */
  generated: Generated | null
  /** What readiness asks, by name. */
  checks: Record<string, Check>
  /** What is left of the time to end in, for everything that is under way together. */
  left(): number
  /** `internal`: for other services of ours. `commands`: for the commands on this machine, never over TLS. */
  server(kind?: 'internal' | 'commands'): FastifyInstance
  /** Listens where the settings say. Returns the port, or 0 for a socket. */
  listen(app: FastifyInstance): Promise<number>
  openOps(): Promise<string>
  close(): Promise<void>
}

/** @param outbox asked at each scrape of the metrics */
export function createShell({ config, env, log, idleMs = 0 }: Parts, outbox?: () => Promise<{ length: number; overdueMs: number }>): Shell {
  const metrics = createMetrics({ outbox, droppedLines: log.dropped })
  const closers: Shell['closers'] = []
  const checks: Shell['checks'] = {}
  let endsAt = Number.POSITIVE_INFINITY
  const detailOf = (code: ProblemCode, headers: IncomingHttpHeaders) =>
    messages[negotiate(headers['accept-language']) ?? config.locale ?? 'es'].problems[code]
  const tls = config.tlsKey && config.tlsCert ? { key: config.tlsKey, cert: config.tlsCert } : null

  return {
    config,
    env,
    log,
    metrics,
    closers,
    checks,
    generated: config.mode === 'development' ? openGenerated(config, env) : null,
    left: () => Math.max(0, endsAt - env.now()),
    server: (kind) =>
      kind === 'commands'
        ? createServer({ env, log, measure: () => {}, detailOf, internal: true })
        : createServer({ env, log, measure: metrics.request, detailOf, tls, internal: kind === 'internal' }),
    async listen(app) {
      const path = config.host.startsWith('unix:') ? config.host.slice(5) : null
      if (path) await listenOnSocket(app, path, 0o660)
      else await listen(app, config.host, config.port, 'SELLO_PORT')
      closers.push(async () => {
        endsAt = env.now() + GRACE_MS
        await drain(app, env.sleep, idleMs, GRACE_MS)
      })
      return path ? 0 : portOf(app)
    },
    async openOps() {
      const stopping = () => endsAt < Number.POSITIVE_INFINITY
      const ops = createOps({ now: env.now, checks, stopping, metrics: metrics.render })
      closers.push(() => ops.close())
      await listen(ops, config.opsHost, config.opsPort, 'SELLO_OPS_PORT')
      return `http://${config.opsHost.includes(':') ? `[${config.opsHost}]` : config.opsHost}:${portOf(ops)}`
    },
    async close() {
      for (const one of closers.splice(0).toReversed()) {
        await one().catch((error: unknown) => log.error({ op: 'stop', outcome: 'fault', error }))
      }
    },
  }
}

function openGenerated(config: Config, env: Env): Generated {
  openFolder(config.dataDir)
  return readGenerated(config.dataDir, env)
}

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

/** A socket that a kill left behind is taken over; one that answers belongs to somebody. */
async function listenOnSocket(app: FastifyInstance, path: string, mode: number) {
  if (await isListening(path)) throw new Error(`another process listens on ${path}; SELLO_HOST names another one`)
  rmSync(path, { force: true })
  try {
    await app.listen({ path })
  } catch (error) {
    throw new Error(`cannot listen on ${path} (${(error as NodeJS.ErrnoException).code})`, { cause: error })
  }
  chmodSync(path, mode)
}

/** Where the command socket is. A path beyond what the system takes for sockets (about 100 bytes) is written relative to here. */
export const commandSocket = (dataDir: string) => {
  const path = join(dataDir, 'sello.sock')
  return path.length < 100 ? path : relative(process.cwd(), path)
}

/** Listens for the commands, unless another process with this data folder and a shared store already does. */
export async function openCommandSocket(app: FastifyInstance, dataDir: string): Promise<boolean> {
  const path = commandSocket(dataDir)
  if (await isListening(path)) return false
  rmSync(path, { force: true })
  await app.listen({ path })
  chmodSync(path, 0o600)
  return true
}

function isListening(path: string): Promise<boolean> {
  if (!existsSync(path)) return Promise.resolve(false)
  return new Promise((resolve) => {
    const socket = connect(path)
    const told = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => told(true)).once('error', () => told(false))
  })
}
