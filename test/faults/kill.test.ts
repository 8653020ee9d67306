import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { admin } from '../../src/contract/persistence.ts'
import { connect } from '../../src/http/connect.ts'
import { folder } from '../support/folder.ts'
import { startSello, until } from '../support/server.ts'
import { type Captured, captureSmtp } from '../support/smtp.ts'
import { assertSound, audit } from './audit.ts'
import { client, type Place, seeded } from './ledger.ts'

const KILLS = 100
const CLIENTS = 16
/** After it said that it is ready, the server lives a random time up to this. */
const LIFE_MS = 400
/** Leases end after 30 s; what the last kill left behind is out by then. */
const DRAIN_MS = 60_000

/** The letters with what they are joined by, oldest first; `life` counts the starts of the server. */
type Arrival = Captured & { life: number }

test('kill -9 at a hundred random moments: nothing acknowledged is lost, no letter says two things', { timeout: 300_000 }, async (t) => {
  const seed = randomInt(2 ** 31)
  const chance = seeded(seed)
  const smtp = await captureSmtp()
  t.after(smtp.close)
  const settings = { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off', SELLO_SMTP_URL: smtp.url }
  const newest = new Map<string, Captured>()
  const arrivals: Arrival[] = []
  let life = 0
  const collect = () => {
    for (const letter of smtp.letters.slice(arrivals.length)) {
      arrivals.push({ ...letter, life })
      newest.set(letter.envelope.to, letter)
    }
  }
  const collecting = setInterval(collect, 5)
  t.after(() => clearInterval(collecting))

  const faults: string[] = []
  const place: Place = { sello: null, over: false }
  t.after(() => Object.assign(place, { sello: null, over: true }))
  const clients = Array.from({ length: CLIENTS }, (_, i) => client(`c${i}`, place, seeded(seed + i + 1), (email) => newest.get(email)))
  for (life = 1; life <= KILLS; life++) {
    const sello = await startSello(t, settings)
    place.sello = sello
    await wait(chance() * LIFE_MS)
    place.sello = null
    await sello.kill()
    faults.push(...sello.logs().flatMap((line) => (line.level === 'error' ? [JSON.stringify(line)] : [])))
    if (sello.stderr()) faults.push(sello.stderr())
  }

  const sello = await startSello(t, settings)
  place.sello = sello
  place.over = true
  const told = await Promise.all(clients)
  const drainBegan = performance.now()
  const left = () => sello.metric('sello_outbox_letters')
  await until('an empty outbox', DRAIN_MS, async () => (await left()) === 0).catch(async (error: Error) => {
    throw new Error(`${error.message}; ${await left()} letters are left`)
  })
  const drained = performance.now() - drainBegan
  collect()
  await sello.stop()

  // The ledger is read in one more life, so that everything stands as it was written down.
  const reader = await startSello(t, settings)
  const office = connect(admin, { socket: join(settings.SELLO_DATA_DIR, 'sello.sock') })
  const found = await audit({ told, arrivals, newest, reader, lettersTo: (to) => office.listLetters({ to }) })
  await reader.stop()

  const copies = [...Map.groupBy(arrivals, ({ messageId }) => messageId).values()].filter(({ length }) => length > 1)
  const perKill = Map.groupBy(copies, ([first]) => first!.life)
  const most = Math.max(0, ...[...perKill.values()].map(({ length }) => length))
  const again = copies.reduce((sum, { length }) => sum + length - 1, 0)
  const { entries, acked, checks } = found

  console.log(
    `kills ${KILLS}, registrations ${entries}, acks ${acked}, checks ${checks}, letters ${arrivals.length}, ` +
      `duplicates ${again} (at most ${most} by one kill), lost ${found.lost.length}, drained in ${Math.round(drained / 1000)} s, seed ${seed}`,
  )
  assertSound(found)
  assert.deepEqual(faults, [], 'faults in the log')
  assert.ok(acked > KILLS && checks > KILLS / 2, 'there was load')
})
