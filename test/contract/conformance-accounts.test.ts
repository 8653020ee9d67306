import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accountRoutes } from '../../src/contract/gateway-accounts.ts'
import { lifeRoutes } from '../../src/contract/gateway-life.ts'
import { oauth } from '../../src/contract/oauth.ts'
import { causes, type Op, type Sent, send } from '../support/conform.ts'
import { linkIn, otherThan, PASSWORD, people } from '../support/people.ts'
import { API_KEY, MINUTE, type World, world } from '../support/world.ts'

const LIFTED = { SELLO_LIMITS: 'off' }
const ANA = 'ana@example.com'
const OTHER = 'another correct horse'
const NEW = 'ana@example.org'
const NOBODY = { authorization: 'Bearer nobody' }
const by = (access: string) => ({ authorization: `Bearer ${access}` })
const signInOf = async (url: string, email: string, password = PASSWORD) => {
  const { body } = await send(url, 'login', { body: { email, password } })
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}

/** This world is broken: its services talk nonsense, its commits always come too late, its store is gone. */
async function spoil({ url, persistence, store }: World, live: [Op, Sent][], codes: [nonsense: string, late: string, gone: string]) {
  const { cause, assertAll } = causes()
  const { handlers } = persistence
  const [nonsense, late, gone] = codes
  for (const [op, sent] of live) {
    const name = ENDING.includes(op) ? 'endSessions' : (op as 'login')
    const handler = handlers[name]
    Object.assign(handlers, { [name]: async () => ({ kind: 'nonsense' }) })
    await cause(url, op, nonsense, sent)
    Object.assign(handlers, { [name]: handler })
  }
  const { commit } = store
  Object.assign(store, { commit: async () => false })
  for (const [op, sent] of live) if (!READING.includes(op)) await cause(url, op, late, sent)
  Object.assign(store, { commit })
  await store.close()
  for (const [op, sent] of live) await cause(url, op, gone, sent)
  return { cause, assertAll }
}
/** They are one operation of persistence. */
const ENDING: Op[] = ['endSession', 'endOtherSessions']
/** They write nothing. */
const READING: Op[] = ['showAccount', 'introspectToken', 'listSessions', 'exportAccount']

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

/** Somebody who did everything that a letter with a link follows, and is signed in twice. */
async function lived({ url, env, inbox }: World, { member, changePassword, forgot, moveTo }: ReturnType<typeof people>) {
  await member(ANA)
  await inbox(ANA, 2)
  const { access } = await signInOf(url, ANA)
  assert.equal((await changePassword(access, { current: PASSWORD, password: OTHER })).status, 204)
  await env.advance(2000)
  const [notice] = await inbox(ANA, 3)
  await env.advance(MINUTE)
  await forgot({ email: ANA })
  const [letter] = await inbox(ANA, 4)
  await moveTo(access, { email: NEW, password: OTHER })
  const [move] = await inbox(NEW, 1)
  await signInOf(url, ANA, OTHER)
  const { body } = await send(url, 'listSessions', { headers: by(access) })
  const other = (body as unknown as { id: string; current: boolean }[]).find(({ current }) => !current)!.id
  return {
    access,
    undo: linkIn(notice, '/undo'),
    reset: linkIn(letter, '/password/reset'),
    move: linkIn(move, '/account/email/confirm'),
    session: { path: `/v1/account/sessions/${other}`, headers: by(access) },
  }
}

test('so does every call of an account’s later life', async (t) => {
  const first = await world(t, { settings: LIFTED })
  const { access, undo, reset, move, session } = await lived(first, people(first))
  const headers = by(access)
  const live: [Op, Sent][] = [
    ['forgotPassword', { body: { email: ANA } }],
    ['resetPassword', { body: { token: reset, password: PASSWORD } }],
    ['changePassword', { headers, body: { current: OTHER, password: PASSWORD } }],
    ['updateAccount', { headers, body: { locale: 'ru' } }],
    ['deleteAccount', { headers, body: { password: OTHER } }],
    ['requestEmailChange', { headers, body: { email: 'ana@example.net', password: OTHER } }],
    ['confirmEmailChange', { headers, body: { token: move } }],
    ['undoChange', { body: { token: undo } }],
    ['listSessions', { headers }],
    ['endSession', session],
    ['endOtherSessions', { headers }],
    ['exportAccount', { headers }],
  ]
  const { cause, assertAll } = await spoil(first, live, ['fault', 'busy', 'unavailable'])

  const here = await world(t)
  const { url } = here
  const known = await lived(here, people(here))
  const signed = by(known.access)
  for (const [op, { body, headers: wanted, ...where }] of live) {
    if (wanted) await cause(url, op, 'token_invalid', { ...where, headers: NOBODY, ...(body && { body }) })
    if (body === undefined && !op.startsWith('end')) continue
    const given = { ...where, headers: { ...wanted, ...(wanted && signed) } }
    await cause(url, op, 'invalid_request', { ...given, body: body ? {} : '{' })
    await cause(url, op, 'content_type_unsupported', { ...given, body: 'x', headers: { ...given.headers, 'content-type': 'a/b' } })
    await cause(url, op, 'body_too_large', { ...given, body: { ...(body as object), more: 'x'.repeat(70_000) } })
  }
  for (const [op, body] of [
    ['changePassword', { current: PASSWORD, password: PASSWORD }],
    ['deleteAccount', { password: PASSWORD }],
    ['requestEmailChange', { email: NEW, password: PASSWORD }],
  ] as const)
    await cause(url, op, 'invalid_credentials', { headers: signed, body })
  await cause(url, 'changePassword', 'password_rejected', { headers: signed, body: { current: OTHER, password: 'password' } })
  await cause(url, 'resetPassword', 'password_rejected', { body: { token: known.reset, password: 'password' } })
  await cause(url, 'resetPassword', 'link_invalid', { body: { token: known.undo, password: PASSWORD } })
  await cause(url, 'confirmEmailChange', 'link_invalid', { body: { token: known.reset } })
  await cause(url, 'confirmEmailChange', 'password_required', { body: { token: known.move } })
  await cause(url, 'undoChange', 'link_invalid', { body: { token: known.move } })
  await cause(url, 'forgotPassword', 'rate_limited', { body: { email: ANA } })
  await cause(url, 'requestEmailChange', 'rate_limited', { headers: signed, body: { email: NEW } })
  const sessions = (id: string) => ({ path: `/v1/account/sessions/${id}`, headers: signed })
  await cause(url, 'endSession', 'session_unknown', sessions('ses_unknown'))
  await cause(url, 'endSession', 'invalid_request', sessions('%zz'))
  await cause(url, 'endSession', 'not_found', sessions('x'.repeat(5000)))
  await here.env.leap(16 * MINUTE)
  await cause(url, 'requestEmailChange', 'reauthentication_required', { headers: signed, body: { email: NEW } })
  for (const op of ['endOtherSessions', 'exportAccount'] as const) await cause(url, op, 'reauthentication_required', { headers: signed })
  await cause(url, 'endSession', 'reauthentication_required', { ...sessions('ses_unknown'), headers: signed })
  assertAll(Object.keys(lifeRoutes) as Op[])
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
    current: or(PASSWORD, 'another password'),
    refresh_token: or(refresh, 'rt_unknown'),
    grant_type: or('refresh_token', 'password'),
    token_type_hint: or('access_token', 'refresh_token'),
    client_id: or('app_unknown'),
    client_secret: or(API_KEY),
  }
  const statuses = new Set<string>()
  for (const [op, route] of Object.entries({ ...accountRoutes, ...lifeRoutes, ...oauth })) {
    if (!('body' in route)) continue
    const own = 'auth' in route && (route.auth === 'account' || route.auth === 'either') ? `${op.toLowerCase()}@example.com` : ''
    if (own) await people(here).member(own)
    const signed = own ? by((await signInOf(here.url, own)).access) : {}
    const names = Object.keys(route.body.properties)
    const body = fc.record(Object.fromEntries(names.map((name) => [name, fields[name]!])), { requiredKeys: [] })
    const call = fc.asyncProperty(body, or('', 'app_unknown'), async (sent, app) => {
      const named: Record<string, string> = typeof app === 'string' && /^[\x21-\x7e]+$/.test(app) ? { 'sello-app': app } : {}
      statuses.add(`${op} ${(await send(here.url, op as Op, { body: sent, headers: { ...signed, ...named } })).status}`)
    })
    await fc.assert(call, { numRuns: 60 })
  }
  assert.ok(statuses.has('registerAccount 400') && statuses.has('introspectToken 400'), [...statuses].join(', '))
  for (const done of ['updateAccount 200', 'requestEmailChange 202']) assert.ok(statuses.has(done), done)
  const after = await signInOf(here.url, 'member@example.com')
  assert.match(after.access, /^eyJ/, 'and it goes on')
})
