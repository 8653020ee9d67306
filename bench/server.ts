// A server to be measured, in a process of its own: Sello whole, or its limit: a bare route with the same schemas, the bare store
// doing the same commit and, for a check, one signature.
import { generateKeyPairSync, sign } from 'node:crypto'
import { openSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Fastify from 'fastify'
import { Compile } from 'typebox/compile'
import { readConfig } from '../src/config.ts'
import { CheckBody, IdentityChecked, IdentityQueued, RegisterBody } from '../src/contract/gateway.ts'
import { realEnv } from '../src/env.ts'
import { createLog } from '../src/log.ts'
import { openHouse } from '../src/main.ts'
import { openSqlite } from '../src/persistence/store/sqlite.ts'
import { type Change, PARTITIONS, type Store } from '../src/persistence/store/store.ts'

const KEY = 'benchmark-key-of-at-least-32-characters'
const [kind, folder, smtpUrl = '', count = '0'] = process.argv.slice(2) as [string, string, string?, string?]
const env = realEnv()
const config = readConfig({
  SELLO_DATA_DIR: folder,
  SELLO_PORT: '0',
  SELLO_OPS_PORT: '0',
  SELLO_LIMIT_APP_SENDS: '999999999/1h,999999999/24h',
  SELLO_LIMIT_ADDRESS_SENDS: '999999999/1h',
  SELLO_BOOTSTRAP_KEY: KEY,
  SELLO_SMTP_URL: smtpUrl,
})
const log = createLog({ fd: openSync(join(folder, 'log'), 'a'), terminal: false }, env.now)

let before = process.cpuUsage()
process.on('message', (word) => {
  if (word === 'begin') before = process.cpuUsage()
  if (word !== 'end') return
  const { user, system } = process.cpuUsage(before)
  process.send!({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 2 ** 20 })
})
process.on('disconnect', () => process.exit())

/** The call that the gateway makes of a request. */
function wishFor(email: string) {
  return { apiKey: KEY, email, token: 'session-42', locale: 'es' as const, localeWish: '', idempotencyKey: null, sendNow: true }
}

if (kind === 'sello') {
  const house = await openHouse({ config, env, log })
  const numbers: string[] = []
  const handlers = house.persistence!.handlers
  const register = async (i: number) => {
    const answer = await handlers.registerIdentity(wishFor(`p${i}@example.com`))
    if (answer.kind !== 'registered' || !answer.send) throw new Error(answer.kind)
    numbers.push(answer.send.letter.number)
    await handlers.settleLetter({ lease: answer.send.lease, handedOverAt: env.now(), result: accepted })
  }
  const accepted = { kind: 'accepted' as const, reply: { code: 250, enhanced: '2.0.0', text: 'taken' } }
  for (let i = 0; i < Number(count); i += 200) await Promise.all(Array.from({ length: 200 }, (_, j) => register(i + j)))
  process.send!({ port: Number(new URL(house.url).port), key: KEY, numbers })
} else await bare(kind as 'register' | 'check')

/** The commit that Sello makes for such a call, recorded from Sello itself. */
async function recorded(wanted: 'register' | 'check'): Promise<{ store: Store; change: Change }> {
  const store = openSqlite(join(folder, 'bare.db'))
  let last: Change | null = null
  const recording: Store = {
    ...store,
    commit(partition, change) {
      last = change
      return store.commit(partition, change)
    },
    close: async () => {},
  }
  const house = await openHouse({ config, env, log, store: recording })
  const handlers = house.persistence!.handlers
  const answer = await handlers.registerIdentity(wishFor('recorded@example.com'))
  const number = answer.kind === 'registered' ? answer.send!.letter.number : ''
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
    numbers: Array.from({ length: Number(count) }, () => '482109375516'),
  })
}
