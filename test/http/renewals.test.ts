import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { clock } from '../../src/call.ts'
import { connect } from '../../src/http/connect.ts'
import { Problem } from '../../src/problem.ts'
import { start } from '../support/process.ts'
import { until } from '../support/server.ts'
import { contract, KEY } from '../support/slow-service.ts'

const isUnavailable = (error: unknown) => error instanceof Problem && error.code === 'unavailable'

/** The slow service in a process of its own, and a client of it. */
async function service(t: TestContext) {
  const { child, line } = start(t, process.execPath, [join(import.meta.dirname, '../support/slow-service.ts')])
  const url = new URL(await line((said) => said.startsWith('http')))
  const client = connect(contract, { urls: [url], key: KEY })
  t.after(client.close)
  await client.probe({})
  return { ...client, url, child }
}

/** How a call ended, and after how many ms. */
async function timed(call: Promise<unknown>) {
  const began = performance.now()
  const outcome = await call.then(
    () => 'done',
    (error: unknown) => (isUnavailable(error) ? 'unavailable' : String(error)),
  )
  return { outcome, ms: performance.now() - began }
}

test('a long call to a service that is well is waited for, and never has more than the time of a short one', async (t) => {
  const { slow, written } = await service(t)
  const times = [10, 900, 2500, 3500]
  const answers = await Promise.all(times.map((ms) => slow({ key: `after ${ms}`, ms })))
  for (const { leftMs } of answers) assert.ok(leftMs > 0 && leftMs <= 1500, `${leftMs} ms were left`)
  assert.deepEqual((await written({})).keys.sort(), times.map((ms) => `after ${ms}`).sort())
})

test('no renewal moves the deadline: what would take longer is refused at its end, and not done', async (t) => {
  const { slow, written } = await service(t)
  const { outcome, ms } = await timed(slow({ key: 'too long', ms: 5200 }))
  assert.equal(outcome, 'unavailable')
  assert.ok(ms > 4800, `after ${ms} ms`)
  await wait(600)
  assert.deepEqual(await written({}), { keys: [] })
})

test('a service that stops is noticed long before the deadline, and does nothing of it when it goes on', async (t) => {
  const { slow, written, child } = await service(t)
  // Whatever they have reached when it stops: not begun, at work, renewed once and more often.
  const calls = [300, 700, 1100, 1600, 2200].map((ms) => timed(slow({ key: `of ${ms}`, ms })))
  await wait(150)
  child.kill('SIGSTOP')
  const during = timed(slow({ key: 'during', ms: 1 }))
  const answers = await Promise.all([...calls, during])
  child.kill('SIGCONT')
  for (const { outcome, ms } of answers) {
    assert.equal(outcome, 'unavailable')
    assert.ok(ms < 2500, `told after ${ms} ms`)
  }
  await until('the service to be back', 5000, () => slow({ key: 'afterwards', ms: 1 }).catch(() => null))
  await wait(2500)
  assert.deepEqual(await written({}), { keys: ['afterwards'] })
})

test('it stops after calls were renewed: the same', async (t) => {
  const { slow, written, child } = await service(t)
  const calls = [2200, 2600, 3200].map((ms) => timed(slow({ key: `of ${ms}`, ms })))
  await wait(1900)
  child.kill('SIGSTOP')
  const answers = await Promise.all(calls)
  child.kill('SIGCONT')
  for (const { outcome, ms } of answers) {
    assert.equal(outcome, 'unavailable')
    assert.ok(ms > 1900 && ms < 4000, `told after ${ms} ms`)
  }
  await until('the service to be back', 5000, () => slow({ key: 'afterwards', ms: 1 }).catch(() => null))
  await wait(1500)
  assert.deepEqual(await written({}), { keys: ['afterwards'] })
})

test('a service that stands still for a moment loses no call', async (t) => {
  const { slow, stall } = await service(t)
  const calls = [900, 1500, 2400].map((ms) => slow({ key: `of ${ms}`, ms }))
  await wait(400)
  await stall({ ms: 500 })
  for (const { leftMs } of await Promise.all(calls)) assert.ok(leftMs > 0)
})

test('when the caller goes away nothing is written any more', async (t) => {
  const { url, written } = await service(t)
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'x-sello-deadline': String(clock() + 5000) }
  const call = (key: string) => {
    const sent = request(new URL('/slow', url), { method: 'POST', headers }).on('error', () => {})
    sent.end(JSON.stringify({ key, ms: 600 }))
    return sent
  }
  const leaving = call('left')
  const staying = call('stayed')
  await wait(200)
  leaving.destroy()
  const [answer] = await once(staying, 'response')
  answer.resume()
  assert.equal(answer.statusCode, 200)
  await wait(200)
  assert.deepEqual(await written({}), { keys: ['stayed'] })
})

test('only who has the key renews, and only calls that run', async (t) => {
  const { url, slow, written } = await service(t)
  const renew = (key: string, body: unknown) =>
    fetch(new URL('/renew-calls', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const calls = [{ id: 'nobody’s', until: clock() + 5000 }]
  assert.deepEqual(
    [(await renew('another key', { calls })).status, (await renew(KEY, { calls })).status, (await renew(KEY, { calls: 1 })).status],
    [401, 200, 400],
  )
  await slow({ key: 'as ever', ms: 1 })
  assert.deepEqual(await written({}), { keys: ['as ever'] })
})
