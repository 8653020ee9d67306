import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commonPasswords } from '../../src/rules/common-passwords.ts'
import { isTooLong, judgePassword, normalizePassword, type PasswordReason } from '../../src/rules/password.ts'

const context = { min: 8, email: 'ana.lopez+news@mail.example.com', app: 'Mi Tienda' }
const judge = (password: string, other: Partial<typeof context> = {}) => judgePassword(password, { ...context, ...other })
const E_ACUTE = { nfc: '\u00e9', nfd: 'e\u0301' }

test('the table: length, in code points after NFC', () => {
  const table: [name: string, password: string, reason: PasswordReason | null][] = [
    ['nothing', '', 'too_short'],
    ['7 letters', 'vkqzjwx', 'too_short'],
    ['8 letters', 'vkqzjwxp', null],
    ['7 emoji, 14 code units', '🦊🍋🎲🧵🪐🌵🛶', 'too_short'],
    ['8 emoji', '🦊🍋🎲🧵🪐🌵🛶🥁', null],
    ['a family of 7 code points is one sign, and not one code point', '👩\u200d👩\u200d👧\u200d👦', 'too_short'],
    ['7 letters of two code points each, which are one in NFC', E_ACUTE.nfd.repeat(7), 'too_short'],
    ['8 such letters', E_ACUTE.nfd.repeat(8), null],
    ['8 letters of one', E_ACUTE.nfc.repeat(8), null],
    ['256 letters', 'vkqzjwxp'.repeat(32), null],
    ['257 letters', `${'vkqzjwxp'.repeat(32)}v`, 'too_long'],
    ['256 emoji, 1024 octets', '🦊'.repeat(256), null],
    ['257 emoji', '🦊'.repeat(257), 'too_long'],
    ['512 code points, 256 in NFC', E_ACUTE.nfd.repeat(256), null],
    ['256 code points, 512 in NFC', '\u0344'.repeat(256), 'too_long'],
    ['far too long', 'v'.repeat(65_536), 'too_long'],
    ['NUL inside', 'vkqz\0jwx', null],
    ['NUL counts as any other', 'vkq\0jwx', 'too_short'],
    ['spaces count, at the ends, too', ' vkqzjw ', null],
    ['nothing but spaces', '        ', null],
    ['Cyrillic', 'дваждыдва', null],
  ]
  for (const [name, password, reason] of table) assert.equal(judge(password), reason, name)
})

test('the least length is the one that is asked for', () => {
  assert.equal(judge('vkqzjwxpvkqzjw', { min: 15 }), 'too_short')
  assert.equal(judge('vkqzjwxpvkqzjwx', { min: 15 }), null)
  assert.equal(judge('password', { min: 9 }), 'too_short')
})

test('long ones are taken whole: they may differ only past the 72nd byte', () => {
  for (const end of ['x', 'y']) assert.equal(judge(`${'vkqzjwxp'.repeat(9)}${end}jwxpvkq`), null)
})

test('two spellings of one password are one, and only by NFC', () => {
  assert.equal(normalizePassword(`caf${E_ACUTE.nfd}`), `caf${E_ACUTE.nfc}`)
  for (const text of ['ＡＢＣ', 'ﬁ', 'x²', ' x ', 'Straße', 'X\0']) assert.equal(normalizePassword(text), text)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 6 }), (text) => {
      assert.equal(judge(text.normalize('NFC')), judge(text.normalize('NFD')))
    }),
  )
})

test('isTooLong: 256 code points and no more', () => {
  assert.deepEqual(
    [0, 255, 256, 257].map((length) => isTooLong('🦊'.repeat(length))),
    [false, false, false, true],
  )
})

test('common: what everybody takes, however it is capitalised', () => {
  const taken = ['password', 'PassWord', '12345678', '123456789', 'qwertyuiop', 'iloveyou', 'password1', 'P@ssw0rd', 'ILoveYou', 'trustno1']
  for (const password of [...taken, '1qaz2wsx3edc4rfv', 'qwerty123456789']) assert.equal(judge(password), 'common', password)
  for (const password of ['passworx', 'password1qv', 'correct horse battery staple']) assert.equal(judge(password), null, password)
})

test('common: the list is long enough, and every entry on it is refused', () => {
  assert.ok(commonPasswords.size >= 10_000, `${commonPasswords.size} entries`)
  for (const entry of commonPasswords) {
    assert.match(entry, /^[!-~]{8,}$/)
    assert.equal(entry, entry.toLowerCase())
    assert.equal(judge(entry.toUpperCase()), 'common', entry)
  }
})

test('predictable: the words of the address and of the app with a few characters more', () => {
  const refused = [
    'ana.lopez+news@mail.example.com',
    'ANA.LOPEZ+NEWS@MAIL.EXAMPLE.COM',
    'ana.lopez+news',
    'ana.lopez',
    'analopez',
    'AnaLopez1',
    'lopez.ana',
    'lopez123',
    '123lopez',
    'Lopez2026!',
    'lopezlopez',
    'lopezexample',
    'mail.example.com',
    'mailexamplecom',
    'example1',
    'Example2026!',
    'Mi Tienda',
    'mitienda',
    'MiTienda99',
    'tienda!!',
    '!!tienda',
    'tienda de ana lopez'.replace(' de ', '-'),
    'tiendalopezexample12345',
  ]
  for (const password of refused) assert.equal(judge(password), 'predictable', password)
})

test('predictable: more than a few characters of its own make a password', () => {
  const fine = ['lopezvkqzjw', 'lopez2026!!', 'vkqzexamplejw', 'mi tienda vkqzjw', 'manantial', 'comcomcomvkqz', 'ana vive lejos']
  for (const password of fine) assert.equal(judge(password), null, password)
})

test('predictable: short words and empty ones say nothing', () => {
  for (const [email, app] of [
    ['a@b.co', ''],
    ['x@xx.yy', '..'],
    ['1@2.de', 'v'],
  ] as const)
    for (const password of ['vkqzjwxp', 'abababab!', '........!?'])
      assert.equal(judge(password, { email, app }), null, `${email} ${password}`)
  assert.equal(judge('vkqzjwxp', { email: 'vkq@b.co' }), 'predictable', 'three letters are a word')
})

test('predictable: in any script, and in either spelling', () => {
  assert.equal(judge(`S${E_ACUTE.nfd}zanne99`, { email: `s${E_ACUTE.nfc}zanne@b.co` }), 'predictable')
  assert.equal(judge('МАГАЗИН24', { app: 'Магазин' }), 'predictable')
})

test('predictable: characters of a pattern are only characters', () => {
  assert.equal(judge('vkqzjwxp', { email: '.*+?^$(){}|@b.co', app: '[a-z]+' }), null)
  assert.equal(judge('[a-z]+12', { app: '[a-z]+' }), 'predictable')
})

test('no composition rules: twenty letters of one kind are a password', () => {
  for (const alphabet of [
    'abcdefghijklmnopqrstuvwxyz',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    '0123456789',
    '!#$%&*+-/=?^_~',
    'абвгдежзиклмноп',
    '日本語中文字漢',
  ]) {
    const random = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 20, maxLength: 20 })
    fc.assert(fc.property(random, (password) => judge(password) === null || commonPasswords.has(password)))
  }
})
