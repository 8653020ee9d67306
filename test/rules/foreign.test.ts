import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleOf, weightOf, writeForeign } from '../../src/rules/foreign.ts'
import { readForeign } from '../../src/rules/foreign-forms.ts'
import { FIREBASE, HASH_CONFIG, keycloak, VECTORS } from '../support/foreign.ts'

const SALT = 'YSBzYWx0IG9mIDE2IGJ5dA'
const HASH = 's8mEtzOLBXo/tipzbAWl8pG6BFi3xd8SwVPd1rKQPT4'
const REST = 'abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.'
const reasonOf = (given: unknown, config = HASH_CONFIG) => {
  const read = readForeign(given, config)
  return 'reason' in read ? read.reason : null
}

for (const { name, given } of VECTORS) {
  test(`${name}: read, written as one text, and read back the same`, () => {
    const read = readForeign(given, HASH_CONFIG)
    assert.ok('hash' in read, JSON.stringify(read))
    const text = writeForeign(read.hash)
    assert.deepEqual(readForeign(text), read)
    const sample = writeForeign(sampleOf(read.hash))
    const again = readForeign(sample)
    assert.ok('hash' in again, sample)
    assert.equal(weightOf(again.hash), weightOf(read.hash))
    assert.equal(writeForeign(sampleOf(again.hash)), sample)
    // Of what it is a sample of it tells the costs alone.
    for (const part of text.split(/[$,]/).filter((one) => one.length >= 16)) assert.ok(!sample.includes(part), part)
  })
}

test('what would take too long is refused, with what is too much', () => {
  const costly: [unknown, RegExp][] = [
    [`$2b$15$${REST}`, /^bcrypt cost 15 is over 14$/],
    [`$scrypt$ln=17,r=8,p=1$${SALT}$${HASH}`, /^scrypt memory in bytes 134217728 is over/],
    [`$scrypt$ln=10,r=8,p=5$${SALT}$${HASH}`, /^scrypt p 5 is over 4$/],
    [`$pbkdf2-sha256$2000001$${SALT}$${HASH}`, /^PBKDF2 iterations, of all blocks, 2000001 is over/],
    [keycloak('pbkdf2', 1_000_000, Buffer.alloc(64, 1).toString('base64'), SALT), /4000000/],
    [`$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${HASH}`, /^argon2 memory in KiB 262145/],
    [`$argon2id$v=19$m=64,t=11,p=1$${SALT}$${HASH}`, /^argon2 passes 11/],
    [`$argon2id$v=19$m=262144,t=5,p=1$${SALT}$${HASH}`, /times passes 1310720/],
    [`$argon2id$v=19$m=512,t=1,p=17$${SALT}$${HASH}`, /^argon2 lanes 17/],
    [{ ...FIREBASE, memCost: 17 }, /^scrypt memory/],
  ]
  for (const [given, detail] of costly) {
    const read = readForeign(given, HASH_CONFIG)
    assert.ok('reason' in read && read.reason === 'hash_too_costly', JSON.stringify(given))
    assert.match(read.detail, detail)
  }
  for (const given of [`$2b$14$${REST}`, `$scrypt$ln=16,r=8,p=4$${SALT}$${HASH}`, `$pbkdf2-sha256$2000000$${SALT}$${HASH}`])
    assert.equal(reasonOf(given), null, given)
})

test('what is no known form, and what is a known form that is not whole', () => {
  const unknown = [
    '',
    'correct horse battery',
    '$1$abc$def',
    '$6$rounds=5000$abc$def',
    '$2x$05$abc',
    '{SSHA}abc',
    'md5$salt$hash',
    'bcrypt_sha256$$2b$12$abc',
    42,
    true,
    [],
    [`$2b$05$${REST}`],
    {},
    { hash: FIREBASE.hash },
    `$2b$05$${REST}${'x'.repeat(1024)}`,
    keycloak('bcrypt', 1, HASH, SALT),
  ]
  for (const given of unknown) assert.equal(reasonOf(given), 'hash_unknown', JSON.stringify(given))
  const malformed = [
    `$2b$05$${REST}x`,
    `$2b$05$${REST.slice(1)}`,
    `$2b$03$${REST}`,
    `$2b$32$${REST}`,
    `$2b$5$${REST}`,
    `$2b$05$${REST}\n`,
    `$scrypt$ln=0,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=10,r=8$${SALT}$${HASH}`,
    `$scrypt$ln=10,r=8,p=1$${SALT}$YWJj`,
    `$scrypt$ln=40,r=8,p=1$${SALT}$${HASH}`,
    `scrypt$1000$salt$8$1$${HASH}`,
    `$pbkdf2-sha256$0$${SALT}$${HASH}`,
    `$pbkdf2-sha256$1000$${SALT}$!`,
    `$pbkdf2-sha256$99999999999$${SALT}$${HASH}`,
    `$pbkdf2-sha256$1000$${'A'.repeat(300)}$${HASH}`,
    `$argon2id$v=18$m=64,t=1,p=1$${SALT}$${HASH}`,
    `$argon2id$v=19$m=7,t=1,p=1$${SALT}$${HASH}`,
    `$argon2id$v=19$m=64,t=0,p=1$${SALT}$${HASH}`,
    `$argon2id$v=19$m=64,t=1,p=1$YQ$${HASH}`,
    `$argon2id$v=19$m=64,t=1,p=1,data=YWJj$${SALT}$${HASH}`,
    { ...FIREBASE, salt: 42 },
    { ...FIREBASE, hash: 'YWJjZGVmZ2hpamtsbW5vcA==' },
    { ...FIREBASE, rounds: 0 },
    { ...FIREBASE, memCost: '14' },
    { credentialData: '{', secretData: '{}' },
    { credentialData: '{}' },
    keycloak('pbkdf2-sha256', -1, HASH, SALT),
    keycloak('argon2', 1, HASH, SALT, { memory: ['64'], type: ['x'], version: ['1.3'], parallelism: ['1'] }),
    keycloak('argon2', 1, HASH, SALT),
  ]
  for (const given of malformed) assert.equal(reasonOf(given), 'hash_malformed', JSON.stringify(given))
  const bare = readForeign(FIREBASE, null)
  assert.ok('reason' in bare && bare.reason === 'hash_malformed', 'a Firebase pair without the parameters of its project')
})
