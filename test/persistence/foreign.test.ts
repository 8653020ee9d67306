import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { hashSync } from '@node-rs/bcrypt'
import { realEnv } from '../../src/env.ts'
import { createPasswords } from '../../src/persistence/password.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { readForeign } from '../../src/rules/foreign-forms.ts'
import { BATTERY, HASH_CONFIG, VECTORS } from '../support/foreign.ts'

const KEY = Buffer.alloc(32, 1)
const OTHER = Buffer.alloc(32, 2)
const ANA = 'app_1/ana@example.com'

/** Real threads. `ran`: how many argon2id of our own. */
function open(t: TestContext, seals = [KEY]) {
  const seen = { ran: 0 }
  const cost = { memory: 64, time: 1, parallelism: 1 }
  const onHash = () => void seen.ran++
  const passwords = createPasswords({ env: realEnv(), secrets: createSecrets(realEnv(), [KEY], seals), cost, onHash })
  t.after(() => passwords.close())
  const adopt = (given: unknown, scope = ANA) => {
    const read = readForeign(given, HASH_CONFIG)
    assert.ok('hash' in read, JSON.stringify(read))
    return passwords.adopt(scope, read.hash)
  }
  const opens = async (given: unknown, password: string) => (await passwords.match(ANA, password, [adopt(given)])).length === 1
  return { ...passwords, adopt, opens, seen }
}
const pbkdf2 = (password: string | Buffer) =>
  `$pbkdf2-sha256$1000$${Buffer.from('a salt').toString('base64')}$${pbkdf2Sync(password, 'a salt', 1000, 32, 'sha256').toString('base64')}`

for (const { name, by, given, password } of VECTORS) {
  test(`${name}: the password opens, others do not (made by ${by})`, async (t) => {
    const { adopt, match, seen } = open(t)
    const stored = adopt(given)
    assert.deepEqual(await match(ANA, password, [stored]), [0])
    assert.equal(seen.ran, 1, 'our own argon2id runs besides')
    for (const wrong of [`${password} `, password.slice(0, -1), password.toUpperCase(), '']) {
      if (wrong !== password) assert.deepEqual(await match(ANA, wrong, [stored]), [], wrong)
    }
  })
}

test('bcrypt reads 72 bytes and ends at a NUL: what it did not read is never taken for the password', async (t) => {
  const { opens } = open(t)
  const [short, long] = ['x'.repeat(72), 'x'.repeat(80)]
  const hashOf = (password: string) => hashSync(password, 4)
  assert.equal(hashSync(long, 4, Buffer.alloc(16, 7)), hashSync(short, 4, Buffer.alloc(16, 7)), 'bcrypt itself does not tell them apart')
  assert.ok(await opens(hashOf(short), short))
  for (const twin of [long, `${short}a`, `${short}b`]) assert.equal(await opens(hashOf(twin), twin), false, twin)
  assert.equal(await opens(hashOf(short), long), false)
  // 36 letters of two bytes each, and one more
  assert.ok(await opens(hashOf('ñ'.repeat(36)), 'ñ'.repeat(36)))
  assert.equal(await opens(hashOf('ñ'.repeat(36)), 'ñ'.repeat(37)), false)
  assert.equal(await opens(hashOf('before'), 'before\0after'), false)
  assert.equal(await opens(hashOf('before\0after'), 'before\0other'), false)
  assert.equal(await opens(hashOf('before\0after'), 'before\0after'), false)
})

test('the other kinds read all of a password', async (t) => {
  const { opens } = open(t)
  const [one, other] = [`${'x'.repeat(72)}a${'x'.repeat(7)}`, `${'x'.repeat(72)}b${'x'.repeat(7)}`]
  assert.ok(await opens(pbkdf2(one), one))
  assert.equal(await opens(pbkdf2(one), other), false)
  assert.ok(await opens(pbkdf2('before\0after'), 'before\0after'))
  assert.equal(await opens(pbkdf2('before\0after'), 'before\0other'), false)
  assert.equal(await opens(pbkdf2('🦊'.repeat(257)), '🦊'.repeat(257)), false, 'over our own bound nothing opens')
})

test('what was typed is tried as it is and in NFC', async (t) => {
  const { opens } = open(t)
  const [nfc, nfd] = ['contrase\u00f1a', 'contrasen\u0303a']
  assert.ok(await opens(pbkdf2(nfc), nfc))
  assert.ok(await opens(pbkdf2(nfc), nfd), 'the other system saw NFC')
  assert.ok(await opens(pbkdf2(nfd), nfd), 'the other system did not normalise')
  assert.equal(await opens(pbkdf2(nfd), nfc), false)
})

test('an adopted credential is sealed, belongs to its holder, and is to be made anew', async (t) => {
  const { adopt, match, hash, isOutdated } = open(t)
  const { given } = VECTORS.find(({ name }) => name === 'bcrypt $2b$')!
  const stored = adopt(given)
  assert.match(stored, /^foreign\$[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/)
  assert.notEqual(adopt(given), stored)
  for (const part of ['$2b$05$', 'D3mHdCr44zlIZ', Buffer.from('D3mHdCr44zlIZ').toString('base64').slice(0, 12)])
    assert.ok(!stored.includes(part))
  assert.equal(isOutdated(stored), true)
  assert.deepEqual(await match('app_1/bob@example.com', BATTERY, [stored]), [], 'another person’s')
  assert.deepEqual(await match('app_2/ana@example.com', BATTERY, [stored]), [], 'another app’s')
  const spoilt = `${stored.slice(0, -2)}${stored.endsWith('AA') ? 'BB' : 'AA'}`
  for (const stray of [spoilt, 'foreign$', 'foreign$00000000.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA', stored.slice(8)])
    assert.deepEqual(await match(ANA, BATTERY, [stray]), [], stray)
  const own = await hash(ANA, BATTERY)
  assert.deepEqual(await match(ANA, BATTERY, [stored, own, await hash(ANA, 'another')]), [0, 1])
  assert.deepEqual(await match(ANA, 'another', [stored, own, await hash(ANA, 'another')]), [2])
})

test('under a seal that is gone nothing opens, and a sign-in takes our own argon2id nevertheless', async (t) => {
  const { adopt } = open(t)
  const stored = adopt(VECTORS.find(({ name }) => name === 'bcrypt $2b$')!.given)
  const later = open(t, [OTHER])
  assert.deepEqual(await later.match(ANA, BATTERY, [stored]), [])
  assert.equal(later.seen.ran, 1)
  assert.deepEqual(await open(t, [OTHER, KEY]).match(ANA, BATTERY, [stored]), [0], 'a seal that was replaced still opens')
})

test('the costliest hashes that are taken are computed, and do not hold up the process', async (t) => {
  const { adopt, match } = open(t)
  const salt = 'YSBzYWx0IG9mIDE2IGJ5dA'
  const stored = [
    `$2b$12$${'.'.repeat(53)}`,
    `$scrypt$ln=16,r=8,p=1$${salt}$${'A'.repeat(43)}`,
    `$argon2id$v=19$m=262144,t=1,p=1$${salt}$${'A'.repeat(43)}`,
    `$fbscrypt$v=1,n=16,r=8,p=1,ss=Bw,sk=${'A'.repeat(43)}$${salt}$${'A'.repeat(43)}`,
  ].map((given) => adopt(given))
  let turns = 0
  const beating = setInterval(() => turns++, 5)
  assert.deepEqual(await match(ANA, BATTERY, stored), [])
  clearInterval(beating)
  assert.ok(turns > 10, `${turns} turns of the event loop meanwhile`)
})
