import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LEASE_MS } from '../../src/rules/outbox.ts'
import { API_KEY, DAY, PASSWORD, SECOND, world } from './signed-in.ts'

const BEA = 'bea@example.com'
const HOUR = 60 * 60 * SECOND
const newcomer = { app: null, email: BEA, password: PASSWORD, locale: null, negotiated: 'en' as const }
const deferred = { kind: 'deferred' as const, scope: 'recipient' as const, reply: { code: 451, enhanced: '4.7.1', text: 'greylisted' } }

test('a letter behind one whose sender died keeps no newer one from being tried again', async (t) => {
  const { here, env } = await world(t)
  await here.registerAccount({ ...newcomer, sendNow: true })
  await here.resendCode({ app: null, email: BEA, flow: null, sendNow: true }) // waits behind it
  await env.advance(LEASE_MS + SECOND) // nobody settled the first one
  const last = await here.resendCode({ app: null, email: BEA, flow: null, sendNow: true })
  assert.ok(last.kind === 'resent' && last.send)
  const { letter, lease } = last.send
  assert.deepEqual(await here.settleLetter({ lease, handedOverAt: env.now(), result: deferred }), { kind: 'settled', next: null })
  await env.advance(HOUR / 10)
  const claimed = (await here.claimLetters({ limit: 10 })).letters.map((one) => one.letter.id)
  assert.deepEqual(claimed, [letter.id])
})

test('a number that lives for long dies with the next one, whatever was asked for its address meanwhile', async (t) => {
  const { process, env, store } = await world(t)
  const here = await process({ policy: { numberTtlMs: 30 * DAY } })
  const wish = {
    apiKey: API_KEY,
    email: BEA,
    token: 'session',
    locale: 'en' as const,
    localeWish: '',
    idempotencyKey: null,
    sendNow: false,
  }
  const first = await here.registerIdentity(wish)
  assert.ok(first.kind === 'registered')
  await here.resendCode({ app: null, email: BEA, flow: null, sendNow: false })
  await env.advance(4 * DAY)
  await store.sweep(env.now(), 100)
  await here.registerIdentity(wish)
  const shown = await here.showIdentity({ apiKey: API_KEY, id: first.id })
  assert.equal(shown.kind === 'found' && shown.identity.status, 'replaced')
})

test('a welcome that nobody could send within a day is not sent any more', async (t) => {
  const { here, env } = await world(t)
  const signedUp = await here.registerAccount({ ...newcomer, sendNow: true })
  assert.ok(signedUp.kind === 'registered' && signedUp.send?.letter.kind === 'code')
  const code = signedUp.send.letter.code!
  await here.settleLetter({ lease: signedUp.send.lease, handedOverAt: env.now(), result: { kind: 'accepted', reply: deferred.reply } })
  const verified = await here.verifyEmail({ app: null, email: BEA, code, flow: null, password: null, sendNow: false })
  assert.equal(verified.kind, 'verified')
  await env.advance(DAY)
  assert.deepEqual((await here.claimLetters({ limit: 10 })).letters, [])
  assert.equal((await here.outboxDepth({})).length, 0)
})

test('a letter that was held up for longer than its code lives carries the link alone', async (t) => {
  const { here, env } = await world(t)
  await here.registerAccount({ ...newcomer, sendNow: false })
  await env.advance(HOUR / 4 - 1)
  const [soon] = (await here.claimLetters({ limit: 1 })).letters
  assert.match(soon?.letter.kind === 'code' ? String(soon.letter.code) : '', /^\d{4}$/)
  await env.advance(LEASE_MS)
  const [late] = (await here.claimLetters({ limit: 1 })).letters
  assert.ok(soon?.letter.kind === 'code' && late?.letter.kind === 'code')
  assert.deepEqual(late.letter, { ...soon.letter, code: null })
})
