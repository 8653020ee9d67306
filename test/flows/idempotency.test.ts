import assert from 'node:assert/strict'
import { test } from '../support/places.ts'
import { HOUR, MINUTE, world } from '../support/world.ts'

const key = (value: string) => ({ 'idempotency-key': value })

test('the same key and body answer the same again: one number, one letter', async (t) => {
  const { register, inbox, env } = await world(t)
  const body = { email: 'ana@example.com', token: 'session-42' }
  const answers = await Promise.all(Array.from({ length: 50 }, () => register(body, key('order-1'))))
  for (const answer of answers) {
    assert.equal(answer.status, 202)
    assert.deepEqual(answer.body, answers[0]!.body)
  }
  await env.leap(23 * HOUR)
  assert.deepEqual((await register({ ...body, email: 'ANA@example.com' }, key('"order-1"'))).body, answers[0]!.body)
  await env.advance(2000)
  assert.equal((await inbox('ana@example.com', 1)).length, 1)
})

test('the same key with another body is refused; for another address it is another key; without one it is another call', async (t) => {
  const { register } = await world(t)
  const first = await register({ email: 'ana@example.com', token: 'a' }, key('k'))
  const conflict = await register({ email: 'ana@example.com', token: 'b' }, key('k'))
  assert.equal(conflict.status, 422)
  assert.equal(conflict.body.code, 'idempotency_conflict')
  assert.equal((await register({ email: 'eva@example.com', token: 'b' }, key('k'))).status, 202)
  const second = await register({ email: 'ana@example.com', token: 'a' })
  assert.notEqual(second.body.id, first.body.id)
  for (const bad of ['x'.repeat(256), 'a b', 'a\tb']) {
    assert.equal((await register({ email: 'ana@example.com', token: 'a' }, key(bad))).body.code, 'invalid_request', bad)
  }
})

test('a check repeats its answer for ten minutes, receipt and all, although the number is used', async (t) => {
  const { mailed, check, env } = await world(t)
  const { number } = await mailed('ana@example.com')
  const proof = { number, token: 'session-42' }
  const answers = await Promise.all(Array.from({ length: 20 }, () => check(proof, key('c'))))
  for (const answer of answers) {
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.body, answers[0]!.body)
  }
  assert.equal((await check(proof)).body.code, 'number_unknown')
  assert.equal((await check({ number }, key('c'))).body.code, 'idempotency_conflict')
  await env.leap(10 * MINUTE - 1)
  assert.deepEqual((await check(proof, key('c'))).body, answers[0]!.body)
  await env.leap(1)
  assert.equal((await check(proof, key('c'))).body.code, 'number_unknown')
})

test('a repeat is the same call whatever language its headers ask for, and costs nothing when the budget is spent', async (t) => {
  const { mailed, register, check, call } = await world(t, { settings: { SELLO_LIMIT_APP_MISSES: '1/1h', SELLO_LIMIT_APP_SENDS: '2/1h' } })
  const body = { email: 'eva@example.com', token: 't' }
  const first = await register(body, { ...key('k'), 'accept-language': 'ru' })
  const { number } = await mailed('ana@example.com')
  const repeated = await register(body, { ...key('k'), 'accept-language': 'es' })
  assert.deepEqual(repeated.body, first.body)
  assert.equal((await register({ ...body, locale: 'es' }, key('k'))).body.code, 'idempotency_conflict')

  const checked = await check({ number }, key('c'))
  assert.equal(checked.status, 200)
  assert.equal((await check({ number })).body.code, 'number_unknown')
  assert.equal((await check({ number })).body.code, 'email_required')
  assert.deepEqual((await call('POST', '/v1/identities/check', { number }, key('c'))).body, checked.body)
})
