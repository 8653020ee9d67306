import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { readLetter } from '../support/letter.ts'
import { test } from '../support/places.ts'
import { drop, type Script, scriptedSmtp } from '../support/smtp.ts'
import { HOUR, MINUTE, type World, world } from '../support/world.ts'

/** A Sello that sends through a mail server which follows a script. */
async function sending(t: TestContext, script: Script, settings: Record<string, string> = {}) {
  const smtp = await scriptedSmtp(script)
  t.after(() => smtp.close())
  const house = await world(t, { settings: { SELLO_SMTP_URL: smtp.url, ...settings } })
  const letters = () => smtp.messages.map((raw) => readLetter(raw))
  return { smtp, letters, ...house }
}

/** Waits for real time to do its part: SMTP runs over a real connection. */
async function until(what: string, holds: () => Promise<boolean> | boolean) {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(`it never came to this: ${what}`)
}
const events = async ({ show }: Pick<World, 'show'>, id: unknown) =>
  ((await show(id)).body.timeline as { event: string }[]).map(({ event }) => event)
/** Where the services talk over sockets, a step may have been under way while the clock moved: then the next one comes a second later. */
async function saw(house: Pick<World, 'show' | 'env'>, id: unknown, event: string) {
  let tries = 0
  await until(`${event} in the timeline`, async () => {
    if (++tries % 100 === 0) await house.env.advance(1000)
    return (await events(house, id)).includes(event)
  })
}

test('a mail server that asks to wait gets the same letter again, later, with the same Message-ID', async (t) => {
  const house = await sending(t, { RCPT: ['451 4.7.1 greylisted, try again', '250 2.1.5 ok'] })
  const { body } = await house.register({ email: 'ana@example.com', token: 't' })
  await saw(house, body.id, 'deferred')
  assert.equal((await house.show(body.id)).body.status, 'queued')
  await house.env.advance(3000)
  assert.equal(house.letters().length, 0, 'not before its time')
  await house.env.advance(4000)
  await saw(house, body.id, 'accepted')
  assert.deepEqual(await events(house, body.id), ['queued', 'deferred', 'handed_over', 'accepted'])
  const [deferred] = ((await house.show(body.id)).body.timeline as { event: string; detail: string }[]).filter(
    ({ event }) => event === 'deferred',
  )
  assert.equal(deferred!.detail, '4xx 4.7.1')
  assert.equal(house.letters().length, 1)
  assert.equal((await house.check({ number: house.letters()[0]!.number })).status, 200)
})

test('a connection that breaks after the final dot: the repeat is the same letter to the byte', async (t) => {
  const house = await sending(t, { dot: [drop, '250 2.0.0 taken'] })
  const { body } = await house.register({ email: 'ana@example.com', token: 't' })
  await saw(house, body.id, 'deferred')
  await house.env.advance(10_000)
  await saw(house, body.id, 'accepted')
  assert.equal(house.smtp.messages.length, 2)
  assert.deepEqual(house.smtp.messages[0], house.smtp.messages[1])
})

test('a number that was used meanwhile is not mailed again', async (t) => {
  const house = await sending(t, { dot: [drop, '250 2.0.0 taken'] })
  const { body } = await house.register({ email: 'ana@example.com', token: 't' })
  await saw(house, body.id, 'deferred')
  assert.equal((await house.check({ number: house.letters()[0]!.number })).status, 200)
  await house.env.advance(60_000)
  assert.equal(house.smtp.messages.length, 1)
  assert.equal((await house.show(body.id)).body.status, 'checked')
})

test('a final no is final, and others are not kept waiting', async (t) => {
  const house = await sending(t, { RCPT: ['550 5.1.1 no such mailbox', '250 2.1.5 ok'] })
  const refused = await house.register({ email: 'nobody@example.com', token: 't' })
  await saw(house, refused.body.id, 'failed')
  assert.equal((await house.show(refused.body.id)).body.status, 'failed')
  const other = await house.register({ email: 'ana@example.com', token: 't' })
  await saw(house, other.body.id, 'accepted')
  await house.env.advance(5 * MINUTE)
  assert.equal(house.smtp.commands.filter((command) => command.includes('nobody@')).length, 1)
  const found = await house.persistence.admin.listLetters({ to: 'nobody@example.com' })
  assert.ok(found.kind === 'found')
  assert.match(found.letters[0]!.timeline.at(-1)!.reply!, /550 .*no such mailbox/)
})

test('a newer letter takes the place of an unsent older one', async (t) => {
  const house = await sending(t, { RCPT: ['451 4.3.0 later', '250 2.1.5 ok'] })
  const older = await house.register({ email: 'ana@example.com', token: 'older' })
  await saw(house, older.body.id, 'deferred')
  const newer = await house.register({ email: 'ana@example.com', token: 'newer' })
  await house.env.advance(60_000)
  await saw(house, newer.body.id, 'accepted')
  assert.equal(house.letters().length, 1)
  assert.equal((await house.check({ number: house.letters()[0]!.number })).body.token, 'newer')
  assert.deepEqual(await events(house, older.body.id), ['queued', 'deferred', 'replaced'])
})

test('while a letter is in flight the newer one waits behind it, so the last letter is the live one', async (t) => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let first = true
  const house = await sending(t, {
    dot: (session) => {
      if (!first) return session.say('250 2.0.0 taken')
      first = false
      void held.then(() => session.say('250 2.0.0 taken'))
    },
  })
  const older = await house.register({ email: 'ana@example.com', token: 'older' })
  await until('the first letter on its way', () => house.smtp.messages.length === 1)
  await house.register({ email: 'ana@example.com', token: 'between' })
  const newest = await house.register({ email: 'ana@example.com', token: 'newest' })
  assert.equal(house.smtp.messages.length, 1)
  release()
  await saw(house, newest.body.id, 'accepted')
  assert.equal(house.letters().length, 2, 'the one between was never sent')
  assert.equal((await house.check({ number: house.letters()[1]!.number })).body.token, 'newest')
  assert.deepEqual(await events(house, older.body.id), ['queued', 'handed_over', 'accepted', 'replaced'])
})

test('a letter that cannot go out in time is never sent', async (t) => {
  const house = await sending(t, { RCPT: '451 4.3.0 later' }, { SELLO_NUMBER_TTL: '10m' })
  const { body } = await house.register({ email: 'ana@example.com', token: 't' })
  await saw(house, body.id, 'deferred')
  await house.env.leap(11 * MINUTE)
  await house.env.advance(5000)
  const tries = house.smtp.commands.filter((command) => command.startsWith('RCPT')).length
  await house.env.leap(HOUR)
  await house.env.advance(5000)
  assert.equal(house.smtp.commands.filter((command) => command.startsWith('RCPT')).length, tries)
  assert.equal((await house.show(body.id)).body.status, 'expired')
  assert.deepEqual(await house.persistence.handlers.outboxDepth({}), { length: 0, overdueMs: 0 })
})

test('while the mail server is away nothing is tried in a hurry, and all letters go when it is back, once each', async (t) => {
  let away = true
  const house = await sending(t, { greeting: ({ socket, say }) => void (away ? socket.destroy() : say('220 back')) })
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => house.register({ email: `p${i}@example.com`, token: 't' })))
  assert.ok(answers.every(({ status }) => status === 202))
  await until('a first failure', () => house.smtp.seen.sessions > 0)
  const before = house.smtp.seen.sessions
  for (let second = 0; second < 60; second++) {
    await house.env.advance(1000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.ok(house.smtp.seen.sessions - before <= 60, `${house.smtp.seen.sessions - before} connections in a minute`)
  away = false
  for (let second = 0; second < 30 && house.smtp.messages.length < 30; second++) {
    await house.env.advance(1000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  for (const { body } of answers) await saw(house, body.id, 'accepted')
  assert.equal(new Set(house.letters().map(({ to }) => to)).size, 30)
  assert.equal(house.smtp.messages.length, 30)
})

test('a letter that cannot be opened any more fails alone: the others are not kept waiting', async (t) => {
  const house = await sending(t, { RCPT: ['451 4.3.0 later', '451 4.3.0 later', '250 2.1.5 ok'] })
  const spoilt = await house.register({ email: 'ana@example.com', token: 't' })
  await saw(house, spoilt.body.id, 'deferred')
  const other = await house.register({ email: 'eva@example.com', token: 't' })
  await saw(house, other.body.id, 'deferred')
  const partition = String(spoilt.body.id).slice(4, 6)
  const app = (await house.persistence.admin.listApps({})).apps[0]!.id
  const key = `address/ana@example.com/mail/${app}/number`
  const [row] = await house.store.read(partition, [key])
  const { dueAt } = row!
  const value = { ...(row!.value as object), sealed: 'ffffffff.AAAA.AAAA' }
  const puts = [{ key, value, queue: { name: 'mail', dueAt: dueAt! } }]
  assert.ok(await house.store.commit(partition, { version: 'spoilt', expect: [], puts, deletes: [], log: [] }))
  await house.env.advance(10_000)
  await saw(house, other.body.id, 'accepted')
  await saw(house, spoilt.body.id, 'failed')
})

test('a store that stumbles while a letter is settled does not make it go out twice', async (t) => {
  const house = await sending(t, {})
  const commit = house.store.commit
  let stumbles = 0
  house.store.commit = (partition, change) => {
    const settles = change.puts.some(({ key, queue }) => key.includes('/mail/') && !queue)
    if (!settles || stumbles++ > 3) return commit(partition, change)
    return Promise.reject(new Error('the disk is away for a moment'))
  }
  const { body } = await house.register({ email: 'ana@example.com', token: 't' })
  await until('a first failure to settle', () => stumbles > 0)
  for (let second = 0; second < 60; second++) await house.env.advance(1000)
  await saw(house, body.id, 'accepted')
  assert.equal(house.smtp.messages.length, 1)
})
