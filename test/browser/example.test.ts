import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { type Locale, sentenceOf, wordsOf } from '../../examples/external-server/words.ts'
import { makeNumber } from '../../src/rules/number.ts'
import { browserOfFile } from '../support/browser.ts'
import { type Example, numbersOf, startExample } from '../support/example.ts'
import { folder } from '../support/folder.ts'
import { type Sello, startSello } from '../support/server.ts'

const cleanups: (() => Promise<void> | void)[] = []
const t = { after: (done: () => Promise<void> | void) => void cleanups.unshift(done) }
const browser = browserOfFile()
let sello: Sello
let example: Example
before(async () => {
  sello = await startSello(t, { SELLO_DATA_DIR: folder(t) })
  example = await startExample(t, { SELLO_DATA_DIR: sello.dataDir, SELLO_PORT: new URL(sello.url).port })
})
after(async () => {
  for (const done of cleanups) await done()
})

type Look = { locale: Locale; width: number; scheme: 'light' | 'dark'; javaScriptEnabled: boolean }

/** A visitor's browser of its own, and what it complained of. */
async function visitor(t: TestContext, { locale, width, scheme, javaScriptEnabled }: Look) {
  const context = await browser().newContext({ locale, viewport: { width, height: 800 }, colorScheme: scheme, javaScriptEnabled })
  t.after(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => request.url().startsWith(example.url) || complaints.push(`foreign: ${request.url()}`))
  return { context, page, complaints }
}

/** The state is right on a narrow page, too, and can be looked at: SHOTS names a folder for pictures. */
async function look(page: Page, { locale, width, scheme }: Look, name: string) {
  const widest = await page.locator('html').evaluate((html) => (html as unknown as { scrollWidth: number }).scrollWidth)
  assert.ok(widest <= width, `${name} is ${widest} px wide`)
  assert.equal(await page.locator('html').getAttribute('lang'), locale)
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${locale}-${name}-${width}-${scheme}.png`, fullPage: true })
}

async function ask(page: Page, locale: Locale, email: string) {
  const words = wordsOf(locale)
  await page.goto(`${example.url}/`)
  await page.getByLabel(words.email).fill(email)
  await page.getByRole('button', { name: words.send }).click()
  await page.getByRole('heading', { level: 1, name: words.numberTitle }).waitFor()
}
async function enter(page: Page, locale: Locale, number: string) {
  const words = wordsOf(locale)
  await page.getByLabel(words.number).fill(number)
  await page.getByRole('button', { name: words.enter, exact: true }).click()
}
const sessionOf = async (context: BrowserContext) => (await context.cookies()).find(({ name }) => name === 'session')!

for (const seen of [
  { locale: 'es', width: 360, scheme: 'light', javaScriptEnabled: false },
  { locale: 'ru', width: 360, scheme: 'dark', javaScriptEnabled: false },
  { locale: 'en', width: 1280, scheme: 'light', javaScriptEnabled: true },
] as const) {
  const { locale, width, scheme } = seen
  test(`a visitor signs in by number [${locale}, ${width} px, ${scheme}, ${seen.javaScriptEnabled ? 'with' : 'without'} scripts]`, async (t) => {
    const { page, context, complaints } = await visitor(t, seen)
    const words = wordsOf(locale)
    const email = `visitor-${locale}@example.com`

    await page.goto(`${example.url}/`)
    await look(page, seen, '1-email')
    await page.getByLabel(words.email).fill('nobody')
    await page.getByRole('button', { name: words.send }).click()
    await page
      .getByRole('alert')
      .getByText(sentenceOf(locale, 'invalid_request', 0))
      .waitFor()
    assert.match(await page.title(), new RegExp(`^${words.error}: `))
    assert.equal(await page.getByLabel(words.email).getAttribute('aria-invalid'), 'true')
    await look(page, seen, '2-email-wrong')

    await ask(page, locale, email)
    const field = page.getByLabel(words.number)
    assert.equal(await field.getAttribute('autocomplete'), 'one-time-code')
    assert.equal(await field.getAttribute('inputmode'), 'numeric')
    await look(page, seen, '3-number')
    const [number] = await numbersOf(sello.url, email, 1)
    await page.reload()
    await page.reload()
    assert.equal((await numbersOf(sello.url, email, 1)).length, 1, 'a reload sends no second letter')

    await enter(page, locale, '1234 5678')
    await page
      .getByRole('alert')
      .getByText(sentenceOf(locale, 'number_malformed', 0))
      .waitFor()
    assert.equal(await page.getByLabel(words.number).inputValue(), '1234 5678', 'to be mended')
    await enter(page, locale, makeNumber('00', '123456789'))
    await page
      .getByRole('alert')
      .getByText(sentenceOf(locale, 'number_unknown', 0))
      .waitFor()
    await look(page, seen, '4-number-wrong')

    const other = await visitor(t, seen)
    await ask(other.page, locale, `other-${locale}@example.com`)
    await enter(other.page, locale, number!)
    await other.page
      .getByRole('alert')
      .getByText(sentenceOf(locale, 'number_unknown', 0))
      .waitFor()

    const before = await sessionOf(context)
    assert.ok(before.httpOnly && before.sameSite === 'Lax')
    await enter(page, locale, number!)
    await page.getByRole('heading', { level: 1, name: words.welcomeTitle }).waitFor()
    await page.getByText(email).waitFor()
    assert.notEqual((await sessionOf(context)).value, before.value)
    await look(page, seen, '5-welcome')
    await page.getByRole('button', { name: words.signOut }).click()
    await page.getByRole('heading', { level: 1, name: words.emailTitle }).waitFor()
    await page.goto(`${example.url}/welcome`)
    assert.equal(page.url(), `${example.url}/`)
    assert.deepEqual([...complaints, ...other.complaints], [])
  })
}

test('a visitor asks for another number, and changes the language on the way', async (t) => {
  const seen = { locale: 'es', width: 360, scheme: 'dark', javaScriptEnabled: true } as const
  const { page, complaints } = await visitor(t, seen)
  await ask(page, 'es', 'again@example.com')
  const [first] = await numbersOf(sello.url, 'again@example.com', 1)
  await page.getByRole('link', { name: 'Русский' }).click()
  await page.getByRole('heading', { level: 1, name: wordsOf('ru').numberTitle }).waitFor()
  await page.getByRole('button', { name: wordsOf('ru').again }).click()
  await page.getByRole('status').getByText(wordsOf('ru').mailedAgain).waitFor()
  await look(page, { ...seen, locale: 'ru' }, '6-again')
  const [second] = await numbersOf(sello.url, 'again@example.com', 2)
  await enter(page, 'ru', first!)
  await page.getByRole('alert').waitFor()
  await enter(page, 'ru', second!.replaceAll(' ', ''))
  await page.getByRole('heading', { level: 1, name: wordsOf('ru').welcomeTitle }).waitFor()
  assert.deepEqual(complaints, [])
})

test('the whole way by keyboard alone', async (t) => {
  const { page } = await visitor(t, { locale: 'en', width: 1280, scheme: 'light', javaScriptEnabled: true })
  await page.goto(`${example.url}/`)
  // The field has the focus as soon as it is drawn, which may be after the page was loaded.
  const focused = () => page.locator('input:focus').waitFor()
  await focused()
  await page.keyboard.type('keys@example.com')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: wordsOf('en').numberTitle }).waitFor()
  const [number] = await numbersOf(sello.url, 'keys@example.com', 1)
  await focused()
  await page.keyboard.type(number!)
  await page.keyboard.press('Enter')
  await page.getByText('keys@example.com').waitFor()
  assert.equal(page.url(), `${example.url}/welcome`)
})
