import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { folder } from '../support/folder.ts'
import { type Ran, runSello, type Sello, type Settings, startSello } from '../support/server.ts'
import { captureSmtp } from '../support/smtp.ts'

async function done(settings: Settings, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runSello(args, settings)
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}
const failed = ({ code, stderr }: Ran, why: RegExp) => {
  assert.equal(code, 1)
  assert.match(stderr, why)
}
/** Ids by kind, in the order of their list. */
async function listed(settings: Settings, kind: string) {
  const lines = (await done(settings, 'keys', 'list')).split('\n').filter((line) => line.startsWith(`${kind} `))
  return lines.map((line) => line.split(/ +/)[1]!)
}
const published = async (sello: Sello) =>
  (await sello.ask({ path: '/.well-known/jwks.json', key: null })).body as { keys: { kid: string }[] }

describe('keys and first keys', { concurrency: 3, timeout: 240_000 }, () => {
  test('a rotation of signing key, pepper and seal loses nothing on its way', async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_SMTP_URL: smtp.url }
    const kinds = ['signing', 'pepper', 'seal']
    const newestTo = async (email: string) => {
      const letter = smtp.next(email)
      return { letter, answer: await sello.register(email) }
    }
    let sello = await startSello(t, settings)
    const key = sello.apiKey!
    const before = await newestTo('before@example.com')
    const { number } = await before.letter
    const old = await newestTo('old@example.com')
    const receipt = (await sello.check((await old.letter).number)).body.receipt!
    for (const kind of kinds) assert.match(await done(settings, 'keys', 'add', kind), /is added at the end/)
    await sello.stop()

    sello = await startSello(t, settings)
    assert.equal((await published(sello)).keys.length, 2, 'the new signing key is published before it signs')
    for (const kind of kinds) {
      const [first, second] = await listed(settings, kind)
      failed(await runSello(['keys', 'retire', first!], settings), /in use/)
      assert.match(await done(settings, 'keys', 'use', second!), /is the one in use from the next start on/)
      assert.deepEqual(await listed(settings, kind), [second, first])
    }
    await sello.stop()

    sello = await startSello(t, settings)
    assert.equal(sello.apiKey, key, 'the API key outlives the pepper')
    assert.equal((await sello.show(before.answer.body.id!)).status, 200)
    const checked = await sello.check(number, { email: 'before@example.com', token: 'session' })
    assert.deepEqual([checked.status, checked.body.token], [200, 'session'], 'a number from before, its token sealed before')
    const keys = await published(sello)
    for (const jws of [receipt, checked.body.receipt!]) await jwtVerify(jws, createLocalJWKSet(keys as never))
    const [signing] = await listed(settings, 'signing')
    assert.deepEqual(
      [keys.keys[0]!.kid, JSON.parse(Buffer.from(checked.body.receipt!.split('.')[0]!, 'base64url').toString()).kid],
      [signing, signing],
    )
    for (const kind of kinds) {
      const [, second] = await listed(settings, kind)
      failed(await runSello(['keys', 'retire', second!], settings), /--force/)
      assert.match(await done(settings, 'keys', 'retire', second!, '--force'), /is retired/)
    }
    await sello.stop()

    sello = await startSello(t, settings)
    assert.equal((await published(sello)).keys.length, 1)
    const after = await newestTo('after@example.com')
    assert.equal(after.answer.status, 202)
    assert.equal((await sello.check((await after.letter).number)).status, 200)
    await sello.stop()
  })

  test('a pepper that an API key still depends on is not retired', async (t) => {
    const settings = { SELLO_DATA_DIR: folder(t) }
    const sello = await startSello(t, settings)
    await done(settings, 'apps', 'add', 'sleeper')
    await done(settings, 'keys', 'add', 'pepper')
    await sello.stop()
    const [first, second] = await listed(settings, 'pepper')
    await done(settings, 'keys', 'use', second!)
    const next = await startSello(t, settings)
    failed(await runSello(['keys', 'retire', first!, '--force'], settings), /an API key still depends/)
    await next.stop()
    failed(await runSello(['keys', 'retire', first!, '--force'], settings), /an API key still depends/)
  })

  test('SELLO_BOOTSTRAP_KEY makes app default once; revoked, it never comes back', async (t) => {
    const bootstrap = randomBytes(24).toString('hex')
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_BOOTSTRAP_KEY: bootstrap }
    const valid = async (key: string) => {
      const sello = await startSello(t, settings)
      const { status } = await sello.show('idn_unknown', key)
      await sello.stop()
      assert.ok(!sello.stdout().includes(bootstrap))
      return status !== 401
    }
    assert.equal(await valid(bootstrap), true)
    assert.equal(await valid(bootstrap), true)
    const list = await done(settings, 'apps', 'list')
    assert.equal(list.trim().split('\n').length, 2, 'one app')
    assert.match(list, /\ndefault /)
    const rotated = /^ {2}(sello_\w+)$/m.exec(await done(settings, 'apps', 'rotate', 'default', '--now'))![1]!
    assert.deepEqual([await valid(bootstrap), await valid(rotated)], [false, true])
    await done(settings, 'apps', 'remove', 'default', '--yes')
    assert.equal(await valid(bootstrap), false, 'not even when app default is gone')
  })

  test('a revoked bootstrap key does not come back with a new pepper either', async (t) => {
    const bootstrap = randomBytes(24).toString('hex')
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_BOOTSTRAP_KEY: bootstrap }
    await (await startSello(t, settings)).stop()
    await done(settings, 'apps', 'remove', 'default', '--yes')
    await done(settings, 'keys', 'add', 'pepper')
    await done(settings, 'keys', 'use', (await listed(settings, 'pepper'))[1]!)
    const sello = await startSello(t, settings)
    assert.equal((await sello.show('idn_unknown', bootstrap)).status, 401)
    await sello.stop()
  })
})
