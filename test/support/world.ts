import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Role, readConfig } from '../../src/config.ts'
import type { InboxMessage } from '../../src/contract/messaging.ts'
import { openHouse } from '../../src/house.ts'
import { createLog } from '../../src/log.ts'
import type { Cost } from '../../src/persistence/password.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { fakeEnv } from './env.ts'
import { speak } from './http.ts'
import { type Place, placeOf } from './places.ts'
import { openTestRedis } from './redis-store.ts'

export type Answer = { status: number; headers: Headers; body: Record<string, unknown> & { code?: string } }
export type World = Awaited<ReturnType<typeof world>>
type Options = {
  settings?: Record<string, string>
  digitsFrom?: (length: number) => string | undefined
  /** Of three services, two gateways, and where the store can be shared two persistences, each with one of them. */
  twice?: boolean
  /** Of a password; next to nothing, unless given. */
  cost?: Cost
}

/** A letter comes within this time of the wall, on a machine that is busy with other tests, too. */
const INBOX_MS = 10_000
const CHEAP: Cost = { memory: 64, time: 1, parallelism: 1 }
export const API_KEY = 'the-key-of-the-application-under-test'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** A whole Sello on a store in memory, spoken to over HTTP, whose clock the test holds. */
export async function world(t: TestContext, { settings = {}, digitsFrom, twice = false, cost = CHEAP }: Options = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'sello-test-'))
  const { wiring, store: kind } = placeOf(t)
  const isRemote = wiring === 'three services' || kind !== 'sqlite'
  const env = fakeEnv({ seed: t.fullName, remote: isRemote, ...(digitsFrom ? { digitsFrom } : {}) })
  const given = {
    SELLO_DATA_DIR: dataDir,
    SELLO_PORT: '0',
    SELLO_OPS_PORT: '0',
    SELLO_BOOTSTRAP_KEY: API_KEY,
    SELLO_LOCALE: 'en',
    ...settings,
  }
  const log = createLog({ fd: openSync(join(dataDir, 'log'), 'a'), terminal: false }, env.now)
  const store = await openTestStore(kind)
  const closers: (() => Promise<void>)[] = []
  const open = async (role: Role, more: Record<string, string> = {}) => {
    const house = await openHouse({
      config: readConfig({ ...given, ...more }, role),
      env,
      log,
      given: { store, cost },
    })
    closers.unshift(() => house.close())
    return house
  }
  t.after(async () => {
    for (const close of closers) await close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  /** Everything in one process, or the three services, talking HTTP to each other. */
  async function openWiring() {
    if (wiring === 'one process') {
      const all = await open('all')
      return { ...all, persistence: all.persistence!, ports: [all.port] }
    }
    const behind = await open('persistence')
    const messaging = await open('messaging')
    const gatewayOf = (one: { url: string }) => open('gateway', { SELLO_PERSISTENCE_URL: one.url, SELLO_MESSAGING_URL: messaging.url })
    const gateway = await gatewayOf(behind)
    const more = twice ? [await gatewayOf(kind === 'sqlite' ? behind : await open('persistence'))] : []
    return { ...gateway, persistence: behind.persistence!, ports: [gateway, ...more].map(({ port }) => port) }
  }
  const { ports, ...house } = await openWiring()

  const urls = ports.map((port) => `http://localhost:${port}`)
  const url = urls[0]!

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const sent = { authorization: `Bearer ${API_KEY}`, ...json, ...headers }
    const { status, headers: told, text } = await speak(url + path, { method, headers: sent, ...init })
    return { status, headers: told, body: text === '' ? {} : JSON.parse(text) }
  }

  /** Letters in the inbox, newest first. Sending is not part of an answer, so it gets a moment of real time. */
  async function inbox(to: string, atLeast = 0): Promise<InboxMessage[]> {
    const end = performance.now() + INBOX_MS
    for (;;) {
      const { text } = await speak(`${url}/inbox/messages?to=${encodeURIComponent(to)}`)
      const messages = JSON.parse(text) as InboxMessage[]
      if (messages.length >= atLeast || performance.now() > end) return messages
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  /** Waits until every letter has gone. Those for which no hand was free are fetched from the queue: that takes seconds of our clock. */
  async function delivered() {
    for (let tries = 1; tries <= 1000; tries++) {
      if ((await house.persistence.handlers.outboxDepth({})).length === 0) return
      if (tries % 20 === 0) await env.leap(1000)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error('letters are still on their way')
  }
  const numberOf = (message: InboxMessage | undefined): string =>
    /^[^:\n]+: (\d{4} \d{4} \d{4})/.exec(message?.text ?? '')?.[1] ?? 'no number'

  return {
    ...house,
    url,
    /** Of every gateway. */
    urls,
    env,
    store,
    dataDir,
    call,
    inbox,
    delivered,
    numberOf,
    register: (body: object, headers?: Record<string, string>) => call('POST', '/v1/identities', body, headers),
    check: (body: object, headers?: Record<string, string>) => call('POST', '/v1/identities/check', body, headers),
    show: (id: unknown) => call('GET', `/v1/identities/${String(id)}`),
    /** Registers and waits for the letter: the identity's id and its number. */
    async mailed(email: string, token = 'session-42', letters = 1) {
      const registered = await call('POST', '/v1/identities', { email, token })
      const messages = await inbox(email, letters)
      return { id: String(registered.body.id), number: numberOf(messages[0]), registered, messages }
    },
  }
}

async function openTestStore(kind: Place['store']): Promise<Store> {
  if (kind === 'sqlite') return openSqlite(':memory:')
  return openTestRedis(kind)
}
