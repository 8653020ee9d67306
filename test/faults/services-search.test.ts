import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { openGate } from '../support/gate.ts'
import { startRedis } from '../support/redis.ts'
import { type Running, until } from '../support/server.ts'
import { startServices } from '../support/services.ts'
import { captureSmtp } from '../support/smtp.ts'
import { hunt, marker, playFlows, report } from './hunt.ts'
import { ACCOUNTS, playAccounts } from './hunt-accounts.ts'
import { filesOf, needlesOf, search } from './needles.ts'

/** Strings lie in the snapshot as they are; compressed ones could not be searched. */
const readable = (password: string) => ['--rdbcompression', 'no', '--requirepass', password]

test('three services on Redis: no secret lies in clear in its files, a data folder, a log or the metrics', {
  timeout: 120_000,
}, async (t) => {
  const hunted = hunt()
  const { keep, look, listen } = hunted
  const [user, password, door] = ['sello', keep('SMTP password'), keep('Redis password')]
  const smtp = await captureSmtp({
    authOptional: false,
    onAuth: (auth, _session, done) => (auth.password === password ? done(null, { user }) : done(new Error('535 5.7.8 who?'))),
  })
  t.after(smtp.close)
  const gate = await openGate(smtp.port)
  t.after(gate.close)
  const redis = await startRedis(t, { args: readable(door), cli: ['-a', door, '--no-auth-warning'] })
  const services = await startServices(t, {
    store: redis.url.replace('//', `//:${door}@`),
    smtpUrl: `smtp://${user}:${password}@127.0.0.1:${gate.port}`,
    settings: { persistence: ACCOUNTS },
  })
  const [persistence, messaging, gateway] = [services.persistences[0]!, services.messagings[0]!, services.gateways[0]!]
  keep('API key', services.apiKey)
  for (const [name, value] of Object.entries(services.keys)) keep(`${name} key`, value)
  const signing = JSON.parse(gateway.settings.SELLO_SIGNING_KEY!) as { keys: { d: string }[] }
  keep('signing key', signing.keys[0]!.d)

  const dirOfRedis = redis.cli('CONFIG', 'GET', 'dir').split('\n')[1]!
  const lookAround = (when: string) => {
    assert.equal(redis.cli('SAVE'), 'OK')
    look(dirOfRedis, `${when}: redis`)
    for (const { name, settings } of services.all) {
      if (existsSync(settings.SELLO_DATA_DIR)) look(settings.SELLO_DATA_DIR, `${when}: ${name}`)
    }
  }

  const run: Running['run'] = (...args) => persistence.now().run(...args)
  const { key, expect } = await playFlows({ ...services, run }, hunted, async (to) => (await smtp.next(to)).number)
  await playAccounts(services, hunted, async (to) => (await smtp.next(to)).text)
  await until('an empty outbox', 10_000, async () => (await services.outbox()) === 0)
  lookAround('running')

  // Letters that wait hold their numbers sealed; here three of them wait in the store, one of them in the hands of the gateway.
  await gate.set('reset')
  const stuck = ['stuck1@example.com', 'stuck2@example.com', 'stuck3@example.com']
  for (const email of stuck) await expect(202, services.register(email, { key, token: keep('token of a letter that waits') }))
  lookAround('letters stuck')
  await gateway.kill()
  await redis.kill()
  await redis.restart()
  await gateway.start()
  await gate.set('forward')
  await until('the stuck letters', 45_000, () => stuck.every((to) => smtp.letters.some(({ envelope }) => envelope.to === to)))
  for (const { envelope, number } of smtp.letters) if (envelope.to.startsWith('stuck')) keep('number that was stuck', number)
  await until('an empty outbox', 10_000, async () => (await services.outbox()) === 0)

  // What is in the way of a call is told in the logs, and a wrong key of a service is none of their words.
  await messaging.kill()
  await expect(202, services.register('later@example.com', { key, token: keep('token') }))
  await redis.kill()
  await expect(503, services.register('refused@example.com', { key, token: keep('token that was refused') }))
  await expect(503, services.check(smtp.letters[0]!.number, { key }))
  await redis.restart()
  await messaging.start()
  for (const { name, now } of services.all) {
    hunted.hay.push({ place: `${name}: metrics`, bytes: Buffer.from(await now().metrics()) })
  }
  lookAround('all sent')
  for (const member of [gateway, messaging, persistence]) {
    await member.stop()
    listen(member, member.name)
  }
  const places = hunted.hay.map(({ place }) => place)
  for (const file of ['dump.rdb', '.incr.aof', 'gateway-1: log', 'persistence-1: log', 'messaging-1: log', 'gateway-1: metrics']) {
    assert.ok(
      places.some((place) => place.endsWith(file)),
      `${file} was searched`,
    )
  }
  assert.deepEqual(report(hunted), [])
  assert.doesNotMatch(
    hunted.spoken(),
    /(first|second|unused|stuck\d+|later|refused|\w+\.first)@example\.com/,
    'addresses stand in the logs masked',
  )

  // The same search finds what is there: in the snapshot, in the append-only file, whatever the form.
  const planted = [{ name: 'planted', value: marker('planted') }]
  redis.cli('SET', 'planted', `{"token":"${planted[0]!.value}"}`)
  redis.cli('SET', 'encoded', Buffer.from(`x${planted[0]!.value}`).toString('base64'))
  redis.cli('SAVE')
  const finds = search(filesOf(dirOfRedis, 'planted'), needlesOf(planted))
  for (const file of ['dump.rdb', '.incr.aof']) {
    assert.ok(
      finds.some((find) => find.includes(`${file}: planted (json)`)),
      `in clear in ${file}: ${finds.join()}`,
    )
    assert.ok(
      finds.some((find) => find.includes(`${file}: planted (base64`)),
      `encoded in ${file}: ${finds.join()}`,
    )
  }
})
