import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { until } from '../support/server.ts'
import { type World, world } from '../support/world.ts'

const SHOP = 'https://shop.example'
const BAR = 'http://localhost:5173'
const WISH = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
/** What keeps them remembers them for half a second, by the clock of the test in persistence and by a real one in the gateway. */
const FORGOTTEN_MS = 500

const corsOf = ({ headers }: { headers: Headers }) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))
const shown = (origin: string) => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'Retry-After, X-Request-Id',
})
const allowed = async ({ call }: World, origin: string, path: string) =>
  corsOf(await call('OPTIONS', path, undefined, { origin, ...WISH }))['access-control-allow-origin'] === origin

/** Apps `default` and `bar`, each with a page of its own. */
async function listing(t: TestContext, settings: Record<string, string> = {}) {
  const place = await world(t, { settings })
  const { admin } = place.persistence
  const added = await admin.addApp({ name: 'bar' })
  assert.ok(added.kind === 'done')
  for (const [app, origin] of [
    ['default', SHOP],
    ['bar', BAR],
  ] as const)
    assert.equal((await admin.setApp({ app, origins: [origin] })).kind, 'done')
  await until('the gateway to know them', 5000, () => allowed(place, BAR, '/v1/login'))
  return { ...place, admin, bar: added.app.id }
}

test('pages of an app’s own origins may call it, and read what it refuses', async (t) => {
  const place = await listing(t)
  const { call, bar } = place
  const login = (origin: string, app?: string) =>
    call('POST', '/v1/login', { email: 'ana@example.com', password: 'not hers' }, { origin, ...(app ? { 'sello-app': app } : {}) })
  for (const [origin, app, may] of [
    [SHOP, undefined, true],
    [BAR, bar, true],
    [BAR, undefined, false],
    [SHOP, bar, false],
    ['https://evil.example', undefined, false],
  ] as const) {
    const answer = await login(origin, app)
    assert.equal(answer.status, 401)
    assert.deepEqual(corsOf(answer), may ? shown(origin) : {}, `${origin} for ${app ?? 'default'}`)
    assert.equal(answer.headers.get('vary'), 'Origin')
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="sello"')
  }
  assert.deepEqual(corsOf(await call('POST', '/v1/login', { email: 1 }, { origin: SHOP })), shown(SHOP))
  assert.deepEqual(corsOf(await call('GET', '/v1/account', undefined, { origin: BAR, authorization: 'Bearer unknown' })), shown(BAR))
  const refresh = { grant_type: 'refresh_token', refresh_token: 'unknown', client_id: bar }
  const refused = await people(place).call('POST', '/v1/token', refresh, { origin: BAR })
  assert.deepEqual([refused.body.error, corsOf(refused)], ['invalid_grant', shown(BAR)])
  assert.deepEqual(corsOf(await call('POST', '/v1/introspect', { token: 'unknown' }, { origin: BAR })), {})
})

test('a refusal for too many letters says to the page when to come again', async (t) => {
  const { call } = await listing(t, { SELLO_LIMIT_PUBLIC_SENDS: '1/1h' })
  const register = () => call('POST', '/v1/register', { email: 'ana@example.com', password: 'a long enough word 7' }, { origin: SHOP })
  const first = await register()
  assert.equal(first.status, 202)
  assert.deepEqual(corsOf(first), shown(SHOP))
  const second = await register()
  assert.equal(second.status, 429)
  assert.ok(Number(second.headers.get('retry-after')) > 0)
  assert.deepEqual(corsOf(second), shown(SHOP))
})

test('preflights are for the listed; app routes are for servers, the public keys for everybody', async (t) => {
  const { call } = await listing(t)
  const answer = await call('OPTIONS', '/v1/register', undefined, { origin: SHOP, ...WISH })
  assert.equal(answer.status, 204)
  assert.deepEqual(corsOf(answer), {
    'access-control-allow-origin': SHOP,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type, sello-app, accept-language',
    'access-control-max-age': '600',
  })
  const other = await call('OPTIONS', '/v1/register', undefined, { origin: 'https://evil.example', ...WISH })
  assert.deepEqual([other.status, corsOf(other)], [204, {}])
  const identities = await call('OPTIONS', '/v1/identities', undefined, { origin: SHOP, ...WISH })
  assert.deepEqual([identities.status, corsOf(identities)], [405, {}])
  const registered = await call('POST', '/v1/identities', { email: 'ana@example.com', token: 's' }, { origin: SHOP })
  assert.deepEqual([registered.status, corsOf(registered)], [202, {}])
  const keys = await call('GET', '/.well-known/jwks.json', undefined, { origin: 'https://evil.example' })
  assert.deepEqual(corsOf(keys), { 'access-control-allow-origin': '*' })
})

test('an app whose accounts are off answers like an unknown one, and its pages may call nothing', async (t) => {
  const place = await listing(t)
  const { call, admin, bar, env } = place
  const login = async (app: string) => {
    const { status, body } = await call('POST', '/v1/login', { email: 'ana@example.com', password: 'x' }, { 'sello-app': app })
    return [status, body.code]
  }
  assert.deepEqual(await login(bar), [401, 'invalid_credentials'])
  const unknown = await login('app_0000000000000000000000')
  assert.equal((await admin.setApp({ app: bar, accounts: false })).kind, 'done')
  await env.advance(FORGOTTEN_MS)
  assert.deepEqual(await login(bar), unknown)
  await until('its pages to be shut out', 5000, async () => !(await allowed(place, BAR, '/v1/login')))
  assert.ok(await allowed(place, SHOP, '/v1/login'), 'those of the others are not')
  assert.equal((await admin.setApp({ app: bar, accounts: true })).kind, 'done')
  assert.deepEqual(await login(bar), [401, 'invalid_credentials'])
})
