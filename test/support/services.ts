import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Dispatcher, Pool } from 'undici'
import type { Service } from '../../src/settings.ts'
import { folder } from './folder.ts'
import { freePort } from './gate.ts'
import { production } from './production.ts'
import { type Api, createApi, type Ran, type Running, type Settings, startProcess } from './server.ts'

type Owner = { after(done: () => Promise<void> | void): void }
type Options = {
  gateways?: number
  persistences?: number
  messagings?: number
  /** SELLO_STORE; without it a file, which only one process of persistence can have. */
  store?: string
  smtpUrl: string
  /** Over what production is given here, by service. */
  settings?: Partial<Record<Service, Settings>>
  /** What stands between the gateways and a process: the port that they are told, for the one that it listens on. */
  between?: (service: 'persistence' | 'messaging', port: number) => Promise<number>
}

/** One process, which keeps its name, folder and port however often it is started. */
export type Member = {
  name: string
  service: Service
  settings: Settings & { SELLO_DATA_DIR: string }
  /** @throws while it is down */
  now(): Running
  /** Everything that it ever said, in all its lives. */
  stdout(): string
  stderr(): string
  start(): Promise<Running>
  stop(): Promise<Ran>
  kill(): Promise<void>
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
}

export type Services = Api & {
  gateways: Member[]
  persistences: Member[]
  messagings: Member[]
  all: Member[]
  apiKey: string
  keys: { persistence: string; messaging: string; pepper: string; seal: string }
  /** Requests that each gateway was given, by its name. */
  given: Map<string, number>
  /** A client of one gateway alone. */
  at(gateway: Member): Api
  /** Letters that wait or are in flight. */
  outbox(): Promise<number>
}

/** Room for a test's load; the budgets stay on, as production wants it. */
const ROOMY = {
  SELLO_LIMIT_ADDRESS_SENDS: '9999/10m',
  SELLO_LIMIT_ADDRESS_TOTAL: '9999/24h',
  SELLO_LIMIT_APP_SENDS: '999999/1h',
  SELLO_LIMIT_APP_MISSES: '99999/1h',
}
const secret = () => randomBytes(32).toString('hex')

/** Processes of all three services in production on this machine, which know each other by URL and key, and a client of the gateways. */
export async function startServices(t: Owner, { gateways = 1, persistences = 1, messagings = 1, ...options }: Options): Promise<Services> {
  const root = folder(t)
  const { SELLO_PEPPER, SELLO_SEAL_KEY, SELLO_SIGNING_KEY, ...shared } = production(root, options.smtpUrl, 0)
  const { SELLO_SMTP_URL, SELLO_MAIL_FROM, SELLO_PUBLIC_URL } = shared
  const keys = { persistence: secret(), messaging: secret() }
  const apiKey = secret()
  const own: Record<Service, Settings> = {
    persistence: {
      SELLO_PEPPER: SELLO_PEPPER!,
      SELLO_SEAL_KEY: SELLO_SEAL_KEY!,
      SELLO_PERSISTENCE_KEY: keys.persistence,
      SELLO_BOOTSTRAP_KEY: apiKey,
      ...ROOMY,
      ...(options.store ? { SELLO_STORE: options.store } : {}),
    },
    messaging: { SELLO_SMTP_URL: SELLO_SMTP_URL!, SELLO_MAIL_FROM: SELLO_MAIL_FROM!, SELLO_MESSAGING_KEY: keys.messaging },
    gateway: {
      SELLO_SIGNING_KEY: SELLO_SIGNING_KEY!,
      SELLO_PUBLIC_URL: SELLO_PUBLIC_URL!,
      SELLO_PERSISTENCE_KEY: keys.persistence,
      SELLO_MESSAGING_KEY: keys.messaging,
    },
  }

  const members = (service: Service, count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const name = `${service}-${i + 1}`
        const ports = { SELLO_PORT: String(await freePort()), SELLO_OPS_PORT: String(await freePort()) }
        const place = { SELLO_MODE: 'production', SELLO_DATA_DIR: join(root, name), ...ports }
        return createMember(t, name, service, { ...place, ...own[service], ...options.settings?.[service] })
      }),
    )
  const portOf = async ({ service, settings }: Member) => {
    const port = Number(settings.SELLO_PORT)
    return service === 'gateway' || !options.between ? port : options.between(service, port)
  }
  const urls = async (list: Member[]) => (await Promise.all(list.map(portOf))).map((port) => `http://127.0.0.1:${port}`).join()

  const behind = await members('persistence', persistences)
  const couriers = await members('messaging', messagings)
  Object.assign(own.gateway, { SELLO_PERSISTENCE_URL: await urls(behind), SELLO_MESSAGING_URL: await urls(couriers) })
  const front = await members('gateway', gateways)
  const all = [...behind, ...couriers, ...front]
  for (const list of [behind.slice(0, 1), [...behind.slice(1), ...couriers], front]) await Promise.all(list.map((one) => one.start()))

  const { send, sendTo, given } = balance(t, front)
  return {
    ...createApi(send, apiKey),
    gateways: front,
    persistences: behind,
    messagings: couriers,
    all,
    apiKey,
    keys: { ...keys, pepper: SELLO_PEPPER!, seal: SELLO_SEAL_KEY! },
    given,
    at: (gateway) => createApi((request) => sendTo(front.indexOf(gateway), request), apiKey),
    outbox: () => behind[0]!.now().metric('sello_outbox_letters'),
  }
}

function createMember(t: Owner, name: string, service: Service, settings: Member['settings']): Member {
  const lives: Running[] = []
  let running: Running | null = null
  const now = () => {
    if (!running) throw new Error(`${name} is down`)
    return running
  }
  async function leave<T>(how: (one: Running) => Promise<T>): Promise<T> {
    const one = now()
    running = null
    return how(one)
  }
  return {
    name,
    service,
    settings,
    now,
    stdout: () => lives.map((life) => life.stdout()).join(''),
    stderr: () => lives.map((life) => life.stderr()).join(''),
    async start() {
      running = await startProcess({ after: (done) => t.after(done) }, settings, service)
      lives.push(running)
      return running
    },
    stop: () => leave((one) => one.stop()),
    kill: () => leave((one) => one.kill()),
    signal: (signal) => process.kill(now().pid, signal),
  }
}

/**
 * What an ordinary load balancer does: the gateways take turns, connections to them are kept (idle ones for less time than Sello keeps
 * them), and where nobody listens the next one is asked. Nothing else is tried again.
 */
function balance(t: Owner, gateways: Member[]) {
  const pools = gateways.map(({ settings }) => {
    const idle = { keepAliveTimeout: 1000, keepAliveMaxTimeout: 1000 }
    return new Pool(`http://127.0.0.1:${settings.SELLO_PORT}`, { connections: 128, headersTimeout: 20_000, bodyTimeout: 20_000, ...idle })
  })
  t.after(async () => void (await Promise.all(pools.map((pool) => pool.destroy()))))
  const given = new Map(gateways.map(({ name }) => [name, 0]))
  let turn = 0

  async function sendTo(at: number, request: Dispatcher.RequestOptions) {
    const answer = await pools[at]!.request(request)
    const { name } = gateways[at]!
    given.set(name, given.get(name)! + 1)
    return answer
  }
  async function send(request: Dispatcher.RequestOptions) {
    const first = turn++
    for (let tries = 1; ; tries++) {
      try {
        return await sendTo((first + tries) % gateways.length, request)
      } catch (error) {
        if ((error as { code?: string }).code !== 'ECONNREFUSED' || tries === gateways.length) throw error
      }
    }
  }
  return { send, sendTo, given }
}
