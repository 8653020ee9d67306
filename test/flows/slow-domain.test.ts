import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { captureSmtp } from '../support/smtp.ts'
import { API_KEY, world } from '../support/world.ts'

const SLOW = 500
const OTHERS = 20

test('hundreds of letters to a domain that hangs are due first: the others’ letters do not wait for them, and none is lost or doubled', async (t) => {
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const smtp = await captureSmtp({
    onRcptTo({ address }, _session, done) {
      void (address.endsWith('@slow.example') ? held : Promise.resolve()).then(() => done())
    },
  })
  t.after(() => smtp.close())
  const house = await world(t, { settings: { SELLO_SMTP_URL: smtp.url, SELLO_LIMITS: 'off' } })
  const register = (email: string) =>
    house.persistence.handlers.registerIdentity({
      apiKey: API_KEY,
      email,
      token: 't',
      locale: 'en',
      localeWish: '',
      idempotencyKey: null,
      sendNow: false,
    })
  const slow = Array.from({ length: SLOW }, (_, i) => `p${i}@slow.example`)
  const others = Array.from({ length: OTHERS }, (_, i) => `p${i}@other${i % 5}.example`)
  for (const email of slow) assert.equal((await register(email)).kind, 'registered')
  await house.env.advance(1)
  for (const email of others) assert.equal((await register(email)).kind, 'registered')

  const arrived = (list: string[]) => {
    const got = new Set(smtp.letters.map(({ envelope }) => envelope.to))
    return list.filter((email) => got.has(email)).length
  }
  /** The house's clock goes on as real time does, tenfold. */
  const until = async (holds: () => boolean, seconds: number) => {
    for (let tenth = 0; tenth < seconds * 10 && !holds(); tenth++) {
      await house.env.advance(100)
      await wait(10)
    }
  }
  await until(() => arrived(others) === OTHERS, 10)
  assert.equal(arrived(others), OTHERS)
  const direct = await house.register({ email: 'new@other.example', token: 't' })
  assert.equal(direct.status, 202)
  await until(() => arrived(['new@other.example']) === 1, 10)
  assert.deepEqual([arrived(['new@other.example']), arrived(slow)], [1, 0], 'while all of the slow ones hang')
  letGo()
  await until(() => arrived(slow) === SLOW, 120)
  assert.equal(arrived(slow), SLOW)
  await house.env.advance(40_000)
  assert.equal(smtp.letters.length, SLOW + OTHERS + 1, 'none twice')
  assert.deepEqual(await house.persistence.handlers.outboxDepth({}), { length: 0, overdueMs: 0 })
})

test('a letter that is put back for a while is due again when that is over, and not before', async (t) => {
  const house = await world(t)
  const { registerIdentity, returnLetters } = house.persistence.handlers
  const call = { apiKey: API_KEY, email: 'ana@slow.example', token: 't', localeWish: '', idempotencyKey: null }
  const made = await registerIdentity({ ...call, locale: 'en', sendNow: true })
  assert.ok(made.kind === 'registered' && made.send)
  await returnLetters({ leases: [made.send.lease], waitMs: 5000 })
  await house.env.advance(4990)
  assert.deepEqual((await house.show(made.id)).body.status, 'queued')
  await house.env.advance(1500)
  assert.equal((await house.inbox('ana@slow.example', 1)).length, 1)
  await returnLetters({ leases: [made.send.lease], waitMs: 0 }) // a lease of old puts nothing back
  await house.env.advance(5000)
  assert.equal((await house.inbox('ana@slow.example')).length, 1)
})
