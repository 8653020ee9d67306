import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import Type from 'typebox'
import { requestId } from '../../src/call.ts'
import type { OAuthClient } from '../../src/contract/accounts.ts'
import type { OAuthApi } from '../../src/contract/oauth.ts'
import { type OAuthCall, serveOAuth } from '../../src/http/oauth.ts'
import { createServer } from '../../src/http/server.ts'
import type { Line } from '../../src/log.ts'
import { Problem, type ProblemCode } from '../../src/problem.ts'
import { fakeEnv } from '../support/env.ts'

const body = Type.Object({ a: Type.String(), b: Type.String(), client_id: Type.String(), client_secret: Type.String() })
const answer = Type.Object({ parameters: Type.Unknown(), client: Type.Unknown() })
const one = { method: 'POST', summary: '', body, answer, refusals: [] } as const
const api = {
  token: { ...one, path: '/token', client: 'identified' },
  ask: { ...one, path: '/ask', client: 'authenticated' },
  fail: { ...one, path: '/fail', client: 'identified' },
} as const satisfies OAuthApi

type Sent = { body?: string | Buffer; headers?: Record<string, string>; method?: string }
type Told = { status: number; headers: Record<string, string>; body: Record<string, unknown> & { error?: string; client?: OAuthClient } }

/** A server of these routes, beside one that takes JSON alone, and what it measured and logged. */
async function serving(t: TestContext) {
  const lines: Line[] = []
  const measured: string[] = []
  const keep = (line: Line) => void lines.push(line)
  const log = { info: keep, warn: keep, error: keep, dropped: () => 0, end: async () => {} }
  const measure = (op: string, outcome: string) => void measured.push(`${op} ${outcome}`)
  const app = createServer({ env: fakeEnv(), log, measure, detailOf: (code) => code })
  const echo = async ({ parameters, client }: OAuthCall) => ({ body: { parameters: Object.fromEntries(parameters), client } })
  serveOAuth(app, api, {
    token: echo,
    ask: echo,
    async fail({ parameters }) {
      const code = parameters.get('a')!
      if (code === 'crash') throw new TypeError('secret words')
      assert.match(String(requestId()), /^req_/)
      throw new Problem(code as ProblemCode, {}, { cause: 'secret words' })
    },
  })
  app.post('/plain', async ({ body }) => ({ body }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  const { port } = app.server.address() as AddressInfo

  function call(path: string, { body, headers = {}, method = 'POST' }: Sent = {}): Promise<Told> {
    return new Promise((resolve, reject) => {
      const sent = request({ port, path, method, headers }, (response) => {
        const { statusCode, headers } = response
        const told = (answer: string) => ({ status: statusCode!, headers: headers as never, body: answer === '' ? {} : JSON.parse(answer) })
        text(response).then((answer) => resolve(told(answer)), reject)
      })
      sent.once('error', reject)
      sent.end(body)
    })
  }
  const form = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    call(path, { body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } })
  const json = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(path, {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
  return { call, form, json, lines, measured }
}
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** A refusal as RFC 6749 §5.2 has it. */
function isRefused({ status, headers, body }: Told, expected: number, error: string, why: string) {
  assert.equal(`${status} ${body.error}`, `${expected} ${error}`, `${why}: ${JSON.stringify(body)}`)
  assert.deepEqual(Object.keys(body), ['error', 'error_description'], why)
  assert.match(String(body.error_description), /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, why)
  assert.match(headers['content-type']!, /^application\/json/)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers.pragma, 'no-cache')
  assert.match(headers['x-request-id']!, /^req_/)
  assert.equal('www-authenticate' in headers, status === 401, why)
  assert.equal('retry-after' in headers, status === 503, why)
}

test('forms and JSON give the same parameters; unknown ones are ignored, empty ones absent', async (t) => {
  const { form, json } = await serving(t)
  const taken = { a: 'x y+z', b: 'ñ=&' }
  for (const text of ['a=x+y%2Bz&b=%C3%B1%3D%26', 'b=%c3%b1=%26&&unknown=1&client_id=&a=x%20y%2Bz&', 'a=x y%2Bz&b=ñ=%26&unknown']) {
    const { status, headers, body } = await form('/token', text)
    assert.equal(status, 200, text)
    assert.deepEqual(body.parameters, taken)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers.pragma, 'no-cache')
  }
  for (const value of [taken, { ...taken, client_id: '', client_secret: null, unknown: 7, more: { a: 1 } }])
    assert.deepEqual((await json('/token', value)).body.parameters, taken)
  for (const type of ['application/x-www-form-urlencoded;charset=UTF-8', 'APPLICATION/X-WWW-FORM-URLENCODED ; charset="utf-8"'])
    assert.deepEqual((await form('/token', 'a=x', { 'content-type': type })).body.parameters, { a: 'x' }, type)
  for (const told of [await form('/token', ''), await json('/token', {}), await json('/token', '')])
    assert.deepEqual(told.body.parameters, {})
})

test('what cannot be read is an invalid request', async (t) => {
  const { call, form, json } = await serving(t)
  const refused = async (told: Promise<Told>, why: string, status = 400) => isRefused(await told, status, 'invalid_request', why)
  for (const text of ['a=1&a=1', 'a=&a=1', 'x=1&x=2', '%61=1&a=2', 'a=%', 'a=%zz', 'a=%C3%28', '%ff=1', 'a=%ED%A0%80'])
    await refused(form('/token', text), text)
  await refused(form('/token', Buffer.from([0x61, 0x3d, 0xff])), 'no UTF-8')
  for (const value of [
    { a: ['1'] },
    { a: ['1', '1'] },
    { x: [] },
    { a: 1 },
    { a: {} },
    { a: true },
    [],
    [['a', '1']],
    'null',
    '"a"',
    '7',
    '{',
    '{"__proto__":{}}',
  ])
    await refused(json('/token', value), JSON.stringify(value))
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/jsonp', 'application/x-www-form-urlencoded2', 'x', ''])
    await refused(call('/token', { body: 'a=1', headers: { 'content-type': type } }), type)
  await refused(form('/token', 'a=1', { 'content-type': 'application/x-www-form-urlencoded; charset=latin1' }), 'another charset')
  await refused(form('/token', 'a=1', { 'content-encoding': 'gzip' }), 'compressed')
  await refused(form('/token', `a=${'x'.repeat(70_000)}`), 'too large', 413)
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    const told = await call('/token', { method })
    isRefused(told, 405, 'invalid_request', method)
    assert.equal(told.headers.allow, 'POST')
  }
})

test('other routes of the server take JSON as before', async (t) => {
  const { form, json } = await serving(t)
  assert.equal((await form('/plain', 'a=1')).status, 415)
  assert.deepEqual((await json('/plain', { a: ['1'] })).body, { body: { a: ['1'] } })
})

test('a client shows who it is in one way at a time', async (t) => {
  const { form } = await serving(t)
  const visible = { kind: 'confidential', app: 'app_1', apiKey: 'key:+%' }
  const client = async (path: string, text: string, headers: Record<string, string> = {}) => {
    const told = await form(path, text, headers)
    assert.equal(told.status, 200, JSON.stringify(told.body))
    return told.body.client
  }
  for (const path of ['/token', '/ask']) {
    assert.deepEqual(await client(path, '', { authorization: basic('app_1', 'key%3A%2B%25') }), visible)
    assert.deepEqual(await client(path, '', { authorization: basic('app%5F1', 'key:%2B%25').replace('Basic', 'bAsIc') }), visible)
    assert.deepEqual(await client(path, 'client_id=app_1', { authorization: basic('app_1', 'key:%2B%25') }), visible)
    assert.deepEqual(await client(path, 'client_id=app_1&client_secret=key:%2B%25'), visible)
    assert.deepEqual(await client(path, 'client_id=app_1&client_secret=key:%2B%25', { 'sello-app': 'app_1' }), visible)
  }
  assert.deepEqual(await client('/ask', '', { authorization: 'Bearer key:+%' }), { ...visible, app: null })
  assert.deepEqual(await client('/ask', 'client_id=app_1', { authorization: 'bearer key:+%' }), visible)
  assert.deepEqual(await client('/token', ''), { kind: 'public', app: null })
  assert.deepEqual(await client('/token', 'client_id=app_1'), { kind: 'public', app: 'app_1' })
  assert.deepEqual(await client('/token', '', { 'sello-app': 'app_1' }), { kind: 'public', app: 'app_1' })
  assert.deepEqual(await client('/token', 'client_id=app_1&client_secret=', { 'sello-app': 'app_1' }), { kind: 'public', app: 'app_1' })

  for (const path of ['/token', '/ask']) {
    const both: [string, Record<string, string>?][] = [
      ['client_id=app_1&client_secret=k', { authorization: basic('app_1', 'k') }],
      ['client_secret=k', { authorization: basic('app_1', 'k') }],
      ['client_id=app_1&client_secret=k', { authorization: 'Bearer k' }],
      ['client_id=app_2', { authorization: basic('app_1', 'k') }],
      ['', { authorization: basic('app_1', 'k'), 'sello-app': 'app_2' }],
      ['client_id=app_1&client_secret=k', { 'sello-app': 'app_2' }],
      ['client_id=app_1', { 'sello-app': 'app_2' }],
      ['client_secret=k'],
    ]
    for (const [text, headers] of both)
      isRefused(await form(path, text, headers), 400, 'invalid_request', `${text} ${JSON.stringify(headers)}`)
  }
})

test('a client that does not show it is told what would', async (t) => {
  const { form } = await serving(t)
  const refused = async (path: string, text: string, authorization: string | null, challenge: RegExp) => {
    const told = await form(path, text, authorization === null ? {} : { authorization })
    isRefused(told, 401, 'invalid_client', `${path} ${text} ${authorization}`)
    assert.match(told.headers['www-authenticate']!, challenge)
  }
  const byBasic = /^Basic realm="sello"$/
  const malformed = [
    '',
    'Basic',
    'Basic ',
    'Basic !!!',
    'Basic YQ',
    'Basic YTpi=x',
    'Basic YTpi YTpi',
    'Digest x',
    'x',
    'Basic \u00ff',
    ':',
    'Basic YTp',
  ]
  const odd = [
    basic('', 'k'),
    basic('app_1', ''),
    basic('app%', 'k'),
    basic('app_1', '%ff'),
    basic('app_1', 'a\0b'),
    basic('app 1', 'k'),
    basic('x'.repeat(65), 'k'),
  ]
  for (const path of ['/token', '/ask']) {
    for (const authorization of [...malformed, ...odd]) await refused(path, '', authorization, byBasic)
    await refused(path, 'client_id=app+1&client_secret=k', null, byBasic)
    await refused(path, 'client_id=app_1&client_secret=a%00b', null, byBasic)
  }
  await refused('/token', '', 'Bearer k', byBasic)
  await refused('/ask', '', null, byBasic)
  await refused('/ask', 'client_id=app_1', null, byBasic)
  await refused('/ask', '', `Bearer ${'k'.repeat(4097)}`, /^Bearer realm="sello", error="invalid_token"$/)
})

test('trouble of ours is told as such, in no words but these; the log has them', async (t) => {
  const { form, lines, measured } = await serving(t)
  for (const code of ['unavailable', 'busy', 'late', 'numbers_exhausted'])
    isRefused(await form('/fail', `a=${code}`), 503, 'temporarily_unavailable', code)
  for (const code of ['fault', 'crash']) isRefused(await form('/fail', `a=${code}`), 500, 'server_error', code)
  isRefused(await form('/fail', 'a=rate_limited'), 400, 'invalid_request', 'what no handler here says')
  await form('/token', 'a=1&a=2')
  await form('/token', 'a=1')
  await new Promise(setImmediate)
  assert.deepEqual(measured.slice(-4), ['fail server_error', 'fail invalid_request', 'token invalid_request', 'token done'])
  assert.equal(lines.length, 9)
  assert.match(String(lines[0]!.error), /secret words/)
  assert.deepEqual(
    lines.map(({ status }) => status),
    [503, 503, 503, 503, 500, 500, 400, 400, 200],
  )
  for (const line of lines) assert.match(String(line.requestId), /^req_/)
})
