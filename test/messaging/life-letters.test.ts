import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LETTER_KINDS, type Letter, type LetterOf } from '../../src/contract/messaging.ts'
import { inboxPage } from '../../src/gateway/web/inbox.ts'
import { locales, messages } from '../../src/i18n/i18n.ts'
import { renderLetter } from '../../src/messaging/templates/letter.ts'
import { INKS } from '../../src/messaging/templates/look.ts'
import { letterOf, PUBLIC_URL, REQUESTED_AT, visible } from '../support/letters.ts'

const MINUTE = 60_000
const HOUSE = { publicUrl: PUBLIC_URL, codeInSubject: false }
const render = (letter: Letter) => renderLetter(letter, HOUSE)
const runs = (text: string) => text.match(/\p{Nd}{4,}/gu) ?? []
const RESET = `${PUBLIC_URL}/password/reset?token=07rS3cD4`
const MOVE = `${PUBLIC_URL}/account/email/confirm?token=07eC3cD4`
const UNDO = `${PUBLIC_URL}/undo?token=07uN3cD4`
const FORGOT = `${PUBLIC_URL}/password/forgot`
type Notice = LetterOf<'password_changed' | 'email_changed' | 'deleted'>
const NOTICES: Notice[] = [letterOf('password_changed'), letterOf('email_changed'), letterOf('deleted')]
const WORDS = { password_changed: 'passwordChangedLetter', email_changed: 'emailChangedLetter', deleted: 'deletedLetter' } as const
/** Every letter of an account's life, with and without a way back, and its links. */
const LINKS: [Letter, string[]][] = [
  [letterOf('reset'), [RESET]],
  [letterOf('email_change'), [MOVE]],
  ...NOTICES.map((letter): [Letter, string[]] => [letter, [UNDO]]),
  ...NOTICES.map((letter): [Letter, string[]] => [{ ...letter, token: null }, letter.kind === 'password_changed' ? [FORGOT] : []]),
  [letterOf('signed_in'), [FORGOT]],
]

test('the letter with a link to a new password, whole', () => {
  const { text, subject } = render(letterOf('reset'))
  assert.equal(subject, 'Elige una contraseña nueva para Librería Norte · 10:32 UTC')
  assert.equal(
    text,
    `Elige una contraseña nueva

Alguien, quizá tú, pidió una contraseña nueva para tu cuenta de Librería Norte. Al ponerla se cierran todas las sesiones.

Cambiar contraseña:
${RESET}

El enlace vale hasta las 11:32 (UTC).

No lo compartas: nadie de Librería Norte te lo va a pedir.

¿No lo has pedido? Ignora este mensaje: tu contraseña sigue como está.

Librería Norte
`,
  )
})

test('the letter to a new address, whole: its owner alone moves the account, and whose it is stands nowhere', () => {
  const { text, subject } = render(letterOf('email_change', { locale: 'en', expiresAt: REQUESTED_AT + 14 * 60 * MINUTE }))
  assert.equal(subject, 'Confirm your new email for Librería Norte · 10:32 UTC')
  assert.equal(
    text,
    `Confirm your new email

Someone, perhaps you, asked to move a Librería Norte account to this address. Open the page and confirm it.

Open the confirmation page:
${MOVE}

The account moves only when its owner confirms: signed in, or with the password of the account.

The link is valid until 19 December at 00:32 (UTC).

Do not share it: nobody at Librería Norte will ask for it.

Did not ask for this? Ignore it: without the link no account moves to your address.

Librería Norte
`,
  )
})

test('the notice of a deleted account, whole: when, the way back, and what is left afterwards', () => {
  const { text, subject } = render(letterOf('deleted', { locale: 'ru', app: { name: 'Книги', replyTo: 'hola@example.com' } }))
  assert.equal(subject, 'Аккаунт в «Книги» удалён · 10:32 UTC')
  assert.equal(
    text,
    `Аккаунт удалён

Ваш аккаунт в «Книги» удалён 18 декабря 2025 г. в 10:32 (UTC): войти в него больше никто не может.

Это были не вы или вы передумали? Верните аккаунт: все сеансы завершатся, после чего вы зададите новый пароль.

Вернуть аккаунт:
${UNDO}

Ссылка действует до 25 декабря 2025 г. в 10:32 (UTC). После этого от аккаунта ничего не останется.

Есть вопросы? Ответьте на это письмо.

Книги
`,
  )
})

test('the notice of a sign-in, whole, and what it calls a browser or a system that nobody knows', () => {
  const { text, subject } = render(letterOf('signed_in', { locale: 'en' }))
  assert.equal(subject, 'New sign-in to your Librería Norte account · 10:32 UTC')
  assert.equal(
    text,
    `Sign-in: Firefox on Linux

Someone, perhaps you, signed in to your Librería Norte account on 18 December 2025 at 10:32 (UTC) from a browser that the account did not know (Firefox on Linux). If it was you, there is nothing to do.

It was not you? Choose a new password: every session ends, and the old password stops working.

Change password:
${FORGOT}

Librería Norte
`,
  )
  const from = { es: ['navegador desconocido', 'Opera'], ru: ['неизвестный браузер', 'Opera'], en: ['unknown browser', 'Opera'] }
  for (const locale of locales) {
    for (const [at, browser] of [null, 'Opera'].entries()) {
      const [first] = render(letterOf('signed_in', { locale, browser, system: null })).text.split('\n')
      assert.equal(first, `${messages[locale].signedInLetter.word}: ${from[locale][at]}`)
    }
    assert.match(render(letterOf('signed_in', { locale })).html, />10:32 UTC<\/td>.*>Firefox[^<]*<\/div>/s)
    const hostile = render(letterOf('signed_in', { locale, browser: 'evil.test/1234567\n\n<b>', system: 'x'.repeat(500) }))
    assert.doesNotMatch(hostile.text.replaceAll(FORGOT, '') + visible(hostile.html), /\w\.test|\d{5}|x{41}/)
    assert.ok(!hostile.html.includes('<b>'))
    assert.equal(hostile.text.split('\n').length, text.split('\n').length)
  }
})

test('in every language the first line is the heading, and the stamp has the ink of its kind and a time', () => {
  const expected = {
    es: ['Elige una contraseña nueva', 'Confirma tu correo nuevo', 'Contraseña cambiada', 'Correo cambiado', 'Cuenta eliminada'],
    ru: ['Задайте новый пароль', 'Подтвердите новую почту', 'Пароль изменён', 'Почта изменена', 'Аккаунт удалён'],
    en: ['Choose a new password', 'Confirm your new email', 'Password changed', 'Email changed', 'Account deleted'],
  }
  const stamps = { es: ['1 hora', '18 de diciembre'], ru: ['1 час', '18 декабря'], en: ['1 hour', '18 December'] }
  const inks = ['ochre', 'plum', 'slate', 'slate', 'slate'] as const
  for (const locale of locales) {
    for (const [at, [letter]] of LINKS.slice(0, 5).entries()) {
      const { text, html, subject } = render({ ...letter, locale })
      const [life, day] = stamps[locale]
      assert.deepEqual(text.split('\n').slice(0, 2), [expected[locale][at], ''])
      assert.ok(visible(html).includes(expected[locale][at]!))
      assert.ok(html.includes(`border:4px dotted ${INKS[inks[at]!].ink.light}`), `${letter.kind}: ink`)
      for (const words of at < 2 ? ['>11:32 UTC</td>', `>${life}</div>`] : [`>${day}</td>`, '>10:32 UTC</div>'])
        assert.ok(html.includes(words), words)
      assert.ok(subject.endsWith(' · 10:32 UTC'))
    }
  }
})

test('each link is alone on its line, behind the one button of the HTML, and a row in the inbox, which finds no code there', () => {
  for (const locale of locales) {
    for (const [letter, links] of LINKS) {
      const { text, html, subject } = render({ ...letter, locale })
      assert.deepEqual(
        text.split('\n').filter((line) => line.includes('://')),
        links,
      )
      assert.deepEqual(
        [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href]) => href),
        links,
      )
      assert.equal(html.split('class="cta"').length - 1, links.length)
      const message = {
        id: letter.id,
        to: letter.to,
        subject,
        text,
        html,
        headers: {},
        at: '2025-12-18T10:32:05.123Z',
        kind: 'link' as const,
      }
      const view = { part: 'html', width: 'desktop', theme: 'system' } as const
      const wish = { id: letter.id, query: '', view }
      const open = { message, source: '' }
      const page = inboxPage({ wish, open, messages: [message], found: 1, held: 1, version: '1', publicUrl: PUBLIC_URL })
      assert.deepEqual(
        [...page.matchAll(/<dt>Link<\/dt><dd class="mono"><a href="([^"]*)"/g)].map(([, href]) => href),
        links,
      )
      assert.ok(!page.includes('data-copy'), subject)
    }
  }
})

test('a token is escaped, and where there is something to link no letter is made without a public URL', () => {
  for (const [letter, [link]] of LINKS) {
    if (link === undefined) continue
    for (const publicUrl of ['', 'javascript:alert(1)', 'https://a.test/\nb'])
      assert.throws(() => renderLetter(letter, { ...HOUSE, publicUrl }), /public URL/)
    if (!link.includes('?token=')) continue
    const { text, html } = render({ ...letter, token: 'a&b"<c>\n#d e' } as Letter)
    const escaped = link.replace(/=.*/, '=a%26b%22%3Cc%3E%0A%23d%20e')
    assert.ok(text.includes(`\n${escaped}\n`) && html.includes(`href="${escaped}"`), letter.kind)
  }
})

test('a notice says what was done, when, and until when its link takes that back', () => {
  const times = {
    es: ['el 18 de diciembre de 2025 a las 10:32 (UTC)', 'hasta el 25 de diciembre de 2025 a las 10:32 (UTC)'],
    ru: ['18 декабря 2025 г. в 10:32 (UTC)', 'до 25 декабря 2025 г. в 10:32 (UTC)'],
    en: ['on 18 December 2025 at 10:32 (UTC)', 'until 25 December 2025 at 10:32 (UTC)'],
  }
  for (const locale of locales) {
    for (const letter of NOTICES) {
      const { text, html } = render({ ...letter, locale })
      const say = messages[locale][WORDS[letter.kind]]
      for (const part of [text, visible(html)]) {
        for (const words of [...times[locale], say.notYou, say.undo]) assert.ok(part.includes(words), words)
        assert.ok(!part.includes(say.noLink))
      }
    }
  }
})

test('a notice without a link says what else helps, and promises no way back', () => {
  for (const locale of locales) {
    for (const letter of NOTICES) {
      const { text, html } = render({ ...letter, locale, token: null })
      const say = messages[locale][WORDS[letter.kind]]
      for (const part of [text, visible(html)]) {
        assert.ok(part.includes(say.noLink))
        for (const words of [say.notYou, say.undo, say.validUntil(letter.expiresAt), '/undo']) assert.ok(!part.includes(words), words)
      }
    }
  }
})

test('the new address is shown so that no mail program makes a link of it or reads a code in it, and only to the old one', () => {
  const hostile = `${'a1234567'.repeat(8)}"<b>x</b>\n@${'evil1234.'.repeat(20)}test`
  for (const locale of locales) {
    for (const email of ['ana.2025@nueva.test', hostile]) {
      const { text, html, subject } = render(letterOf('email_changed', { locale, email }))
      const plain = (part: string) => part.replaceAll('\u2060', '')
      assert.ok(plain(text).includes(email.replace('\n', ' ')))
      assert.ok(plain(visible(html)).includes(email.replace('\n', ' ')))
      for (const part of [text.replaceAll(UNDO, ''), visible(html)]) assert.doesNotMatch(part, /\w@\w|\w\.test|\w@\u2060?\w+\.\w/)
      for (const run of runs(text + visible(html))) assert.equal(run, '2025', 'the year')
      assert.equal(text.split('\n').length, render(letterOf('email_changed', { locale })).text.split('\n').length)
      assert.doesNotMatch(html, /<b>/)
      assert.ok(!plain(subject).includes('@'))
    }
  }
  assert.match('ana.2025@nueva.test', /\w@\w|\w\.test/)
})

test('nothing in a letter with a short-lived link looks like a code, whatever the application is called', () => {
  const expiresAt = REQUESTED_AT + 24 * 60 * MINUTE
  for (const locale of locales) {
    for (const name of ['Librería Norte', 'Tienda 2024', '123456789']) {
      const app = { name, replyTo: 'hola@example.com' }
      for (const letter of [letterOf('reset', { locale, app, expiresAt }), letterOf('email_change', { locale, app, expiresAt })]) {
        const { text, html, subject } = render(letter)
        assert.deepEqual(runs(text + visible(html) + subject), [], name)
      }
    }
  }
})

test('two letters of one kind never have one subject, no subject is that of another kind, and every kind can be rendered', () => {
  for (const locale of locales) {
    const subjects = LETTER_KINDS.map((kind) => {
      const { subject } = render({ ...letterOf(kind), locale } as Letter)
      const later = { ...letterOf(kind), locale, requestedAt: REQUESTED_AT + MINUTE, at: REQUESTED_AT + MINUTE } as Letter
      assert.notEqual(render(later).subject, subject)
      return subject
    })
    assert.equal(new Set(subjects).size, LETTER_KINDS.length)
  }
})
