import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { folder } from '../support/folder.ts'
import { production } from '../support/production.ts'
import { runSello, type Settings } from '../support/server.ts'

const SECRET = 'hunter2-hunter2-hunter2'
const SHORT_KEY = Buffer.from('a key of twenty-four oct').toString('base64')
const LONG_KEY = Buffer.from('a key of at least thirty-two octets').toString('base64')

/** Each setting with a value that cannot be used. None of the values may be repeated. */
const bad: [name: string, value: string, other?: Settings][] = [
  ['SELLO_MODE', 'productive'],
  ['SELLO_HOST', 'two words'],
  ['SELLO_PORT', '65536'],
  ['SELLO_PORT', '-12345678'],
  ['SELLO_OPS_PORT', '3009.5000'],
  ['SELLO_PUBLIC_URL', 'ftp://id.example.com'],
  ['SELLO_PUBLIC_URL', 'https://id.example.com/'],
  ['SELLO_STORE', `postgres://sello:${SECRET}@db.example.com`],
  ['SELLO_SIGNING_KEY', SECRET],
  ['SELLO_SIGNING_KEY', '{"keys":[]}'],
  ['SELLO_SIGNING_KEY', `{"keys":[{"kty":"oct","k":"${SECRET}"}]}`],
  ['SELLO_PEPPER', SHORT_KEY],
  ['SELLO_PEPPER', `${LONG_KEY},${LONG_KEY}`],
  ['SELLO_PEPPER', `${SECRET}!`],
  ['SELLO_SEAL_KEY', SHORT_KEY],
  ['SELLO_SEAL_KEY', 'file:/nowhere/seal-keys'],
  ['SELLO_SMTP_URL', `http://sello:${SECRET}@mail.example.com`],
  ['SELLO_SMTP_URL', `sello:${SECRET}`],
  ['SELLO_SMTP_TLS', 'none', { SELLO_SMTP_URL: `smtp://sello:${SECRET}@mail.example.com` }],
  ['SELLO_SMTP_TLS', 'opportunistic', { SELLO_SMTP_URL: `smtp://sello:${SECRET}@mail.example.com` }],
  ['SELLO_SMTP_TLS', 'sometimes'],
  ['SELLO_MAIL_FROM', 'nobody in particular'],
  ['SELLO_BOOTSTRAP_KEY', SECRET],
  ['SELLO_BOOTSTRAP_KEY', 'file:/nowhere/bootstrap-key'],
  ['SELLO_NUMBER_TTL', '24 hours'],
  ['SELLO_NUMBER_TTL', '999999d'],
  ['SELLO_NUMBER_USE', 'whenever'],
  ['SELLO_LIMITS', 'somewhat'],
  ['SELLO_LIMIT_ADDRESS_SENDS', 'five a day'],
  ['SELLO_LIMIT_APP_MISSES', '100/999d'],
  ['SELLO_LOCALE', 'klingon-'],
  ['SELLO_PERSISTENCE_KEY', SECRET],
  ['SELLO_MESSAGING_URL', `redis://sello:${SECRET}@localhost`],
  ['SELLO_CODE_DIGITS', '33333333'],
  ['SELLO_PASSWORD_MIN', '77777777'],
  ['SELLO_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['SELLO_NUMBR_TTL', 'any value'],
  ['SELLO_API_KEYS', SECRET],
]

async function mistakes(settings: Settings, ...command: string[]) {
  const { code, stdout, stderr } = await runSello(command.length > 0 ? command : ['start'], settings)
  assert.equal(code, 2, `exit ${code}: ${stderr}${stdout}`)
  assert.equal(stdout, '')
  const [head = '', ...lines] = stderr.trimEnd().split('\n')
  assert.match(head, /^(One setting is|\d+ settings are) not right:$/)
  for (const line of lines) assert.match(line, /^ {2}SELLO_\w+ .+ Right would be: \S/)
  assert.equal(Number(/^\d+/.exec(head)?.[0] ?? 1), lines.length)
  return { lines, names: lines.map((line) => line.trim().split(' ', 1)[0]), stderr }
}

describe('settings that are not right', { concurrency: 3, timeout: 240_000 }, () => {
  for (const [name, value, other = {}] of bad) {
    test(`${name}=${value.replaceAll(SECRET, '…')}`, async (t) => {
      const dataDir = join(folder(t), 'data')
      const { names, stderr } = await mistakes({ SELLO_DATA_DIR: dataDir, ...other, [name]: value })
      assert.deepEqual(names, [name])
      if (value.length >= 8) assert.ok(!stderr.includes(value), `repeats the value: ${stderr}`)
      assert.ok(!stderr.includes(SECRET), `repeats a secret: ${stderr}`)
      assert.ok(!existsSync(dataDir), 'nothing is made before the settings are right')
    })
  }

  test('all at once, by every command that reads them', async (t) => {
    const all = Object.fromEntries(bad.filter(([, , other]) => !other).map(([name, value]) => [name, value]))
    for (const command of ['start', 'apps', 'keys', 'demo']) {
      const { names, stderr } = await mistakes({ ...all, SELLO_DATA_DIR: folder(t) }, command)
      assert.deepEqual(names.toSorted(), Object.keys(all).toSorted())
      assert.ok(!stderr.includes(SECRET))
    }
  })

  test('production names everything that it misses', async (t) => {
    const dataDir = join(folder(t), 'data')
    const { names } = await mistakes({ SELLO_MODE: 'production', SELLO_DATA_DIR: dataDir })
    const needed = ['SELLO_MAIL_FROM', 'SELLO_PEPPER', 'SELLO_PUBLIC_URL', 'SELLO_SEAL_KEY', 'SELLO_SIGNING_KEY', 'SELLO_SMTP_URL']
    assert.deepEqual(names.toSorted(), needed)
    assert.ok(!existsSync(dataDir))
  })

  test('production refuses each development default by itself', async (t) => {
    const good = production(join(folder(t), 'data'), 'smtp://127.0.0.1:2525', 3000)
    const spoilt: [string, Settings][] = [
      ...['SELLO_PEPPER', 'SELLO_SEAL_KEY', 'SELLO_SIGNING_KEY', 'SELLO_SMTP_URL', 'SELLO_PUBLIC_URL', 'SELLO_MAIL_FROM'].map(
        (name): [string, Settings] => [name, { [name]: '' }],
      ),
      ['SELLO_PUBLIC_URL', { SELLO_PUBLIC_URL: 'http://id.example.com' }],
      ['SELLO_LIMITS', { SELLO_LIMITS: 'off' }],
      ['SELLO_MAIL_FROM', { SELLO_MAIL_FROM: 'Sello <no-reply@localhost>' }],
      ['SELLO_SEAL_KEY', { SELLO_SEAL_KEY: good.SELLO_PEPPER! }],
    ]
    for (const [name, change] of spoilt) {
      const { names, stderr } = await mistakes({ ...good, ...change })
      assert.deepEqual(names, [name])
      assert.ok(!stderr.includes(good.SELLO_PEPPER!))
    }
    assert.ok(!existsSync(good.SELLO_DATA_DIR))
  })

  test('services beyond this machine speak TLS, each edge has a key of its own, and production is told what it misses', async (t) => {
    const dataDir = join(folder(t), 'data')
    const [one, other] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')]
    const all = production(dataDir, 'smtp://127.0.0.1:2525', 3000)
    const keys = { SELLO_PERSISTENCE_KEY: one, SELLO_MESSAGING_KEY: other }
    const near = { SELLO_PERSISTENCE_URL: 'http://127.0.0.1:3001', SELLO_MESSAGING_URL: 'unix:/run/sello/messaging.sock' }
    const good = { ...all, ...keys, ...near }
    const here = join(import.meta.dirname, '../support/localhost.pem') // a certificate and its key
    const wrong: [role: string, name: string, change: Settings][] = [
      ['gateway', 'SELLO_PERSISTENCE_URL', { SELLO_PERSISTENCE_URL: 'http://persistence.internal:3001' }],
      ['gateway', 'SELLO_PERSISTENCE_URL', { SELLO_PERSISTENCE_URL: 'https://10.0.0.1:3001,http://10.0.0.2:3001' }],
      ['gateway', 'SELLO_PERSISTENCE_URL', { SELLO_PERSISTENCE_URL: '' }],
      ['gateway', 'SELLO_MESSAGING_URL', { SELLO_MESSAGING_URL: 'http://10.0.0.3:3002' }],
      ['gateway', 'SELLO_MESSAGING_URL', { SELLO_MESSAGING_URL: '' }],
      ['gateway', 'SELLO_PERSISTENCE_KEY', { SELLO_PERSISTENCE_KEY: '' }],
      ['gateway', 'SELLO_MESSAGING_KEY', { SELLO_MESSAGING_KEY: `${other},${one}` }],
      ['gateway', 'SELLO_CA_FILE', { SELLO_CA_FILE: '/nowhere/ca.pem' }],
      ['persistence', 'SELLO_TLS_CERT_FILE', { SELLO_HOST: '0.0.0.0' }],
      ['persistence', 'SELLO_TLS_CERT_FILE', { SELLO_HOST: 'persistence.internal' }],
      ['persistence', 'SELLO_TLS_KEY_FILE', { SELLO_TLS_CERT_FILE: here }],
      ['persistence', 'SELLO_PERSISTENCE_KEY', { SELLO_PERSISTENCE_KEY: '' }],
      ['messaging', 'SELLO_TLS_CERT_FILE', { SELLO_HOST: '::' }],
      ['messaging', 'SELLO_TLS_CERT_FILE', { SELLO_TLS_KEY_FILE: here }],
      ['messaging', 'SELLO_MESSAGING_KEY', { SELLO_MESSAGING_KEY: '' }],
    ]
    for (const [role, name, change] of wrong) {
      const { names, stderr } = await mistakes({ ...good, ...change }, 'start', '--role', role)
      assert.deepEqual(names, [name], `${role} with ${JSON.stringify(change)}`)
      assert.ok(!stderr.includes(one) && !stderr.includes(other), 'no key is repeated')
    }
    assert.ok(!existsSync(dataDir))
  })
})
