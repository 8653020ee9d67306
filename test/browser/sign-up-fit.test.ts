import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { code } from '../../src/i18n/pages/code.ts'
import { link } from '../../src/i18n/pages/link.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { signUp } from '../../src/i18n/pages/sign-up.ts'
import { assertAccessible, assertNarrow, browserOfFile, type Look, shoot, visitor } from '../support/browser.ts'
import { codeIn, otherThan, tokenIn } from '../support/people.ts'
import { guest } from '../support/sign-up-pages.ts'
import { MINUTE, world } from '../support/world.ts'

const browser = browserOfFile()
const KB = 1024
const EMAIL = 'ana@example.com'

async function opened(t: TestContext, look: Look = {}) {
  const place = await world(t)
  const seen = await visitor(t, browser(), place.url, { locale: 'es', ...look }, { timezoneId: 'Asia/Vladivostok' })
  return { ...place, ...seen, ana: guest(seen.page, place.url) }
}

/** Every page of sign-up and sign-in in every state that looks different, one after the other. */
async function everyState({ page, url, env, inbox, ana }: Awaited<ReturnType<typeof opened>>, look: (name: string) => Promise<void>) {
  const visit = async (path: string, name: string) => {
    await page.goto(url + path)
    await look(name)
  }
  await visit('/register', 'register')
  await ana.press(signUp.es.register.submit)
  await ana.alert(shell.es.emailMissing)
  await look('register-wrong')
  await ana.signUp(EMAIL)
  const [letter] = await inbox(EMAIL, 1)
  const right = codeIn(letter)
  await look('code')
  await ana.enterCode(otherThan(right))
  await ana.alert(code.es.wrong(2))
  await look('code-wrong')
  await ana.enterCode(otherThan(right, 2))
  await ana.alert(`${code.es.wrong(1)} ${code.es.newest}`)
  await ana.enterCode(otherThan(right, 3))
  await ana.status(code.es.locked.heading)
  await look('locked')
  await env.leap(MINUTE)
  await page.goto(`${url}/verify-email`)
  await ana.press(code.es.code.resend)
  await ana.status(code.es.resent.heading)
  await look('resent')
  const [newer] = await inbox(EMAIL, 2)
  await visit(`/confirm?token=${tokenIn(letter)}`, 'link-replaced')
  await visit('/confirm?token=nothing', 'link-over')
  await visit(`/confirm?token=${tokenIn(newer)}`, 'link-own')
  const cookies = await page.context().cookies()
  await page.context().clearCookies({ name: 'sello-flow' })
  await visit(`/confirm?token=${tokenIn(newer)}`, 'link-elsewhere')
  await page.getByLabel(link.es.ownLabel).fill('short')
  await ana.press(link.es.ownSubmit)
  await ana.alert(shell.es.passwordRejected.too_short)
  await look('link-wrong')
  await visit('/resend', 'resend')
  await page.context().addCookies(cookies)
  await page.goto(`${url}/verify-email`)
  await ana.enterCode(codeIn(newer))
  await ana.heading(signUp.es.verified.heading)
  await look('verified')
  await visit(`/confirm?token=${tokenIn(newer)}`, 'link-used')
  await visit('/login?next=/account/password', 'login-again')
  await ana.signIn(EMAIL, 'not the password')
  await ana.alert(shell.es.signInWrong)
  await look('login-wrong')
  await visit('/nowhere', 'missing')
}

/** What the envelope holds ends where it ends; codes of every length do. */
async function assertWithin(page: Page, name: string) {
  for (const digits of (await page.locator('.index').count()) > 0 ? [8, 7, 6, 5, 4] : [0]) {
    const wide = await page.evaluate(`(() => {
      const drawn = document.querySelector('.index')
      if (drawn) drawn.className = 'index d${digits}'
      const main = document.querySelector('main')
      const edge = main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight)
      return [...main.querySelectorAll(':is(form, .field, .index, .btn, .note, p, h1)')]
        .filter((one) => one.getBoundingClientRect().right > edge + 0.5).map((one) => one.outerHTML.slice(0, 60))
    })()`)
    assert.deepEqual(wide, [], `${name}, ${digits} digits`)
  }
}

const compressed = async (address: string) => gzipSync(await (await fetch(address)).text()).length
const assets = new Map<string, Promise<number>>()

/** What a page and its parts weigh, in bytes, compressed as proxies in front of us do. */
async function weightOf(page: Page) {
  const of = async (selector: string) => {
    const found = page.locator(selector)
    const addresses = await found.evaluateAll((all) =>
      all.map((one) => (one as unknown as { href?: string }).href ?? (one as unknown as { src: string }).src),
    )
    const sizes = addresses.map((address) => assets.get(address) ?? assets.set(address, compressed(address)).get(address)!)
    assert.ok(sizes.length > 0, selector)
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  }
  const [script, style, icon] = [await of('script[src]'), await of('link[rel=stylesheet]'), await of('link[rel=icon]')]
  const html = gzipSync(await page.content()).length
  return { html, script, style, all: html + script + style + icon }
}

test('every page in every state: nothing grave that axe-core finds, in both themes; no sideways scroll at 320 px and with text twice as large', async (t) => {
  const here = await opened(t, { width: 320 })
  const { page } = here
  let [states, scripts, all] = [0, 0, 0]
  await everyState(here, async (name) => {
    states++
    await assertNarrow(page, name)
    await assertWithin(page, name)
    await assertAccessible(page, name)
    await page.emulateMedia({ colorScheme: 'dark' })
    await assertAccessible(page, `${name}, dark`, ['color-contrast'])
    await shoot(page, `es-fit-${name}-320-dark`)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    await page.setViewportSize({ width: 640, height: 800 })
    await assertNarrow(page, `${name}, text twice as large`)
    await page.evaluate("document.documentElement.style.fontSize = ''")
    await page.setViewportSize({ width: 320, height: 800 })
    const weight = await weightOf(page)
    scripts = Math.max(scripts, weight.script)
    all = Math.max(all, weight.all)
    assert.ok(
      weight.html <= 4 * KB && weight.script <= 3 * KB && weight.style <= 8 * KB && weight.all <= 15 * KB,
      `${name}: ${JSON.stringify(weight)}`,
    )
  })
  assert.ok(states >= 17, String(states))
  t.diagnostic(`${states} states; compressed at most ${scripts} bytes of script, ${all} of all`)
})

const SHIFTS = `globalThis.shifts = []
new PerformanceObserver((list) => { for (const { value, hadRecentInput, sources } of list.getEntries())
  if (!hadRecentInput) shifts.push(value + ' ' + sources.map(({ node }) => node?.parentElement?.outerHTML?.slice(0, 120))) }).observe({ type: 'layout-shift', buffered: true })`

test('nothing moves by itself on any page, though the script comes late, puts times into the own zone and starts clocks', async (t) => {
  const here = await opened(t, { width: 360 })
  const { page } = here
  await page.addInitScript(SHIFTS)
  await page.route('**/assets/*.js', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 150))
    await route.continue()
  })
  let drawn = 0
  await everyState(here, async (name) => {
    // The wait for a new code ends.
    if (name === 'code' || name === 'locked') {
      await page.evaluate(
        "for (const { dataset } of document.querySelectorAll('[data-from]')) dataset.from = document.querySelector('[data-made]').dataset.made",
      )
      await page.getByRole('button', { name: code.es.code.resend, exact: true }).waitFor()
    }
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
    drawn += await page.evaluate<number>("performance.getEntriesByType('paint').length")
    assert.deepEqual(await page.evaluate('shifts'), [], name)
  })
  assert.ok(drawn > 0)
})
