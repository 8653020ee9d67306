import assert from 'node:assert/strict'
import { openSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { InjectOptions } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../src/contract/routes.ts'
import { serveApi } from '../../src/http/api.ts'
import { allowOrigins, type Origins } from '../../src/http/cors.ts'
import { createServer } from '../../src/http/server.ts'
import { createLog } from '../../src/log.ts'
import { Problem } from '../../src/problem.ts'
import { fakeEnv } from '../support/env.ts'

const route = { group: 'Accounts', summary: '', status: 200, refusals: [] } as const
const answer = Type.Object({ ok: Type.Boolean() })
const body = Type.Object({ refuse: Type.Optional(Type.Boolean()) }, { additionalProperties: false })
const api = {
  signIn: { ...route, method: 'POST', path: '/sign-in', auth: 'public', body, answer },
  who: { ...route, method: 'GET', path: '/who', auth: 'account', answer },
  leave: { ...route, method: 'DELETE', path: '/who', auth: 'account', answer },
  trade: { ...route, method: 'POST', path: '/trade', auth: 'app', body, answer },
  keys: { ...route, method: 'GET', path: '/keys', auth: 'none', cors: true, answer },
} as const satisfies Api

const SHOP = 'https://shop.example'
const BAR = 'http://localhost:5173'
const LISTED: Origins = {
  default: 'app_shop',
  apps: [
    { id: 'app_shop', origins: [SHOP] },
    { id: 'app_bar', origins: [BAR, 'https://bar.example'] },
  ],
}
const make = () => {
  const env = fakeEnv()
  const log = createLog({ fd: openSync('/dev/null', 'a'), terminal: false }, env.now)
  return createServer({ env, log, measure() {}, detailOf: (code) => code })
}

async function server(t: TestContext, read: () => Promise<Origins> = async () => LISTED) {
  const asked = { times: 0 }
  const app = make()
  allowOrigins(app, () => {
    asked.times++
    return read()
  })
  const fine = async () => ({ body: { ok: true } })
  const refused = new Problem('rate_limited', { retryAfterMs: 7000 })
  const signIn = async (call: { body: { refuse?: boolean } }) => (call.body.refuse ? { refusal: refused } : { body: { ok: true } })
  serveApi(app, api, { signIn, who: fine, leave: fine, trade: fine, keys: fine })
  app.post('/token', { config: { op: 'token', cors: 'any' } }, async () => ({ ok: true })) // one that another way put there
  t.after(() => app.close())
  async function ask(
    method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS',
    url: string,
    headers: Record<string, string> = {},
    more: InjectOptions = {},
  ) {
    const response = await app.inject({ method, url, headers, ...(method === 'POST' ? { payload: {} } : {}), ...more })
    const told = Object.entries(response.headers).filter(([name]) => name.startsWith('access-control-'))
    return { status: response.statusCode, headers: response.headers, cors: Object.fromEntries(told) }
  }
  return { ask, asked }
}
const shown = (origin: string) => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'Retry-After, X-Request-Id',
})

test('a public route echoes the origins of the app that the call names', async (t) => {
  const { ask } = await server(t)
  for (const [origin, app, may] of [
    [SHOP, undefined, true],
    [SHOP, 'app_shop', true],
    [SHOP, 'app_bar', false],
    [SHOP, 'app_unknown', false],
    [BAR, undefined, false],
    [BAR, 'app_bar', true],
    ['https://bar.example', 'app_bar', true],
    ['https://bar.example.evil', 'app_bar', false],
    ['http://bar.example', 'app_bar', false],
    ['null', 'app_bar', false],
  ] as const) {
    const { status, headers, cors } = await ask('POST', '/sign-in', { origin, ...(app ? { 'sello-app': app } : {}) })
    assert.equal(status, 200, 'whom the answer is for is the browser’s to judge')
    assert.deepEqual(cors, may ? shown(origin) : {}, `${origin} for ${app}`)
    assert.equal(headers.vary, 'Origin')
  }
})

test('refusals can be read, too: of the handler, of the body, of the credentials', async (t) => {
  const { ask } = await server(t)
  const origin = { origin: SHOP }
  const limited = await ask('POST', '/sign-in', origin, { payload: { refuse: true } })
  assert.deepEqual([limited.status, limited.headers['retry-after']], [429, '7'])
  const wrong = await ask('POST', '/sign-in', origin, { payload: { unknown: 1 } })
  const broken = await ask('POST', '/sign-in', { ...origin, 'content-type': 'application/json' }, { payload: '{' })
  const typed = await ask('POST', '/sign-in', { ...origin, 'content-type': 'text/plain' }, { payload: 'x' })
  const large = await ask('POST', '/sign-in', { ...origin, 'content-type': 'application/json' }, { payload: `"${'x'.repeat(70_000)}"` })
  const nobody = await ask('GET', '/who', origin)
  assert.deepEqual(
    [wrong, broken, typed, large, nobody].map(({ status }) => status),
    [400, 400, 415, 413, 401],
  )
  for (const { cors, headers } of [limited, wrong, broken, typed, large, nobody]) {
    assert.deepEqual(cors, shown(SHOP))
    assert.equal(headers.vary, 'Origin')
  }
})

test('routes whose app is not known beforehand take the origins of every app; app routes none, public keys any', async (t) => {
  const { ask } = await server(t)
  const authorization = 'Bearer token'
  for (const origin of [SHOP, BAR]) {
    assert.deepEqual((await ask('GET', '/who', { origin, authorization })).cors, shown(origin))
    assert.deepEqual((await ask('POST', '/token', { origin })).cors, shown(origin))
    assert.deepEqual((await ask('POST', '/trade', { origin, authorization })).cors, {})
    assert.deepEqual((await ask('GET', '/keys', { origin })).cors, { 'access-control-allow-origin': '*' })
  }
  assert.deepEqual((await ask('GET', '/who', { origin: 'https://evil.example', authorization })).cors, {})
})

test('a preflight is answered for the origins of every app', async (t) => {
  const { ask } = await server(t)
  const wish = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,sello-app' }
  for (const origin of [SHOP, BAR]) {
    const { status, cors, headers } = await ask('OPTIONS', '/sign-in', { origin, ...wish })
    assert.equal(status, 204)
    assert.equal(headers.vary, 'Origin')
    assert.deepEqual(cors, {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, sello-app, accept-language',
      'access-control-max-age': '600',
    })
  }
  const both = (await ask('OPTIONS', '/who', { origin: SHOP })).cors['access-control-allow-methods']
  assert.deepEqual(String(both).split(', ').sort(), ['DELETE', 'GET', 'HEAD'])
  for (const headers of [{ origin: 'https://evil.example', ...wish }, { origin: 'null', ...wish }, {}])
    assert.deepEqual(await ask('OPTIONS', '/sign-in', headers).then(({ status, cors }) => ({ status, cors })), { status: 204, cors: {} })
  for (const path of ['/trade', '/keys'])
    assert.deepEqual(await ask('OPTIONS', path, { origin: SHOP, ...wish }).then(({ status, cors }) => ({ status, cors })), {
      status: 405,
      cors: {},
    })
})

test('nobody is asked for calls without an origin, and once for those that come together', async (t) => {
  const { ask, asked } = await server(t)
  await ask('POST', '/sign-in')
  await ask('GET', '/who')
  await ask('OPTIONS', '/who')
  await ask('POST', '/trade', { origin: SHOP })
  assert.equal(asked.times, 0)
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask('POST', '/sign-in', { origin: SHOP })))
  assert.deepEqual(
    answers.map(({ cors }) => cors),
    Array(10).fill(shown(SHOP)),
  )
  assert.equal(asked.times, 1)
})

test('what an app lists newly counts within a second, and no longer what it does not list any more', async (t) => {
  let origins = [SHOP]
  const { ask } = await server(t, async () => ({ default: 'app_shop', apps: [{ id: 'app_shop', origins }] }))
  assert.deepEqual((await ask('POST', '/sign-in', { origin: SHOP })).cors, shown(SHOP))
  origins = [BAR]
  await wait(600)
  assert.deepEqual((await ask('POST', '/sign-in', { origin: SHOP })).cors, {})
  assert.deepEqual((await ask('POST', '/sign-in', { origin: BAR })).cors, shown(BAR))
})

test('while it cannot be read what is listed, calls are answered, and what it was counts', async (t) => {
  let fails = true
  const { ask } = await server(t, () => (fails ? Promise.reject(new Problem('unavailable')) : Promise.resolve(LISTED)))
  const first = await ask('POST', '/sign-in', { origin: SHOP })
  assert.deepEqual([first.status, first.cors], [200, {}])
  fails = false
  await wait(600)
  assert.deepEqual((await ask('POST', '/sign-in', { origin: SHOP })).cors, shown(SHOP))
  fails = true
  await wait(600)
  assert.deepEqual((await ask('POST', '/sign-in', { origin: SHOP })).cors, shown(SHOP))
})

test('the challenge of a 401 says whether a token or key was refused', async (t) => {
  const app = make()
  t.after(() => app.close())
  app.get('/:code', async ({ params }) => {
    throw new Problem((params as { code: 'token_invalid' }).code)
  })
  const challenge = async (code: string, headers: Record<string, string>) => {
    const answer = await app.inject({ url: `/${code}`, headers })
    assert.equal(answer.statusCode, 401)
    return answer.headers['www-authenticate']
  }
  const sent = { authorization: 'Bearer x' }
  for (const code of ['api_key_invalid', 'token_invalid', 'service_key_invalid']) {
    assert.equal(await challenge(code, sent), 'Bearer error="invalid_token"')
    assert.equal(await challenge(code, {}), 'Bearer realm="sello"')
  }
  for (const code of ['invalid_credentials', 'password_required'])
    for (const headers of [sent, {}]) assert.equal(await challenge(code, headers), 'Bearer realm="sello"')
})
