import assert from 'node:assert/strict'
import { test } from '../support/places.ts'
import { world } from '../support/world.ts'

const NO_LIMITS = { SELLO_LIMITS: 'off' }
const together = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))
const counted = (values: (string | number)[]) =>
  Object.fromEntries([...new Set(values)].map((value) => [value, values.filter((other) => other === value).length]))

test('a hundred checks of one number at once: one success', async (t) => {
  const { mailed, check } = await world(t, { settings: NO_LIMITS })
  for (let round = 0; round < 5; round++) {
    const { number } = await mailed(`ana${round}@example.com`)
    const answers = await together(100, () => check({ number, token: 'session-42' }))
    assert.deepEqual(counted(answers.map(({ status }) => status)), { 200: 1, 404: 99 })
  }
})

test('fifty registrations of one address at once: one live number, and it is the one in the last letter', async (t) => {
  const { register, inbox, numberOf, check, show, env } = await world(t, { settings: NO_LIMITS })
  const answers = await together(50, (i) => register({ email: 'ana@example.com', token: `session-${i}` }))
  assert.deepEqual(counted(answers.map(({ status }) => status)), { 202: 50 })
  await env.advance(1000)
  const statusesNow = () => Promise.all(answers.map(async ({ body }) => (await show(body.id)).body.status as string))
  let statuses = await statusesNow()
  for (let tries = 0; !statuses.includes('sent') && tries < 100; tries++) statuses = await statusesNow()
  const letters = await inbox('ana@example.com', 2)
  assert.deepEqual(counted(statuses), { replaced: 49, sent: 1 })
  const numbers = letters.map(numberOf)
  assert.equal(new Set(numbers).size, numbers.length, 'no letter twice')
  for (const older of numbers.slice(1)) assert.equal((await check({ number: older })).status, 404)
  assert.equal((await check({ number: numbers[0]! })).status, 200)
})

test('ninety registrations at once into a number space of a hundred: ninety distinct numbers, or a clean refusal', async (t) => {
  // Every address of the test lives in the same partition, whose nine random digits take only 100 values.
  let drawn = 0
  const digitsFrom = (length: number) => (length === 9 ? String((drawn++ * 37) % 100).padStart(9, '0') : undefined)
  const { register, inbox, numberOf, check } = await world(t, { settings: NO_LIMITS, digitsFrom })
  const emails: string[] = []
  for (let i = 0; emails.length < 90; i++) {
    const email = `ana+${i}@example.com` // a tag does not move an address to another partition
    emails.push(email)
  }
  const answers = await together(90, (i) => register({ email: emails[i], token: `session-${i}` }))
  assert.ok(answers.every(({ status, body }) => status === 202 || body.code === 'numbers_exhausted'))
  const queued = emails.filter((_, i) => answers[i]!.status === 202)
  const numbers = new Set<string>()
  for (const email of queued) {
    const [letter] = await inbox(email, 1)
    numbers.add(numberOf(letter))
  }
  assert.equal(numbers.size, queued.length, 'no number twice')
  assert.ok(queued.length >= 60, `only ${queued.length} were registered`)
  for (const [i, email] of emails.entries()) {
    if (!queued.includes(email)) continue
    const [letter] = await inbox(email)
    assert.equal((await check({ number: numberOf(letter) })).body.token, `session-${i}`)
  }
})

test('a full number space refuses cleanly and leaves nothing behind', async (t) => {
  const digitsFrom = (length: number) => (length === 9 ? '000000000' : undefined)
  const { register, inbox } = await world(t, { settings: NO_LIMITS, digitsFrom })
  assert.equal((await register({ email: 'ana+1@example.com', token: 't' })).status, 202)
  const refused = await register({ email: 'ana+2@example.com', token: 't' })
  assert.equal(refused.status, 503)
  assert.equal(refused.body.code, 'numbers_exhausted')
  assert.ok(refused.headers.get('retry-after'))
  assert.equal((await inbox('ana+2@example.com')).length, 0)
})

test('a check and a newer registration at once: the older number gives its own token or nothing', async (t) => {
  const { mailed, register, check } = await world(t, { settings: NO_LIMITS })
  const outcomes: number[] = []
  for (let round = 0; round < 20; round++) {
    const email = `ana${round}@example.com`
    const { number } = await mailed(email, 'older')
    const [checked, registered] = await Promise.all([check({ number }), register({ email, token: 'newer' })])
    assert.equal(registered.status, 202)
    assert.ok(checked.status === 404 || checked.body.token === 'older')
    outcomes.push(checked.status)
    assert.equal((await check({ number })).status, 404, 'dead either way')
  }
})
