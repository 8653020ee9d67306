import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Letter, LetterOf } from '../../src/contract/messaging.ts'
import { locales, messages } from '../../src/i18n/i18n.ts'
import { openInbox } from '../../src/messaging/inbox.ts'
import { createMessaging } from '../../src/messaging/messaging.ts'
import { buildMessage } from '../../src/messaging/mime.ts'
import { renderLetter } from '../../src/messaging/templates/letter.ts'
import { fakeEnv } from '../support/env.ts'
import { readLetter } from '../support/letter.ts'
import { LINK, letterOf, PUBLIC_URL, REQUESTED_AT, visible } from '../support/letters.ts'

const MINUTE = 60_000
const HOUSE = { publicUrl: PUBLIC_URL, codeInSubject: false }
const code = (change: Partial<LetterOf<'code'>> = {}, house = HOUSE) => renderLetter(letterOf('code', change), house)
const runs = (text: string) => text.match(/\p{Nd}{4,}/gu) ?? []
const big = (html: string) => /<div class="big"[^>]*>(.*?)<\/div>/s.exec(html)?.[1]?.replace(/<[^>]*>/g, '')

test('a code letter, whole: the code with its word, what to do, the link alone on its line, until when, and who asks', () => {
  const { text, subject } = code({ replaces: REQUESTED_AT - 10 * MINUTE, linkExpiresAt: REQUESTED_AT + 24 * 60 * MINUTE })
  assert.equal(subject, 'Tu código para Librería Norte · 10:32 UTC')
  assert.equal(
    text,
    `Código: 4892

Escríbelo en la página de Librería Norte para verificar tu correo.

También puedes confirmar sin escribirlo: abre la página, mira la dirección y pulsa el botón. Sirve en cualquier dispositivo.

Abrir la página de confirmación:
${LINK}

El código vale hasta las 10:47 (UTC); el enlace, hasta el 19 de diciembre a las 10:32 (UTC).

Es un código nuevo: el enviado a las 10:22 (UTC) y su enlace ya no sirven.

No lo compartas: nadie de Librería Norte te lo va a pedir.

¿No lo has pedido? Ignora este mensaje: sin el código ni el enlace nadie puede seguir. Si quieres la cuenta para ti, abre el enlace y elige tu propia contraseña.

Librería Norte
`,
  )
})

test('in every language the first line is the code with its word, and the stamp has the same digits unbroken and their life', () => {
  const expected = {
    es: ['Código: 4892', '15 minutos', 'hasta las 10:47 (UTC)', 'Es un código nuevo: el enviado el 17 de diciembre a las 23:00 (UTC)'],
    ru: ['Код: 4892', '15 минут', 'до 10:47 (UTC)', 'Это новый код: тот, что отправлен 17 декабря в 23:00 (UTC)'],
    en: ['Code: 4892', '15 minutes', 'until 10:47 (UTC)', 'This is a newer code: the one sent on 17 December at 23:00 (UTC)'],
  }
  for (const locale of locales) {
    const [first, life, until, newer] = expected[locale]
    const { text, html } = code({ locale })
    assert.deepEqual(text.split('\n').slice(0, 2), [first, ''])
    assert.ok(text.includes(until!), until!)
    assert.ok(!text.includes(newer!.slice(0, 12)))
    assert.equal(big(html), '4892')
    assert.ok(html.includes(`>${messages[locale].codeLetter.word}</td>`) && html.includes(`>${life}</td>`), life!)
    const again = code({ locale, replaces: Date.UTC(2025, 11, 17, 23) })
    for (const part of [again.text, visible(again.html)]) assert.ok(part.includes(newer!), newer!)
  }
})

test('beside the code no run of four digits can be read, whatever the application is called, but in the address of the link', () => {
  const times = { linkExpiresAt: REQUESTED_AT + 24 * 60 * MINUTE, replaces: REQUESTED_AT - 12 * 60 * MINUTE }
  for (const locale of locales) {
    for (const name of ['Librería Norte', 'Tienda 2024', '123456789', '１２３４ 5678']) {
      const app = { name, replyTo: 'hola@example.com' }
      const { subject, text, html } = code({ locale, app, ...times })
      assert.deepEqual(runs(text.replace(LINK, '')), ['4892'], name)
      assert.deepEqual(runs(visible(html)), ['4892'], name)
      assert.deepEqual(runs(subject), [])
      const only = code({ locale, app, ...times, code: null })
      assert.deepEqual(runs(only.text.replace(LINK, '') + visible(only.html) + only.subject), [])
    }
  }
  assert.deepEqual(runs(LINK), ['1234', '7890'], 'the link would show')
})

test('every link of every letter is alone on its line in the text part, and is the address behind a button in the HTML', () => {
  const expected: [Letter, string[]][] = [
    [letterOf('code'), [LINK]],
    [letterOf('code', { code: null }), [LINK]],
    [letterOf('registered'), [`${PUBLIC_URL}/login`, `${PUBLIC_URL}/password/forgot`]],
    [letterOf('welcome'), [`${PUBLIC_URL}/login`, `${PUBLIC_URL}/password/forgot`]],
  ]
  for (const locale of locales) {
    for (const [letter, links] of expected) {
      const { text, html, subject } = renderLetter({ ...letter, locale }, HOUSE)
      assert.deepEqual(
        text.split('\n').filter((line) => line.includes('://')),
        links,
      )
      assert.deepEqual(
        [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href]) => href!.replaceAll('&#38;', '&')),
        links,
      )
      assert.ok(!subject.includes('http'))
    }
  }
})

test('a link that a token or a public URL could break is escaped, or the letter is not made', () => {
  const { text, html } = code({ token: 'a&b"<c>\n#d e' })
  assert.ok(text.includes(`\n${PUBLIC_URL}/confirm?token=a%26b%22%3Cc%3E%0A%23d%20e\n`))
  assert.ok(html.includes('token=a%26b%22%3Cc%3E%0A%23d%20e"'))
  for (const publicUrl of ['', 'javascript:alert(1)', '/x', 'https://a.test/\nb', 'https://a.test/"x'])
    for (const letter of [letterOf('code'), letterOf('registered'), letterOf('welcome')])
      assert.throws(() => renderLetter(letter, { ...HOUSE, publicUrl }), /public URL/)
})

test('without a code only the link is there, and it is said why', () => {
  for (const locale of locales) {
    const { text, html, subject } = code({ locale, code: null, replaces: REQUESTED_AT - MINUTE })
    const say = messages[locale].linkLetter
    assert.equal(text.split('\n')[0], say.heading)
    assert.doesNotMatch(text, /^[^:\n]+: \d/)
    assert.equal(big(html), undefined)
    for (const sentence of [say.noCode, say.notYou, say.replaces(REQUESTED_AT - MINUTE, REQUESTED_AT)])
      assert.ok(text.includes(sentence), sentence)
    assert.equal(subject, say.subject('Librería Norte', REQUESTED_AT))
  }
})

test('anything but 4 to 8 digits is no code', () => {
  for (const digits of ['1234', '12345678']) assert.ok(code({ code: digits }).text.includes(`: ${digits}\n`))
  for (const digits of ['', '123', '123456789', '12 34', '１２３４', '<b>1', undefined as never])
    assert.throws(() => code({ code: digits }), /not a code/, digits)
})

test('the code stands in the subject only where that was wished for', async () => {
  const wished = { es: '4892 es tu código de Tienda', ru: '4892 — ваш код для «Tienda»', en: '4892 is your Tienda code' }
  const app = { name: 'Tienda', replyTo: null }
  for (const codeInSubject of [true, false]) {
    const parts = { env: fakeEnv(), from: { name: 'Sello', address: 'no-reply@sello.test' }, transport: null }
    const service = createMessaging({ ...parts, inbox: await openInbox(), codeInSubject })
    for (const locale of locales) {
      const letters = [letterOf('code', { id: 'a', locale, app }), letterOf('code', { id: 'b', locale, app, code: null })]
      for (const letter of letters) assert.equal((await service.sendLetter({ letter, publicUrl: PUBLIC_URL })).kind, 'accepted')
      const listed = await service.listInbox({ limit: 2 })
      const [only, both] = listed.kind === 'open' ? listed.messages : []
      assert.equal(both!.subject, codeInSubject ? wished[locale] : messages[locale].codeLetter.subject('Tienda', REQUESTED_AT))
      assert.ok(only!.subject.includes('10:32 UTC'))
      assert.deepEqual(runs(`${both!.subject}${only!.subject}`), codeInSubject ? ['4892'] : [])
      assert.ok(both!.headers.subject)
    }
  }
})

test('notices say what happened, when, where to sign in, and what to do if it was somebody else', () => {
  const expected = {
    es: ['Ya tienes cuenta en Librería Norte', 'Correo verificado', '18 de diciembre de 2025 a las 10:32 (UTC)'],
    ru: ['У вас уже есть аккаунт в «Librería Norte»', 'Почта подтверждена', '18 декабря 2025 г. в 10:32 (UTC)'],
    en: ['You already have a Librería Norte account', 'Email verified', '18 December 2025 at 10:32 (UTC)'],
  }
  for (const locale of locales) {
    const [registered, welcome, time] = expected[locale]
    for (const [kind, first] of [['registered', registered!] as const, ['welcome', welcome!] as const]) {
      const { text, html, subject } = renderLetter(letterOf(kind, { locale }), HOUSE)
      assert.equal(text.split('\n')[0], first)
      const say = messages[locale][`${kind}Letter`]
      for (const part of [text, visible(html)])
        for (const words of [first, time!, say.notYou, messages[locale].letter.newPassword]) assert.ok(part.includes(words), words)
      assert.ok(subject.endsWith('10:32 UTC'))
    }
  }
})

test('a long link comes through the mail in one piece', () => {
  const token = 'Ab9_-'.repeat(60)
  for (const locale of locales) {
    const letter = letterOf('code', { locale, token })
    const from = { name: 'Sello', address: 'no-reply@sello.test' }
    const raw = buildMessage({
      id: 'let_1',
      from,
      to: letter.to,
      replyTo: null,
      locale,
      date: REQUESTED_AT,
      ...renderLetter(letter, HOUSE),
    }).raw()
    const { text, html } = readLetter(raw)
    const link = `${PUBLIC_URL}/confirm?token=${token}`
    assert.ok(link.length > 300)
    assert.ok(text.includes(`\r\n${link}\r\n`))
    assert.ok(html.includes(`href="${link}"`))
    assert.ok(!raw.toString('latin1').includes(token.slice(0, 20)), 'in base64, so that no server breaks the line')
  }
})

test('two letters of one kind never have one subject, so that no mail program folds them together', () => {
  for (const letter of [letterOf('code'), letterOf('code', { code: null }), letterOf('registered'), letterOf('welcome')]) {
    const later = { ...letter, requestedAt: letter.requestedAt + MINUTE }
    assert.notEqual(renderLetter(letter, HOUSE).subject, renderLetter(later, HOUSE).subject)
  }
})
