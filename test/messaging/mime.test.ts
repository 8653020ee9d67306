import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildMessage, type Mail, oneLine, wireAddress } from '../../src/messaging/mime.ts'
import { decodeWords, readLetter } from '../support/letter.ts'

const MAIL: Mail = {
  id: 'let_07aB3',
  from: { name: 'Librería Norte', address: 'no-reply@sello.test' },
  to: 'ana@example.com',
  replyTo: 'hola@libreria.example',
  subject: 'Tu número de identidad · 10:32 UTC',
  text: 'Número: 4821 0937 5516\n\nadiós\n',
  html: '<p>Número</p>\n',
  locale: 'es',
  date: Date.UTC(2025, 11, 8, 10, 32),
}
const GOLDEN = [
  'Date',
  'From',
  'To',
  'Reply-To',
  'Message-ID',
  'Subject',
  'Auto-Submitted',
  'X-Auto-Response-Suppress',
  'Content-Language',
  'MIME-Version',
  'Content-Type',
]

const PIECES = ['\r\n', '\n', '\r', '\0', ' ', '\t', '=?UTF-8?B?', '?=', 'Bcc: x@y.z', 'é', '👩‍💻', '\ud800', '\u202e', ...'"\\<>,;:(.']
const joined = (unit: fc.Arbitrary<string>, maxLength: number) => fc.array(unit, { maxLength }).map((units) => units.join(''))
const pointUpTo = (max: number) => fc.integer({ min: 0, max }).map((point) => String.fromCodePoint(point))
/** Text that a hostile or careless owner of an application may type. */
const hostile = fc.oneof(
  joined(pointUpTo(0x10ffff), 120),
  joined(pointUpTo(0x7f), 120),
  joined(fc.constantFrom('a', ' ', 'é', 'ñ', 'Ж', '字', '👩‍💻', '🇪🇸', '\u0301'), 400),
  joined(fc.constantFrom(...PIECES), 40),
)

test('a message is what the RFCs ask for', () => {
  const { raw, headers } = buildMessage(MAIL)
  const letter = readLetter(raw())
  assert.deepEqual(
    letter.headers.map(([name]) => name),
    GOLDEN,
  )
  assert.deepEqual(
    letter.headers,
    headers.map(([name, value]) => [name, value.replaceAll('\r\n', '')]),
  )
  assert.equal(letter.from, 'Librería Norte <no-reply@sello.test>')
  assert.equal(letter.to, 'ana@example.com')
  assert.equal(letter.messageId, '<let_07aB3@sello.test>')
  assert.equal(letter.subject, MAIL.subject)
  assert.equal(letter.text, 'Número: 4821 0937 5516\r\n\r\nadiós\r\n')
  assert.equal(letter.html, '<p>Número</p>\r\n')
  const values = Object.fromEntries(letter.headers)
  assert.equal(values.Date, 'Mon, 08 Dec 2025 10:32:00 +0000')
  assert.equal(values['Auto-Submitted'], 'auto-generated')
  assert.equal(values['X-Auto-Response-Suppress'], 'All')
  assert.equal(values['Content-Language'], 'es')
  assert.equal(values['MIME-Version'], '1.0')
})

test('the same letter gives the same bytes, another letter another boundary', () => {
  assert.deepEqual(buildMessage(MAIL).raw(), buildMessage({ ...MAIL }).raw())
  const boundary = (mail: Mail) => /boundary="(.+)"/.exec(buildMessage(mail).raw().toString())![1]
  assert.notEqual(boundary(MAIL), boundary({ ...MAIL, id: 'let_07aB4' }))
})

test('whatever a name, a subject or a body holds, the headers are the golden ones and the text arrives', () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (name, subject, text) => {
      const letter = readLetter(buildMessage({ ...MAIL, from: { ...MAIL.from, name }, subject, text, html: text }).raw())
      assert.deepEqual(
        letter.headers.map(([header]) => header),
        GOLDEN,
      )
      assert.equal(letter.subject, oneLine(subject))
      assert.doesNotMatch(letter.subject, /[\p{Cc}\u202a-\u202e]/u)
      assert.ok(letter.from.endsWith('no-reply@sello.test>') || letter.from === 'no-reply@sello.test')
      const sent = letter.headers[1]![1].replace(/ ?<?no-reply@sello\.test>?$/, '')
      const shown = sent.startsWith('"') ? sent.slice(1, -1).replace(/\\(.)/g, '$1') : decodeWords(sent)
      assert.equal(shown, oneLine(name))
      assert.equal(letter.text, text.toWellFormed().replace(/\r\n|\r|\n/g, '\r\n'))
      assert.equal(letter.html, letter.text)
    }),
    { numRuns: 1000 },
  )
})

test('names stand in the form they need', () => {
  const from = (name: string) =>
    buildMessage({ ...MAIL, from: { name, address: 'a@b.test' } }).headers.find(([header]) => header === 'From')![1]
  assert.equal(from('Sello'), 'Sello <a@b.test>')
  assert.equal(from('North Books, Inc.'), '"North Books, Inc." <a@b.test>')
  assert.equal(from('The "best" \\ shop'), '"The \\"best\\" \\\\ shop" <a@b.test>')
  assert.equal(from('eve@evil.test'), '"eve@evil.test" <a@b.test>')
  assert.equal(from(''), 'a@b.test')
  assert.equal(from('\r\n\0'), 'a@b.test')
  assert.match(from('=?UTF-8?B?RXZl?='), /^=\?UTF-8\?B\?PT9VVEYtOD9CP1JYWmw\/PQ==\?=\r\n <a@b\.test>$/)
  assert.match(from('N'.repeat(200)), /^(=\?UTF-8\?B\?[\w+/=]{1,52}\?=\r\n )+<a@b\.test>$/)
})

test('an address that could end a header or a command is refused, with nothing built', () => {
  const bad = [
    'a@b.test\r\nBcc: x@y.z',
    'a@b.test\n',
    'a b@c.test',
    '<a@b.test>',
    'a,b@c.test',
    'a@b@c.test',
    '"a"@b.test',
    'a@',
    '@b.test',
    'a',
    '',
    'a\0@b.test',
    'é\ud800@b.test',
    `${'a'.repeat(320)}@b.test`,
  ]
  for (const address of bad) {
    assert.throws(() => wireAddress(address), address)
    assert.throws(() => buildMessage({ ...MAIL, to: address }), address)
    assert.throws(() => buildMessage({ ...MAIL, replyTo: address }), address)
    assert.throws(() => buildMessage({ ...MAIL, from: { name: 'x', address } }), address)
  }
  assert.throws(() => buildMessage({ ...MAIL, id: 'let_1>\r\nX: y' }))
  assert.throws(() => buildMessage({ ...MAIL, locale: 'es\r\nX: y' }))
})

test('a mailbox beyond ASCII stays as it is, its domain does not', () => {
  assert.equal(wireAddress("o'neil+a_b!#$%&*/=?^`{|}~-.x@example.com"), "o'neil+a_b!#$%&*/=?^`{|}~-.x@example.com")
  assert.equal(wireAddress('josé@correo.españa.test'), 'josé@correo.xn--espaa-rta.test')
  const { raw } = buildMessage({ ...MAIL, to: 'josé@example.com' })
  assert.equal(readLetter(raw(), { utf8: true }).to, 'josé@example.com')
  assert.throws(() => readLetter(raw()))
})

test('an answer address beyond ASCII is left out where the envelope does not ask for SMTPUTF8', () => {
  const names = (mail: Partial<Mail>) => buildMessage({ ...MAIL, ...mail }).headers.map(([name]) => name)
  assert.ok(!names({ replyTo: 'josé@example.com' }).includes('Reply-To'))
  assert.ok(!names({ replyTo: null }).includes('Reply-To'))
  assert.ok(names({ replyTo: 'josé@example.com', to: 'ana.ñ@example.com' }).includes('Reply-To'))
})

test('the checker itself sees what is wrong', () => {
  const good = buildMessage(MAIL).raw().toString('latin1')
  const bad = [
    good.replace('\r\n', '\n'),
    good.replace('Subject:', 'To: x@y.z\r\nSubject:'),
    good.replace('Subject: ', `Subject: ${'x'.repeat(1000)}`),
    good.replace('Subject: ', 'Subject: é'),
    good.replace('MIME-Version', 'MIME Version'),
    good.slice(0, -2),
  ]
  for (const text of bad) assert.throws(() => readLetter(Buffer.from(text, 'latin1')), /Assertion|Error/)
})
