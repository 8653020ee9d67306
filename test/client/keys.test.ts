import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installClient } from '../support/client.ts'
import { APP, accessClaims, ISSUER, NOW, signer, startKeys, token } from '../support/tokens.ts'

const { tokens: library } = await installClient({ after: (done) => process.once('exit', done) })
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** A verifier with a clock that is held, over keys that can be changed. */
async function verifying(t: { after(done: () => void): void }, cacheControl?: string) {
  const [old, fresh] = [await signer('ES256'), await signer('ES256')]
  const { state, url } = await startKeys(t, [old.published], cacheControl)
  const clock = { ms: NOW * 1000 }
  const verifier = library.createVerifier({ issuer: ISSUER, audience: APP, jwksUrl: url, now: () => clock.ms })
  const claims = { ...accessClaims, exp: NOW + 10 * 3600 }
  const codeOf = async (text: string) => {
    const judged = await verifier.verify(text)
    return judged.ok ? 'ok' : judged.code
  }
  return { old, fresh, state, clock, codeOf, olds: await token(old, claims), freshs: await token(fresh, claims) }
}

test('rotation: an unknown key is looked for once, by all who ask together, and at most once in 30 seconds', async (t) => {
  const { state, clock, codeOf, old, fresh, olds, freshs } = await verifying(t)
  assert.equal(await codeOf(olds), 'ok')
  assert.equal(state.asked, 1)
  assert.equal(await codeOf(freshs), 'token_invalid')
  assert.equal(state.asked, 1, 'they were fetched just now')
  state.keys = [old.published, fresh.published]
  clock.ms += 30 * SECOND
  const answers = await Promise.all(Array.from({ length: 50 }, () => codeOf(freshs)))
  assert.deepEqual(new Set(answers), new Set(['ok']))
  assert.equal(state.asked, 2, 'one look for fifty')
  assert.equal(await codeOf(olds), 'ok')
  clock.ms += 30 * SECOND
  const strangers = await Promise.all(Array.from({ length: 50 }, async (_, i) => codeOf(await token(old, {}, { kid: `stranger${i}` }))))
  assert.deepEqual(new Set(strangers), new Set(['token_invalid']))
  assert.equal(state.asked, 3)
})

test('a key that is gone takes the remembered tokens with it, when the keys are past their age', async (t) => {
  const { state, clock, codeOf, fresh, olds, freshs } = await verifying(t, 'public, max-age=60')
  assert.equal(await codeOf(olds), 'ok')
  state.keys = [fresh.published]
  clock.ms += 60 * SECOND - 1
  assert.equal(await codeOf(olds), 'ok')
  assert.equal(state.asked, 1)
  clock.ms += 1
  assert.equal(await codeOf(olds), 'token_invalid')
  assert.equal(await codeOf(freshs), 'ok')
  assert.equal(state.asked, 2)
})

test('the same id with another key is another key', async (t) => {
  const { state, clock, codeOf, old, fresh, olds } = await verifying(t)
  assert.equal(await codeOf(olds), 'ok')
  state.keys = [{ ...fresh.published, kid: old.kid }]
  clock.ms += 5 * MINUTE
  assert.equal(await codeOf(olds), 'token_invalid')
})

test('keys are kept for their max-age, five minutes without one, 30 seconds at least and a day at most', async (t) => {
  const ages: [string, number][] = [
    ['max-age=120', 120],
    ['', 300],
    ['no-cache', 300],
    ['max-age=0', 30],
    ['public, max-age=999999999', 86_400],
    ['s-max-age=7', 300],
  ]
  for (const [cacheControl, seconds] of ages) {
    const { state, clock, codeOf, old } = await verifying(t, cacheControl)
    const text = await token(old, { exp: NOW + 100 * 3600 })
    assert.equal(await codeOf(text), 'ok')
    clock.ms += seconds * SECOND - 1
    assert.equal(await codeOf(text), 'ok')
    assert.equal(state.asked, 1, cacheControl)
    clock.ms += 1
    assert.equal(await codeOf(text), 'ok')
    assert.equal(state.asked, 2, cacheControl)
  }
})

test('a place of keys that is down: known keys hold for an hour more, then nobody knows, and then it is well again', async (t) => {
  const { state, clock, codeOf, olds, freshs } = await verifying(t)
  state.status = 503
  assert.equal(await codeOf(olds), 'keys_unavailable')
  assert.equal(await codeOf(olds), 'keys_unavailable')
  assert.equal(state.asked, 1, 'not asked twice within a second')
  state.status = 200
  clock.ms += SECOND
  assert.equal(await codeOf(olds), 'ok')
  for (const broken of ['no keys', null, { length: 1 }]) {
    state.keys = broken
    clock.ms += 5 * MINUTE
    assert.equal(await codeOf(olds), 'ok', 'a broken set changes nothing')
    assert.equal(await codeOf(freshs), 'keys_unavailable', 'nobody knows which keys are new')
  }
  clock.ms += HOUR - 10 * MINUTE - 1
  assert.equal(await codeOf(olds), 'ok')
  clock.ms += SECOND
  assert.equal(await codeOf(olds), 'keys_unavailable')
  state.keys = []
  clock.ms += SECOND
  assert.equal(await codeOf(olds), 'token_invalid', 'an empty set is an answer')
})

test('a token whose key goes while it is being verified is not remembered', async (t) => {
  const { state, clock, codeOf, old, fresh, olds, freshs } = await verifying(t)
  assert.equal(await codeOf(await token(old)), 'ok')
  const verify = crypto.subtle.verify.bind(crypto.subtle)
  const [reached, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  crypto.subtle.verify = (async (...args: Parameters<typeof verify>) => {
    reached.resolve()
    await held.promise
    return verify(...args)
  }) as typeof verify
  t.after(() => Reflect.deleteProperty(crypto.subtle, 'verify'))
  const slow = codeOf(olds)
  await reached.promise
  Reflect.deleteProperty(crypto.subtle, 'verify')
  state.keys = [fresh.published]
  clock.ms += 5 * MINUTE
  assert.equal(await codeOf(freshs), 'ok')
  held.resolve()
  assert.equal(await slow, 'ok', 'it was good when it was asked')
  assert.equal(await codeOf(olds), 'token_invalid')
})

test('while the place of the keys hangs, one caller finds out, and the next ones are judged by the known keys at once', async (t) => {
  const { clock, codeOf, olds, state } = await verifying(t, 'public, max-age=60')
  assert.equal(await codeOf(olds), 'ok')
  state.status = 503
  clock.ms += MINUTE
  assert.equal(await codeOf(olds), 'ok')
  const asked = state.asked
  clock.ms += SECOND
  state.delayMs = 2000
  const began = performance.now()
  assert.equal(await codeOf(olds), 'ok')
  assert.ok(performance.now() - began < 1000, 'nobody waits for the look that goes on')
  for (let i = 0; i < 100 && state.asked === asked; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(state.asked, asked + 1, 'and it does go on')
})
