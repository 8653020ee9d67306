import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import Type from 'typebox'
import { clock, inCall } from '../../src/call.ts'
import { connect } from '../../src/http/connect.ts'
import { Problem } from '../../src/problem.ts'

const contract = {
  echo: { path: '/echo', input: Type.Object({ n: Type.Number() }), output: Type.Object({ n: Type.Number() }) },
  tell: { path: '/tell', input: Type.Object({ n: Type.Number() }), output: Type.Object({ n: Type.Number() }), everywhere: true },
} as const

type Reply = { status?: number; body: unknown; clock?: number; retryAfter?: number }

/** A service that is not ours, and may say what it wants. */
async function service(t: TestContext, reply: (request: IncomingMessage, body: { n: number }) => Promise<Reply> | Reply) {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks = await Array.fromAsync(request)
    const { status = 200, body, clock: told = clock(), retryAfter } = await reply(request, JSON.parse(Buffer.concat(chunks).toString()))
    response
      .writeHead(status, {
        'content-type': 'application/json',
        'x-sello-clock': String(told),
        ...(retryAfter ? { 'retry-after': String(retryAfter) } : {}),
      })
      .end(JSON.stringify(body))
  }
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.closeAllConnections())
  t.after(() => server.close())
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function client(t: TestContext, ...urls: URL[]) {
  const connected = connect(contract, { urls, key: 'k'.repeat(32) })
  t.after(connected.close)
  return connected
}
const isUnavailable = (error: unknown) => error instanceof Problem && error.code === 'unavailable'

test('a call that had little time says nothing of its service: the others are made', async (t) => {
  const url = await service(t, async (_, { n }) => {
    await wait(200)
    return { body: { n } }
  })
  const { echo } = client(t, url)
  await assert.rejects(
    inCall({ requestId: '', until: clock() + 60 }, () => echo({ n: 0 })),
    isUnavailable,
  )
  assert.deepEqual(await Promise.all([1, 2, 3].map((n) => echo({ n }))), [{ n: 1 }, { n: 2 }, { n: 3 }])
})

test('deadlines are told in the clock of the callee, which its refusal teaches', async (t) => {
  const HOUR = 3_600_000
  let refused = 0
  const url = await service(t, ({ headers }, { n }) => {
    const theirs = clock() + HOUR
    const leftMs = Number(headers['x-sello-deadline']) - theirs
    if (leftMs > 0) return { body: { n: Math.round(leftMs / 100) }, clock: theirs }
    refused++
    return { status: 503, body: { code: 'late' }, clock: theirs + n * 0 }
  })
  const { echo } = client(t, url)
  for (let i = 0; i < 3; i++) {
    const { n } = await echo({ n: i })
    assert.ok(n >= 12 && n <= 15, `${n * 100} ms were left`)
  }
  assert.equal(refused, 1)
})

test('what a service refuses for reasons between it and us is no answer for our caller', async (t) => {
  for (const [status, code, wanted] of [
    [404, 'not_found', 'unavailable'],
    [405, 'method_not_allowed', 'unavailable'],
    [401, 'service_key_invalid', 'unavailable'],
    [503, 'unavailable', 'unavailable'],
    [503, 'busy', 'busy'],
    [400, 'invalid_request', 'fault'],
    [413, 'body_too_large', 'fault'],
    [500, 'fault', 'fault'],
  ] as const) {
    const { echo } = client(t, await service(t, () => ({ status, body: { code } })))
    await assert.rejects(echo({ n: 1 }), (error) => error instanceof Problem && error.code === wanted, `${status} ${code}`)
  }
})

test('when a service has too much to do, its caller learns when to come again', async (t) => {
  const url = await service(t, () => ({ status: 503, body: { code: 'busy' }, retryAfter: 4 }))
  const told = (error: unknown) => error instanceof Problem && error.code === 'busy' && error.extras.retryAfterMs === 4000
  await assert.rejects(client(t, url).echo({ n: 1 }), told)
})

test('one that refuses connections is passed over; one that hung up after it was asked is not', async (t) => {
  const gone = await service(t, () => ({ body: {} }))
  gone.port = '1'
  let asked = 0
  const rude = await service(t, (request) => {
    asked++
    request.socket.destroy()
    return { body: {} }
  })
  const good = await service(t, (_, { n }) => ({ body: { n } }))
  const { echo } = client(t, gone, good)
  for (let n = 0; n < 6; n++) assert.deepEqual(await echo({ n }), { n })
  const other = client(t, rude)
  await assert.rejects(other.echo({ n: 1 }), isUnavailable)
  assert.equal(asked, 1)
})

test('what is for every process of a service reaches every one', async (t) => {
  const heard: number[] = []
  const make = (place: number) =>
    service(t, (_, { n }) => {
      heard.push(place)
      return { body: { n } }
    })
  const { tell } = client(t, await make(1), await make(2), await make(3))
  assert.deepEqual(await tell({ n: 7 }), { n: 7 })
  assert.deepEqual(heard.sort(), [1, 2, 3])
})
