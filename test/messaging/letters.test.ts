import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Letter } from '../../src/contract/messaging.ts'
import { locales, messages } from '../../src/i18n/i18n.ts'
import { numberLetter } from '../../src/messaging/templates/number.ts'

const LETTER: Letter = {
  id: 'let_07aB3',
  kind: 'number',
  to: 'ana@example.com',
  locale: 'es',
  app: { name: 'Librería Norte', replyTo: null },
  number: '482109375516',
  requestedAt: Date.UTC(2025, 11, 18, 10, 32),
  expiresAt: Date.UTC(2025, 11, 19, 10, 32),
}
const render = (change: Partial<Letter> = {}) => {
  const letter = { ...LETTER, ...change }
  return numberLetter(letter, messages[letter.locale])
}
const named = (name: string) => ({ app: { name, replyTo: null } })
/** What a person sees and copies: tags gone, the few references that the template uses resolved. */
const visible = (html: string) =>
  html
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))

test('the text part begins with the number, and names the application, the time and what to do', () => {
  const expected = {
    es: ['Número: 4821 0937 5516', 'Tu número de identidad para Librería Norte · 10:32 UTC', '18 de diciembre de 2025 a las 10:32 (UTC)'],
    ru: ['Номер: 4821 0937 5516', 'Ваш личный номер для «Librería Norte» · 10:32 UTC', '18 декабря 2025 г. в 10:32 (UTC)'],
    en: ['Number: 4821 0937 5516', 'Your identity number for Librería Norte · 10:32 UTC', '18 December 2025 at 10:32 (UTC)'],
  }
  for (const locale of locales) {
    const { subject, text, html } = render({ locale })
    const [first, title, time] = expected[locale]
    const lines = text.split('\n')
    assert.equal(lines[0], first)
    assert.equal(lines[1], '')
    assert.equal(subject, title)
    assert.equal(lines.at(-2), 'Librería Norte')
    const say = messages[locale].numberLetter
    for (const sentence of [say.lead('Librería Norte'), time!, say.nobodyAsks('Librería Norte'), say.notYou]) {
      assert.ok(text.includes(sentence), sentence)
      assert.ok(visible(html).includes(sentence), sentence)
    }
    assert.ok(html.includes(`<html lang="${locale}"`))
  }
})

test('the number is never in the subject, and in the HTML it is one unbroken run', () => {
  for (const locale of locales) {
    const { subject, html } = render({ locale })
    assert.doesNotMatch(subject.replace('10:32', ''), /\d/)
    const shown = /<div class="big"[^>]*>(.*?)<\/div>/s.exec(html)![1]!
    assert.equal(shown.replace(/<[^>]*>/g, ''), '482109375516')
    assert.equal(html.split('4821').length, 2)
    // One useful sentence: blanks behind it, to hide the number from previews, no longer work, and the text part begins with it anyway.
    assert.doesNotMatch(html, /&#847;|&zwnj;|[\u034f\u200b-\u200d\ufeff]/)
  }
})

test('a number with spaces is shown the same; anything else is not made into a letter', () => {
  assert.deepEqual(render({ number: '4821 0937 5516' }), render())
  for (const number of ['', '48210937551', '4821093755160', '<b>', '4821-0937-5516', '４８２１０９３７５５１６'])
    assert.throws(() => render({ number }), number)
  assert.throws(() => render(named(' \r\n ')))
})

test('an answer is invited only where somebody reads it, and the end is named', () => {
  const { questions } = messages.en.numberLetter
  assert.ok(!render({ locale: 'en' }).text.includes(questions))
  assert.ok(render({ locale: 'en', app: { name: 'North', replyTo: 'a@b.test' } }).text.includes(questions))
  assert.ok(render({ locale: 'en' }).text.includes('Valid until 19 December 2025 at 10:32 (UTC).'))
})

test('no letter has a link, an image, a form or a script, and all stay small', () => {
  for (const locale of locales) {
    for (const name of ['North', '&'.repeat(500), '"><script>'.repeat(50), 'Ж'.repeat(500)]) {
      const { html, text } = render({ locale, ...named(name) })
      assert.doesNotMatch(html, /<(a|img|script|form|iframe|link|svg|object)\b/i)
      assert.doesNotMatch(html, /\b(href|src|on\w+|background)=|url\(/i)
      assert.ok(Buffer.byteLength(html) <= 12 * 1024, 'HTML in 12 KiB')
      assert.ok(Buffer.byteLength(text) <= 4 * 1024, 'text in 4 KiB')
    }
  }
})

test('a hostile name is text: no tag of its own, no line of its own, nothing that a mail program turns into a link', () => {
  const tags = (html: string) => html.match(/<[^>]*>/g)!.map((tag) => tag.replace(/ .*/s, ''))
  const golden = tags(render().html)
  const lines = render().text.split('\n').length
  const pieces = fc.constantFrom(
    '<b>',
    '</td>',
    '<script>',
    '"',
    "'",
    '&lt;',
    '$1',
    '{{x}}',
    '<!--',
    ']]>',
    'http://evil.test/x',
    'evil.test',
    'a@evil.test',
    'tel:+34600',
    '\r\n',
    '\u2028',
    ' ',
    'Ж',
    'www.',
  )
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 12 }), (parts) => {
      const name = parts.join('')
      if (name.trim() === '') return
      const { html, text, subject } = render(named(name))
      assert.deepEqual(tags(html), golden)
      assert.equal(text.split('\n').length, lines)
      assert.doesNotMatch(subject, /[\r\n\u2028]/)
      for (const body of [text.slice(text.indexOf('\n')), visible(html).replace(subject, '')]) {
        assert.doesNotMatch(body, /https?:\/\/|\w\.test|\w@\w|tel:\+/)
      }
    }),
    { numRuns: 500 },
  )
  // That the rules above do bite: the same name without its word joiners.
  assert.match('http://evil.test', /https?:\/\/|\w\.test|\w@\w/)
  assert.match(render(named('evil.test')).text, /evil\.\u2060test/)
})
