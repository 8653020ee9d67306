import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Dispatcher, Pool } from 'undici'
import type { Role } from '../../src/config.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_MS = 20_000
const COMMAND_MS = 30_000

type Cleanup = { after(done: () => Promise<void>): void }
export type Settings = Record<string, string>
/** How a process ended, with all of its words. */
export type Ran = { code: number | null; signal: string | null; stdout: string; stderr: string; ms: number }
export type Happening = { at: string; event: string; detail?: string }
export type Body = Partial<{
  id: string
  email: string
  token: string
  status: string | number
  code: string
  receipt: string
  expiresAt: string
  timeline: Happening[]
  keys: unknown[]
}>
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Body; ms: number }
export type Ask = { method?: Dispatcher.HttpMethod; path: string; body?: unknown; key?: string | null; headers?: Record<string, string> }
export type LogLine = { time: string; level: string; op: string; outcome: string; letter?: string; detail?: string; status?: number }

/** A process of ours that has said where it is. */
export type Running = {
  /** Where it listens. */
  url: string
  opsUrl: string
  /** Null when the banner shows none. */
  apiKey: string | null
  pid: number
  dataDir: string
  child: ChildProcess
  /** Everything said so far. */
  stdout(): string
  stderr(): string
  /** The lines of stdout that are JSON. */
  logs(): LogLine[]
  /** What `/health/ready` answers. */
  health(): Promise<{ status: number; body: Record<string, string> }>
  /** The status of `/health/ready`. */
  readiness(): Promise<number>
  /** All of `/metrics`. */
  metrics(): Promise<string>
  /** One sample of `/metrics`, by its name with labels. */
  metric(sample: string): Promise<number>
  /** Runs a command with this process's settings. */
  run(...args: string[]): Promise<Ran>
  ended: Promise<Ran>
  /** SIGTERM, and how it ended. */
  stop(): Promise<Ran>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** The API as an application calls it. Where no `key` is given, calls carry the client's own. */
export type Api = {
  ask(ask: Ask): Promise<Answer>
  register(email: string, more?: { token?: string; key?: string; idempotencyKey?: string }): Promise<Answer>
  check(number: string, more?: { email?: string; token?: string; key?: string; idempotencyKey?: string }): Promise<Answer>
  show(id: string, key?: string): Promise<Answer>
}

/** A Sello in a process of its own. Where no `key` is given, calls carry the development key. */
export type Sello = Running & Api

/** Processes that must not outlive this one, whatever becomes of it. */
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))

function launch(args: string[], settings: Settings) {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/sello'),
    SELLO_PORT: '0',
    SELLO_OPS_PORT: '0',
    ...settings,
  }
  const began = performance.now()
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  alive.add(child)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  const ended = Promise.race([once(child, 'close'), once(child, 'error')]).then((): Ran => {
    alive.delete(child)
    return { code: child.exitCode, signal: child.signalCode, ...said, ms: performance.now() - began }
  })
  return { child, said, ended }
}

/** Runs `node src/main.ts ARGS` to its end; after half a minute, or `killAfterMs`, it is killed, which `signal` then shows. */
export async function runSello(args: string[], settings: Settings, killAfterMs = COMMAND_MS): Promise<Ran> {
  const { child, ended } = launch(args, settings)
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  return ended.finally(() => clearTimeout(timer))
}

/**
 * Starts a process, of everything or of one service, on free ports, and resolves when it has said where it is. With an https public
 * URL a gateway needs a SELLO_PORT of its own.
 * @throws with its words when it ends before, or does not come up within 20 seconds
 */
export async function startProcess(t: Cleanup, settings: Settings & { SELLO_DATA_DIR: string }, role: Role = 'all'): Promise<Running> {
  const { child, said, ended } = launch(['start', ...(role === 'all' ? [] : ['--role', role])], settings)
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  const { url = `http://127.0.0.1:${settings.SELLO_PORT}`, opsUrl, apiKey } = await banner(child, role, said, ended)
  const opsPool = new Pool(opsUrl, { connections: 4 })
  void ended.then(() => opsPool.destroy())
  const ops = (path: string) => opsPool.request({ method: 'GET', path })
  const health = async () => {
    const { statusCode, body } = await ops('/health/ready')
    return { status: statusCode, body: (await body.json()) as Record<string, string> }
  }
  const metrics = async () => (await ops('/metrics')).body.text()

  return {
    url,
    opsUrl,
    apiKey,
    pid: child.pid!,
    dataDir: settings.SELLO_DATA_DIR,
    child,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    logs: () => jsonLines(said.stdout),
    health,
    readiness: async () => (await health()).status,
    metrics,
    async metric(sample) {
      const line = (await metrics()).split('\n').find((candidate) => candidate.startsWith(`${sample} `))
      return line ? Number(line.slice(sample.length + 1)) : 0
    },
    run: (...args) => runSello(args, settings),
    ended,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS)
      const began = performance.now()
      const ran = await ended.finally(() => clearTimeout(timer))
      return { ...ran, ms: performance.now() - began }
    },
    kill,
  }
}

/** Starts a Sello, everything in one process, and a client of it. */
export async function startSello(t: Cleanup, settings: Settings & { SELLO_DATA_DIR: string }): Promise<Sello> {
  const running = await startProcess(t, settings)
  const pool = new Pool(running.url, { connections: 64, headersTimeout: 20_000, bodyTimeout: 20_000 })
  void running.ended.then(() => pool.destroy())
  return { ...running, ...createApi((request) => pool.request(request), running.apiKey) }
}

type Sent = { method: Dispatcher.HttpMethod; path: string; headers: Record<string, string>; body?: string }

/** @param send how a request goes out · apiKey what calls without a key carry */
export function createApi(send: (request: Sent) => Promise<Dispatcher.ResponseData>, apiKey: string | null): Api {
  async function ask({ method = 'GET', path, body, key = apiKey, headers = {} }: Ask): Promise<Answer> {
    const began = performance.now()
    const sent = {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    }
    const answer = await send({ method, path, headers: sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const text = await answer.body.text()
    const ms = performance.now() - began
    return { status: answer.statusCode, headers: answer.headers, body: text.startsWith('{') ? (JSON.parse(text) as Body) : {}, ms }
  }
  const post = (path: string, body: unknown, key: string | undefined, idempotencyKey: string | undefined) =>
    ask({ method: 'POST', path, body, ...(key ? { key } : {}), headers: idempotencyKey ? { 'idempotency-key': idempotencyKey } : {} })
  return {
    ask,
    register: (email, { token = 'session', key, idempotencyKey } = {}) => post('/v1/identities', { email, token }, key, idempotencyKey),
    check: (number, { key, idempotencyKey, ...proof } = {}) => post('/v1/identities/check', { number, ...proof }, key, idempotencyKey),
    show: (id, key) => ask({ path: `/v1/identities/${id}`, ...(key ? { key } : {}) }),
  }
}

async function banner(child: ChildProcess, role: Role, said: { stdout: string; stderr: string }, ended: Promise<Ran>) {
  const lastRow = role === 'messaging' ? /(Letters|Inbox) +\S/ : /Data +\S/
  const found = () => {
    const health = /Health +(\S+)\/health/.exec(said.stdout)
    if (!health || !lastRow.test(said.stdout)) return null
    const port = /API +http:\/\/localhost:(\d+)\//.exec(said.stdout)?.[1]
    const url = port ? `http://127.0.0.1:${port}` : /Service +(\S+)/.exec(said.stdout)?.[1]
    return { url, opsUrl: health[1]!, apiKey: /API key +(sello_dev_\w+)/.exec(said.stdout)?.[1] ?? null }
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  const over = ended.then(({ code, signal, stdout, stderr }) => {
    throw new Error(`Sello did not start (${signal ?? code}): ${stderr.trim() || stdout.slice(-2000)}`)
  })
  over.catch(() => {})
  const seen = new Promise<NonNullable<ReturnType<typeof found>>>((resolve) => {
    const look = () => {
      const places = found()
      if (!places) return
      child.stdout!.off('data', look)
      resolve(places)
    }
    child.stdout!.on('data', look)
  })
  return Promise.race([seen, over]).finally(() => clearTimeout(timer))
}

export function jsonLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      return [JSON.parse(line) as LogLine]
    } catch {
      return [] // torn by a kill
    }
  })
}

/** Looks until `done` says something true, or gives up after `ms` with `what` and what was last seen. */
export async function until<T>(what: string, ms: number, done: () => T | Promise<T>): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + ms
  for (;;) {
    const seen = await done()
    if (seen) return seen as Exclude<T, false | null | undefined>
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await wait(20)
  }
}
