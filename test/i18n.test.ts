import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localeOf, locales, messages, negotiate } from '../src/i18n/i18n.ts'
import { problems } from '../src/problem.ts'

const AT = Date.UTC(2025, 11, 18, 10, 32, 59)

/** Every path to a leaf, with the kind of the leaf. */
function shapeOf(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([key, leaf]) =>
    typeof leaf === 'object' ? shapeOf(leaf, `${path}${key}.`) : [`${path}${key}: ${typeof leaf}`],
  )
}

/** Every sentence of a language, the functions filled in. */
function sentencesOf(locale: (typeof locales)[number]): string[] {
  const { problems: refusals, numberLetter } = messages[locale]
  const say = Object.entries(numberLetter).map(([key, words]) =>
    typeof words === 'string'
      ? words
      : words.length === 2
        ? words('Norte' as never, AT)
        : (words as (x: unknown) => string)(/replaces|valid/.test(key) ? AT : 'Norte'),
  )
  return [...Object.values(refusals), ...say]
}

test('the three languages have the same keys, none empty, none shared by mistake', () => {
  const shape = shapeOf(messages.es).sort()
  assert.ok(shape.length > 25)
  for (const locale of locales) assert.deepEqual(shapeOf(messages[locale]).sort(), shape)
  for (const locale of locales) for (const sentence of sentencesOf(locale)) assert.ok(sentence.trim().length > 2, sentence)
  const [es, ru, en] = locales.map((locale) => Object.values(messages[locale].problems))
  for (const [at, sentence] of es!.entries()) assert.equal(new Set([sentence, ru![at], en![at]]).size, 3)
})

test('every problem has its sentence, and no sentence is without a problem', () => {
  for (const locale of locales) assert.deepEqual(Object.keys(messages[locale].problems), Object.keys(problems))
})

test('the voice: no exclamation, no oops, no please; Russian in Cyrillic, Spanish with tú', () => {
  for (const locale of locales) {
    for (const sentence of sentencesOf(locale)) {
      assert.doesNotMatch(sentence, /[!¡]|\b(oops|ups|please|sorry|lo sentimos)\b|пожалуйста|упс|извините/i)
      assert.doesNotMatch(sentence, /undefined|NaN|\[object/)
    }
  }
  assert.match(sentencesOf('ru').join(''), /[а-я]/)
  assert.doesNotMatch(sentencesOf('es').join(' '), /\b(usted|su correo|envíe|espere)\b/i)
})

test('times carry their zone and are the same whatever the zone of the machine', () => {
  assert.equal(messages.es.dateTime(AT), '18 de diciembre de 2025 a las 10:32 (UTC)')
  assert.equal(messages.ru.dateTime(AT), '18 декабря 2025 г. в 10:32 (UTC)')
  assert.equal(messages.en.dateTime(AT), '18 December 2025 at 10:32 (UTC)')
  for (const locale of locales) {
    assert.equal(messages[locale].time(AT), '10:32 (UTC)')
    assert.equal(messages[locale].time(Date.UTC(2025, 0, 1, 0, 5)), '00:05 (UTC)')
  }
})

test('a wish is a language tag', () => {
  const table: [string | undefined, string | null][] = [
    ['es', 'es'],
    ['es-MX', 'es'],
    ['RU-ru', 'ru'],
    [' en-Latn-GB ', 'en'],
    ['est', null],
    ['', null],
    ['*', null],
    ['fr-ES', null],
    [undefined, null],
  ]
  for (const [wish, locale] of table) assert.equal(localeOf(wish), locale, String(wish))
})

test('Accept-Language is weighed', () => {
  const table: [string | undefined, string | null][] = [
    [undefined, null],
    ['', null],
    ['*', null],
    ['ru', 'ru'],
    ['fr, de;q=0.9', null],
    ['fr, en;q=0.5', 'en'],
    ['en;q=0.8, es;q=0.9', 'es'],
    ['es, en', 'es'],
    ['en, es', 'en'],
    ['es;q=0.5, ru;q=0.5', 'es'],
    ['es;q=0, en;q=0.1', 'en'],
    ['es;q=0', null],
    ['es-419,es;q=0.9,en;q=0.8', 'es'],
    ['en ; Q=0.3 ,\tru;q=1.000', 'ru'],
    ['es;q=2, en', 'en'],
    ['es;q=0.1234, en;q=0.1', 'en'],
    ['es;q=, en;q=0.1', 'en'],
    ['es;level=1;q=1, en;q=0.1', 'en'],
    [',,;;, ru', 'ru'],
    [`${'xx,'.repeat(170)}ru`, 'ru'],
    [`${'xx,'.repeat(171)}ru`, null],
    [`ru, ${'xx,'.repeat(100_000)}`, 'ru'],
    [`${'x'.repeat(509)},estonian`, null],
  ]
  for (const [header, locale] of table) assert.equal(negotiate(header), locale, String(header).slice(0, 60))
})

test('a hostile header is read in linear time', () => {
  const started = performance.now()
  for (const piece of [' ', ';', ',', 'q=', ';q=0.', '\t;', 'a-']) negotiate(piece.repeat(1_000_000))
  assert.ok(performance.now() - started < 200)
})
