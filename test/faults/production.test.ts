import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { folder } from '../support/folder.ts'
import { freePort } from '../support/gate.ts'
import { production } from '../support/production.ts'
import { type Ran, runSello, startSello } from '../support/server.ts'
import { captureSmtp } from '../support/smtp.ts'

const keyIn = ({ stdout }: Ran) => /^ {2}(sello_\w+)$/m.exec(stdout)?.[1] ?? assert.fail(`no API key in: ${stdout}`)

test('production starts when everything is given, and generates nothing', async (t) => {
  const smtp = await captureSmtp()
  t.after(smtp.close)
  const settings = production(folder(t), smtp.url, await freePort())
  const pepper = join(folder(t), 'pepper')
  writeFileSync(pepper, `${settings.SELLO_PEPPER}\n`)
  const sello = await startSello(t, { ...settings, SELLO_PEPPER: `file:${pepper}` })
  assert.equal(sello.apiKey, null)
  assert.match(sello.stdout(), /production/)
  assert.doesNotMatch(sello.stdout(), /sello_|curl|development/)
  assert.deepEqual(
    readdirSync(settings.SELLO_DATA_DIR).filter((name) => /secret|inbox/.test(name)),
    [],
  )
  assert.equal((await sello.ask({ path: '/inbox' })).status, 404)
  assert.equal((await sello.ask({ path: '/inbox/messages' })).status, 404)
  assert.equal((await sello.register('ana@example.com')).status, 401)

  const key = keyIn(await sello.run('apps', 'add', 'shop'))
  const letter = smtp.next('ana@example.com')
  assert.equal((await sello.register('ana@example.com', { key })).status, 202)
  const { number, from } = await letter
  assert.match(from, /shop/)
  const { status, body } = await sello.check(number, { key, email: 'ana@example.com' })
  assert.equal(status, 200)
  const keys = await sello.ask({ path: '/.well-known/jwks.json' })
  const { payload } = await jwtVerify(body.receipt!, createLocalJWKSet(keys.body as never), { issuer: 'https://id.example.com' })
  assert.equal(payload.identity, body.id)
  assert.equal((await sello.stop()).code, 0)
})

test('production refuses a store with a development key until it is rotated', async (t) => {
  const smtp = await captureSmtp()
  t.after(smtp.close)
  const dataDir = folder(t)
  const machine = await startSello(t, { SELLO_DATA_DIR: dataDir })
  const development = machine.apiKey!
  assert.equal((await machine.register('ana@example.com')).status, 202)
  await machine.stop()

  const fresh = production(dataDir, smtp.url, await freePort())
  const stranger = await runSello(['start'], fresh)
  assert.deepEqual({ code: stranger.code, stdout: stranger.stdout }, { code: 1, stdout: '' })
  assert.match(stranger.stderr, /none of the keys in SELLO_PEPPER is one that this store was used with/)

  const { pepper, seal } = JSON.parse(readFileSync(join(dataDir, 'development-secrets.json'), 'utf8')) as Record<string, string[]>
  const settings = { ...fresh, SELLO_PEPPER: pepper!.join(), SELLO_SEAL_KEY: seal!.join() }
  const { code, stdout, stderr } = await runSello(['start'], settings)
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
  assert.match(stderr, /SELLO_MODE is production.*: default\. .*apps rotate/)
  assert.ok(!stderr.includes(development))

  const rotated = await runSello(['apps', 'rotate', 'default', '--now'], settings)
  assert.equal(rotated.code, 0, rotated.stderr)
  const sello = await startSello(t, settings)
  assert.equal((await sello.register('bo@example.com', { key: development })).status, 401)
  assert.equal((await sello.register('bo@example.com', { key: keyIn(rotated) })).status, 202)
  assert.equal((await sello.stop()).code, 0)

  const again = await startSello(t, { SELLO_DATA_DIR: dataDir })
  assert.equal(again.apiKey, null, 'a revoked development key is not printed again')
  assert.equal((await again.register('bo@example.com', { key: development })).status, 401)
  await again.stop()
})
