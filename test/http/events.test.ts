import assert from 'node:assert/strict'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { realEnv } from '../../src/env.ts'
import { type Send, sendEvents } from '../../src/http/events.ts'
import { createServer, drain } from '../../src/http/server.ts'
import { createLog, type Line } from '../../src/log.ts'
import { Problem } from '../../src/problem.ts'

const env = realEnv()
type Run = (send: Send, signal: AbortSignal) => Promise<void>
const untilAborted = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

async function server(t: TestContext, run: Run) {
  const measured: string[] = []
  const faults: Line[] = []
  const log = { ...createLog({ fd: openSync('/dev/null', 'a'), terminal: false }, env.now), error: (line: Line) => void faults.push(line) }
  const app = createServer({ env, log, measure: (op) => void measured.push(op), detailOf: (code) => code })
  app.get('/events', { config: { op: 'watch', quiet: true } }, (request, reply) => sendEvents(request, reply, run))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => app.close())
  /** An answer whose body is there to be read, and every byte of it that came. */
  async function open(method = 'GET') {
    const asked = request(`${url}/events`, { method }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    const got = { text: '' }
    response.on('error', () => {}) // it was dropped
    response.setEncoding('utf8').on('data', (chunk: string) => {
      got.text += chunk
    })
    const ended = new Promise<void>((resolve) => response.once('close', () => resolve()))
    return { response, got, ended, drop: () => asked.destroy() }
  }
  return { app, open, measured, faults }
}

test('events arrive as they are sent, and the stream ends with what sends them', async (t) => {
  const { open, measured, faults } = await server(t, async (send) => {
    send('letter', 'let_1')
    send('letter', 'one\r\ntwo\rthree\nfour\u2028')
  })
  const { response, got, ended } = await open()
  await ended
  assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8')
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.match(String(response.headers['x-request-id']), /^req_/)
  const lines = 'data: one\ndata: two\ndata: three\ndata: four\u2028\n'
  assert.equal(got.text, `retry: 1000\n\nevent: letter\ndata: let_1\n\nevent: letter\n${lines}\n`)
  assert.deepEqual(measured, [])
  assert.deepEqual(faults, [])
})

test('a server that ends is not held up by those who listen, nor by one that comes late', async (t) => {
  const aborted: boolean[] = []
  const { app, open } = await server(t, async (send, signal) => {
    send('hello', '')
    await untilAborted(signal)
    aborted.push(true)
    send('late', '')
  })
  const streams = await Promise.all([open(), open(), open()])
  await drain(app, env.sleep, 0, 60_000)
  for (const { got, ended } of streams) {
    await ended
    assert.equal(got.text, 'retry: 1000\n\nevent: hello\ndata: \n\n')
  }
  assert.deepEqual(aborted, [true, true, true])
  assert.equal((await app.inject('/events').catch(() => null))?.statusCode ?? 503, 503)
})

test('one that goes away is let go of, and silence is filled', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let gone = () => {}
  const left = new Promise<void>((resolve) => {
    gone = resolve
  })
  const { open } = await server(t, async (_, signal) => {
    await untilAborted(signal)
    gone()
  })
  const { response, got, drop } = await open()
  t.mock.timers.tick(15_000)
  while (!got.text.endsWith('\n\n:\n\n')) await once(response, 'data')
  drop()
  await left
})

test('a server has room for so many, then says so; HEAD opens none', async (t) => {
  const aborts = new AbortController()
  const { app, open } = await server(t, (_, signal) => untilAborted(AbortSignal.any([signal, aborts.signal])))
  assert.equal((await open('HEAD')).response.headers['content-type'], 'text/event-stream; charset=utf-8')
  const streams = await Promise.all(Array.from({ length: 1000 }, () => open()))
  assert.ok(streams.every(({ response }) => response.statusCode === 200))
  const refused = await app.inject('/events')
  assert.equal(refused.statusCode, 503)
  assert.equal(refused.json().code, 'busy')
  aborts.abort()
  await Promise.all(streams.map(({ ended }) => ended))
  assert.equal((await open()).response.statusCode, 200)
})

test('a fault ends the stream and is told, one of a reader who has gone is not', async (t) => {
  const { open, faults, measured } = await server(t, async (_, signal) => {
    if (faults.length === 0) throw new Problem('unavailable', {}, { cause: 'messaging is away' })
    await untilAborted(signal)
    throw new Error('nobody listens')
  })
  await (await open()).ended
  while (faults.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const second = await open()
  second.drop()
  await second.ended
  assert.deepEqual(
    faults.map(({ op, outcome }) => [op, outcome]),
    [['watch', 'unavailable']],
  )
  assert.deepEqual(measured, [])
})
