import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder } from '../support/folder.ts'
import { openGate } from '../support/gate.ts'
import { runSello, startSello, until } from '../support/server.ts'
import { captureSmtp } from '../support/smtp.ts'
import { hunt, playFlows, report, strangeNumber } from './hunt.ts'
import { ACCOUNTS, playAccounts } from './hunt-accounts.ts'
import { filesOf, needlesOf, search } from './needles.ts'

test('with SMTP: no secret lies in clear in the data folder or the log, at any moment', async (t) => {
  const hunted = hunt()
  const { keep, look, listen } = hunted
  const [user, password] = ['sello', keep('SMTP password')]
  const smtp = await captureSmtp({
    authOptional: false,
    onAuth: (auth, _session, done) => (auth.password === password ? done(null, { user }) : done(new Error('535 5.7.8 who?'))),
  })
  t.after(smtp.close)
  const gate = await openGate(smtp.port)
  t.after(gate.close)
  const settings = {
    SELLO_DATA_DIR: folder(t),
    SELLO_LIMITS: 'off',
    SELLO_SMTP_URL: `smtp://${user}:${password}@127.0.0.1:${gate.port}`,
    SELLO_BOOTSTRAP_KEY: keep('bootstrap key'),
    ...ACCOUNTS,
  }
  const dataDir = settings.SELLO_DATA_DIR
  let sello = await startSello(t, settings)
  const { key, expect } = await playFlows(sello, hunted, async (to) => (await smtp.next(to)).number)
  await playAccounts(sello, hunted, async (to) => (await smtp.next(to)).text)
  await until('an empty outbox', 15_000, async () => (await sello.metric('sello_outbox_letters')) === 0)
  look(dataDir, 'running')

  await gate.set('refuse')
  const stuck = Array.from({ length: 20 }, (_, i) => `stuck${i}@example.com`)
  for (const to of stuck) await expect(202, sello.register(to, { token: keep('token'), key, idempotencyKey: keep('Idempotency-Key') }))
  for (const to of ['stuck.ana@example.com', 'stuck.bo@example.com']) {
    const body = { email: to, password: keep('password of a letter that waits') }
    await expect(202, sello.ask({ method: 'POST', path: '/v1/register', body, key: null }))
    stuck.push(to)
  }
  look(dataDir, 'letters stuck')
  await sello.kill()
  listen(sello, 'killed')
  look(dataDir, 'after kill -9')
  sello = await startSello(t, settings)
  look(dataDir, 'letters stuck, restarted')
  await gate.set('forward')
  await until('the stuck letters', 45_000, () => stuck.every((to) => smtp.letters.some(({ envelope }) => envelope.to === to)))
  for (const { envelope, number, text } of smtp.letters) {
    if (!envelope.to.startsWith('stuck')) continue
    keep('number or code that was stuck', number)
    const token = /confirm\?token=(\w+)/.exec(text)?.[1]
    if (token) keep('link token that was stuck', token)
  }
  for (const { user: who } of smtp.letters) assert.equal(who, user)
  await until('an empty outbox', 15_000, async () => (await sello.metric('sello_outbox_letters')) === 0)
  const metrics = await fetch(`${sello.opsUrl}/metrics`)
  hunted.hay.push({ place: 'metrics', bytes: Buffer.from(await metrics.text()) })
  look(dataDir, 'all sent')
  await sello.stop()
  listen(sello, 'ended')
  look(dataDir, 'after SIGTERM')
  assert.ok(
    hunted.hay.some(({ place }) => place.endsWith('running: sello.db-wal')),
    'the write-ahead log was there',
  )
  assert.deepEqual(report(hunted), [])
  assert.doesNotMatch(
    hunted.spoken(),
    /(first|second|unused|stuck\d+|stuck\.\w+|\w+\.first)@example\.com/,
    'addresses stand in the log masked',
  )
})

test('with the built-in inbox: the same, its letters are sealed', async (t) => {
  const hunted = hunt()
  const { keep, look, listen } = hunted
  const settings = { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off', ...ACCOUNTS }
  const sello = await startSello(t, settings)
  keep('development key', sello.apiKey!)
  const seen = new Map<string, number>()
  const textTo = async (to: string) => {
    const before = seen.get(to) ?? 0
    const messages = await until(`a letter to ${to}`, 15_000, async () => {
      const answer = await fetch(`${sello.url}/inbox/messages?to=${encodeURIComponent(to)}`)
      const list = (await answer.json()) as { text: string; id: string }[]
      return list.length > before && list
    })
    seen.set(to, messages.length)
    keep('letter', messages[0]!.text.split('\n').find((line) => line.length > 30)!)
    return messages[0]!.text
  }
  await playFlows(sello, hunted, async (to) =>
    /: ([\d ]+)/
      .exec(await textTo(to))![1]!
      .replaceAll(' ', '')
      .trim(),
  )
  await playAccounts(sello, hunted, textTo)
  look(settings.SELLO_DATA_DIR, 'running')
  await sello.kill()
  listen(sello, 'killed')
  look(settings.SELLO_DATA_DIR, 'after kill -9')
  const again = await startSello(t, settings)
  assert.equal(((await (await fetch(`${again.url}/inbox/messages`)).json()) as unknown[]).length, 14)
  await again.stop()
  listen(again, 'ended')
  look(settings.SELLO_DATA_DIR, 'after SIGTERM')
  assert.ok(
    hunted.hay.some(({ place }) => place.endsWith(': inbox')),
    'the inbox is a file',
  )
  assert.deepEqual(report(hunted), [])
})

test('the search finds what is there, in every form and at any place', async (t) => {
  const secrets = [
    { name: 'number', value: strangeNumber() },
    { name: 'token', value: 'señal-de-prueba/42+~' },
  ]
  const dataDir = folder(t)
  const needles = needlesOf(secrets)
  assert.ok(needles.length > 150)
  const blind = needles.filter(({ bytes, form, secret }) => {
    const planted = Buffer.concat([randomBytes(randomInt(5000)), bytes, randomBytes(randomInt(3))])
    writeFileSync(join(dataDir, 'planted'), planted)
    return !search(filesOf(dataDir, 'planted'), needles).some((find) => find.endsWith(`${secret.name} (${form})`))
  })
  assert.deepEqual(blind, [])
  for (const before of ['', 'a', 'ab', 'abc']) {
    const inside = Buffer.from(`${before}${secrets[0]!.value}xyz`).toString('base64')
    assert.equal(search([{ place: 'base64 of more', bytes: Buffer.from(inside) }], needles).length > 0, true)
  }
  const { stdout } = await runSello(['--help'], {})
  assert.deepEqual(search([{ place: 'help', bytes: Buffer.from(stdout) }], needles), [])
})
