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
import { client, each, type Place, seeded } from './ledger.ts'

const KILLS = 100
const CLIENTS = 16
/** After it said that it is ready, the server lives a random time up to this. */
const LIFE_MS = 400
/** Leases end after 30 s; what the last kill left behind is out by then. */
const DRAIN_MS = 60_000
const AT_ONCE = 16

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
  const entries = told.flatMap((one) => one.entries)
  const acked = entries.filter(({ id }) => id !== null)
  const statuses = new Map<string, string>()
  await each(acked, AT_ONCE, async ({ id }) => {
    const { status, body } = await reader.show(id!)
    statuses.set(id!, status === 200 ? String(body.status) : `HTTP ${status}`)
  })
  const lost = acked.filter(({ id }) => statuses.get(id!)?.startsWith('HTTP')).map(({ email, id }) => `${email} ${id}: not in the store`)

  const replays: string[] = []
  await each(
    acked.filter(({ checked }) => checked?.sure === 'yes'),
    AT_ONCE,
    async ({ email, id, checked }) => {
      const { status } = await reader.check(checked!.number)
      if (status !== 404 || statuses.get(id!) !== 'checked') replays.push(`${email}: ${status} ${statuses.get(id!)}`)
    },
  )

  // The live number of each address is the one in its last letter, and it leads to the one identity that lives.
  const byAddress = Map.groupBy(entries, ({ email }) => email)
  const wrong: string[] = []
  await each([...byAddress], AT_ONCE, async ([email, asked]) => {
    const known = asked.flatMap(({ id }) => (id ? [id] : []))
    const living = known.filter((id) => statuses.get(id) !== 'replaced')
    const letter = newest.get(email)
    if (!letter) {
      if (living.length > 0) lost.push(`${email} ${living.join()}: no letter`)
      return
    }
    const { status, body } = await reader.check(letter.number)
    if (living.some((id) => statuses.get(id) === 'checked')) {
      if (status !== 404) wrong.push(`${email}: a used number answers ${status}`)
    } else if (asked.some(({ checked }) => checked?.sure === 'unsure') && status === 404) return
    else if (status !== 200) wrong.push(`${email}: the number of the last letter answers ${status}`)
    else if (living.length > 0 ? living.join() !== body.id : known.includes(body.id!)) {
      wrong.push(`${email}: the number of the last letter is that of ${body.id}, and ${living.join() || 'none we know of'} lives`)
    }
  })

  // A repeat with the same Idempotency-Key is the same registration, also when a kill swallowed the first answer.
  const office = connect(admin, { socket: join(settings.SELLO_DATA_DIR, 'sello.sock') })
  const tooMany: string[] = []
  await each([...byAddress], AT_ONCE, async ([email, asked]) => {
    const found = await office.listLetters({ to: email })
    const ids = found.kind === 'found' ? found.letters.map(({ identity }) => identity.id) : []
    if (ids.length > asked.length) tooMany.push(`${email}: ${ids.length} identities for ${asked.length} registrations`)
    for (const { id } of asked) if (id && !ids.includes(id)) lost.push(`${email} ${id}: not among its letters`)
  })
  await reader.stop()

  const twoThings: string[] = []
  for (const [name, key, other] of [
    ['Message-ID', 'messageId', 'number'],
    ['number', 'number', 'messageId'],
  ] as const) {
    for (const [value, same] of Map.groupBy(arrivals, (letter) => letter[key])) {
      const variants = new Set(same.map((letter) => `${letter[other]} ${letter.envelope.to}`))
      if (variants.size > 1) twoThings.push(`${name} ${value}: ${[...variants].join(' and ')}`)
      if (new Set(same.map(({ raw }) => raw.toString('latin1'))).size > 1) twoThings.push(`${name} ${value}: its bytes differ`)
    }
  }
  for (const [email, letters] of Map.groupBy(arrivals, ({ envelope }) => envelope.to)) {
    const different = new Set(letters.map(({ messageId }) => messageId)).size
    const asked = byAddress.get(email)?.length ?? 0
    if (different > asked) tooMany.push(`${email}: ${different} letters for ${asked} registrations`)
  }
  const copies = [...Map.groupBy(arrivals, ({ messageId }) => messageId).values()].filter(({ length }) => length > 1)
  const perKill = Map.groupBy(copies, ([first]) => first!.life)
  const most = Math.max(0, ...[...perKill.values()].map(({ length }) => length))
  const again = copies.reduce((sum, { length }) => sum + length - 1, 0)
  const checks = acked.filter(({ checked }) => checked?.sure === 'yes').length

  console.log(
    `kills ${KILLS}, registrations ${entries.length}, acks ${acked.length}, checks ${checks}, letters ${arrivals.length}, ` +
      `duplicates ${again} (at most ${most} by one kill), lost ${lost.length}, drained in ${Math.round(drained / 1000)} s, seed ${seed}`,
  )
  const none: string[] = []
  assert.deepEqual(lost, none, 'acknowledged and lost')
  assert.deepEqual(replays, none, 'a used number came back')
  assert.deepEqual(wrong, none, 'the last letter does not carry the live number')
  assert.deepEqual(twoThings, none, 'one letter, one number')
  assert.deepEqual(tooMany, none, 'one registration, one identity, one letter')
  assert.deepEqual(
    told.flatMap(({ surprises }) => surprises),
    none,
    'answers that nobody should get',
  )
  assert.deepEqual(faults, none, 'faults in the log')
  assert.ok(acked.length > KILLS && checks > KILLS / 2, 'there was load')
})
