import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localeOf, locales, messages, negotiate } from '../src/i18n/i18n.ts'
import { code } from '../src/i18n/pages/code.ts'
import { renderLetter } from '../src/messaging/templates/letter.ts'
import { problems } from '../src/problem.ts'
import { letterOf, PUBLIC_URL, REQUESTED_AT } from './support/letters.ts'

const AT = Date.UTC(2025, 11, 18, 10, 32, 59)

/** Every path to a leaf, with the kind of the leaf. */
function shapeOf(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([key, leaf]) =>
    typeof leaf === 'object' ? shapeOf(leaf, `${path}${key}.`) : [`${path}${key}: ${typeof leaf}`],
  )
}

/** Every sentence of a language: the refusals, and what its letters say in each of their states. */
function sentencesOf(locale: (typeof locales)[number]): string[] {
  const app = { name: 'Norte', replyTo: 'hola@example.com' }
  const states = [
    letterOf('number'),
    letterOf('code'),
    ...[null, '4892'].map((code) => letterOf('code', { code, replaces: REQUESTED_AT })),
    letterOf('registered'),
    letterOf('welcome'),
    letterOf('reset'),
    letterOf('email_change'),
    letterOf('signed_in'),
    letterOf('signed_in', { browser: null, system: null }),
    ...[{}, { token: null }].flatMap((way) => [
      letterOf('password_changed', way),
      letterOf('email_changed', way),
      letterOf('deleted', way),
    ]),
  ]
  const letters = states.flatMap((letter) => {
    const { subject, text, html } = renderLetter({ ...letter, locale, app }, { publicUrl: PUBLIC_URL, codeInSubject: false })
    return [subject, /mso-hide:all">([^<]*)</.exec(html)![1]!, ...text.split('\n').filter((line) => line !== '')]
  })
  return [...Object.values(messages[locale].problems), ...letters]
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

test('counts take the form that the language has for them', () => {
  const MINUTE = 60_000
  const lives: [ms: number, es: string, ru: string, en: string][] = [
    [0, '1 minuto', '1 минута', '1 minute'],
    [MINUTE, '1 minuto', '1 минута', '1 minute'],
    [2 * MINUTE, '2 minutos', '2 минуты', '2 minutes'],
    [5 * MINUTE, '5 minutos', '5 минут', '5 minutes'],
    [11 * MINUTE, '11 minutos', '11 минут', '11 minutes'],
    [15 * MINUTE - 40, '15 minutos', '15 минут', '15 minutes'],
    [21 * MINUTE, '21 minutos', '21 минута', '21 minutes'],
    [60 * MINUTE, '1 hora', '1 час', '1 hour'],
    [90 * MINUTE, '90 minutos', '90 минут', '90 minutes'],
    [3 * 60 * MINUTE, '3 horas', '3 часа', '3 hours'],
    [6 * 60 * MINUTE, '6 horas', '6 часов', '6 hours'],
    [24 * 60 * MINUTE, '24 horas', '24 часа', '24 hours'],
  ]
  for (const [ms, ...words] of lives) {
    assert.deepEqual(
      locales.map((locale) => messages[locale].life(ms)),
      words,
    )
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

test('attempts are counted as each language counts', () => {
  const said = [1, 2, 5, 21].map((left) =>
    [code.es.wrong(left), code.ru.wrong(left), code.en.wrong(left)].map((text) => text.split('. ')[1]),
  )
  assert.deepEqual(said, [
    ['Te queda 1 intento.', 'Осталась 1 попытка.', 'You have 1 attempt left.'],
    ['Te quedan 2 intentos.', 'Осталось 2 попытки.', 'You have 2 attempts left.'],
    ['Te quedan 5 intentos.', 'Осталось 5 попыток.', 'You have 5 attempts left.'],
    ['Te quedan 21 intentos.', 'Осталась 21 попытка.', 'You have 21 attempts left.'],
  ])
  assert.deepEqual(
    [1, 3, 5].map((max) => code.ru.locked.lead(max).split('. ')[0]),
    ['Использована единственная попытка', 'Все 3 попытки использованы', 'Все 5 попыток использованы'],
  )
  assert.deepEqual(
    [1, 10, 15].map((minutes) => code.ru.expired.lead(minutes).split('. ')[0]),
    ['Код действовал 1 минуту', 'Код действовал 10 минут', 'Код действовал 15 минут'],
  )
})
