import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { test } from '../support/places.ts'
import { API_KEY, world } from '../support/world.ts'

const GOOD = { email: 'ana@example.com', token: 't' }

test('bodies that are not what was asked for: 400 field by field, and nothing happens', async (t) => {
  const { register, check, inbox } = await world(t)
  const strange = [null, true, 5, [], {}, ['ana@example.com'], '', { email: 'ana@example.com' }]
  for (const email of strange) assert.equal((await register({ ...GOOD, email })).body.code, 'invalid_request', JSON.stringify(email))
  for (const token of [null, true, 5, [], {}, '', 'x'.repeat(4097), '\ud800', 'a\udfffb']) {
    assert.equal((await register({ ...GOOD, token })).body.code, 'invalid_request', JSON.stringify(token).slice(0, 20))
  }
  for (const number of [null, true, 482109375516, [], {}, ''])
    assert.equal((await check({ number })).body.code, 'invalid_request', JSON.stringify(number))
  for (const extra of [{ number: '1' }, { client_id: 'x' }, { app: 'app_x' }, { __proto__x: 1 }]) {
    const { status, body } = await register({ ...GOOD, ...extra })
    assert.equal(status, 400)
    assert.equal((body.fields as { code: string }[])[0]!.code, 'unknown_field')
  }
  for (const locale of ['fr', '', 'es_ES', 5]) assert.equal((await register({ ...GOOD, locale })).status, 400)
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"email":"ana@example.com","token":"t"',
    '{"__proto__":{"x":1},"email":"ana@example.com","token":"t"}',
  ]) {
    assert.equal((await register(text as unknown as object)).body.code, 'invalid_request', text)
  }
  const { body } = await register({ emial: 1 })
  assert.deepEqual((body.fields as { field: string }[]).map(({ field }) => field).sort(), ['email', 'emial', 'token'])
  assert.equal((await inbox('ana@example.com')).length, 0)
})

test('content types, sizes, encodings', async (t) => {
  const { register, call, url } = await world(t)
  const body = JSON.stringify(GOOD)
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=latin1',
    'multipart/form-data',
    '',
  ]) {
    const response = await fetch(`${url}/v1/identities`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': type },
      body,
    })
    assert.equal(response.status, 415, type)
  }
  for (const type of ['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json;charset="UTF-8"']) {
    assert.equal((await register({ ...GOOD, email: `a${type.length}@example.com` }, { 'content-type': type })).status, 202, type)
  }
  assert.equal((await call('POST', '/v1/identities', JSON.stringify({ ...GOOD, token: 'x'.repeat(70_000) }))).body.code, 'body_too_large')
  const send = async (bytes: Uint8Array, headers: Record<string, string>) => {
    const all = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers }
    return (await fetch(`${url}/v1/identities`, { method: 'POST', headers: all, body: new Uint8Array(bytes) })).status
  }
  assert.equal(await send(gzipSync(body), { 'content-encoding': 'gzip' }), 415)
  assert.equal(await send(Buffer.from('{"email":"ana@example.com","token":"\xff"}', 'latin1'), {}), 400)
  assert.equal(await send(Buffer.from(`${'['.repeat(30_000)}${']'.repeat(30_000)}`), {}), 400)
})

test('refusals are RFC 9457 problems in the language of the caller, with the id of the request', async (t) => {
  const { register } = await world(t)
  for (const [language, words] of [
    ['es', /petición/],
    ['ru', /[а-я]/],
    ['en', /request/],
  ] as const) {
    const { status, headers, body } = await register({}, { 'accept-language': language })
    assert.equal(status, 400)
    assert.match(headers.get('content-type')!, /^application\/problem\+json/)
    assert.equal(headers.get('x-request-id'), body.requestId)
    assert.deepEqual(Object.keys(body), ['type', 'title', 'status', 'detail', 'code', 'requestId', 'fields'])
    assert.match(String(body.detail), words)
    assert.equal(body.type, 'urn:sello:problem:invalid_request')
  }
})

test('unknown paths, methods and spellings', async (t) => {
  const { call, url } = await world(t)
  assert.equal((await call('GET', '/v1/nothing')).body.code, 'not_found')
  const put = await call('PUT', '/v1/identities', GOOD)
  assert.equal(put.status, 405)
  assert.equal(put.headers.get('allow'), 'POST')
  assert.deepEqual((await call('PATCH', '/v1/identities/idn_1')).headers.get('allow')!.split(', ').sort(), ['DELETE', 'GET', 'HEAD'])
  for (const path of ['//v1/identities', '/v1/identities/', '/V1/identities', '/v1/identities;x', '/v1/identities%2f']) {
    assert.equal((await call('POST', path, GOOD)).status, 404, path)
  }
  for (const [path, status, code] of [
    ['/v1/identities/%zz', 400, 'invalid_request'],
    [`/v1/identities/${'x'.repeat(3000)}`, 404, 'identity_unknown'],
    [`/v1/identities/${'x'.repeat(6000)}`, 404, 'not_found'],
  ] as const) {
    const answer = await call('GET', path)
    assert.deepEqual([answer.status, answer.body.code, answer.headers.get('x-request-id')], [status, code, answer.body.requestId])
    assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/)
  }
  const traced = await new Promise<number>((resolve, reject) => {
    request(`${url}/v1/identities`, { method: 'TRACE' }, (response) => resolve(response.statusCode!))
      .on('error', reject)
      .end()
  })
  assert.ok([404, 405].includes(traced))
  assert.equal(
    (await call('DELETE', '/v1/identities/idn_1', undefined, { 'content-type': 'application/json' })).body.code,
    'identity_unknown',
  )
})

test('what is not HTTP gets a 400 and the server lives on', async (t) => {
  const { url, call } = await world(t)
  const port = Number(new URL(url).port)
  const answers = await Promise.all(
    [
      'GARBAGE\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
      'POST /v1/identities HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
    ].map(
      (bytes) =>
        new Promise<string>((resolve) => {
          let text = ''
          const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
          socket.on('data', (chunk) => {
            text += chunk
          })
          socket.on('close', () => resolve(text))
          socket.on('error', () => resolve(text))
        }),
    ),
  )
  for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 4\d\d [\s\S]*application\/problem\+json/)
  assert.equal((await call('POST', '/v1/identities', GOOD)).status, 202)
})

test('links and issuer come from the public URL, whatever Host and X-Forwarded-* say', async (t) => {
  const { mailed, check } = await world(t, { settings: { SELLO_PUBLIC_URL: 'https://id.example.com' } })
  const { number } = await mailed('ana@example.com')
  const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http', forwarded: 'host=evil.test' }
  const { body } = await check({ number }, headers)
  const payload = JSON.parse(Buffer.from(String(body.receipt).split('.')[1]!, 'base64url').toString())
  assert.equal(payload.iss, 'https://id.example.com')
})

test('the inbox is for this machine alone, and is not there when letters go out', async (t) => {
  const { mailed, url } = await world(t)
  const { messages } = await mailed('ana@example.com')
  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; text: string; policy: string }>((resolve, reject) => {
      request(url + path, { headers }, (response) => {
        const policy = String(response.headers['content-security-policy'])
        textOf(response).then((text) => resolve({ status: response.statusCode!, text, policy }), reject)
      })
        .on('error', reject)
        .end()
    })
  for (const host of ['localhost', '127.0.0.1:3000', '[::1]:80', 'LOCALHOST'])
    assert.equal((await get('/inbox', { host })).status, 200, host)
  const strangers: Record<string, string>[] = [
    { host: 'evil.test' },
    { host: 'localhost.evil.test' },
    { 'x-forwarded-for': '127.0.0.1' },
    { forwarded: 'for=1' },
    { via: '1.1 x' },
    { 'x-real-ip': '::1' },
  ]
  for (const headers of strangers) {
    for (const path of ['/inbox', '/inbox/messages', '/inbox/html?id=x']) {
      const refused = await get(path, headers)
      assert.equal(refused.status, 403)
      assert.match(refused.text, /SELLO_MODE/)
    }
  }
  assert.match((await get('/inbox')).policy, /default-src 'none'/)
  const html = await get(`/inbox/html?id=${messages[0]!.id}`)
  assert.match(html.policy, /sandbox/)
  assert.match(html.text, /^<!doctype html>/i)
  assert.equal((await get('/inbox/html?id=let_none')).status, 404)
  assert.equal((await get('/')).status, 302)
  const sending = await world(t, { settings: { SELLO_SMTP_URL: 'smtp://127.0.0.1:9' } })
  assert.equal((await sending.call('GET', '/inbox')).status, 404)
})

test('alive, ready and metrics on the private listener, and only there', async (t) => {
  const { opsUrl, mailed, check, call } = await world(t)
  const { number } = await mailed('ana@example.com')
  await check({ number })
  assert.deepEqual(await (await fetch(`${opsUrl}/health/alive`)).json(), { status: 'alive' })
  const ready = (await (await fetch(`${opsUrl}/health/ready`)).json()) as Record<string, string>
  assert.equal(ready.status, 'ready')
  assert.deepEqual(new Set(Object.values(ready)), new Set(['ready', 'answers']))
  const text = await (await fetch(`${opsUrl}/metrics`)).text()
  for (const line of [
    'sello_requests_total{op="registerIdentity",outcome="queued"} 1',
    'sello_requests_total{op="checkIdentity",outcome="checked"} 1',
    'sello_letters_total{result="accepted"} 1',
    'sello_outbox_letters 0',
    'sello_outbox_overdue_seconds 0',
    'sello_store_retries_total 0',
  ]) {
    assert.ok(text.includes(`${line}\n`), line)
  }
  assert.match(text, /nodejs_eventloop_lag_p99_seconds/)
  assert.doesNotMatch(text, /ana@|idn_|app_/)
  for (const path of ['/health/ready', '/metrics']) assert.equal((await call('GET', path)).status, 404)
})
