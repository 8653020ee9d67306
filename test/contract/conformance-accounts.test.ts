import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accountRoutes } from '../../src/contract/gateway-accounts.ts'
import { oauth } from '../../src/contract/oauth.ts'
import { causes, type Op, type Sent, send } from '../support/conform.ts'
import { otherThan, PASSWORD, people } from '../support/people.ts'
import { API_KEY, type World, world } from '../support/world.ts'

const LIFTED = { SELLO_LIMITS: 'off' }
const ANA = 'ana@example.com'
const NOBODY = { authorization: 'Bearer nobody' }
const signInOf = async (url: string, email: string) => {
  const { body } = await send(url, 'login', { body: { email, password: PASSWORD } })
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}

/** This world is broken: its services talk nonsense, its commits always come too late, its store is gone. */
async function spoil({ url, persistence, store }: World, live: [Op, Sent][], codes: [nonsense: string, late: string, gone: string]) {
  const { cause, assertAll } = causes()
  const { handlers } = persistence
  const [nonsense, late, gone] = codes
  for (const [op, sent] of live) {
    const handler = handlers[op as 'login']
    Object.assign(handlers, { [op]: async () => ({ kind: 'nonsense' }) })
    await cause(url, op, nonsense, sent)
    Object.assign(handlers, { [op]: handler })
  }
  const { commit } = store
  Object.assign(store, { commit: async () => false })
  for (const [op, sent] of live) if (!READING.includes(op)) await cause(url, op, late, sent)
  Object.assign(store, { commit })
  await store.close()
  for (const [op, sent] of live) await cause(url, op, gone, sent)
  return { cause, assertAll }
}
/** They write nothing. */
const READING: Op[] = ['showAccount', 'introspectToken']

test('every refusal that an account call is documented to give, it gives, as documented', async (t) => {
  const first = await world(t, { settings: LIFTED })
  const { signedUp, member } = people(first)
  await member('member@example.com')
  const { access, refresh } = await signInOf(first.url, 'member@example.com')
  const bo = await signedUp('bo@example.com')
  const eva = await signedUp('eva@example.com')
  const live: [Op, Sent][] = [
    ['registerAccount', { body: { email: ANA, password: PASSWORD } }],
    ['verifyEmail', { body: { email: 'bo@example.com', code: bo.code, flow: bo.flow } }],
    ['confirmEmail', { body: { token: eva.token, flow: eva.flow } }],
    ['resendCode', { body: { email: 'eva@example.com' } }],
    ['login', { body: { email: 'member@example.com', password: PASSWORD } }],
    ['logout', { body: { refresh_token: refresh } }],
    ['showAccount', { headers: { authorization: `Bearer ${access}` } }],
  ]
  const { cause, assertAll } = await spoil(first, live, ['fault', 'busy', 'unavailable'])

  const here = await world(t)
  const { url } = here
  for (const [op, { body }] of live) {
    if (body === undefined) continue
    await cause(url, op, 'invalid_request', { body: {} })
    await cause(url, op, 'content_type_unsupported', { body, headers: { 'content-type': 'text/plain' } })
    await cause(url, op, 'body_too_large', { body: { ...(body as object), more: 'x'.repeat(70_000) } })
  }
  await cause(url, 'showAccount', 'token_invalid')
  await cause(url, 'showAccount', 'token_invalid', { headers: NOBODY })
  await cause(url, 'registerAccount', 'password_rejected', { body: { email: ANA, password: 'password' } })
  await cause(url, 'login', 'invalid_credentials', { body: { email: ANA, password: PASSWORD } })
  const ana = await people(here).signedUp(ANA)
  await cause(url, 'login', 'email_not_verified', { body: { email: ANA, password: PASSWORD } })
  await cause(url, 'registerAccount', 'rate_limited', { body: { email: ANA, password: PASSWORD } })
  await cause(url, 'resendCode', 'rate_limited', { body: { email: ANA } })
  await cause(url, 'verifyEmail', 'code_expired', { body: { email: 'nobody@example.com', code: '4892' } })
  await cause(url, 'verifyEmail', 'password_required', { body: { email: ANA, code: ana.code, flow: 'flw_another' } })
  for (const by of [1, 2, 3]) await cause(url, 'verifyEmail', 'code_wrong', { body: { email: ANA, code: otherThan(ana.code, by) } })
  await cause(url, 'verifyEmail', 'too_many_attempts', { body: { email: ANA, code: ana.code } })
  await cause(url, 'confirmEmail', 'link_invalid', { body: { token: 'unknown', flow: ana.flow } })
  await cause(url, 'confirmEmail', 'password_required', { body: { token: ana.token } })
  await cause(url, 'confirmEmail', 'password_rejected', { body: { token: ana.token, newPassword: 'password' } })
  assert.equal((await send(url, 'confirmEmail', { body: { token: ana.token, flow: ana.flow } })).status, 200)
  assertAll(Object.keys(accountRoutes) as Op[])
})

test('so does every OAuth call', async (t) => {
  const first = await world(t, { settings: LIFTED })
  await people(first).member(ANA)
  const { access, refresh } = await signInOf(first.url, ANA)
  const live: [Op, Sent][] = [
    ['refreshSession', { body: { grant_type: 'refresh_token', refresh_token: refresh } }],
    ['introspectToken', { body: { token: access } }],
    ['revokeToken', { body: { token: refresh } }],
  ]
  const { cause, assertAll } = await spoil(first, live, ['server_error', 'temporarily_unavailable', 'temporarily_unavailable'])

  const { url } = await world(t)
  const client = { client_id: 'app_unknown', client_secret: API_KEY }
  for (const [op, { body }] of live) {
    await cause(url, op, 'invalid_request', { body: {} })
    const wrong = op === 'introspectToken' ? { body, headers: NOBODY } : { body: { ...(body as object), ...client } }
    await cause(url, op, 'invalid_client', wrong as Sent)
  }
  const grant = (grant_type: string) => ({ body: { grant_type, refresh_token: 'rt_unknown' } })
  await cause(url, 'refreshSession', 'unsupported_grant_type', grant('password'))
  await cause(url, 'refreshSession', 'invalid_grant', grant('refresh_token'))
  assertAll(Object.keys(oauth) as Op[])
})

const any = fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constantFrom('\ud800', '', 'x'.repeat(4097)))
const or = (...right: string[]) => fc.oneof({ arbitrary: fc.constantFrom(...right), weight: 4 }, { arbitrary: any, weight: 1 })

test('whatever comes to them, the answer is one that the document has', async (t) => {
  const here = await world(t, { settings: LIFTED })
  const { flow, token } = await people(here).signedUp(ANA)
  await people(here).member('member@example.com')
  const { refresh } = await signInOf(here.url, 'member@example.com')
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    email: or(ANA, 'member@example.com', 'JOSÉ@пример.рф'),
    password: or(PASSWORD, 'another password', 'password'),
    locale: or('es', 'RU', 'en-GB', 'fr'),
    code: or('0000', '12345678', '４８９２'),
    flow: or(flow, 'flw_another'),
    token: or(token, refresh, 'unknown'),
    newPassword: or('a password of my own', 'short'),
    refresh_token: or(refresh, 'rt_unknown'),
    grant_type: or('refresh_token', 'password'),
    token_type_hint: or('access_token', 'refresh_token'),
    client_id: or('app_unknown'),
    client_secret: or(API_KEY),
  }
  const statuses = new Set<string>()
  for (const [op, route] of Object.entries({ ...accountRoutes, ...oauth })) {
    if (!('body' in route)) continue
    const names = Object.keys(route.body.properties)
    const body = fc.record(Object.fromEntries(names.map((name) => [name, fields[name]!])), { requiredKeys: [] })
    const call = fc.asyncProperty(body, or('', 'app_unknown'), async (sent, app) => {
      const named: Record<string, string> = typeof app === 'string' && /^[\x21-\x7e]+$/.test(app) ? { 'sello-app': app } : {}
      statuses.add(`${op} ${(await send(here.url, op as Op, { body: sent, headers: named })).status}`)
    })
    await fc.assert(call, { numRuns: 60 })
  }
  assert.ok(statuses.has('registerAccount 400') && statuses.has('introspectToken 400'), [...statuses].join(', '))
  const after = await signInOf(here.url, 'member@example.com')
  assert.match(after.access, /^eyJ/, 'and it goes on')
})
