import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDigit, makeNumber, partitionOf, readNumber } from '../../src/rules/number.ts'

const digits = (length: number) => fc.integer({ min: 0, max: 10 ** length - 1 }).map((n) => String(n).padStart(length, '0'))
const number = fc.tuple(digits(2), digits(9)).map(([partition, random]) => makeNumber(partition, random))
const replaceAt = (text: string, at: number, by: string) => text.slice(0, at) + by + text.slice(at + by.length)

test('a number is twelve digits that begin with their partition, and is read back', () => {
  fc.assert(
    fc.property(digits(2), digits(9), (partition, random) => {
      const made = makeNumber(partition, random)
      assert.match(made, /^\d{12}$/)
      assert.equal(made.slice(0, 11), partition + random)
      assert.equal(partitionOf(made), partition)
      assert.equal(readNumber(made), made)
    }),
  )
})

test('the check digit is that of the published table', () => {
  assert.equal(checkDigit('572'), '4')
  assert.equal(checkDigit('5724'), '0')
  assert.equal(makeNumber('00', '000000000'), '000000000000')
  assert.equal(makeNumber('12', '345678901'), '123456789018')
})

test('exactly one check digit fits, so 10^11 numbers are valid', () => {
  fc.assert(
    fc.property(digits(11), (eleven) => {
      const valid = [...'0123456789'].filter((digit) => readNumber(eleven + digit) !== null)
      assert.equal(valid.length, 1)
    }),
  )
})

test('every single wrong digit is refused, at every place', () => {
  fc.assert(
    fc.property(number, (right) => {
      for (let at = 0; at < 12; at++) {
        for (const digit of '0123456789') if (digit !== right[at]) assert.equal(readNumber(replaceAt(right, at, digit)), null)
      }
    }),
    { numRuns: 300 },
  )
})

test('every swap of neighbours is refused, at every place', () => {
  fc.assert(
    fc.property(number, (right) => {
      for (let at = 0; at < 11; at++) {
        if (right[at] !== right[at + 1]) assert.equal(readNumber(replaceAt(right, at, right[at + 1]! + right[at]!)), null)
      }
    }),
    { numRuns: 300 },
  )
})

const IGNORED: Record<string, string> = {
  space: ' ',
  tab: '\t',
  'line feed': '\n',
  'carriage return': '\r',
  'no-break space': '\u00a0',
  'narrow no-break space': '\u202f',
  'figure space': '\u2007',
  'thin space': '\u2009',
  'ideographic space': '\u3000',
  'hyphen-minus': '-',
  hyphen: '\u2010',
  'non-breaking hyphen': '\u2011',
  'figure dash': '\u2012',
  'en dash': '\u2013',
  'em dash': '\u2014',
  'full-width hyphen': '\uff0d',
  'minus sign': '\u2212',
  'soft hyphen': '\u00ad',
  'zero width space': '\u200b',
  'zero width non-joiner': '\u200c',
  'zero width joiner': '\u200d',
  'word joiner': '\u2060',
  'byte order mark': '\ufeff',
}

const MALFORMED: Record<string, string> = {
  nothing: '',
  'a digit too few': '48210937551',
  'a digit too many': '4821093755161',
  'two numbers': '572400000000 572400000000',
  letters: '48210937551O',
  'a letter among the digits': '4821a0937b5516',
  'full-width digits': '４８２１０９３７５５１６',
  'Arabic digits': '٤٨٢١٠٩٣٧٥٥١٦',
  'a dot': '4821.0937.5516',
  'a plus sign': '+482109375516',
  'a comma': '4821,0937,5516',
  'a slash': '4821/0937/5516',
  'an underscore': '4821_0937_5516',
  hexadecimal: '0x8210937551',
  exponent: '1e10',
  NUL: '482109375516\0',
}

test('spaces, dashes and invisible characters are ignored, wherever they stand', () => {
  const right = makeNumber('48', '210937551')
  for (const [name, ignored] of Object.entries(IGNORED)) {
    assert.equal(readNumber(right.replace(/(.{4})(?=.)/g, `$1${ignored}`)), right, name)
    assert.equal(readNumber(ignored + [...right].join(ignored + ignored) + ignored), right, name)
  }
  assert.equal(readNumber(Object.values(IGNORED).join(right[0]) + right.slice(Object.keys(IGNORED).length)), null)
})

test('everything else is malformed, not another number', () => {
  for (const [name, text] of Object.entries(MALFORMED)) assert.equal(readNumber(text), null, name)
  const character = fc.constantFrom(...'0123456789', ...Object.values(IGNORED), '.', 'a', '٤')
  const lookalike = fc.oneof(
    fc.string({ unit: character }),
    fc.shuffledSubarray([...'482109375516'].concat(' ', '-')).map((some) => some.join('')),
  )
  fc.assert(
    fc.property(lookalike, (text) => {
      const bare = [...text].filter((one) => !Object.values(IGNORED).includes(one)).join('')
      assert.equal(readNumber(text), /^[0-9]{12}$/.test(bare) && checkDigit(bare) === '0' ? bare : null)
    }),
    { numRuns: 1000 },
  )
})
