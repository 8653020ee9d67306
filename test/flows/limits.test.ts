import assert from 'node:assert/strict'
import { test } from '../support/places.ts'
import { HOUR, MINUTE, world } from '../support/world.ts'

/** Numbers with a right check digit that nobody was mailed. */
async function wrongNumbers(count: number): Promise<string[]> {
  const { makeNumber } = await import('../../src/rules/number.ts')
  return Array.from({ length: count }, (_, i) => makeNumber('99', String(i).padStart(9, '0')))
}

test('five letters in ten minutes to one address, for one app; the next says when', async (t) => {
  const { register, env, persistence, call } = await world(t)
  const body = { email: 'ana@example.com', token: 't' }
  for (let i = 0; i < 5; i++) assert.equal((await register(body)).status, 202)
  const refused = await register(body)
  assert.equal(refused.status, 429)
  assert.equal(refused.body.code, 'rate_limited')
  assert.equal(refused.headers.get('retry-after'), '600')
  assert.equal(refused.headers.get('ratelimit-policy'), '"address-sends";q=5;w=600')
  assert.equal(refused.headers.get('ratelimit'), '"address-sends";r=0;t=600')
  assert.equal((await register({ ...body, email: 'eva@example.com' })).status, 202)
  const other = await persistence.admin.addApp({ name: 'otra' })
  assert.ok(other.kind === 'done')
  assert.equal((await call('POST', '/v1/identities', body, { authorization: `Bearer ${other.apiKey}` })).status, 202)
  await env.leap(10 * MINUTE)
  assert.equal((await register(body)).status, 202)
})

test('no more than twenty letters a day to one address, nor to all of its tags together; forty over all apps', async (t) => {
  const { register, call, persistence, env } = await world(t)
  const sendTo = async (email: (i: number) => string, most: number, headers: Record<string, string>[] = [{}]) => {
    let sent = 0
    for (let i = 0; i < most + 10; i++) {
      const answer = await call('POST', '/v1/identities', { email: email(i), token: 't' }, headers[i % headers.length])
      if (answer.status === 202) sent++
      else assert.equal(answer.body.code, 'rate_limited')
      if (i % 4 === 3) await env.leap(11 * MINUTE)
    }
    return sent
  }
  assert.equal(await sendTo(() => 'ana@example.com', 20), 20)
  assert.equal(await sendTo((i) => `eva+${i}@example.com`, 20), 20)
  const apps = await Promise.all(['b', 'c', 'd'].map((name) => persistence.admin.addApp({ name })))
  const headers = apps.map((app) => ({ authorization: `Bearer ${app.kind === 'done' ? app.apiKey : ''}` }))
  assert.equal(await sendTo(() => 'leo@example.com', 40, headers), 40)
  await env.leap(24 * HOUR)
  assert.equal((await register({ email: 'ana@example.com', token: 't' })).status, 202)
})

test("an app's own budget, told in RateLimit headers, counts every registration", async (t) => {
  const { register, env } = await world(t, { settings: { SELLO_LIMIT_APP_SENDS: '3/1h,100/24h' } })
  for (const left of [2, 1, 0]) {
    const answer = await register({ email: `ana${left}@example.com`, token: 't' })
    assert.equal(answer.status, 202)
    assert.equal(answer.headers.get('ratelimit-policy'), '"app-sends";q=3;w=3600')
    assert.match(answer.headers.get('ratelimit')!, new RegExp(`^"app-sends";r=${left};t=\\d+$`))
  }
  const refused = await register({ email: 'eva@example.com', token: 't' })
  assert.equal(refused.body.code, 'rate_limited')
  assert.match(refused.headers.get('ratelimit')!, /;r=0;/)
  await env.leap(HOUR)
  assert.equal((await register({ email: 'eva@example.com', token: 't' })).status, 202)
})

test('the number-only budget: spent, the email is asked for, and with it all goes on', async (t) => {
  const { mailed, check, env } = await world(t)
  const { number } = await mailed('ana@example.com')
  const wrong = await wrongNumbers(120)
  const answers = await Promise.all(wrong.map((guess) => check({ number: guess })))
  assert.equal(answers.filter(({ body }) => body.code === 'number_unknown').length, 100)
  const spent = answers.filter(({ body }) => body.code === 'email_required')
  assert.equal(spent.length, 20)
  assert.ok(Number(spent[0]!.headers.get('retry-after')) <= 3600)
  const refused = await check({ number })
  assert.equal(refused.status, 429)
  assert.equal(refused.body.code, 'email_required')
  assert.equal((await check({ number, email: 'ana@example.com' })).status, 200)
  await env.leap(HOUR)
  assert.equal((await check({ number: wrong[0] })).body.code, 'number_unknown')
})

test('right numbers never cost, however many come at once', async (t) => {
  const { mailed, check } = await world(t, { settings: { SELLO_LIMIT_APP_MISSES: '10/1h' } })
  const numbers = await Promise.all(Array.from({ length: 40 }, (_, i) => mailed(`ana${i}@example.com`)))
  const answers = await Promise.all(numbers.map(({ number }) => check({ number })))
  assert.ok(answers.every(({ status }) => status === 200))
})

test('a visitor whom the app names has five misses an hour; an IPv6 network counts as one visitor', async (t) => {
  const { check } = await world(t)
  const wrong = await wrongNumbers(20)
  for (let i = 0; i < 5; i++) assert.equal((await check({ number: wrong[i], clientIp: '192.0.2.7' })).body.code, 'number_unknown')
  assert.equal((await check({ number: wrong[5], clientIp: '192.0.2.7' })).body.code, 'rate_limited')
  assert.equal((await check({ number: wrong[5], clientIp: '192.0.2.8' })).body.code, 'number_unknown')
  for (let i = 0; i < 5; i++) assert.equal((await check({ number: wrong[6 + i], clientIp: `2001:db8::${i}` })).body.code, 'number_unknown')
  assert.equal((await check({ number: wrong[11], clientIp: '2001:db8:0:0:ffff::1' })).body.code, 'rate_limited')
  assert.equal((await check({ number: wrong[11], clientIp: '2001:db8:0:1::1' })).body.code, 'number_unknown')
  assert.equal((await check({ number: wrong[11], clientIp: 'somewhere' })).body.code, 'invalid_request')
})

test('wrong, used, expired, replaced and foreign numbers look the same', async (t) => {
  const { mailed, check, call, persistence } = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  const used = await mailed('used@example.com')
  await check({ number: used.number })
  const replaced = await mailed('twice@example.com')
  await mailed('twice@example.com', 't', 2)
  const other = await persistence.admin.addApp({ name: 'otra' })
  assert.ok(other.kind === 'done')
  await call('POST', '/v1/identities', { email: 'theirs@example.com', token: 't' }, { authorization: `Bearer ${other.apiKey}` })
  const [wrong] = await wrongNumbers(1)
  const live = await mailed('live@example.com')
  const classes = [{ number: wrong }, { number: used.number }, { number: replaced.number }, { number: live.number, token: 'not it' }]
  const shapes = new Set<string>()
  for (const body of classes) {
    const answer = await check(body)
    const { requestId, ...rest } = answer.body
    assert.match(String(requestId), /^req_/)
    shapes.add(JSON.stringify([answer.status, rest, [...answer.headers.keys()]]))
  }
  assert.equal(shapes.size, 1)
})

test('numbers that live for days are all counted when the number-only budget is worked out', async (t) => {
  // 1e-3 a day over 1e11 numbers: with two million live ones not ten guesses an hour are left, so the mode is off.
  const { mailed, check, env, store, persistence } = await world(t, {
    settings: { SELLO_NUMBER_TTL: '7d', SELLO_LIMIT_APP_SENDS: '5000000/24h' },
  })
  const { number } = await mailed('ana@example.com')
  const app = (await persistence.admin.listApps({})).apps[0]!.id
  await store.hit(app.slice(4, 6), [
    { key: `count/app-sends/${app}/${24 * HOUR}/${Math.floor(env.now() / (24 * HOUR))}`, cost: 2_000_000, limit: 5_000_000, sweepAt: 0 },
  ])
  for (const days of [0, 1, 3]) {
    await env.leap(days * 24 * HOUR)
    while ((await store.sweep(env.now(), 1000)) > 0);
    assert.equal((await check({ number })).body.code, 'email_required', `after ${days} more days`)
  }
})

test('a registration that is refused for its address costs the app nothing, and letters to +tags cost the plain address nothing', async (t) => {
  const { register } = await world(t, { settings: { SELLO_LIMIT_APP_SENDS: '12/1h' } })
  for (let i = 0; i < 20; i++) await register({ email: 'ana@example.com', token: 't' })
  for (let i = 0; i < 5; i++) assert.equal((await register({ email: `eva+${i}@example.com`, token: 't' })).status, 202)
  const last = await register({ email: 'eva@example.com', token: 't' })
  assert.equal(last.status, 202)
  assert.match(last.headers.get('ratelimit')!, /;r=1;/)
})
