import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeNumber } from '../../src/rules/number.ts'
import { assertNarrow, browserOfFile } from '../support/browser.ts'
import { type World, world } from '../support/world.ts'

const browser = browserOfFile()

/** Without the key that tests otherwise bring, so that the development key is valid. */
const open = (t: TestContext) => world(t, { settings: { SELLO_BOOTSTRAP_KEY: '' } })
const programs = (page: Page) => page.locator('.snippets pre').allTextContents()

/** Texts with less contrast than WCAG 2.2 asks of small print (4.5:1), as they stand on the nearest background. */
const FAINT = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data] }
  const light = (colour) => { const [r, g, b] = rgba(colour).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const behind = (element) => { for (let e = element; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgba(c)[3] === 255) return c } return 'white' }
  const found = []
  let seen = 0
  for (const element of document.querySelectorAll('body *')) {
    const hasText = element.matches('input') || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    if (!hasText || !element.checkVisibility() || element.matches('.skip')) continue
    seen++
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x)
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(element.outerHTML.slice(0, 80))
  }
  return { seen, found }
})()`

for (const { width, scheme } of [
  { width: 360, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
] as const) {
  test(`a developer registers, sees what happened next, and checks the number [${width} px, ${scheme}]`, async (t) => {
    const { url, apiKey, inbox, numberOf } = (await open(t)) as World
    const page = await browser().newPage({ viewport: { width, height: 800 }, colorScheme: scheme })
    t.after(() => page.close())
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && !/status of 404/.test(message.text()) && complaints.push(message.text()))
    const foreign: string[] = []
    page.on('request', (request) => request.url().startsWith(url) || foreign.push(request.url()))

    await page.goto(`${url}/docs`)
    assert.ok(apiKey)
    assert.equal(await page.getByLabel('API key').inputValue(), apiKey)
    const register = page.locator('#registerIdentity')
    const check = page.locator('#checkIdentity')
    await register.getByLabel('email').press('Enter')
    await register.getByText(/^202 in \d+ ms$/).waitFor()
    await register.locator('#next').getByText('accepted').waitFor()
    await assertNarrow(page, 'docs')

    const [letter] = await inbox('ana@example.com', 1)
    const link = register.getByRole('link', { name: 'Open the letter' })
    assert.match((await link.getAttribute('href'))!, new RegExp(`id=${letter!.id}`))
    await check.getByLabel('number').fill(makeNumber('99', '000000000'))
    await check.getByRole('button', { name: 'Send' }).click()
    await check.getByText(/^404 in \d+ ms$/).waitFor()
    await check.getByText('"code": "number_unknown"').waitFor()
    await register.getByRole('button', { name: 'Check its number' }).click()
    assert.equal(await check.getByLabel('number').inputValue(), numberOf(letter))
    assert.match((await check.locator('[data-language=python]').textContent())!, new RegExp(`"number": "${numberOf(letter)}"`))
    await check.getByLabel('number').press('Enter')
    await check.getByText(/^200 in \d+ ms$/).waitFor()
    await register.locator('#next').getByText('What happened next: checked').waitFor()

    const show = page.locator('#showIdentity')
    await show.getByRole('button', { name: 'Send' }).click()
    await show.getByText('"status": "checked"').waitFor()
    await check.getByText(/^Headers/).click()
    await check.getByText(/x-request-id: req_/).waitFor()
    await assertNarrow(page, 'docs')
    await page.evaluate("for (const one of document.querySelectorAll('details')) { one.removeAttribute('name'); one.open = true }")
    await assertNarrow(page, 'everything open')
    const { seen, found } = (await page.evaluate(FAINT)) as { seen: number; found: string[] }
    assert.ok(seen > 200, String(seen))
    assert.deepEqual(found, [])
    assert.deepEqual(complaints, [])
    assert.deepEqual(foreign, [])
  })
}

test('without script it is documentation, with the programs for a shell that a script would show', async (t) => {
  const { url } = await open(t)
  const plain = await browser().newPage({ javaScriptEnabled: false })
  const scripted = await browser().newPage()
  t.after(() => Promise.all([plain.close(), scripted.close()]))
  for (const page of [plain, scripted]) await page.goto(`${url}/docs`)
  await scripted.getByRole('button', { name: 'Send' }).first().waitFor()
  assert.equal(await plain.getByRole('button').count(), 0)
  const calls = await plain.locator('.call').count()
  assert.ok(calls > 10, String(calls))
  assert.equal((await programs(plain)).length, calls)
  assert.deepEqual(await programs(plain), await scripted.locator('.snippets pre[data-language=curl]').allTextContents())
  assert.equal((await programs(scripted)).length, 6 * calls)
  await scripted.getByText('Java', { exact: true }).first().click()
  await scripted.getByText('public class Call').first().waitFor()
})

/** What a call's form does, and the status of its answer. */
async function press(page: Page, op: string, status: number) {
  const call = page.locator(`#${op}`)
  await call.getByRole('button', { name: 'Send' }).click()
  await call.getByText(new RegExp(`^${status} in \\d+ ms$`)).waitFor()
  return call
}

for (const width of [360, 1280]) {
  test(`a developer signs somebody up, in and out, each answer filling in the next form [${width} px]`, async (t) => {
    const { url } = await open(t)
    const page = await browser().newPage({ viewport: { width, height: 800 } })
    t.after(() => page.close())
    const keyed: string[] = []
    page.on('request', (request) => request.headers().authorization && keyed.push(new URL(request.url()).pathname))
    await page.goto(`${url}/docs`)
    const register = await press(page, 'registerAccount', 202)
    await register.getByRole('link', { name: 'Open the letter' }).waitFor()
    assert.notEqual(await page.locator('#confirmEmail').getByLabel('token', { exact: true }).inputValue(), '')
    await press(page, 'verifyEmail', 200)
    await press(page, 'showAccount', 401)
    await press(page, 'login', 200)
    assert.match(await page.getByLabel('Access token').inputValue(), /^eyJ/)
    const account = await press(page, 'showAccount', 200)
    await account.locator('#showAccount-answer').getByText('"email": "ana@example.com"').waitFor()
    assert.match((await account.locator('[data-language=curl]').textContent())!, /Bearer \$ACCESS_TOKEN/)
    assert.doesNotMatch((await page.locator('#login [data-language=curl]').textContent())!, /Authorization/)
    await press(page, 'refreshSession', 200)
    await press(page, 'introspectToken', 200)
    await press(page, 'logout', 204)
    await press(page, 'showAccount', 401)
    assert.deepEqual(keyed, ['/v1/account', '/v1/account', '/v1/introspect', '/v1/account'])
    await assertNarrow(page, 'docs')
  })
}

test('a key that somebody pastes is sent, but stands in no program; a wrong call is shown as a problem', async (t) => {
  const { url } = await world(t)
  const page = await browser().newPage()
  t.after(() => page.close())
  await page.goto(`${url}/docs`)
  assert.equal(await page.getByLabel('API key').inputValue(), '')
  const register = page.locator('#registerIdentity')
  await page.getByLabel('API key').fill('not-a-key')
  await register.getByLabel('email').fill('ana@')
  assert.doesNotMatch((await programs(page)).join(''), /not-a-key/)
  assert.match((await programs(page)).join(''), /\$API_KEY/)
  const sent = page.waitForRequest((request) => request.url().endsWith('/v1/identities'))
  await register.getByRole('button', { name: 'Send' }).click()
  assert.equal((await sent).headers().authorization, 'Bearer not-a-key')
  await register.getByText('"code": "api_key_invalid"').waitFor()
  assert.equal(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length'), 0)
})
