import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startRedis } from '../support/redis.ts'
import { type Answer, until } from '../support/server.ts'
import { startServices } from '../support/services.ts'
import { captureSmtp } from '../support/smtp.ts'

/** A call that may take five seconds is told of silence as soon as any other: measured at the client. */
const PATIENCE_MS = 2000
const HANGS_MS = 3000

describe('calls that hash a password, while persistence hangs', { timeout: 120_000 }, () => {
  test('are refused long before their deadline, and what was refused is not done afterwards', async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const redis = await startRedis(t)
    const { ask, persistences, outbox } = await startServices(t, { store: redis.url, smtpUrl: smtp.url })
    const register = (email: string) =>
      ask({ method: 'POST', path: '/v1/register', key: null, body: { email, password: 'a long enough word 7' } })
    const login = (email: string) =>
      ask({ method: 'POST', path: '/v1/login', key: null, body: { email, password: 'a long enough word 7' } })
    const mailed = (email: string) => smtp.letters.filter(({ envelope }) => envelope.to === email).length

    assert.equal((await register('before@example.com')).status, 202)
    const underWay = [register('under-way@example.com'), login('before@example.com')]
    await wait(20)
    persistences[0]!.signal('SIGSTOP')
    const began = performance.now()
    const during: { email: string; call: Promise<Answer> }[] = []
    for (let i = 0; performance.now() - began < HANGS_MS; i++) {
      const email = `during-${i}@example.com`
      during.push({ email, call: i % 2 ? login(email) : register(email) })
      await wait(100)
    }
    // The last ones may be served: they wait for no longer than they would at a service that is well.
    const early = during.slice(0, Math.floor(during.length / 3))
    const answers = await Promise.all(early.map(({ call }) => call))
    const first = await Promise.all(underWay)
    persistences[0]!.signal('SIGCONT')
    for (const { status, ms, headers } of answers) {
      assert.equal(status, 503)
      assert.ok(ms < PATIENCE_MS, `told after ${ms} ms`)
      assert.ok(Number(headers['retry-after']) >= 1)
    }
    for (const { ms } of first) assert.ok(ms < PATIENCE_MS, `told after ${ms} ms`)

    await until('sign-ups to go on', 20_000, async () => (await register(`after-${performance.now()}@example.com`)).status === 202)
    await Promise.all(during.map(({ call }) => call))
    await until('an empty outbox', 45_000, async () => (await outbox()) === 0)
    assert.deepEqual(
      early.filter(({ email }) => mailed(email) > 0).map(({ email }) => email),
      [],
    )
    assert.equal(mailed('before@example.com'), 1)
  })
})
