// A server to be measured, in a process of its own: Sello whole, its three services in processes of their own, or its limit: a bare
// route with the same schemas, the bare store doing the same commit and, for a check, one signature.
import { spawn } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Fastify from 'fastify'
import { Compile } from 'typebox/compile'
import { readConfig } from '../src/config.ts'
import type { Client } from '../src/contract/contract.ts'
import { CheckBody, IdentityChecked, IdentityQueued, RegisterBody } from '../src/contract/gateway.ts'
import type { Letter } from '../src/contract/messaging.ts'
import { persistence } from '../src/contract/persistence.ts'
import { readGenerated, serviceKey } from '../src/development.ts'
import { realEnv } from '../src/env.ts'
import { connect } from '../src/http/connect.ts'
import { createLog } from '../src/log.ts'
import { openHouse } from '../src/main.ts'
import { openRedis } from '../src/persistence/store/redis.ts'
import { openSqlite } from '../src/persistence/store/sqlite.ts'
import { type Change, PARTITIONS, type Store } from '../src/persistence/store/store.ts'

const KEY = 'benchmark-key-of-at-least-32-characters'
const [kind, folder, storeUrl, smtpUrl = '', count = '0'] = process.argv.slice(2) as [string, string, string, string?, string?]
const env = realEnv()
const settings = {
  SELLO_DATA_DIR: folder,
  SELLO_PORT: '0',
  SELLO_OPS_PORT: '0',
  SELLO_LIMIT_APP_SENDS: '999999999/1h,999999999/24h',
  SELLO_LIMIT_ADDRESS_SENDS: '999999999/1h',
  SELLO_BOOTSTRAP_KEY: KEY,
  SELLO_SMTP_URL: smtpUrl,
  SELLO_STORE: storeUrl,
}
const config = readConfig(settings)
const log = createLog({ fd: openSync(join(folder, 'log'), 'a'), terminal: false }, env.now)

process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit())

/** The call that the gateway makes of a request. */
function wishFor(email: string) {
  return { apiKey: KEY, email, token: 'session-42', locale: 'es' as const, localeWish: '', idempotencyKey: null, sendNow: true }
}

if (kind === 'sello') {
  const house = await openHouse({ config, env, log })
  const numbers = await preload(house.persistence!.handlers)
  process.send!({ port: house.port, key: KEY, numbers, pids: [process.pid] })
} else if (kind === 'split') await split()
else await bare(kind as 'register' | 'check')

const numberIn = (letter: Letter) => (letter.kind === 'number' ? letter.number : '')

/** So many registered and mailed numbers. */
async function preload(handlers: Pick<Client<typeof persistence>, 'registerIdentity' | 'settleLetter'>): Promise<string[]> {
  const numbers: string[] = []
  const accepted = { kind: 'accepted' as const, reply: { code: 250, enhanced: '2.0.0', text: 'taken' } }
  const register = async (i: number) => {
    const answer = await handlers.registerIdentity(wishFor(`p${i}@example.com`))
    if (answer.kind !== 'registered' || !answer.send) throw new Error(answer.kind)
    numbers.push(numberIn(answer.send.letter))
    await handlers.settleLetter({ lease: answer.send.lease, handedOverAt: env.now(), result: accepted })
  }
  for (let i = 0; i < Number(count); i += 200) await Promise.all(Array.from({ length: 200 }, (_, j) => register(i + j)))
  return numbers
}

/** The three services as they run in production, on loopback. */
async function split() {
  const behind = await service('persistence')
  const messaging = await service('messaging')
  const front = await service('gateway', { SELLO_PERSISTENCE_URL: behind.url, SELLO_MESSAGING_URL: messaging.url })
  const key = serviceKey(readGenerated(folder, env), 'persistence')
  const client = connect(persistence, { urls: [new URL(behind.url)], key })
  const numbers = await preload(client)
  await client.close()
  const pids = [front.pid, behind.pid, messaging.pid]
  process.send!({ port: Number(new URL(front.url).port), key: KEY, numbers, pids })
}

async function service(role: string, more: Record<string, string> = {}): Promise<{ url: string; pid: number }> {
  const main = join(import.meta.dirname, '../src/main.ts')
  const child = spawn(process.execPath, [main, 'start', '--role', role], {
    env: { PATH: process.env.PATH, ...settings, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.on('exit', () => child.kill('SIGKILL'))
  const isGateway = role === 'gateway'
  for (let said = ''; ; ) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    said += chunk.toString()
    const url = (isGateway ? /API +(http:\/\/\S+?)\/v1/ : /Service +(\S+)/).exec(said)?.[1]
    if (!url || !said.includes('Health')) continue
    child.stdout.resume()
    return { url, pid: child.pid! }
  }
}

/** The commit that Sello makes for such a call, recorded from Sello itself. */
async function recorded(wanted: 'register' | 'check'): Promise<{ store: Store; change: Change }> {
  const store = storeUrl === 'sqlite:' ? openSqlite(join(folder, 'bare.db')) : await openRedis(storeUrl, { production: true })
  let last: Change | null = null
  const recording: Store = {
    ...store,
    commit(partition, change) {
      last = change
      return store.commit(partition, change)
    },
    close: async () => {},
  }
  const house = await openHouse({ config, env, log, given: { store: recording } })
  const handlers = house.persistence!.handlers
  const answer = await handlers.registerIdentity(wishFor('recorded@example.com'))
  const number = answer.kind === 'registered' ? numberIn(answer.send!.letter) : ''
  if (wanted === 'check')
    await handlers.checkIdentity({ apiKey: KEY, number, email: null, token: null, clientIp: null, idempotencyKey: null })
  const change = last!
  await house.close()
  return { store, change }
}

async function bare(wanted: 'register' | 'check') {
  const { store, change } = await recorded(wanted)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const receipt = Buffer.from('x'.repeat(420))
  // As in Sello, one call after the other goes to another partition, and numbers lie at random places.
  const epochs = await Promise.all(PARTITIONS.map((one) => store.read(one, ['epoch'])))
  const home = (i: number) => PARTITIONS[i % PARTITIONS.length]!
  const app = Fastify({ logger: false })
  const schema =
    wanted === 'register'
      ? { body: RegisterBody, answer: IdentityQueued, status: 202 }
      : { body: CheckBody, answer: IdentityChecked, status: 200 }
  const validator = Compile(schema.body)
  app.setValidatorCompiler(() => (value) => validator.Check(value))
  const instant = '2026-11-21T00:00:00.000Z'
  const common = { id: `idn_00${'x'.repeat(22)}`, email: 'ana@example.com', createdAt: instant }
  const known: string[] = []
  if (wanted === 'check') {
    for (let i = 0; i < Number(count); i++) known.push(`number/${env.id()}`)
    for (let i = 0; i < known.length; i += 200) {
      await Promise.all(
        known
          .slice(i, i + 200)
          .map((key, j) => store.commit(home(i + j), { ...change, expect: [], puts: [{ ...change.puts[0]!, key }], version: 'v' })),
      )
    }
  }
  let n = 0
  app.post(
    wanted === 'register' ? '/v1/identities' : '/v1/identities/check',
    { schema: { body: schema.body, response: { [schema.status]: schema.answer } } },
    async (_, reply) => {
      const version = env.id()
      const [at, place] = [n % PARTITIONS.length, home(n)]
      const puts =
        wanted === 'register'
          ? change.puts.map((put) => ({
              ...put,
              key: put.key.replace('recorded', `r${n}x${version}`).replace(/(number|identity)\/.*/, `$1/${version}`),
            }))
          : [{ ...change.puts[0]!, key: known[n % known.length]! }]
      const expect = change.expect.map(({ key }, i) =>
        key === 'epoch'
          ? { key, version: epochs[at]![0]!.version }
          : { key: puts[i]?.key ?? `none${n}`, version: wanted === 'register' ? '' : 'v' },
      )
      n++
      if (!(await store.commit(place, { version, expect, puts, deletes: [], log: [] }))) throw new Error('the bare commit was refused')
      reply.code(schema.status)
      if (wanted === 'register') return { ...common, status: 'queued', expiresAt: instant }
      const signature = sign('sha256', receipt, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return { ...common, token: 'session-42', checkedAt: instant, receipt: `${receipt.toString()}.${signature.toString('base64url')}` }
    },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.send!({
    port: (app.server.address() as AddressInfo).port,
    key: KEY,
    pids: [process.pid],
    numbers: Array.from({ length: Number(count) }, () => '482109375516'),
  })
}
