import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Letter, LetterOf } from '../../src/contract/messaging.ts'
import { locales, messages } from '../../src/i18n/i18n.ts'
import { contrast } from '../../src/messaging/templates/colour.ts'
import { renderLetter } from '../../src/messaging/templates/letter.ts'
import { INKS, lookOf } from '../../src/messaging/templates/look.ts'
import { letterOf, PUBLIC_URL, visible } from '../support/letters.ts'

const HOUSE = { publicUrl: PUBLIC_URL, codeInSubject: false }
const render = (letter: Letter) => renderLetter(letter, HOUSE)
const number = (change: Partial<LetterOf<'number'>> = {}) => render(letterOf('number', change))
/** One of each, in the language. */
const each = (common: Partial<Pick<Letter, 'locale' | 'app'>>): Letter[] => [
  letterOf('number', common),
  letterOf('code', common),
  letterOf('code', { ...common, code: null }),
  letterOf('registered', common),
  letterOf('welcome', common),
  letterOf('reset', common),
  letterOf('email_change', common),
  letterOf('signed_in', common),
  letterOf('signed_in', { ...common, browser: null, system: null }),
  ...[{}, { token: null }].flatMap((way) => [
    letterOf('password_changed', { ...common, ...way }),
    letterOf('email_changed', { ...common, ...way }),
    letterOf('deleted', { ...common, ...way }),
  ]),
]
const named = (name: string) => ({ app: { name, replyTo: null } })

test('the text part begins with the number, and names the application, the time and what to do', () => {
  const expected = {
    es: ['Número: 4821 0937 5516', 'Tu número de identidad para Librería Norte · 10:32 UTC', '18 de diciembre de 2025 a las 10:32 (UTC)'],
    ru: ['Номер: 4821 0937 5516', 'Ваш личный номер для «Librería Norte» · 10:32 UTC', '18 декабря 2025 г. в 10:32 (UTC)'],
    en: ['Number: 4821 0937 5516', 'Your identity number for Librería Norte · 10:32 UTC', '18 December 2025 at 10:32 (UTC)'],
  }
  for (const locale of locales) {
    const { subject, text, html } = number({ locale })
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
    const { subject, html } = number({ locale })
    assert.doesNotMatch(subject.replace('10:32', ''), /\d/)
    const shown = /<div class="big"[^>]*>(.*?)<\/div>/s.exec(html)![1]!
    assert.equal(shown.replace(/<[^>]*>/g, ''), '482109375516')
    assert.equal(html.split('4821').length, 2)
    // One useful sentence: blanks behind it, to hide the number from previews, no longer work, and the text part begins with it anyway.
    assert.doesNotMatch(html, /&#847;|&zwnj;|[\u034f\u200b-\u200d\ufeff]/)
  }
})

test('a number with spaces is shown the same; anything else is not made into a letter', () => {
  assert.deepEqual(number({ number: '4821 0937 5516' }), number())
  for (const wrong of ['', '48210937551', '4821093755160', '<b>', '4821-0937-5516', '４８２１０９３７５５１６'])
    assert.throws(() => number({ number: wrong }), wrong)
  for (const letter of each(named(' \r\n '))) assert.throws(() => render(letter), /no name/)
})

test('an answer is invited only where somebody reads it, and the end is named', () => {
  for (const locale of locales) {
    const { questions } = messages[locale].letter
    for (const letter of each({ locale })) assert.ok(!render(letter).text.includes(questions))
    for (const letter of each({ locale, app: { name: 'North', replyTo: 'a@b.test' } })) {
      const { text, html } = render(letter)
      assert.ok(text.includes(questions) && visible(html).includes(questions))
    }
  }
  assert.ok(number({ locale: 'en' }).text.includes('Valid until 19 December 2025 at 10:32 (UTC).'))
})

test('no letter has an image, a form or a script, links lead to the public URL only, and all stay small', () => {
  for (const locale of locales) {
    for (const name of ['North', '&'.repeat(500), '"><script>'.repeat(50), 'Ж'.repeat(500)]) {
      for (const letter of each({ locale, ...named(name) })) {
        const { html, text } = render(letter)
        assert.doesNotMatch(html, /<(img|script|form|iframe|link|svg|object)\b/i)
        assert.doesNotMatch(html, /\b(src|on\w+|background)=|url\(/i)
        if (letter.kind === 'number') assert.doesNotMatch(html, /<a\b|href=/)
        for (const [, href] of html.matchAll(/href=["']?([^"'>]*)/g)) assert.ok(href!.startsWith(`${PUBLIC_URL}/`), href!)
        assert.ok(Buffer.byteLength(html) <= 12 * 1024, 'HTML in 12 KiB')
        assert.ok(Buffer.byteLength(text) <= 4 * 1024, 'text in 4 KiB')
      }
    }
  }
})

test('every letter has the same frame: one heading, one stamp, one hidden sentence before all, both themes', () => {
  for (const letter of locales.flatMap((locale) => each({ locale }))) {
    const { html, subject } = render(letter)
    for (const once of ['<h1', 'class="st"', 'display:none', 'prefers-color-scheme:dark', `<title>${subject}</title>`])
      assert.equal(html.split(once).length, 2, `${letter.kind}: ${once}`)
    const preheader = /mso-hide:all">([^<]*)</.exec(html)![1]!
    assert.ok(preheader.length > 20 && preheader.length < 100, preheader)
    assert.match(html, /^<!doctype html>\n<html lang="\w\w"/)
    for (const [table] of html.matchAll(/<table\b[^>]*>/g)) assert.match(table, /role="presentation"/)
    assert.doesNotMatch(html + subject, /undefined|NaN|\[object/)
  }
})

test('every ink of a stamp, and the text, is readable on what it stands on (WCAG 2.2, 1.4.3), light and dark', () => {
  for (const theme of ['light', 'dark'] as const) {
    const { text, soft, sheet, desk } = INKS
    for (const name of ['green', 'blue', 'plum', 'ochre', 'slate'] as const) {
      const { ink, paper } = INKS[name]
      assert.ok(contrast(ink[theme], paper[theme]) >= 4.5, `${name} ${theme}`)
      assert.ok(contrast(text[theme], paper[theme]) >= 7, `value on ${name} ${theme}`)
    }
    for (const [words, under] of [
      [text, sheet],
      [soft, sheet],
      [soft, desk],
      [sheet, text],
    ] as const)
      assert.ok(contrast(words[theme], under[theme]) >= 4.5)
    assert.ok(contrast(INKS.control[theme], sheet[theme]) >= 3)
  }
  // Of the tables of WCAG's own tools.
  const known = { '#000000': 21, '#767676': 4.54, '#ff0000': 4 } as const
  for (const [colour, ratio] of Object.entries(known)) assert.equal(Math.round(contrast('#FFFFFF', colour) * 100) / 100, ratio)
})

test('with any colour of an application every word is readable, light and dark; the button has that colour, and no other letter changes', () => {
  const colour = fc.integer({ min: 0, max: 0xffffff }).map((number) => `#${number.toString(16).padStart(6, '0')}`)
  fc.assert(
    fc.property(colour, (accent) => {
      const { ink, paper, button, rim, label } = lookOf('green', accent)
      for (const theme of ['light', 'dark'] as const) {
        assert.ok(contrast(ink[theme], paper[theme]) >= 4.5 && contrast(label[theme], button[theme]) >= 4.5, theme)
        assert.ok(contrast(INKS.text[theme], paper[theme]) >= 7 && contrast(rim[theme], INKS.sheet[theme]) >= 3, theme)
      }
    }),
    { numRuns: 500 },
  )
  const html = (accent?: string) => render(letterOf('code', { app: { name: 'Norte', replyTo: null, ...(accent ? { accent } : {}) } })).html
  assert.ok(html('#ffd400').includes('class="cta" bgcolor="#ffd400"') && html('#ffd400').includes('color:#000000">Abrir'))
  assert.ok(html('#1a2b8c').includes('color:#ffffff">Abrir'))
  assert.ok(!html('#ffd400').includes(INKS.blue.ink.light) && !html('#ffd400').includes(INKS.blue.ink.dark))
  for (const wrong of ['red', '#fff', '#12345g', '#123456;x:url(//evil.test)', '#1234567']) assert.equal(html(wrong), html())
})

test('a hostile name is text: no tag of its own, no line of its own, nothing that a mail program turns into a link', () => {
  const tags = (html: string) => html.match(/<[^>]*>/g)!.map((tag) => tag.replace(/ .*/s, ''))
  const golden = each({}).map((letter) => render(letter))
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
    '1234',
  )
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 12 }), (parts) => {
      const name = parts.join('')
      if (name.trim() === '') return
      for (const [at, letter] of each(named(name)).entries()) {
        const { html, text, subject } = render(letter)
        assert.deepEqual(tags(html), tags(golden[at]!.html))
        assert.equal(text.split('\n').length, golden[at]!.text.split('\n').length)
        assert.doesNotMatch(subject, /[\r\n\u2028]/)
        for (const body of [text.slice(text.indexOf('\n')), visible(html).replace(subject, '')]) {
          assert.doesNotMatch(body.replaceAll(PUBLIC_URL, ''), /https?:\/\/|\w\.test|\w@\w|tel:\+/)
        }
      }
    }),
    { numRuns: 300 },
  )
  // That the rules above do bite: the same name without its word joiners.
  assert.match('http://evil.test', /https?:\/\/|\w\.test|\w@\w/)
  assert.match(number(named('evil.test')).text, /evil\.\u2060test/)
})
