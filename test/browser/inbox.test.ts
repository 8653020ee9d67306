import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Letter } from '../../src/contract/messaging.ts'
import { serveInbox } from '../../src/gateway/web/inbox.routes.ts'
import { openInbox } from '../../src/messaging/inbox.ts'
import { createMessaging } from '../../src/messaging/messaging.ts'
import { assertAccessible, assertNarrow, browserOfFile, watch } from '../support/browser.ts'
import { fakeEnv } from '../support/env.ts'
import { letterOf } from '../support/letters.ts'
import { world } from '../support/world.ts'

const ANA = letterOf('number', { id: 'let_ana' })
const PETROVA = letterOf('code', { id: 'let_petrova', to: 'i.petrova@primer.ru', locale: 'ru' })
const LETTERS: Letter[] = [letterOf('welcome', { id: 'let_w' }), letterOf('reset', { id: 'let_r' }), ANA, PETROVA]

const browser = browserOfFile()

/** The inbox alone, with these letters, and a page that is on it; its end is checked: nothing foreign, nothing complained of. */
async function inbox(t: TestContext, { letters = LETTERS, ...options }: BrowserContextOptions & { letters?: Letter[] } = {}) {
  const app = Fastify()
  const from = { name: 'Sello', address: 'no-reply@localhost' }
  const messaging = createMessaging({ env: fakeEnv(), from, transport: null, inbox: await openInbox() })
  let url = ''
  serveInbox(app, { messaging, publicUrl: () => url, inbox: 'kept', apiKey: null })
  app.get('/confirm', (_, reply) => reply.type('text/html').send('<h1>Confirm</h1><script>document.title = "its own script runs"</script>'))
  url = await app.listen({ port: 0, host: '127.0.0.1' })
  const send = async (letter: Letter) => assert.equal((await messaging.sendLetter({ letter, publicUrl: url })).kind, 'accepted')
  for (const letter of letters) await send(letter)
  const context = await browser().newContext({ viewport: { width: 1280, height: 900 }, ...options })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url })
  const page = await context.newPage()
  const wrong = watch(page, url)
  t.after(async () => {
    await context.close()
    await app.close()
  })
  await page.goto(`${url}/inbox`)
  return { page, url, messaging, send, wrong }
}

/** No sideways scroll, and nothing serious or critical that axe-core finds. */
async function assertFit(page: Page, what: string) {
  await assertNarrow(page, what)
  await assertAccessible(page, what)
}
const rows = (page: Page) => page.locator('.list li')
const clipboard = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()')
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent.trim()')

for (const { width, scheme } of [
  { width: 360, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
] as const) {
  test(`a developer finds the letter and its number in the inbox [${width} px, ${scheme}]`, async (t) => {
    const { url, register, numberOf, inbox } = await world(t)
    const page = await browser().newPage({ viewport: { width, height: 800 }, colorScheme: scheme })
    t.after(() => page.context().close())
    const wrong = watch(page, url)

    await page.goto(`${url}/`)
    await page.getByRole('heading', { name: 'No letters yet' }).waitFor()
    assert.match((await page.locator('pre').first().textContent())!, /curl '.*\/v1\/identities'/)
    await assertFit(page, 'empty')

    await register({ email: 'ana@example.com', token: 't', locale: 'ru' })
    const [letter] = await inbox('ana@example.com', 1)
    const link = page.getByRole('link', { name: /Ваш личный номер/ })
    await link.waitFor() // the page looks again by itself
    await page.getByText(numberOf(letter)).first().waitFor()
    await assertFit(page, 'list')
    await link.click()
    await page.getByRole('heading', { level: 1, name: letter!.subject }).waitFor()
    const frame = page.frameLocator('iframe')
    assert.equal((await frame.locator('.big').textContent())!.replace(/\s/g, ''), numberOf(letter).replaceAll(' ', ''))
    await assertFit(page, 'letter')
    assert.equal(await page.getByRole('link', { name: '← All letters' }).isVisible(), width === 360)
    assert.equal(await page.getByRole('searchbox').isVisible(), width === 1280)
    assert.deepEqual(wrong, [])
  })
}

test('a letter comes within a second, while something is typed; copying takes exactly the digits', async (t) => {
  const { page, send, messaging, wrong } = await inbox(t)
  await page.getByRole('button', { name: 'Live, pause' }).waitFor()
  const search = page.getByRole('searchbox')
  await search.pressSequentially('to:a')
  const shown = page.waitForSelector('li.new')
  const sentAt = performance.now()
  await send(letterOf('number', { id: 'let_new', to: 'new@example.com', number: '482109375524' }))
  await shown
  t.diagnostic(`shown after ${Math.round(performance.now() - sentAt)} ms`)
  assert.equal(await rows(page).count(), 5)
  assert.equal(await search.inputValue(), 'to:a')
  assert.equal(
    await page.getByRole('status').textContent(),
    `New letter. Number: ${await page.locator('li.new .subject [lang]').textContent()}, to new@example.com`,
  )

  await page.getByRole('button', { name: '4821 0937 5524 Copy' }).click()
  await page.getByText('Copied', { exact: true }).waitFor()
  assert.equal(await clipboard(page), '482109375524')
  await page.getByRole('button', { name: /^4892 Copy/ }).click()
  await page.getByText('Copied 4892').waitFor()
  assert.equal(await clipboard(page), '4892')

  await page.getByRole('button', { name: 'Live, pause' }).click()
  await send(letterOf('welcome', { id: 'let_late' }))
  await page.getByRole('link', { name: 'Refresh' }).waitFor()
  assert.equal(await rows(page).count(), 5)
  await page.getByRole('button', { name: 'Resume' }).click()
  await rows(page).nth(5).waitFor()
  await messaging.clearInbox({})
  await page.getByRole('heading', { name: 'No letters yet' }).waitFor()
  assert.deepEqual(wrong, [])
})

test('what is searched is found, and what is not says so; one letter is deleted, then all', async (t) => {
  const { page, messaging, wrong } = await inbox(t, { viewport: { width: 360, height: 800 }, colorScheme: 'dark' })
  const search = async (query: string) => {
    await page.getByRole('searchbox').fill(query)
    await page.getByRole('searchbox').press('Enter')
    await page.waitForURL(({ searchParams }) => searchParams.get('q') === query)
  }
  await search('to:ana kind:code')
  await page.getByRole('heading', { name: 'No letter matches' }).waitFor()
  await assertFit(page, 'no results')
  await search('kind:code 4892')
  assert.equal(await rows(page).count(), 1)
  await rows(page).getByRole('link').first().click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: 'No letter matches' }).waitFor()
  assert.deepEqual(await messaging.readInbox({ id: PETROVA.id }), { kind: 'unknown' })
  await page.getByRole('link', { name: 'Show all letters' }).click()
  await page.waitForURL(/inbox$/)
  assert.equal(await rows(page).count(), 3)
  await page.getByText('Clear all').click()
  await assertFit(page, 'about to clear')
  await page.getByRole('button', { name: 'Delete every letter' }).click()
  await page.getByRole('heading', { name: 'No letters yet' }).waitFor()
  assert.deepEqual(wrong, [])
})

test('every part of a letter is there, the source as it would have been sent', async (t) => {
  const { page, url, messaging, wrong } = await inbox(t, { colorScheme: 'light' })
  await page.goto(`${url}/inbox?id=${ANA.id}`)
  const read = await messaging.readInbox({ id: ANA.id })
  assert.ok(read.kind === 'open')
  for (const [part, words] of [
    ['Plain text', read.message.text],
    ['Headers', `message-id: <${ANA.id}@localhost>`],
    ['Source', read.source.replaceAll('\r\n', '\n')],
  ] as const) {
    await page.getByRole('link', { name: part }).click()
    await page.locator('.tabs [aria-current]', { hasText: part }).waitFor()
    assert.ok((await page.locator('pre').textContent())!.includes(words), part)
  }
  await assertFit(page, 'source')
  // Whatever the browser's own colours are, the letter has those that are asked for.
  await page.getByRole('link', { name: 'HTML' }).click()
  const colours = new Map<string, string>()
  for (const theme of ['System', 'Dark', 'Light', 'Phone', 'Inverted']) {
    await page.getByRole('link', { name: theme, exact: true }).click()
    await page.locator('.seg [aria-current]', { hasText: theme }).waitFor()
    const heading = page.frameLocator('iframe').getByRole('heading').first()
    colours.set(theme, await heading.evaluate((element) => element.ownerDocument.defaultView!.getComputedStyle(element).color))
  }
  assert.notEqual(colours.get('Dark'), colours.get('Light'))
  assert.deepEqual([colours.get('System'), colours.get('Phone'), colours.get('Inverted')], Array(3).fill(colours.get('Light')))
  assert.equal((await page.locator('iframe').boundingBox())!.width, 362)
  await assertFit(page, 'views')
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download .eml' }).click()
  const download = await coming
  assert.equal(download.suggestedFilename(), 'let_ana.eml')
  assert.equal(readFileSync(await download.path(), 'utf8'), read.source)
  const files = await Promise.all(['script.js', 'style.css'].map(async (name) => (await fetch(`${url}/inbox/${name}`)).text()))
  assert.ok(files.every((text) => gzipSync(text).length <= 8 * 1024))
  assert.deepEqual(wrong, [])
})

test('by keyboard alone: open, copy, and stay where one was when the list changes', async (t) => {
  const { page, send, wrong } = await inbox(t)
  await page.getByRole('button', { name: 'Live, pause' }).waitFor()
  const press = async (key: string, times = 1) => {
    for (let i = 0; i < times; i++) await page.keyboard.press(key)
  }
  await press('Tab')
  assert.equal(await focused(page), 'Skip to the letter')
  await press('Tab', 4) // the mark, two pages, the search
  assert.equal(await page.evaluate('document.activeElement.id'), 'q')
  await press('Tab', 4) // its button, pause, clear all, the first letter
  assert.match(await focused(page), /^Code: /)
  await send(letterOf('deleted', { id: 'let_d' }))
  await page.waitForSelector('li.new')
  assert.match(await focused(page), /^Code: /)
  await press('ArrowDown')
  assert.match(await focused(page), /^Number: /)
  await press('ArrowUp', 3)
  assert.match(await focused(page), /^Notice: /)
  await press('ArrowDown', 2)
  await press('Tab')
  await press('Enter')
  await page.getByText('Copied 482109375516').waitFor()
  assert.equal(await clipboard(page), '482109375516')
  await press('Shift+Tab')
  await press('Enter')
  await page.waitForURL(/id=let_ana/)
  assert.deepEqual(wrong, [])
})

test('without script: the list, search, parts and deletion; a first letter still shows up', async (t) => {
  const { page, send, messaging, wrong } = await inbox(t, { javaScriptEnabled: false, letters: [] })
  await page.getByRole('heading', { name: 'No letters yet' }).waitFor()
  for (const letter of LETTERS) await send(letter)
  await rows(page).nth(3).waitFor() // it looks again every 3 seconds until there is one
  await page.getByRole('searchbox').fill('kind:number')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.waitForURL(/q=kind/)
  assert.equal(await page.locator('b.grab').textContent(), '4821 0937 5516')
  await send(letterOf('number', { id: 'let_two' }))
  await page.getByRole('link', { name: 'Refresh' }).click()
  await rows(page).nth(1).waitFor()
  await rows(page).first().getByRole('link').first().click()
  await page.getByRole('link', { name: 'Plain text' }).click()
  await page.getByText('Número: 4821 0937 5516').waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(/inbox\?q=kind/)
  assert.equal(await rows(page).count(), 1)
  await page.getByText('Clear all').click()
  await page.getByRole('button', { name: 'Delete every letter' }).click()
  await page.getByRole('heading', { name: 'No letters yet' }).waitFor()
  const left = await messaging.listInbox({ limit: 9 })
  assert.equal(left.kind === 'open' && left.held, 0)
  assert.deepEqual(wrong, [])
})

test('the link of a letter opens beside the inbox, from the letter as from the page', async (t) => {
  const { page, url } = await inbox(t, { viewport: { width: 360, height: 800 }, letters: [letterOf('code')] })
  const { id, token } = letterOf('code')
  const link = `${url}/confirm?token=${token}`
  await page.goto(`${url}/inbox?id=${id}`)
  await page.getByRole('button', { name: '4892 Copy' }).waitFor()
  const opened = page.waitForEvent('popup')
  await page.frameLocator('iframe').getByRole('link', { name: 'Abrir la página de confirmación' }).click()
  const beside = await opened
  await beside.getByRole('heading', { name: 'Confirm' }).waitFor()
  assert.equal(beside.url(), link)
  assert.equal(await beside.title(), 'its own script runs')
  await page.getByRole('link', { name: link }).click()
  await page.waitForURL(link)
})
