import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { admin } from '../../src/contract/persistence.ts'
import { connect } from '../../src/http/connect.ts'
import { startRedis } from '../support/redis.ts'
import { type Answer, until } from '../support/server.ts'
import { startServices } from '../support/services.ts'
import { type Captured, captureSmtp } from '../support/smtp.ts'
import { assertSound, audit } from './audit.ts'
import { client, type Place, seeded } from './ledger.ts'

const ROUNDS = 4
const CLIENTS = 6
/** Between one restart and the next kill, a random time up to this. */
const LIFE_MS = 700
/** How long what was killed stays away, up to this. */
const AWAY_MS = 300
/** The leases of what the last kill left behind end after 30 s. */
const DRAIN_MS = 50_000

/** A 503 says that nothing is known to have been done: to a client of the ledger it is no answer. It takes its time to ask again. */
async function answered(call: Promise<Answer>): Promise<Answer> {
  try {
    const answer = await call
    if (answer.status === 503) throw new Error('503')
    return answer
  } catch (error) {
    await wait(150)
    throw error
  }
}

test('kill -9 of the gateway, persistence, messaging and Redis, each several times under load', { timeout: 180_000 }, async (t) => {
  const seed = randomInt(2 ** 31)
  const chance = seeded(seed)
  const smtp = await captureSmtp()
  t.after(smtp.close)
  const redis = await startRedis(t)
  const services = await startServices(t, { store: redis.url, smtpUrl: smtp.url })
  const [gateway, persistence, messaging] = [services.gateways[0]!, services.persistences[0]!, services.messagings[0]!]
  const newest = new Map<string, Captured>()
  let seen = 0
  const collect = () => {
    for (const letter of smtp.letters.slice(seen)) newest.set(letter.envelope.to, letter)
    seen = smtp.letters.length
  }
  const collecting = setInterval(collect, 5)
  t.after(() => clearInterval(collecting))

  const sello: Place['sello'] = {
    register: (...args) => answered(services.register(...args)),
    check: (...args) => answered(services.check(...args)),
  }
  const place: Place = { sello, over: false }
  t.after(() => Object.assign(place, { sello: null, over: true }))
  const clients = Array.from({ length: CLIENTS }, (_, i) => client(`c${i}`, place, seeded(seed + i + 1), (email) => newest.get(email), 600))

  /** Kills one; says how it is started again. */
  const victims = {
    gateway: () => gateway.kill().then(() => gateway.start),
    persistence: () => persistence.kill().then(() => persistence.start),
    messaging: () => messaging.kill().then(() => messaging.start),
    redis: () => redis.kill().then(() => redis.restart),
  }
  const names = Array.from({ length: ROUNDS }, () => Object.keys(victims) as (keyof typeof victims)[]).flat()
  const order = names.map((name) => ({ name, at: chance() })).sort((a, b) => a.at - b.at)
  const began = performance.now()
  for (const { name } of order) {
    await wait(chance() * LIFE_MS)
    const start = await victims[name]()
    await wait(chance() * AWAY_MS)
    await start()
  }
  await wait(1000)
  place.over = true
  const told = await Promise.all(clients)
  const drainBegan = performance.now()
  await until('an empty outbox', DRAIN_MS, async () => (await services.outbox()) === 0)
  const drained = performance.now() - drainBegan
  collect()

  // The ledger is read in one more life of all four, so that everything stands as it was written down.
  for (const { stop } of [gateway, messaging, persistence]) assert.equal((await stop()).code, 0)
  await redis.kill()
  await redis.restart()
  for (const { start } of [persistence, messaging, gateway]) await start()
  const office = connect(admin, { socket: join(persistence.settings.SELLO_DATA_DIR, 'sello.sock') })
  const found = await audit({ told, arrivals: smtp.letters, newest, reader: services, lettersTo: (to) => office.listLetters({ to }) })
  const { entries, acked, checks, lost } = found
  const copies = smtp.letters.length - new Set(smtp.letters.map(({ messageId }) => messageId)).size
  console.log(
    `kills ${order.length} in ${Math.round((drainBegan - began) / 1000)} s, registrations ${entries}, acks ${acked}, checks ${checks}, ` +
      `letters ${smtp.letters.length}, duplicates ${copies}, lost ${lost.length}, drained in ${Math.round(drained / 1000)} s, seed ${seed}`,
  )
  assertSound(found)
  const words = services.all.map((one) => one.stderr()).join('')
  assert.equal(words, '', 'nobody broke')
  const lines = services.all.flatMap((one) => one.stdout().split('\n'))
  const faults = lines.filter((line) => line.includes('"outcome":"fault"'))
  assert.deepEqual(faults, [], 'faults in the logs')
  assert.ok(acked > order.length && checks > order.length / 2, 'there was load')
})
