import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { code } from '../../src/i18n/pages/code.ts'
import { signUp } from '../../src/i18n/pages/sign-up.ts'
import { assertNarrow, browserOfFile, type Look, shoot, visitor } from '../support/browser.ts'
import { codeIn, otherThan } from '../support/people.ts'
import { guest } from '../support/sign-up-pages.ts'
import { MINUTE, world } from '../support/world.ts'

const browser = browserOfFile()
const said = code.es
const SECOND = 1000
const EMAIL = 'ana@example.com'

/** Somebody who waits for a code, in Madrid. */
async function waiting(t: TestContext, look: Look = {}) {
  const place = await world(t)
  const seen = await visitor(t, browser(), place.url, { locale: 'es', ...look }, { timezoneId: 'Europe/Madrid' })
  const ana = guest(seen.page, place.url)
  /** Of the newest letter. */
  const codeOf = async (letters: number) => codeIn((await place.inbox(EMAIL, letters))[0])
  return { ...place, ...seen, ana, codeOf }
}
const resend = (page: Page) => page.locator('form[action="/resend"] button')
const attempts = (page: Page) => page.locator('.clock .pips i.on').count()

async function paste(page: Page, text: string) {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
  await page.getByLabel(said.code.label(4)).focus()
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Control+V')
  await page.keyboard.press('Enter')
}

test('a code is pasted as it comes; a wrong one stays to be mended, and says how many tries are left', async (t) => {
  const { page, context, url, ana, codeOf, wrong } = await waiting(t)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url })
  await ana.signUp(EMAIL)
  const right = await codeOf(1)
  const bad = [...otherThan(right)]
  assert.equal(await attempts(page), 3)
  await page.getByText('Caduca a las 09:15', { exact: false }).waitFor() // Madrid's clock

  await ana.enterCode('489')
  await ana.alert('El código son 4 cifras. No hemos descontado ningún intento.')
  assert.deepEqual([await attempts(page), await ana.field.inputValue()], [3, '489'])
  await ana.enterCode('')
  await ana.alert('El código son 4 cifras. No hemos descontado ningún intento.')

  await paste(page, ` ${bad.join(' ')} `)
  await ana.alert('El código no coincide. Te quedan 2 intentos.')
  assert.equal(await ana.field.inputValue(), ` ${bad.join(' ')} `)
  assert.equal(await attempts(page), 2)
  assert.match(await page.title(), /^Error: /)
  assert.equal(await ana.field.getAttribute('aria-invalid'), 'true')
  assert.equal(await page.locator('#code-e').textContent(), '✕El código no coincide. Te quedan 2 intentos.')
  assert.match((await ana.field.getAttribute('aria-describedby'))!, /code-e/)
  await paste(page, bad.join('–'))
  await ana.alert('El código no coincide. Te queda 1 intento. Comprueba que usas el correo más reciente.')
  assert.equal(await attempts(page), 1)
  await paste(page, [...right].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('\u00a0'))
  await ana.heading(signUp.es.verified.heading)
  assert.deepEqual(wrong, [])
})

test('three wrong codes lock the code; a new one may be asked for after a minute, and the old one is dead', async (t) => {
  const { page, env, ana, codeOf, wrong } = await waiting(t, { width: 360, scheme: 'dark' })
  await page.clock.install()
  await ana.signUp(EMAIL)
  const first = await codeOf(1)
  await ana.enterCode(otherThan(first, 1))
  await ana.alert('El código no coincide. Te quedan 2 intentos.')
  await ana.enterCode(otherThan(first, 2))
  await ana.alert('El código no coincide. Te queda 1 intento. Comprueba que usas el correo más reciente.')
  await ana.enterCode(otherThan(first, 3))
  await ana.status('Este código ya no sirve')
  await page.getByText('Se acabaron los 3 intentos.', { exact: false }).waitFor()
  assert.equal(await ana.field.count(), 0, 'there is nothing to type')
  await assertNarrow(page, 'locked')
  await shoot(page, 'es-7-locked-360-dark')

  assert.equal(await resend(page).getAttribute('aria-disabled'), 'true')
  assert.match((await resend(page).textContent())!, /^Enviar otro código dentro de (1:00|0:5\d)$/)
  await page.clock.runFor(30 * SECOND)
  assert.match((await resend(page).textContent())!, /^Enviar otro código dentro de 0:[23]\d$/)
  let posts = 0
  page.on('request', (request) => request.method() === 'POST' && posts++)
  await resend(page).press('Enter')
  assert.equal(posts, 0, 'a press too early does nothing')
  await page.clock.runFor(31 * SECOND)
  assert.deepEqual([await resend(page).textContent(), await resend(page).getAttribute('aria-disabled')], [said.code.resend, 'false'])
  await env.leap(MINUTE)
  await ana.press(said.code.resend)
  await ana.status('Nuevo código enviado')
  await page.getByText('Enviado a las 09:01. El anterior ya no sirve.').waitFor()
  assert.equal(await attempts(page), 3)
  await shoot(page, 'es-8-resent-360-dark')
  const second = await codeOf(2)
  assert.notEqual(second, first)
  await ana.enterCode(first)
  await ana.alert('El código no coincide. Te quedan 2 intentos.')
  await ana.enterCode(second)
  await ana.heading(signUp.es.verified.heading)
  assert.deepEqual(wrong, [])
})

test('after 15 minutes the code is told to be over, typed or not; the clock is announced twice', async (t) => {
  const { page, context, url, env, ana, codeOf, wrong } = await waiting(t)
  await page.clock.install()
  await ana.signUp(EMAIL)
  const right = await codeOf(1)
  const timer = page.getByRole('timer')
  const live = () => timer.getAttribute('aria-live')
  assert.match((await timer.textContent())!, /^(15:00|14:5\d)$/)
  assert.equal(await live(), null)
  // The page's clock stands from here on; where within its second nobody knows.
  await page.clock.pauseAt((await page.evaluate<number>('Date.now()')) + 10 * SECOND)
  const [minutes, seconds] = (await timer.textContent())!.split(':').map(Number)
  await page.clock.runFor((minutes! * 60 + seconds! - 123) * SECOND)
  for (let steps = 0; steps < 8 && (await timer.textContent()) !== '2:00'; steps++) await page.clock.runFor(SECOND)
  assert.deepEqual([await timer.textContent(), await live()], ['2:00', 'polite'])
  await page.clock.runFor(2 * SECOND)
  assert.equal(await live(), null)

  await env.leap(15 * MINUTE + SECOND)
  await ana.enterCode(right)
  await ana.status('El código ha caducado')
  await page.getByText('Valía 15 minutos. Te enviamos otro cuando quieras.').waitFor()
  assert.equal(await ana.field.count(), 0)
  const looked = await context.newPage()
  await looked.goto(`${url}/verify-email`)
  await looked.getByRole('status').getByRole('heading', { name: 'El código ha caducado' }).waitFor()
  await shoot(looked, 'es-9-expired-1280-light')
  await looked.getByRole('button', { name: said.code.resend }).click()
  await looked.getByRole('status').getByRole('heading', { name: 'Nuevo código enviado' }).waitFor()
  await guest(looked, url).enterCode(await codeOf(2))
  await guest(looked, url).heading(signUp.es.verified.heading)
  assert.deepEqual(wrong, [])
})

test('without script a press too early is answered with when; the sixth code of an hour is not sent', async (t) => {
  const { page, env, ana, codeOf, inbox, wrong } = await waiting(t, { script: false, width: 360 })
  await ana.signUp(EMAIL)
  await codeOf(1)
  assert.equal(await resend(page).textContent(), said.code.resend)
  await page.getByText('Podrás pedir otro código a las 08:01 (UTC).').waitFor()
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await resend(page).press('Enter')
  const early = await answered
  assert.deepEqual([early.status(), early.headers()['retry-after']], [429, '60'])
  await ana.status('Aún no podemos enviar otro código')
  await page.getByText('Podrás pedir otro a las 08:01 (UTC).').waitFor()

  await page.getByRole('link', { name: 'Volver' }).click() // the first code still serves
  for (let letters = 2; letters <= 5; letters++) {
    await env.leap(MINUTE)
    await ana.field.waitFor()
    await page.reload()
    await resend(page).press('Enter')
    await ana.status('Nuevo código enviado')
    await codeOf(letters)
  }
  await env.leap(MINUTE)
  await page.reload()
  await resend(page).press('Enter')
  await ana.status('Aún no podemos enviar otro código')
  await page.getByText('Podrás pedir otro a las 09:00 (UTC).').waitFor()
  await shoot(page, 'es-10-cap-360-light')
  assert.equal((await inbox(EMAIL, 5)).length, 5)
  assert.deepEqual(wrong, [])
})
