import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { folder } from '../support/folder.ts'
import { type Sello, startSello, until } from '../support/server.ts'
import { captureSmtp } from '../support/smtp.ts'

const skip = process.platform === 'linux' ? false : 'needs prlimit, which is of Linux'
const SOON_MS = 2000

/** No file of the process may grow: every write of the store fails, as on a full disk. */
function fill(sello: Sello, limit: '0' | 'unlimited') {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(sello.pid), `--fsize=${limit}:unlimited`], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

for (const limits of ['on', 'off']) {
  test(`a store that cannot commit: writes 503, reads and keys go on, it heals without a restart [limits ${limits}]`, {
    skip,
  }, async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const settings = { SELLO_DATA_DIR: folder(t), SELLO_SMTP_URL: smtp.url, SELLO_LIMITS: limits }
    const sello = await startSello(t, settings)
    const letter = smtp.next('ana@example.com')
    const { body } = await sello.register('ana@example.com')
    const { number } = await letter
    await until('the letter to be settled', 15_000, async () => (await sello.show(body.id!)).body.status === 'sent')
    assert.equal(await sello.readiness(), 200)

    fill(sello, '0')
    const refused = await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => sello.register(`none${i}@example.com`)),
      sello.check(number),
      sello.check(number, { email: 'ana@example.com', token: 'session', idempotencyKey: 'once' }),
      sello.ask({ method: 'DELETE', path: `/v1/identities/${body.id}` }),
    ])
    for (const { status, headers, body, ms } of refused) {
      assert.deepEqual({ status, code: body.code }, { status: 503, code: 'unavailable' })
      assert.match(String(headers['retry-after']), /^[1-9]\d*$/)
      assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
      assert.ok(ms < SOON_MS, `refused after ${ms} ms`)
    }
    await until('not ready', SOON_MS, async () => (await sello.readiness()) === 503)
    const shown = await sello.show(body.id!)
    assert.deepEqual([shown.status, shown.body.status], [200, 'sent'])
    const keys = await sello.ask({ path: '/.well-known/jwks.json', key: null })
    assert.deepEqual([keys.status, keys.body.keys?.length], [200, 1])
    assert.equal((await sello.register('none@example.com', { key: 'sello_unknown' })).status, 401)
    assert.equal((await sello.ask({ path: '/nothing' })).status, 404)

    fill(sello, 'unlimited')
    await until('ready again', SOON_MS, async () => (await sello.readiness()) === 200)
    const again = smtp.next('bo@example.com')
    assert.equal((await sello.register('bo@example.com')).status, 202)
    await again
    const checked = await sello.check(number, { email: 'ana@example.com' })
    assert.deepEqual([checked.status, checked.body.id], [200, body.id], 'what was refused consumed nothing')
    const strangers = smtp.letters.filter(({ envelope }) => envelope.to.startsWith('none'))
    assert.deepEqual(strangers, [], 'what was refused sent nothing')
    assert.equal((await sello.stop()).code, 0)
  })
}

test('a letter that was sent while the store could not note it is sent again, the same, and then settled', { skip }, async (t) => {
  const smtp = await captureSmtp({
    onRcptTo({ address }, _session, done) {
      if (address.startsWith('late')) fill(sello, '0')
      done()
    },
  })
  t.after(smtp.close)
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_SMTP_URL: smtp.url, SELLO_LIMITS: 'off' })
  const first = smtp.next('late@example.com')
  const { body } = await sello.register('late@example.com')
  await first
  await until('tries to settle', 5000, () => sello.logs().length > 0)
  fill(sello, 'unlimited')
  await until('the letter to be settled', 45_000, async () => (await sello.show(body.id!)).body.status === 'sent')
  const copies = smtp.letters.filter(({ envelope }) => envelope.to === 'late@example.com')
  assert.equal(new Set(copies.map(({ raw }) => raw.toString('latin1'))).size, 1)
  assert.equal((await sello.check(copies[0]!.number)).status, 200)
  await sello.stop()
})
