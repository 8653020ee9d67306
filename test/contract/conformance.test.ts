import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gateway } from '../../src/contract/gateway.ts'
import { accountRoutes } from '../../src/contract/gateway-accounts.ts'
import { lifeRoutes } from '../../src/contract/gateway-life.ts'
import { makeNumber } from '../../src/rules/number.ts'
import { causes, type Op, type Sent, send } from '../support/conform.ts'
import { API_KEY, world } from '../support/world.ts'

const identity = (id: string) => `/v1/identities/${id}`

const identityRoutes = (Object.keys(gateway) as (keyof typeof gateway)[]).filter((op) => !(op in accountRoutes || op in lifeRoutes))

test('every refusal that a call is documented to give, it gives, as documented', async (t) => {
  const { cause, add, assertAll } = causes()
  const good = { email: 'ana@example.com', token: 't' }
  const wrong = (i: number) => makeNumber('99', String(i).padStart(9, '0'))
  const kept = (body: object) => ({ body, headers: { 'idempotency-key': 'k' } })
  const posts = [
    ['registerIdentity', good],
    ['checkIdentity', { number: wrong(0) }],
  ] as const
  const byId = ['showIdentity', 'revokeIdentity'] as const
  const calls = [...posts.map(([op, body]) => [op, { body }] as const), ...byId.map((op) => [op, { path: identity('idn_1') }] as const)]

  const { url, mailed, store, persistence } = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  for (const [op, body] of posts) {
    await cause(url, op, 'invalid_request', { body: {} })
    await cause(url, op, 'content_type_unsupported', { body, headers: { 'content-type': 'text/plain' } })
    await cause(url, op, 'body_too_large', { body: { ...body, token: 'x'.repeat(70_000) } })
  }
  for (const [op, sent] of calls) await cause(url, op, 'api_key_invalid', { ...sent, headers: { authorization: 'Bearer nobody' } })
  for (const op of byId) {
    await cause(url, op, 'invalid_request', { path: identity('%zz') })
    await cause(url, op, 'identity_unknown', { path: identity('idn_1') })
    await cause(url, op, 'not_found', { path: identity('x'.repeat(5000)) })
  }
  await cause(url, 'revokeIdentity', 'content_type_unsupported', { path: identity('idn_1'), body: 'x', headers: { 'content-type': 'a/b' } })
  await cause(url, 'revokeIdentity', 'body_too_large', { path: identity('idn_1'), body: 'x'.repeat(70_000) })
  await cause(url, 'checkIdentity', 'number_malformed', { body: { number: '1' } })
  await cause(url, 'checkIdentity', 'number_unknown', { body: { number: wrong(0) } })
  await send(url, 'registerIdentity', kept(good))
  await cause(url, 'registerIdentity', 'idempotency_conflict', kept({ ...good, token: 'u' }))
  const { number } = await mailed('eva@example.com')
  assert.equal((await send(url, 'checkIdentity', kept({ number }))).status, 200)
  await cause(url, 'checkIdentity', 'idempotency_conflict', kept({ number, token: 'session-42' }))

  const limited = await world(t)
  for (let i = 0; i < 5; i++) await send(limited.url, 'registerIdentity', { body: good })
  await cause(limited.url, 'registerIdentity', 'rate_limited', { body: good })
  const visitor = (i: number) => ({ body: { number: wrong(i), clientIp: '192.0.2.7' } })
  for (let i = 0; i < 5; i++) await send(limited.url, 'checkIdentity', visitor(i))
  await cause(limited.url, 'checkIdentity', 'rate_limited', visitor(5))
  await Promise.all(Array.from({ length: 100 }, (_, i) => send(limited.url, 'checkIdentity', { body: { number: wrong(i) } })))
  await cause(limited.url, 'checkIdentity', 'email_required', { body: { number: wrong(0) } })

  const narrow = await world(t, { digitsFrom: (length) => '7'.repeat(length), settings: { SELLO_LIMITS: 'off' } })
  const visitors = Array.from({ length: 300 }, (_, i) => ({ email: `v${i}@example.com`, token: 't' }))
  const answers = await Promise.all(visitors.map(async (body) => (await send(narrow.url, 'registerIdentity', { body })).code))
  assert.ok(answers.includes('numbers_exhausted'), 'one number in each of a hundred partitions')
  add('registerIdentity numbers_exhausted')

  // From here on this world is broken: its services talk nonsense, its commits always come too late, its store is gone.
  const last = await mailed('last@example.com')
  const live = [
    ['registerIdentity', { body: good }],
    ['checkIdentity', { body: { number: last.number } }],
    ...byId.map((op) => [op, { path: identity(last.id) }] as const),
  ] as const
  const { handlers } = persistence
  for (const [op, sent] of live) {
    const handler = handlers[op]
    Object.assign(handlers, { [op]: async () => ({ kind: 'nonsense' }) })
    await cause(url, op, 'fault', sent)
    Object.assign(handlers, { [op]: handler })
  }
  const { commit } = store
  Object.assign(store, { commit: async () => false })
  for (const [op, sent] of live) if (op !== 'showIdentity') await cause(url, op, 'busy', sent) // which only reads
  Object.assign(store, { commit })
  await store.close()
  for (const [op, sent] of live) await cause(url, op, 'unavailable', sent)

  assertAll(identityRoutes)
})

const any = fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constantFrom('\ud800', '', 'x'.repeat(4097)))
const or = <T>(right: fc.Arbitrary<T>) => fc.oneof({ arbitrary: right, weight: 4 }, { arbitrary: any as fc.Arbitrary<unknown>, weight: 1 })
const email = fc.oneof(
  fc.emailAddress(),
  fc.constantFrom('ana@example.com', 'JOSÉ@пример.рф', 'ana@', 'a b@example.com', ' ana@example.com '),
)
const number = fc
  .tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 999_999_999 }))
  .map(([partition, random]) => makeNumber(String(partition).padStart(2, '0'), String(random).padStart(9, '0')))
const bodies = {
  registerIdentity: fc.record(
    { email: or(email), token: or(fc.string({ unit: 'binary' })), locale: or(fc.constantFrom('es', 'RU', 'en-GB', 'fr')) },
    { requiredKeys: ['email', 'token'] },
  ),
  checkIdentity: fc.record(
    { number: or(number), email: or(email), token: or(fc.string()), clientIp: or(fc.oneof(fc.ipV4(), fc.ipV6())) },
    { requiredKeys: ['number'] },
  ),
}
const stray = fc.oneof({ arbitrary: fc.constant({}), weight: 5 }, { arbitrary: fc.dictionary(fc.string(), any, { maxKeys: 2 }), weight: 1 })
const bodyOf = (op: keyof typeof bodies) =>
  fc.oneof(
    { arbitrary: fc.tuple(bodies[op], stray).map(([body, more]) => JSON.stringify({ ...body, ...more })), weight: 8 },
    { arbitrary: fc.json(), weight: 1 },
    { arbitrary: fc.string(), weight: 1 },
  )
const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 300,
})
const usually = (header: string, value: fc.Arbitrary<string>, other: fc.Arbitrary<string>) =>
  fc.oneof({ arbitrary: value, weight: 9 }, { arbitrary: other, weight: 1 }).map((text) => ({ [header]: text }))
const headers = fc
  .tuple(
    usually('authorization', fc.constant(`Bearer ${API_KEY}`), visible),
    usually('content-type', fc.constant('application/json'), fc.constantFrom('text/plain', 'application/json; charset=latin1', 'a/b')),
    fc.oneof(
      { arbitrary: fc.constant({}), weight: 2 },
      { arbitrary: visible.map((key) => ({ 'idempotency-key': key })), weight: 1 },
      { arbitrary: fc.constantFrom({ 'idempotency-key': 'one' }, { 'idempotency-key': '"one"' }, { 'idempotency-key': 'a b' }), weight: 1 },
    ),
  )
  .map((all) => Object.assign({}, ...all) as Record<string, string>)

test('whatever comes, the answer is one that the document has', async (t) => {
  const { url, mailed } = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  const statuses = new Set<string>()
  const heard = async (op: Op, sent: Sent) => statuses.add(`${op} ${(await send(url, op, sent)).status}`)
  for (const op of ['registerIdentity', 'checkIdentity'] as const) {
    const call = fc.asyncProperty(bodyOf(op), headers, async (body, sent) => void (await heard(op, { body, headers: sent })))
    await fc.assert(call, { numRuns: 200 })
  }
  const { id, number: live } = await mailed('live@example.com')
  const ids = fc.oneof(
    fc.constant(id),
    fc.string({ minLength: 1, maxLength: 90 }).map(encodeURIComponent),
    fc.constantFrom('%ff', '%zz', '%00', 'a%2Fb', '.%2e'),
  )
  for (const op of ['showIdentity', 'revokeIdentity'] as const) {
    const call = fc.asyncProperty(ids, headers, async (one, { 'content-type': type, ...sent }) => {
      await heard(op, { path: identity(one), headers: op === 'revokeIdentity' ? { ...sent, 'content-type': type! } : sent })
    })
    await fc.assert(call, { numRuns: 100 })
  }
  assert.equal((await send(url, 'checkIdentity', { body: { number: live } })).status, 404, 'revoked')
  const again = await mailed('live@example.com', 'session-42', 2)
  await heard('checkIdentity', { body: { number: again.number } })
  await heard('showKeys', {})
  const wanted = [
    'registerIdentity 202',
    'registerIdentity 400',
    'registerIdentity 401',
    'checkIdentity 200',
    'checkIdentity 404',
    'showIdentity 200',
    'revokeIdentity 204',
  ]
  for (const status of wanted) assert.ok(statuses.has(status), `${status} among ${[...statuses].join(', ')}`)
})
