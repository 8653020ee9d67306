import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { test } from '../support/places.ts'
import { until } from '../support/server.ts'
import { API_KEY, HOUR, MINUTE, world } from '../support/world.ts'

// Seeds 000 and 001: "servicio externo" → gateway → persistence → messaging → the person → "servidor" → gateway.

test('an application registers an address, the person gets a number, the number gives back the address and the token', async (t) => {
  const { register, inbox, numberOf, check, show, url } = await world(t)
  const registered = await register({ email: 'Ana@Example.com', token: 'session-42' })
  assert.equal(registered.status, 202)
  assert.deepEqual(Object.keys(registered.body), ['id', 'email', 'status', 'createdAt', 'expiresAt'])
  assert.equal(registered.body.email, 'ana@example.com')
  assert.equal(registered.body.status, 'queued')
  assert.match(String(registered.body.id), /^idn_[0-9A-Za-z]{20,}$/)
  assert.equal(Date.parse(String(registered.body.expiresAt)) - Date.parse(String(registered.body.createdAt)), 24 * HOUR)

  const [letter] = await inbox('ana@example.com', 1)
  const number = numberOf(letter)
  assert.match(number, /^\d{4} \d{4} \d{4}$/)
  assert.equal(letter!.headers['auto-submitted'], 'auto-generated')
  // A letter can be read before its sender has told that it went.
  await until('sent', 10_000, async () => (await show(registered.body.id)).body.status === 'sent')

  const checked = await check({ number, token: 'session-42' })
  assert.equal(checked.status, 200)
  assert.equal(checked.headers.get('cache-control'), 'no-store')
  const { receipt, ...rest } = checked.body
  const { id, createdAt } = registered.body
  assert.deepEqual(rest, { id, email: 'ana@example.com', token: 'session-42', createdAt, checkedAt: createdAt })

  const keys = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
  const app = JSON.parse(Buffer.from(String(receipt).split('.')[1]!, 'base64url').toString()).aud as string
  assert.match(app, /^urn:sello:receipt:app_/)
  const { payload, protectedHeader } = await jwtVerify(String(receipt), createLocalJWKSet(keys), {
    issuer: url,
    audience: app,
    currentDate: new Date(String(createdAt)),
  })
  assert.equal(protectedHeader.typ, 'sello-receipt+jwt')
  assert.equal(payload.identity, id)
  assert.equal(payload.email, 'ana@example.com')
  assert.equal(payload.token_sha256, createHash('sha256').update('session-42').digest('hex'))
  assert.equal(payload.exp! - payload.iat!, 600)

  const second = await check({ number, token: 'session-42' })
  assert.equal(second.status, 404)
  assert.equal(second.body.code, 'number_unknown')
  const told = await show(id)
  assert.equal(told.body.status, 'checked')
  assert.deepEqual(
    (told.body.timeline as { event: string }[]).map(({ event }) => event),
    ['queued', 'handed_over', 'accepted', 'checked'],
  )
})

test('registering the same address again kills the older number in the same step, and the newer one works', async (t) => {
  const { mailed, check, show } = await world(t)
  const older = await mailed('ana@example.com')
  const newer = await mailed('ana@example.com', 'session-43', 2)
  assert.notEqual(older.number, newer.number)
  assert.equal((await check({ number: older.number })).body.code, 'number_unknown')
  const told = (await show(older.id)).body
  assert.equal(told.status, 'replaced')
  assert.deepEqual(
    (told.timeline as { event: string }[]).map(({ event }) => event),
    ['queued', 'handed_over', 'accepted', 'replaced'],
  )
  assert.equal((await check({ number: newer.number })).body.token, 'session-43')
})

test('the token comes back byte for byte, whatever Unicode it holds', async (t) => {
  const { mailed, check } = await world(t)
  const tokens = [
    'é',
    'e\u0301',
    '\u0000\u0001',
    '👩‍👩‍👧',
    '\u202eabc',
    '"\\\n',
    'я'.repeat(4096),
    '😀'.repeat(4096),
    '\ufeff',
    ' ',
    '{"a":1}',
    '__proto__',
  ]
  for (const [i, token] of tokens.entries()) {
    const { number } = await mailed(`t${i}@example.com`, token)
    const checked = await check({ number })
    assert.equal(checked.body.token, token)
  }
})

test('email and token in a check are extra proof: a mismatch is unknown and consumes nothing', async (t) => {
  const { mailed, check } = await world(t)
  const { number } = await mailed('ana@example.com')
  for (const proof of [{ email: 'eva@example.com' }, { token: 'session-43' }, { email: 'ana@example.com', token: 'x' }]) {
    assert.equal((await check({ number, ...proof })).body.code, 'number_unknown')
  }
  assert.equal((await check({ number: number.replaceAll(' ', '–'), email: 'ANA@example.com', token: 'session-42' })).status, 200)
})

test('a number lives 24 hours to the millisecond, its status a day longer', async (t) => {
  const { mailed, check, show, env } = await world(t)
  const ana = await mailed('ana@example.com')
  const eva = await mailed('eva@example.com')
  await env.leap(24 * HOUR - 1)
  assert.equal((await check({ number: ana.number })).status, 200)
  await env.advance(1)
  assert.equal((await check({ number: eva.number })).body.code, 'number_unknown')
  const told = (await show(eva.id)).body
  assert.equal(told.status, 'expired')
  assert.equal((told.timeline as { event: string }[]).at(-1)!.event, 'expired')
  await env.leap(24 * HOUR - 1)
  assert.equal((await show(eva.id)).status, 200)
  await env.advance(1)
  assert.equal((await show(eva.id)).body.code, 'identity_unknown')
})

test('until-expiry lets a number prove itself again', async (t) => {
  const { mailed, check, env } = await world(t, { settings: { SELLO_NUMBER_USE: 'until-expiry', SELLO_NUMBER_TTL: '10m' } })
  const { number } = await mailed('ana@example.com')
  assert.equal((await check({ number })).status, 200)
  await env.leap(9 * MINUTE)
  assert.equal((await check({ number })).status, 200)
  await env.leap(MINUTE)
  assert.equal((await check({ number })).body.code, 'number_unknown')
})

test('a revoked number is dead, and revoking again is no error', async (t) => {
  const { mailed, check, call, show } = await world(t)
  const { id, number } = await mailed('ana@example.com')
  assert.equal((await call('DELETE', `/v1/identities/${id}`)).status, 204)
  assert.equal((await call('DELETE', `/v1/identities/${id}`)).status, 204)
  assert.equal((await check({ number })).body.code, 'number_unknown')
  assert.equal((await show(id)).body.status, 'revoked')
  assert.equal((await call('DELETE', `/v1/identities/${id.slice(0, -1)}`)).body.code, 'identity_unknown')
})

test('a slip in the number is caught before any look-up and costs nothing', async (t) => {
  const { mailed, check } = await world(t, { settings: { SELLO_LIMIT_APP_MISSES: '10/1h' } })
  const { number } = await mailed('ana@example.com')
  const digits = number.replaceAll(' ', '')
  const slips = [...digits].flatMap((digit, i) => {
    const wrong = digits.slice(0, i) + String((Number(digit) + 1) % 10) + digits.slice(i + 1)
    const swapped = digits.slice(0, i) + (digits[i + 1] ?? '') + digit + digits.slice(i + 2)
    return i < 11 && digits[i + 1] !== digit ? [wrong, swapped] : [wrong]
  })
  for (const slip of [...slips, digits.slice(1), `${digits}0`, 'abcd'])
    assert.equal((await check({ number: slip })).body.code, 'number_malformed')
  assert.equal((await check({ number: digits })).status, 200)
})

test("another app's numbers and identities are unknown", async (t) => {
  const { mailed, call, persistence } = await world(t)
  const { id, number } = await mailed('ana@example.com')
  const other = await persistence.admin.addApp({ name: 'otra' })
  assert.ok(other.kind === 'done')
  const headers = { authorization: `Bearer ${other.apiKey}` }
  assert.equal((await call('POST', '/v1/identities/check', { number }, headers)).body.code, 'number_unknown')
  assert.equal((await call('GET', `/v1/identities/${id}`, undefined, headers)).body.code, 'identity_unknown')
  assert.equal((await call('DELETE', `/v1/identities/${id}`, undefined, headers)).body.code, 'identity_unknown')
  assert.equal((await call('POST', '/v1/identities', { email: 'ana@example.com', token: 'theirs' }, headers)).status, 202)
  assert.equal((await call('POST', '/v1/identities/check', { number })).status, 200)
})

test('keys: none, a wrong one, a rotated one', async (t) => {
  const { call, persistence, env } = await world(t)
  const body = { email: 'ana@example.com', token: 't' }
  const none = await call('POST', '/v1/identities', body, { authorization: '' })
  assert.equal(none.status, 401)
  assert.match(none.headers.get('www-authenticate')!, /^Bearer/)
  const wrong = await call('POST', '/v1/identities', body, { authorization: 'Bearer sello_wrong' })
  assert.equal(wrong.body.code, 'api_key_invalid')
  assert.equal(wrong.headers.get('www-authenticate'), 'Bearer error="invalid_token"')
  assert.equal((await call('POST', '/v1/identities', body, { authorization: `Basic ${btoa(`x:${API_KEY}`)}` })).status, 401)
  assert.equal((await call('POST', '/v1/identities', body)).status, 202)

  const rotated = await persistence.admin.rotateKey({ app: 'default', now: false })
  assert.ok(rotated.kind === 'done')
  const withNew = { authorization: `Bearer ${rotated.apiKey}` }
  assert.equal((await call('POST', '/v1/identities', body, withNew)).status, 202)
  assert.equal((await call('POST', '/v1/identities', body)).status, 202)
  await persistence.admin.finishRotation({ app: 'default' })
  await env.advance(500)
  assert.equal((await call('POST', '/v1/identities', body)).status, 401)
  assert.equal((await call('POST', '/v1/identities', body, withNew)).status, 202)
})

test('letters speak the language that was asked for, with the name and Reply-To of the app', async (t) => {
  const { register, inbox, persistence, env } = await world(t)
  await persistence.admin.setApp({ app: 'default', displayName: 'Librería Norte', replyTo: 'hola@libreria.example' })
  await env.advance(500)
  const wishes: [string, object, Record<string, string>, RegExp][] = [
    ['es@example.com', { locale: 'es-MX' }, {}, /^Tu número de identidad/],
    ['ru@example.com', { locale: 'ru' }, { 'accept-language': 'es' }, /^Ваш личный номер/],
    ['al@example.com', {}, { 'accept-language': 'fr, ru;q=0.5' }, /^Ваш личный номер/],
    ['en@example.com', {}, { 'accept-language': '*' }, /^Your identity number/],
  ]
  for (const [email, locale, headers, subject] of wishes) {
    await register({ email, token: 't', ...locale }, headers)
    const [letter] = await inbox(email, 1)
    assert.match(letter!.subject, subject)
    assert.match(letter!.text, /Librería Norte/)
    assert.match(letter!.headers['reply-to']!, /hola@libreria\.example/)
  }
})
