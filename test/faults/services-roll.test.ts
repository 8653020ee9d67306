import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { makeNumber } from '../../src/rules/number.ts'
import { startRedis } from '../support/redis.ts'
import { type Answer, type Api, until } from '../support/server.ts'
import { type Services, startServices } from '../support/services.ts'
import { captureSmtp } from '../support/smtp.ts'
import { twoThingsIn } from './audit.ts'

/** Enough that every step is met by calls, and not so many that they wait for each other until their deadlines. */
const HANDS = 6
const PAUSE_MS = 10
/** Between two steps of the rolling restart, so that each is met by calls. */
const STEP_MS = 300
const LETTERS_MS = 15_000

const counts = (answers: readonly Answer[]) =>
  Object.fromEntries([...Map.groupBy(answers, ({ status }) => status)].map(([s, l]) => [s, l.length]))

describe('two of each service on one Redis', { timeout: 240_000 }, () => {
  let smtp: Awaited<ReturnType<typeof captureSmtp>>
  let services: Services
  let front: [Api, Api]
  const endings: (() => Promise<void> | void)[] = []

  before(async () => {
    smtp = await captureSmtp()
    const owner = { after: (done: () => Promise<void> | void) => void endings.unshift(done) }
    owner.after(smtp.close)
    const redis = await startRedis(owner)
    services = await startServices(owner, { gateways: 2, persistences: 2, messagings: 2, store: redis.url, smtpUrl: smtp.url })
    front = [services.at(services.gateways[0]!), services.at(services.gateways[1]!)]
  })
  after(async () => {
    for (const end of endings) await end()
  })

  /** A fresh application, with budgets of its own. */
  async function addApp(name: string) {
    const { stdout, stderr } = await services.persistences[0]!.now().run('apps', 'add', name)
    return /^ {2}(sello_\w+)$/m.exec(stdout)?.[1] ?? assert.fail(stderr)
  }

  async function mailed(email: string) {
    const letter = smtp.next(email)
    const { status, body } = await services.register(email)
    assert.equal(status, 202)
    return { id: body.id!, number: (await letter).number }
  }

  test('a hundred checks of one number over both gateways: one is right, fifty times', async () => {
    const began = performance.now()
    let next = mailed('race-0@example.com')
    for (let round = 0; round < 50; round++) {
      const { id, number } = await next
      next = mailed(`race-${round + 1}@example.com`)
      const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => front[i % 2]!.check(number)))
      assert.deepEqual(counts(answers), { 200: 1, 404: 99 })
      assert.equal(answers.find(({ status }) => status === 200)!.body.id, id)
    }
    await next
    console.log(`50 × 100 checks in ${Math.round(performance.now() - began)} ms`)
  })

  test('fifty registrations of one address at once: one number lives, and it is the one in the last letter', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => front[i % 2]!.register('crowd@example.com')))
    assert.deepEqual(counts(answers), { 202: 50 })
    await until('an empty outbox', LETTERS_MS, async () => (await services.outbox()) === 0)
    const letters = smtp.letters.filter(({ envelope }) => envelope.to === 'crowd@example.com')
    const shown = await Promise.all(answers.map(({ body }) => services.show(body.id!)))
    const living = shown.filter(({ body }) => body.status !== 'replaced').map(({ body }) => body.id)
    assert.equal(living.length, 1, `${living.length} of fifty live`)
    const checks: Answer[] = []
    for (const { number } of letters) checks.push(await services.check(number))
    assert.deepEqual(
      checks.map(({ status }) => status),
      letters.map((_, i) => (i === letters.length - 1 ? 200 : 404)),
    )
    assert.equal(checks.at(-1)!.body.id, living[0])
    assert.deepEqual(twoThingsIn(smtp.letters), [])
    console.log(`50 registrations of one address: ${letters.length} letters`)
  })

  test('three hundred wrong numbers at once against a budget of a hundred: exactly a hundred are judged', async () => {
    const wrong = (i: number) => makeNumber(String(i % 100).padStart(2, '0'), String(900_000_000 + i).padStart(9, '0'))
    const guess = (i: number) => front[i % 2]!.check(wrong(i), { email: 'nobody@example.com' })
    const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => guess(i)))
    assert.deepEqual(counts(answers), { 404: 100, 429: 200 })
    for (const { status, headers } of answers) assert.equal(status === 429, Number(headers['retry-after'] ?? 0) > 0)
    assert.deepEqual(counts(await Promise.all([300, 301, 302, 303].map(guess))), { 429: 4 })
  })

  test('a key that is revoked through one process of persistence is refused by both gateways within a second', async () => {
    const key = await addApp('shop')
    let revoking = true
    let revokedAt = Number.POSITIVE_INFINITY
    const late: number[] = []
    const refused = [0, 0]
    const hands = [0, 0, 1, 1].map(async (at) => {
      while (revoking) {
        const askedAt = performance.now()
        const { status } = await front[at]!.show('idn_none', key)
        if (status === 404 && askedAt > revokedAt) late.push(askedAt - revokedAt)
        if (status === 401) refused[at]!++
        await wait(10)
      }
    })
    await wait(500)
    const rotated = await services.persistences[1]!.now().run('apps', 'rotate', 'shop', '--now')
    revokedAt = performance.now()
    assert.equal(rotated.code, 0, rotated.stderr)
    await wait(2000)
    revoking = false
    await Promise.all(hands)
    console.log(`a revoked key: the last call that it opened was made ${Math.round(Math.max(0, ...late))} ms after the command ended`)
    assert.ok(Math.max(0, ...late) < 1000, 'refused everywhere within a second')
    assert.ok(refused[0]! > 0 && refused[1]! > 0, 'both refuse it')
  })

  test('a rolling restart of all six by SIGTERM under load: no call fails, no letter is lost or comes twice', async () => {
    const key = await addApp('roll')
    const failed: string[] = []
    const acked: string[] = []
    const checked: string[] = []
    let rolling = true
    const numberTo = (email: string) => smtp.letters.findLast(({ envelope }) => envelope.to === email)?.number
    async function expect(status: number, what: string, call: Promise<Answer>) {
      try {
        const answer = await call
        if (answer.status !== status) failed.push(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`)
        return answer.status === status
      } catch (error) {
        failed.push(`${what}: ${(error as { code?: string }).code} ${String(error)}`)
        return false
      }
    }
    const hands = Array.from({ length: HANDS }, async (_, hand) => {
      for (let i = 0; rolling; i++) {
        const email = `roll-${hand}-${i}@example.com`
        if (!(await expect(202, `register ${email}`, services.register(email, { key })))) continue
        acked.push(email)
        const arrived = await until(`a letter to ${email}`, 2000, () => numberTo(email)).catch(() => null)
        const more = i % 2 === 0 ? { key, idempotencyKey: email } : { key }
        if (arrived && (await expect(200, `check ${email}`, services.check(arrived, more)))) checked.push(arrived)
        await wait(PAUSE_MS)
      }
    })
    const seen = smtp.letters.length
    const began = performance.now()
    for (const one of services.all) {
      await wait(STEP_MS)
      const { code, signal, ms } = await one.stop()
      assert.deepEqual({ name: one.name, code, signal }, { name: one.name, code: 0, signal: null })
      assert.ok(ms < 12_000, `${one.name} took ${Math.round(ms)} ms to end`)
      await one.start()
    }
    await wait(STEP_MS)
    const took = performance.now() - began
    rolling = false
    await Promise.all(hands)
    const missing = () => acked.filter((email) => !numberTo(email))
    await until('all letters', 45_000, () => missing().length === 0).catch(() => {})
    const letters = smtp.letters.slice(seen)
    console.log(
      `six restarts in ${Math.round(took / 1000)} s: ${acked.length} registrations, ${checked.length} checks, ${failed.length} failed, ` +
        `${letters.length} letters; calls by gateway ${[...services.given.values()].join(' and ')}`,
    )
    assert.deepEqual(failed.slice(0, 10), [], `${failed.length} calls failed`)
    assert.deepEqual(missing(), [], 'letters that did not come')
    const ids = letters.map(({ messageId }) => messageId)
    assert.equal(ids.length - new Set(ids).size, 0, 'letters that came twice')
    const some = checked.slice(-200)
    assert.deepEqual(counts(await Promise.all(some.map((number) => services.check(number, { key })))), { 404: some.length })
    assert.ok(acked.length > 50 && checked.length > 25, 'there was load')
    assert.equal(services.all.map((one) => one.stderr()).join(''), '')
  })
})
