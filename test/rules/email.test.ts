import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import { readEmail } from '../../src/rules/email.ts'
import { accepted, domain, refused } from './emails.ts'

const read = (text: string) => readEmail(text, domainToASCII)

test('the table: what is accepted becomes its one form', () => {
  for (const [name, [text, canonical = text, untagged = canonical]] of Object.entries(accepted)) {
    assert.deepEqual(read(text), { canonical, untagged }, name)
  }
})

test('the table: what is refused', () => {
  for (const [name, text] of Object.entries(refused)) assert.equal(read(text), null, `${name}: ${JSON.stringify(text)}`)
})

test('the table is what it says', () => {
  assert.ok(Object.keys(accepted).length + Object.keys(refused).length >= 120)
  for (const length of [189, 250, 251, 254]) assert.equal(domain(length).length, length)
  assert.equal(Buffer.byteLength(accepted['an address of 254 octets']![0]), 254)
  assert.equal(Buffer.byteLength(refused['an address of 255 octets']!), 255)
})

/** Different mailboxes, or at least nobody can know better. */
const pairs: Record<string, [string, string]> = {
  'another dot': ['a.na@gmail.com', 'ana@gmail.com'],
  'another tag': ['ana+a@example.com', 'ana+b@example.com'],
  'a tag and none': ['ana+a@example.com', 'ana@example.com'],
  'composed and combining': ['se\u00f1ora@example.com', 'sen\u0303ora@example.com'],
  'ligature and letters': ['ﬁona@example.com', 'fiona@example.com'],
  'dotless i and i': ['anı@example.com', 'ani@example.com'],
  'I with a dot and i': ['\u0130na@example.com', 'ina@example.com'],
  'I with a dot and i with a dot above': ['\u0130na@example.com', 'i\u0307na@example.com'],
  'long s and s': ['ſam@example.com', 'sam@example.com'],
  'Kelvin sign and k': ['\u212aarl@example.com', 'karl@example.com'],
  'Angstrom sign and a with a ring': ['\u212b@example.com', '\u00c5@example.com'],
  'full-width and plain': ['ａｎａ@example.com', 'ana@example.com'],
  'capital and small beyond ASCII': ['Ñ@example.com', 'ñ@example.com'],
  'sharp s and ss': ['groß@example.com', 'gross@example.com'],
  'final sigma and sigma': ['φάρος@example.com', 'φάροσ@example.com'],
  'Cyrillic a and Latin a': ['аna@example.com', 'ana@example.com'],
  'Cyrillic and Latin domain': ['ana@еxample.com', 'ana@example.com'],
  'domain with sharp s and ss': ['ana@straße.de', 'ana@strasse.de'],
  'domain with final sigma and sigma': ['ana@φάρος.gr', 'ana@φάροσ.gr'],
  'domain with and without a joiner that counts': ['ana@نامه\u200cای.com', 'ana@نامهای.com'],
  'domain with and without an accent': ['ana@españa.es', 'ana@espana.es'],
  'domain and subdomain': ['ana@example.com', 'ana@mail.example.com'],
  'superscript and digit': ['ana²@example.com', 'ana2@example.com'],
}

test('two that may be different mailboxes never become one', () => {
  for (const [name, [one, other]] of Object.entries(pairs)) {
    const [a, b] = [read(one)?.canonical, read(other)?.canonical]
    assert.ok(a && b, `${name}: both are addresses`)
    assert.notEqual(a, b, name)
  }
})

const harmless = fc.constantFrom(...'abcABC019.+-_', ...'ñÑßİıſ\u212a用𠀀é\u0301')
const hostile = fc.constantFrom(...'@ \t\r\n\0"\\/<>(),:;[]%?#', ...'\u200d\u00ad\ufe0f\u3164ｋ。', 'xn--', '.com')
const character = fc.oneof({ weight: 12, arbitrary: harmless }, { weight: 1, arbitrary: hostile })
const almost = fc
  .tuple(fc.string({ unit: character, maxLength: 12 }), fc.string({ unit: character, maxLength: 12 }))
  .map(([local, rest]) => `${local}@${rest}.com`)

test('the one form is read as itself, within the limits, and of nothing but harmless characters', () => {
  let addresses = 0
  fc.assert(
    fc.property(almost, (text) => {
      const email = read(text)
      if (!email) return
      addresses++
      const { canonical, untagged } = email
      assert.deepEqual(read(canonical), email)
      assert.ok(Buffer.byteLength(canonical) <= 254)
      const [local = '', host = '', ...rest] = canonical.split('@')
      assert.deepEqual(rest, [])
      assert.ok(Buffer.byteLength(local) <= 64)
      assert.match(host, /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]+$/)
      assert.doesNotMatch(local, /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}A-Z"\\(),:;<>@[\]]/u)
      assert.ok(untagged.endsWith(`@${host}`) && canonical.startsWith(untagged.slice(0, untagged.indexOf('@'))))
    }),
    { numRuns: 3000 },
  )
  assert.ok(addresses > 300, `only ${addresses} of the random texts were addresses`)
})

test('of the local part nothing but ASCII capitals changes, of the domain nothing gets lost', () => {
  fc.assert(
    fc.property(almost, (text) => {
      const email = read(text)
      if (!email) return
      const at = text.indexOf('@')
      const local = text.slice(0, at).replace(/[A-Z]/g, (letter) => letter.toLowerCase())
      assert.equal(email.canonical.slice(0, email.canonical.indexOf('@')), local)
      assert.equal(email.canonical.split('.').length, text.split('.').length)
    }),
    { numRuns: 2000 },
  )
})

test('work does not grow faster than the text, and stops growing at 254', () => {
  const workOf = (text: string) => {
    let characters = 0
    readEmail(text, (part) => {
      characters += part.length
      return domainToASCII(part)
    })
    return characters
  }
  for (const make of [
    (n: number) => `ana@${'ü.'.repeat(n)}com`,
    (n: number) => `ana@${'xn--tda.'.repeat(n)}com`,
    (n: number) => `ana@${'ü'.repeat(n)}.com`,
    (n: number) => `ana@${'.'.repeat(n)}`,
    (n: number) => `${'a.'.repeat(n)}@example.com`,
    (n: number) => '@'.repeat(n),
  ]) {
    for (let n = 1; n <= 120; n++) {
      const text = make(n)
      // An A-label is tried again as it came out, and is at most so much longer than it was.
      assert.ok(workOf(text) <= 12 * text.length, `${workOf(text)} characters for ${text.length}`)
    }
    assert.equal(workOf(make(1_000_000)), 0)
  }
})
