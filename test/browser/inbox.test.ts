import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Fastify from 'fastify'
import { type Browser, chromium } from 'playwright-core'
import { serveInbox } from '../../src/gateway/web/inbox.routes.ts'
import { openInbox } from '../../src/messaging/inbox.ts'
import { createMessaging } from '../../src/messaging/messaging.ts'
import { fakeEnv } from '../support/env.ts'
import { letterOf } from '../support/letters.ts'
import { world } from '../support/world.ts'

let browser: Browser
before(async () => {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
})
after(() => browser.close())

for (const { width, scheme } of [
  { width: 360, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
] as const) {
  test(`a developer finds the letter and its number in the inbox [${width} px, ${scheme}]`, async (t) => {
    const { url, register, numberOf, inbox } = await world(t)
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme })
    t.after(() => page.close())
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    const foreign: string[] = []
    page.on('request', (request) => request.url().startsWith(url) || foreign.push(request.url()))

    await page.goto(`${url}/`)
    await page.getByRole('heading', { name: 'No letters yet' }).waitFor()
    assert.match((await page.locator('pre').first().textContent())!, /curl '.*\/v1\/identities'/)

    await register({ email: 'ana@example.com', token: 't', locale: 'ru' })
    const [letter] = await inbox('ana@example.com', 1)
    const link = page.getByRole('link', { name: /Ваш личный номер/ })
    await link.waitFor({ timeout: 10_000 }) // the page looks again by itself
    await page.getByText(numberOf(letter)).first().waitFor()
    await link.click()
    await page.getByRole('heading', { level: 2, name: letter!.subject }).waitFor()
    const frame = page.frameLocator('iframe')
    assert.equal((await frame.locator('.big').textContent())!.replace(/\s/g, ''), numberOf(letter).replaceAll(' ', ''))
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    assert.equal(overflow, 0, 'no sideways scroll')
    assert.deepEqual(complaints, [])
    assert.deepEqual(foreign, [])
  })
}

test('the link of a letter opens beside the inbox, from the letter as from the page', async (t) => {
  const app = Fastify()
  t.after(() => app.close())
  const from = { name: 'Sello', address: 'no-reply@localhost' }
  const messaging = createMessaging({ env: fakeEnv(), from, transport: null, inbox: await openInbox() })
  let url = ''
  serveInbox(app, { messaging, publicUrl: () => url, inbox: 'kept' })
  app.get('/confirm', (_, reply) => reply.type('text/html').send('<h1>Confirm</h1><script>document.title = "its own script runs"</script>'))
  url = await app.listen({ port: 0, host: '127.0.0.1' })
  const letter = letterOf('code')
  assert.equal((await messaging.sendLetter({ letter, publicUrl: url })).kind, 'accepted')
  const link = `${url}/confirm?token=${letter.token}`

  const page = await browser.newPage({ viewport: { width: 360, height: 800 } })
  t.after(() => page.context().close())
  await page.goto(`${url}/inbox?id=${letter.id}`)
  await page.getByText('4892', { exact: true }).first().waitFor()
  const opened = page.waitForEvent('popup')
  await page.frameLocator('iframe').getByRole('link', { name: 'Abrir la página de confirmación' }).click()
  const beside = await opened
  await beside.getByRole('heading', { name: 'Confirm' }).waitFor()
  assert.equal(beside.url(), link)
  assert.equal(await beside.title(), 'its own script runs')
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  assert.equal(overflow, 0, 'no sideways scroll')
  await page.getByRole('link', { name: link }).click()
  await page.waitForURL(link)
})
