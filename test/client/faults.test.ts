import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installClient } from '../support/client.ts'
import { folder } from '../support/folder.ts'
import { startFront } from '../support/front.ts'
import { freePort } from '../support/gate.ts'
import { type Sello, startProcess, startSello, until } from '../support/server.ts'

const { client: library } = await installClient({ after: (done) => process.once('exit', done) })

async function lettersTo(sello: Sello, email: string): Promise<{ text: string }[]> {
  const answer = await fetch(`${sello.url}/inbox/messages?to=${encodeURIComponent(email)}`)
  return (await answer.json()) as { text: string }[]
}
const numberIn = (letter: { text: string }) => /: ([\d ]+)/.exec(letter.text)![1]!

test('a front that hangs, refuses twice and loses answers: one letter, one number, one check', async (t) => {
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_LOCALE: 'en' })
  const busy = { status: 503, retryAfter: '1' }
  const front = await startFront(t, sello.url, ['hang', 'hang after', busy, busy, 'lose', 'halve'])
  const waits: number[] = []
  const sleep = async (ms: number) => void waits.push(ms)
  const options = { url: front.url, apiKey: sello.apiKey!, timeoutMs: 1500, retries: 9, sleep }
  const { identities } = library.createClient(options)

  const registered = await identities.register({ email: 'ana@example.com', token: 'session-42' })
  assert.ok(registered.ok)
  assert.equal(registered.status, 'queued')
  assert.ok(front.seen.length >= 7)
  assert.equal(new Set(front.seen.map(({ key, body, method, url }) => `${key} ${body} ${method} ${url}`)).size, 1)
  assert.match(front.seen[0]!.key!, /^[\w-]{36}$/)
  assert.ok(
    waits.slice(2, 4).every((ms) => ms >= 1000 && ms <= 1200),
    `Retry-After is honoured: ${waits}`,
  )

  await until('the letter is there', 15_000, async () => (await lettersTo(sello, 'ana@example.com')).length > 0)
  const shown = await identities.show(registered.id)
  assert.ok(shown.ok)
  assert.deepEqual(
    shown.timeline.map(({ event }) => event),
    ['queued', 'handed_over', 'accepted'],
  )
  const letters = await lettersTo(sello, 'ana@example.com')
  assert.equal(letters.length, 1, 'one letter')

  const number = numberIn(letters[0]!)
  const other = await startFront(t, sello.url, ['lose', 'hang after', busy, 'halve'])
  const checked = await library.createClient({ ...options, url: other.url }).identities.check({ number, token: 'session-42' })
  assert.ok(checked.ok, 'the answer that was lost is given again')
  assert.equal(checked.id, registered.id)
  assert.equal(checked.token, 'session-42')
  assert.ok(other.seen.length >= 5)
  assert.equal(new Set(other.seen.map(({ key }) => key)).size, 1)

  const again = await identities.check({ number, token: 'session-42' })
  assert.ok(!again.ok)
  assert.equal(again.code, 'number_unknown', 'another call is another check')
  assert.equal((await lettersTo(sello, 'ana@example.com')).length, 1, 'still one letter')
})

test('show and revoke are repeated as well, and revoking twice is revoking once', async (t) => {
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t) })
  const front = await startFront(t, sello.url, ['forward', 'lose', { status: 502 }, 'forward', 'lose', { status: 504 }])
  const { identities } = library.createClient({ url: front.url, apiKey: sello.apiKey!, sleep: async () => {} })
  const registered = await identities.register({ email: 'ana@example.com', token: 't' })
  assert.ok(registered.ok)
  assert.ok((await identities.show(registered.id)).ok)
  assert.deepEqual({ ...(await identities.revoke(registered.id)), requestId: '' }, { ok: true, requestId: '' })
  assert.equal(front.seen.length, 7)
  const shown = await identities.show(registered.id)
  assert.ok(shown.ok && shown.status === 'revoked')
})

test('every refusal that can be caused is a value with its own code', async (t) => {
  const settings = { SELLO_LIMIT_ADDRESS_SENDS: '2/10m', SELLO_LIMIT_APP_MISSES: '2/1h' }
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_LOCALE: 'en', ...settings })
  const { identities } = library.createClient({ url: sello.url, apiKey: sello.apiKey! })
  const stranger = library.createClient({ url: sello.url, apiKey: 'sello_of_nobody' }).identities
  const ana = { email: 'ana@example.com', token: 't' }
  const { makeNumber } = await import('../../src/rules/number.ts')
  const wrong = (last: number) => ({ number: makeNumber('99', String(last).padStart(9, '0')) })
  const seen = new Map<string, { status: number; retryAfterMs?: number; fields?: unknown[]; requestId: string; detail: string }>()
  const cause = async (call: Promise<{ ok: boolean }>) => {
    const answer = (await call) as { ok: false; code: string; status: number; requestId: string; detail: string }
    assert.equal(answer.ok, false)
    assert.match(answer.requestId, /^req_/)
    assert.ok(answer.detail.length > 5)
    seen.set(answer.code, answer)
  }
  await cause(identities.register({ email: 'nobody', token: 't' }))
  await cause(stranger.register(ana))
  await cause(identities.register({ email: 'eva@example.com', token: 'x'.repeat(70_000) }))
  assert.ok((await identities.register({ ...ana, idempotencyKey: 'one' })).ok)
  await cause(identities.register({ ...ana, token: 'another', idempotencyKey: 'one' }))
  assert.ok((await identities.register(ana)).ok)
  await cause(identities.register(ana))
  await cause(identities.check({ number: '1234' }))
  await cause(identities.check(wrong(1)))
  await cause(identities.check(wrong(2)))
  await cause(identities.check(wrong(3)))
  await cause(identities.show('idn_0123456789abcdefghijklmnop'))
  assert.deepEqual(
    [...seen].map(([code, { status }]) => `${status} ${code}`),
    [
      '400 invalid_request',
      '401 api_key_invalid',
      '413 body_too_large',
      '422 idempotency_conflict',
      '429 rate_limited',
      '400 number_malformed',
      '404 number_unknown',
      '429 email_required',
      '404 identity_unknown',
    ],
  )
  assert.deepEqual(Object.keys(seen.get('invalid_request')!.fields![0] as object), ['field', 'code', 'hint'])
  assert.equal(seen.get('rate_limited')!.retryAfterMs! > 500_000, true)
  assert.equal(seen.get('email_required')!.retryAfterMs! > 0, true)
})

test('a service behind Sello that is down is unavailable, and Sello itself down is unreachable', async (t) => {
  const nowhere = `http://127.0.0.1:${await freePort()}`
  const keys = { SELLO_PERSISTENCE_KEY: 'k'.repeat(32), SELLO_MESSAGING_KEY: 'm'.repeat(32) }
  const settings = { SELLO_DATA_DIR: folder(t), SELLO_PERSISTENCE_URL: nowhere, SELLO_MESSAGING_URL: nowhere, ...keys }
  const gateway = await startProcess(t, settings, 'gateway')
  const waits: number[] = []
  const options = { apiKey: 'any', sleep: async (ms: number) => void waits.push(ms) }
  const down = await library.createClient({ ...options, url: gateway.url }).identities.show('idn_0123456789')
  assert.ok(!down.ok && down.code === 'unavailable')
  assert.equal(down.status, 503)
  assert.ok(down.retryAfterMs >= 1000)
  assert.equal(waits.length, 3)

  const gone = await library.createClient({ ...options, url: nowhere }).identities.show('idn_0123456789')
  assert.ok(!gone.ok && gone.code === 'unreachable')
  assert.equal(gone.status, 0)
  assert.match(gone.detail, /ECONNREFUSED/)
  assert.equal(waits.length, 6)
})
