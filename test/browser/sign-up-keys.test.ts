import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { code } from '../../src/i18n/pages/code.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { signUp } from '../../src/i18n/pages/sign-up.ts'
import { browserOfFile, visitor } from '../support/browser.ts'
import { codeIn, otherThan, PASSWORD, tokenIn } from '../support/people.ts'
import { guest } from '../support/sign-up-pages.ts'
import { world } from '../support/world.ts'

const browser = browserOfFile()
const EMAIL = 'ana@example.com'

/** What has the focus, in words, and how it shows: the ring of the element, or of what is drawn for it. */
const focus = (page: Page) =>
  page.evaluate<{ name: string; ring: number }>(`(() => {
    const one = document.activeElement
    const ringed = [one, one.parentElement].map((it) => getComputedStyle(it)).find(({ outlineStyle }) => outlineStyle !== 'none')
    return { name: one.labels?.[0]?.textContent ?? one.textContent.trim(), ring: ringed ? parseFloat(ringed.outlineWidth) : 0 }
  })()`)

/** Tab by Tab until this has the focus; every stop on the way can be seen. @returns the stops */
async function tabTo(page: Page, name: string): Promise<string[]> {
  const stops: string[] = []
  while (stops.length < 25) {
    await page.keyboard.press('Tab')
    const at = await focus(page)
    assert.ok(at.ring >= 3, `${at.name}: its focus shows`)
    stops.push(at.name)
    if (at.name === name) return stops
  }
  throw new Error(`${name} cannot be reached: ${stops.join(', ')}`)
}

test('from the form to the session by keyboard alone, each stop in order and seen', async (t) => {
  const { url, inbox } = await world(t)
  const { page, wrong } = await visitor(t, browser(), url, { locale: 'es' })
  const ana = guest(page, url)
  const words = shell.es
  const keys = page.keyboard

  await page.goto(`${url}/register`)
  assert.deepEqual(await tabTo(page, signUp.es.register.submit), [
    words.skip,
    ...['es', 'ru', 'en'].map((one) => shell[one as 'es'].name),
    words.email,
    words.password,
    words.show,
    signUp.es.register.submit,
  ])
  await keys.press('Enter')
  await ana.alert(words.emailMissing)
  assert.match((await focus(page)).name, /^Hay un problema/)
  assert.ok((await focus(page)).ring >= 3)
  assert.match(await page.title(), /^Error: /)
  assert.deepEqual(await page.getByRole('alert').getByRole('link').allTextContents(), [words.emailMissing, words.passwordMissing])
  await tabTo(page, words.passwordMissing)
  await keys.press('Enter')
  assert.equal((await focus(page)).name, words.password)
  await keys.type(PASSWORD)
  await keys.press('Tab')
  await keys.press('Space')
  const field = page.getByLabel(words.password, { exact: true })
  assert.deepEqual([await field.getAttribute('type'), (await focus(page)).name], ['text', words.hide])
  assert.equal(await page.getByRole('button', { name: words.hide }).getAttribute('aria-pressed'), 'true')
  await keys.press('Space')
  assert.equal(await field.getAttribute('type'), 'password')
  await keys.press('Shift+Tab')
  await keys.press('Shift+Tab')
  await keys.type(EMAIL)
  await keys.press('Enter')

  await ana.heading(code.es.code.heading)
  const right = codeIn((await inbox(EMAIL, 1))[0])
  await tabTo(page, words.skip)
  await keys.press('Enter') // past the languages
  await tabTo(page, code.es.code.label(4))
  await keys.type(otherThan(right))
  await keys.press('Enter')
  await ana.alert(code.es.wrong(2))
  await tabTo(page, code.es.wrong(2))
  await keys.press('Enter')
  assert.equal((await focus(page)).name, code.es.code.label(4))
  const later = await tabTo(page, code.es.code.reload)
  assert.deepEqual([later[0], later.length], [code.es.code.submit, 3], 'the button that waits is a stop, too')
  await page.getByLabel(code.es.code.label(4)).focus()
  await keys.press('Control+A')
  await keys.type(right)
  await keys.press('Tab')
  await keys.press('Enter')

  await ana.heading(signUp.es.verified.heading)
  await tabTo(page, signUp.es.verified.submit('Sello'))
  await keys.press('Enter')
  await page.waitForURL(`${url}/login`)
  await tabTo(page, words.email)
  await keys.type(EMAIL)
  await keys.press('Tab')
  await keys.type(PASSWORD)
  await keys.press('Enter')
  await page.waitForURL(`${url}/account`)
  assert.deepEqual(wrong, [])
})

test('another language in the midst of it: the same page, and what was typed stays', async (t) => {
  const { url } = await world(t)
  const { page, wrong } = await visitor(t, browser(), url, { locale: 'es' })
  const ana = guest(page, url)
  await ana.signUp(EMAIL)
  await ana.field.fill('48')
  await page.getByRole('link', { name: 'Русский' }).click()
  await guest(page, url, 'ru').heading(code.ru.code.heading)
  assert.equal(await page.locator('html').getAttribute('lang'), 'ru')
  assert.equal(await page.getByLabel(code.ru.code.label(4)).inputValue(), '48')
  await guest(page, url, 'ru').press(code.ru.code.submit)
  await guest(page, url, 'ru').alert(code.ru.format(4))
  await page.getByRole('link', { name: 'English' }).click()
  assert.equal(await page.getByLabel(code.en.code.label(4)).inputValue(), '48')
  assert.deepEqual(wrong, [])
})

const MAIL = { type: 'email', inputmode: null, autocomplete: 'username', maxlength: '254' }
const secret = (autocomplete: string) => ({ type: 'password', inputmode: null, autocomplete, maxlength: '4096' })
const CODE = { type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '64' }
const FIELDS: [path: string, fields: Record<string, object>][] = [
  ['/register', { email: MAIL, password: secret('new-password') }],
  ['/login', { email: MAIL, password: secret('current-password') }],
  ['/resend', { email: MAIL }],
  ['/verify-email', { code: CODE }],
  ['/confirm?token=', { password: secret('current-password'), newPassword: secret('new-password') }],
]

test('every field says to browsers and password managers what it is for', async (t) => {
  const { url, inbox } = await world(t)
  const { page, context } = await visitor(t, browser(), url, { locale: 'es' })
  await guest(page, url).signUp(EMAIL)
  const token = tokenIn((await inbox(EMAIL, 1))[0])
  for (const [path, expected] of FIELDS) {
    if (path.startsWith('/confirm')) await context.clearCookies()
    await page.goto(`${url}${path}${path.endsWith('token=') ? token : ''}`)
    const inputs = await page.locator('input:not([type=hidden])').all()
    const found = await Promise.all(
      inputs.map(async (input) => {
        const of = (name: string) => input.getAttribute(name)
        const [type, inputmode, autocomplete, maxlength] = await Promise.all(['type', 'inputmode', 'autocomplete', 'maxlength'].map(of))
        return [await of('name'), { type, inputmode, autocomplete, maxlength }]
      }),
    )
    assert.deepEqual(Object.fromEntries(found), expected, path)
  }
})
