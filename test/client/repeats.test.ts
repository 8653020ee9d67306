import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installClient } from '../support/client.ts'

const { client: library } = await installClient({ after: (done) => process.once('exit', done) })

type Spoken = Response | Error | 'hang'
/** A client whose network says these things in turn, the last one for ever; what it was asked, and how long it waited. */
function speaking(spoken: Spoken[], more: object = {}) {
  const asked: { url: string; init: RequestInit }[] = []
  const waits: number[] = []
  const fetch = (async (url: string, init: RequestInit) => {
    asked.push({ url, init })
    const next = spoken[Math.min(asked.length, spoken.length) - 1]!
    if (next === 'hang') return new Promise((_, reject) => init.signal!.addEventListener('abort', () => reject(new Error('aborted'))))
    if (next instanceof Error) throw next
    return next.clone()
  }) as typeof globalThis.fetch
  const sleep = async (ms: number) => void waits.push(ms)
  const options = { url: 'https://id.example.com/sello/', apiKey: 'key', fetch, sleep, ...more }
  return { ...library.createClient(options).identities, asked, waits }
}
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json({ type: `urn:sello:problem:${code}`, status, code, detail: 'So it is.', requestId: 'req_1' }, { status, headers })
const shown = () => Response.json({ id: 'idn_1', email: 'a@b.c', status: 'sent', timeline: [] })

test('a long limit is the caller’s to know, a short one is waited for', async () => {
  const long = speaking([problem(429, 'rate_limited', { 'retry-after': '6' }), shown()])
  assert.deepEqual(await long.show('idn_1'), {
    ok: false,
    code: 'rate_limited',
    status: 429,
    detail: 'So it is.',
    requestId: 'req_1',
    retryAfterMs: 6000,
  })
  assert.equal(long.asked.length, 1)
  const short = speaking([problem(429, 'rate_limited', { 'retry-after': '5' }), shown()])
  assert.ok((await short.show('idn_1')).ok)
  assert.ok(short.waits[0]! >= 5000 && short.waits[0]! <= 5200)
  const other = speaking([problem(429, 'email_required', { 'retry-after': '1' }), shown()])
  const refused = await other.check({ number: '1' })
  assert.ok(!refused.ok && refused.code === 'email_required')
  assert.equal(other.asked.length, 1, 'waiting does not send the email')
})

test('waits grow, vary, follow Retry-After in seconds or as a date, and end with the retries', async () => {
  const calls = speaking([new TypeError('fetch failed')], { retries: 6 })
  const answer = await calls.show('idn_1')
  assert.ok(!answer.ok && answer.code === 'unreachable')
  assert.match(answer.detail, /fetch failed/)
  assert.equal(calls.asked.length, 7)
  const bounds = [200, 400, 800, 1600, 3200, 5000]
  for (const [i, ms] of calls.waits.entries()) assert.ok(ms >= bounds[i]! / 2 && ms <= bounds[i]!, `wait ${i}: ${ms}`)
  const others = speaking([new TypeError('fetch failed')], { retries: 6 })
  await others.show('idn_1')
  assert.notDeepEqual(others.waits, calls.waits)

  const date = new Date(Date.now() + 3000).toUTCString()
  const dated = speaking([problem(503, 'busy', { 'retry-after': date }), problem(503, 'busy', { 'retry-after': '2' }), shown()])
  assert.ok((await dated.show('idn_1')).ok)
  assert.ok(dated.waits[0]! > 1000 && dated.waits[0]! <= 3200, String(dated.waits[0]))
  assert.ok(dated.waits[1]! >= 2000 && dated.waits[1]! <= 2200)

  const none = speaking([problem(503, 'unavailable')], { retries: 0 })
  const busy = await none.show('idn_1')
  assert.ok(!busy.ok && busy.code === 'unavailable' && busy.retryAfterMs === 1000)
  assert.equal(none.waits.length, 0)
})

test('no attempt begins after the deadline, and none outlives it', async () => {
  const later = speaking([problem(503, 'unavailable', { 'retry-after': '31' }), shown()])
  const refused = await later.show('idn_1')
  assert.ok(!refused.ok && refused.code === 'unavailable' && refused.retryAfterMs === 31_000)
  assert.equal(later.waits.length, 0, 'an answer at once, instead of a wait that cannot help')

  const began = performance.now()
  const hanging = speaking(['hang'], { deadlineMs: 1000, retries: 1000, timeoutMs: 100 })
  const nothing = await hanging.show('idn_1')
  assert.ok(!nothing.ok && nothing.code === 'unreachable')
  assert.match(nothing.detail, /^No answer within \d+ ms$/)
  assert.ok(hanging.asked.length >= 2)
  assert.ok(performance.now() - began >= 100)
})

test('a body that stops in its middle runs into the same timeout', async () => {
  const stuck = new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{"id":')) }))
  let attempts = 0
  const fetch = (async (_: string, { signal }: RequestInit) => {
    attempts++
    if (attempts > 1) return shown()
    const cut = new Promise<string>((_, reject) => signal!.addEventListener('abort', () => reject(new Error('aborted'))))
    return Object.assign(stuck, { text: () => cut })
  }) as typeof globalThis.fetch
  const { show } = speaking([], { fetch, timeoutMs: 50 })
  assert.ok((await show('idn_1')).ok)
  assert.equal(attempts, 2)
})

test('what is refused for good is not repeated', async () => {
  const refusals = {
    invalid_request: 400,
    api_key_invalid: 401,
    number_unknown: 404,
    idempotency_conflict: 422,
    fault: 500,
    of_tomorrow: 418,
  }
  for (const [code, status] of Object.entries(refusals)) {
    const calls = speaking([problem(status, code), shown()])
    const answer = await calls.check({ number: '1' })
    assert.equal(answer.ok || answer.code, code)
    assert.equal(calls.asked.length, 1, code)
  }
})

test('an answer that is not Sello’s is unreachable, and never taken for a success', async () => {
  const answers = [
    new Response('<h1>Sign in to the network</h1>', { status: 200 }),
    new Response('[]', { status: 200 }),
    new Response('null', { status: 200 }),
    new Response(null, { status: 204 }),
    Response.json({ id: 'idn_1' }, { status: 201 }),
    new Response(null, { status: 302, headers: { location: 'https://elsewhere.example.com' } }),
    new Response('Not Found', { status: 404 }),
    Response.json({ error: 'no' }, { status: 401 }),
  ]
  for (const answer of answers) {
    const calls = speaking([answer])
    const got = await calls.show('idn_1')
    assert.ok(!got.ok && got.code === 'unreachable')
    assert.equal(got.status, answer.status)
    assert.equal(calls.asked.length, 1)
    assert.equal(calls.asked[0]!.init.redirect, 'manual')
  }
  const proxy = speaking([new Response('Bad Gateway', { status: 502 }), new Response('', { status: 503 }), shown()])
  assert.ok((await proxy.show('idn_1')).ok)
})

test('each POST has one Idempotency-Key for all of its attempts, its own or the given one', async () => {
  const done = Response.json({ id: 'idn_1', email: 'a@b.c', status: 'queued' }, { status: 202 })
  const calls = speaking([new TypeError('fetch failed'), problem(503, 'busy'), done])
  const body = { email: 'a@b.c', token: 't' }
  assert.ok((await calls.register(body)).ok)
  assert.ok((await calls.register(body)).ok)
  assert.ok((await calls.register({ ...body, idempotencyKey: 'mine' })).ok)
  const keys = calls.asked.map(({ init }) => new Headers(init.headers).get('idempotency-key'))
  assert.deepEqual([keys[0], keys[1], keys[2], keys[4]], [keys[0], keys[0], keys[0], 'mine'])
  assert.notEqual(keys[3], keys[0])
  assert.equal(calls.asked[4]!.init.body, '{"email":"a@b.c","token":"t"}')
  assert.equal(calls.asked[0]!.url, 'https://id.example.com/sello/v1/identities')
  await calls.show('idn_1')
  assert.equal(new Headers(calls.asked.at(-1)!.init.headers).has('idempotency-key'), false)
})

test('a signal ends the call wherever it is, with its own reason', async () => {
  const reason = new Error('the visitor left')
  const hanging = speaking(['hang'])
  await assert.rejects(hanging.show('idn_1', { signal: AbortSignal.abort(reason) }), reason)
  assert.equal(hanging.asked.length, 0)
  const during = new AbortController()
  const call = hanging.show('idn_1', { signal: during.signal })
  during.abort(reason)
  await assert.rejects(call, reason)

  const between = new AbortController()
  const waiting = speaking([problem(503, 'busy', { 'retry-after': '20' })], { sleep: undefined })
  const waited = waiting.show('idn_1', { signal: between.signal })
  setTimeout(() => between.abort(reason), 20)
  const began = performance.now()
  await assert.rejects(waited, reason)
  assert.ok(performance.now() - began < 10_000)
  assert.equal(waiting.asked.length, 1)
})

test('mistakes in the program throw, and never say the key', async () => {
  const fine = { url: 'https://id.example.com', apiKey: 'secret-key' }
  const wrong = [
    { url: '' },
    { url: 'id.example.com' },
    { url: 'ftp://id.example.com' },
    { url: 'https://a:b@id.example.com' },
    { url: 'https://id.example.com?x=1' },
    { apiKey: '' },
    { apiKey: 'secret-key\n' },
    { apiKey: undefined as unknown as string },
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
    { deadlineMs: -1 },
    { retries: -1 },
    { retries: 1.5 },
  ]
  for (const one of wrong) {
    assert.throws(
      () => library.createClient({ ...fine, ...one }),
      (error) => error instanceof TypeError && !/secret-key/.test(error.message),
      JSON.stringify(one),
    )
  }
  const made = library.createClient(fine)
  assert.doesNotMatch(JSON.stringify(made) + String(made), /secret-key/)
  const { show, register, asked } = speaking([shown()])
  for (const id of ['', '../admin', 'a/b', 'x'.repeat(65)]) await assert.rejects(show(id), TypeError)
  for (const idempotencyKey of ['', 'a b', 'ñ', 'x'.repeat(256)]) {
    await assert.rejects(register({ email: 'a@b.c', token: 't', idempotencyKey }), TypeError)
  }
  assert.equal(asked.length, 0)
})
