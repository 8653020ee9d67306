import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeNumber } from '../../src/rules/number.ts'
import { folder } from '../support/folder.ts'
import { openGate } from '../support/gate.ts'
import { type Ran, runSello, type Sello, startSello, until } from '../support/server.ts'
import { captureSmtp } from '../support/smtp.ts'
import { filesOf, type Hay, needlesOf, type Secret, search } from './needles.ts'

const marker = (name: string) => `${name.replaceAll(' ', '-')}-${randomBytes(16).toString('hex')}`
const strangeNumber = () => makeNumber(String(randomInt(100)).padStart(2, '0'), String(randomInt(10 ** 9)).padStart(9, '0'))
const keyIn = ({ stdout }: Ran) => /^ {2}(sello_\w+)$/m.exec(stdout)?.[1] ?? assert.fail(`no API key in: ${stdout}`)

/** What is searched for, and what is searched: every file, also the generated secrets, which hold keys of their own but none of these. */
function hunt() {
  const secrets: Secret[] = []
  const hay: Hay[] = []
  const spoken: string[] = []
  return {
    secrets,
    hay,
    /** Remembers a secret and gives it back. */
    keep(name: string, value = marker(name)) {
      secrets.push({ name, value })
      return value
    },
    look: (dataDir: string, when: string) => void hay.push(...filesOf(dataDir, when)),
    /** The log is its JSON lines; the banner, which shows the development key, is not one. */
    listen(sello: Sello, when: string) {
      const lines = sello.stdout().split('\n')
      const log = lines.filter((line) => line.startsWith('{')).join('\n')
      assert.ok(log.length > 0, 'there is a log')
      spoken.push(log)
      hay.push({ place: `${when}: log`, bytes: Buffer.from(log) }, { place: `${when}: stderr`, bytes: Buffer.from(sello.stderr()) })
    },
    spoken: () => spoken.join('\n'),
  }
}
type Hunt = ReturnType<typeof hunt>

/** All flows of an application, right and wrong ones. `numberTo` gives the number of the next letter to an address. */
async function playFlows(sello: Sello, hunted: Hunt, numberTo: (email: string) => Promise<string>) {
  const { keep } = hunted
  const added = await sello.run('apps', 'add', 'shop')
  const rotated = await sello.run('apps', 'rotate', 'shop')
  const [older, key] = [keep('API key', keyIn(added)), keep('API key', keyIn(rotated))]
  async function registered(email: string, idempotencyKey?: string) {
    const token = keep('token')
    const number = numberTo(email)
    const { status, body } = await sello.register(email, { token, key, ...(idempotencyKey ? { idempotencyKey } : {}) })
    assert.equal(status, 202)
    return { id: body.id!, token, number: keep('number', await number) }
  }
  const expect = async (status: number, call: Promise<{ status: number }>) => assert.equal((await call).status, status)

  const once = keep('Idempotency-Key')
  const first = await registered('first@example.com', once)
  await expect(202, sello.register('first@example.com', { token: first.token, key, idempotencyKey: once }))
  await expect(422, sello.register('first@example.com', { token: keep('token'), key, idempotencyKey: once }))
  const proof = { email: 'first@example.com', token: first.token, key, idempotencyKey: keep('Idempotency-Key') }
  await expect(404, sello.check(first.number, { token: keep('token'), key }))
  await expect(404, sello.check(first.number, { email: 'other@example.com', key }))
  const checked = await sello.check(first.number, proof)
  assert.equal(checked.status, 200)
  const receipt = keep('receipt', checked.body.receipt!)
  keep('signature of the receipt', receipt.split('.')[2]!)
  assert.equal((await sello.check(first.number, proof)).body.receipt, receipt)
  await expect(404, sello.check(first.number, { key }))

  const replaced = await registered('second@example.com')
  const second = await registered('second@example.com')
  await expect(404, sello.check(replaced.number, { key }))
  keep('receipt', (await sello.check(second.number, { key })).body.receipt!)
  const revoked = await registered('revoked+tag@example.com')
  await expect(204, sello.ask({ method: 'DELETE', path: `/v1/identities/${revoked.id}`, key }))
  await registered('unused@example.com')

  const wrong = keep('wrong number', strangeNumber())
  await expect(404, sello.check(wrong, { key }))
  await expect(404, sello.check(wrong, { email: 'first@example.com', key: older }))
  await expect(
    400,
    sello.check(
      keep(
        'malformed number',
        wrong.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)),
      ),
      { key },
    ),
  )
  await expect(401, sello.check(wrong, { key: keep('wrong API key') }))
  await expect(404, sello.show(wrong, key))
  await expect(404, sello.ask({ path: `/${keep('word in a URL')}?number=${wrong}&key=${key}`, key }))
  await expect(400, sello.ask({ method: 'POST', path: '/v1/identities/check', body: { number: wrong, [keep('field')]: 1 }, key }))
  await expect(400, sello.ask({ method: 'POST', path: '/v1/identities', body: keep('body that is not an object'), key }))
  await expect(415, sello.ask({ method: 'POST', path: '/v1/identities', headers: { 'content-type': keep('content type') }, key }))
  assert.equal((await sello.run('apps', 'rotate', 'shop', '--finish')).code, 0)
  for (const args of [
    ['letters', '--to', 'first@example.com'],
    ['apps', 'list'],
    ['apps', 'history'],
    ['keys', 'list'],
  ]) {
    const { code, stdout, stderr } = await sello.run(...args)
    assert.equal(code, 0)
    hunted.hay.push({ place: args.join(' '), bytes: Buffer.from(stdout + stderr) })
  }
  return { key, expect }
}

const report = ({ hay, secrets }: Hunt) => {
  const needles = needlesOf(secrets)
  const bytes = hay.reduce((sum, one) => sum + one.bytes.length, 0)
  console.log(
    `searched ${hay.length} files and logs, ${Math.round(bytes / 1024)} KiB, for ${secrets.length} secrets in ${needles.length} forms`,
  )
  return search(hay, needles)
}

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
  }
  const dataDir = settings.SELLO_DATA_DIR
  let sello = await startSello(t, settings)
  const { key, expect } = await playFlows(sello, hunted, async (to) => (await smtp.next(to)).number)
  await until('an empty outbox', 5000, async () => (await sello.metric('sello_outbox_letters')) === 0)
  look(dataDir, 'running')

  await gate.set('refuse')
  const stuck = Array.from({ length: 20 }, (_, i) => `stuck${i}@example.com`)
  for (const to of stuck) await expect(202, sello.register(to, { token: keep('token'), key, idempotencyKey: keep('Idempotency-Key') }))
  look(dataDir, 'letters stuck')
  await sello.kill()
  listen(sello, 'killed')
  look(dataDir, 'after kill -9')
  sello = await startSello(t, settings)
  look(dataDir, 'letters stuck, restarted')
  await gate.set('forward')
  await until('the stuck letters', 45_000, () => stuck.every((to) => smtp.letters.some(({ envelope }) => envelope.to === to)))
  for (const { envelope, number } of smtp.letters) if (envelope.to.startsWith('stuck')) keep('number that was stuck', number)
  for (const { user: who } of smtp.letters) assert.equal(who, user)
  await until('an empty outbox', 5000, async () => (await sello.metric('sello_outbox_letters')) === 0)
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
  assert.doesNotMatch(hunted.spoken(), /(first|second|unused|stuck\d+)@example\.com/, 'addresses stand in the log masked')
})

test('with the built-in inbox: the same, its letters are sealed', async (t) => {
  const hunted = hunt()
  const { keep, look, listen } = hunted
  const settings = { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off' }
  const sello = await startSello(t, settings)
  keep('development key', sello.apiKey!)
  const seen = new Map<string, number>()
  await playFlows(sello, hunted, async (to) => {
    const before = seen.get(to) ?? 0
    const messages = await until(`a letter to ${to}`, 5000, async () => {
      const answer = await fetch(`${sello.url}/inbox/messages?to=${encodeURIComponent(to)}`)
      const list = (await answer.json()) as { text: string; id: string }[]
      return list.length > before && list
    })
    seen.set(to, messages.length)
    keep('letter', messages[0]!.text.split('\n').find((line) => line.length > 30)!)
    return /: ([\d ]+)/.exec(messages[0]!.text)![1]!.replaceAll(' ', '').trim()
  })
  look(settings.SELLO_DATA_DIR, 'running')
  await sello.kill()
  listen(sello, 'killed')
  look(settings.SELLO_DATA_DIR, 'after kill -9')
  const again = await startSello(t, settings)
  assert.equal(((await (await fetch(`${again.url}/inbox/messages`)).json()) as unknown[]).length, 5)
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
