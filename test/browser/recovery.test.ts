import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { MINUTE, world } from '../support/world.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const NEXT = 'another correct horse'
const email = 'ana@example.com'
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Nothing that keeps somebody out (WCAG 2.2 AA), and no sideways scroll. */
async function assertUsable(page: Page) {
  await page.evaluate(AXE)
  const found = (await page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`)) as string[]
  assert.deepEqual(found, [], page.url())
  assert.equal(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0, page.url())
}

test('a person without the password, and one whose account was taken, get back in by their mailbox', async (t) => {
  const here = await world(t)
  const { url } = here
  const { member, login } = people(here)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  t.after(() => browser.close())
  const wrong: string[] = []
  async function visitor(options: BrowserContextOptions) {
    const page = await (await browser.newContext(options)).newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && wrong.push(message.text()))
    page.on('request', (request) => request.url().startsWith(url) || wrong.push(request.url()))
    return page
  }
  const letterTo = async (path: string) => {
    await here.delivered()
    return linkIn(
      (await here.inbox(email)).find((letter) => linkIn(letter, path) !== ''),
      path,
    )
  }
  await member(email)
  await here.env.leap(MINUTE)

  // Without script, on a phone, in the dark.
  const phone = await visitor({ javaScriptEnabled: false, viewport: { width: 360, height: 740 }, colorScheme: 'dark', locale: 'es-ES' })
  await phone.goto(`${url}/login`)
  await phone.getByRole('link', { name: '¿Has olvidado la contraseña?' }).click()
  await phone.getByLabel('Correo electrónico').fill(email)
  await phone.getByRole('button', { name: 'Enviar el enlace' }).click()
  await phone.getByRole('heading', { name: 'Mira tu correo' }).waitFor()
  assert.doesNotMatch(phone.url(), /ana/)
  await phone.reload()
  await phone.getByText(email).waitFor()
  await phone.goto(`${url}/password/reset?token=${await letterTo('/password/reset')}`)
  await phone.getByLabel('Contraseña nueva').fill('password1')
  await phone.getByRole('button', { name: 'Guardar la contraseña' }).click()
  await phone.getByRole('link', { name: /de las más usadas/ }).waitFor()
  assert.equal(await phone.getByLabel('Contraseña nueva').inputValue(), '', 'a password is not sent back')
  await phone.getByLabel('Contraseña nueva').fill(NEXT)
  await phone.getByRole('button', { name: 'Guardar la contraseña' }).click()
  await phone.getByRole('heading', { name: 'Contraseña cambiada' }).waitFor()
  await phone.reload()
  await phone.getByRole('link', { name: 'Entrar' }).waitFor()
  assert.equal((await login({ email, password: NEXT })).status, 200)

  // With script, wide: the notice of that very change is taken back with the keyboard.
  const desk = await visitor({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', locale: 'ru-RU' })
  await desk.goto(`${url}/password/reset?token=x`)
  await desk.getByRole('heading', { name: 'Ссылка больше не действует' }).waitFor()
  await desk.goto(`${url}/undo?token=${await letterTo('/undo')}`)
  await assertUsable(desk)
  await desk.getByRole('link', { name: 'English' }).click()
  await desk.getByRole('button', { name: 'Take the change back' }).focus()
  await desk.keyboard.press('Enter')
  await desk.getByRole('heading', { name: 'the account is yours again' }).waitFor()
  await assertUsable(desk)
  for (const password of [PASSWORD, NEXT]) assert.equal((await login({ email, password })).status, 401)
  await here.env.leap(MINUTE)
  await desk.getByRole('button', { name: 'Send me the link for a password' }).click()
  await desk.getByRole('heading', { name: 'Check your email' }).waitFor()
  await assertUsable(desk)
  await desk.goto(`${url}/password/reset?token=${await letterTo('/password/reset')}`)
  await desk.getByLabel('New password').fill('short')
  await desk.keyboard.press('Enter')
  await desk.getByRole('alert').waitFor()
  assert.equal(await desk.evaluate('document.activeElement.id'), 'summary')
  assert.match(await desk.title(), /^Error: /)
  await assertUsable(desk)

  await desk.setViewportSize({ width: 320, height: 700 })
  await desk.emulateMedia({ colorScheme: 'dark' })
  for (const path of ['/password/forgot', '/help/no-mail', '/privacy', '/nowhere']) {
    await desk.goto(url + path)
    await assertUsable(desk)
  }
  assert.deepEqual(wrong, [])
})
