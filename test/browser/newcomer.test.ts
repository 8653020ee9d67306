import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { folder } from '../support/folder.ts'
import { type Sello, startSello } from '../support/server.ts'

let browser: Browser
let kept: Sello
const endings: (() => unknown)[] = []
before(async () => {
  const whole = { after: (done: () => unknown) => void endings.unshift(done) }
  kept = await startSello(whole, { SELLO_DATA_DIR: folder(whole) })
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
})
after(async () => {
  await browser.close()
  for (const end of endings) await end()
})

const EMAIL = 'newcomer@example.com'
const PASSWORD = 'correct horse battery'
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

/** A browser in front of the page that a start message names for signing up. */
async function arrive(t: TestContext, sello: Sello) {
  const address = /^ +Sign up +(\S+)/m.exec(sello.stdout())?.[1]
  assert.ok(address, sello.stdout())
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 360, height: 780 } })
  t.after(() => context.close())
  const page = await context.newPage()
  const { origin } = new URL(address)
  const wrong: string[] = []
  context.on('request', (request) => request.url().startsWith(origin) || wrong.push(request.url()))
  context.on('console', (message) => /Content Security Policy/.test(message.text()) && wrong.push(message.text()))
  await page.goto(address)
  return { sello, context, page, origin, wrong }
}

async function signUp(page: Page, email: string) {
  await heading(page, 'Create your account')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await heading(page, 'Check your email')
}

test('who knows nothing of Sello signs up and in by what the start message and the pages say', async (t) => {
  const { page, origin, wrong } = await arrive(t, kept)
  await signUp(page, EMAIL)
  const beside = page.waitForEvent('popup')
  await page.getByText('Development: the letter is in the').getByRole('link').click()
  const inbox = await beside
  const said = await inbox.getByRole('button', { name: /^\d+ Copy$/ }).textContent()
  const code = /\d{4,8}/.exec(said ?? '')![0]
  assert.equal(new URL(inbox.url()).pathname, '/inbox')
  assert.equal(await inbox.evaluate('window.opener'), null)
  await inbox.close()

  await page.getByLabel('4-digit code').fill(code)
  await page.getByRole('button', { name: 'Verify email' }).click()
  await heading(page, 'Email verified')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('Email').fill(EMAIL)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${origin}/account`)
  // In: sign-in has nothing more to ask.
  await page.goto(`${origin}/login`)
  assert.equal(page.url(), `${origin}/account`)
  assert.deepEqual(wrong, [])
})

/** `codePage`: what the code page is, asked for with these headers. */
async function signedUp({ sello, context, page }: Awaited<ReturnType<typeof arrive>>) {
  await signUp(page, 'another@example.com')
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const codePage = async (headers: Record<string, string>): Promise<string> => {
    const answer = await fetch(`${sello.url}/verify-email`, { headers: { cookie, ...headers } })
    const text = await answer.text()
    assert.match(text, /another@example\.com/)
    return text
  }
  return { codePage }
}

test('the way to the inbox is shown to this machine alone, in the language of the page', async (t) => {
  const { codePage } = await signedUp(await arrive(t, kept))
  const link = '<a href="/inbox" target="_blank" rel="noopener">'
  for (const [language, word] of [
    ['es', 'Desarrollo'],
    ['ru', 'Разработка'],
    ['en', 'Development'],
  ] as const) {
    const page = await codePage({ 'accept-language': language })
    assert.ok(page.includes(link) && page.includes(word), language)
  }
  assert.doesNotMatch(await codePage({ 'x-forwarded-for': '203.0.113.7' }), /inbox/)
})

test('where letters go out there is no inbox to lead to', async (t) => {
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_SMTP_URL: 'smtp://127.0.0.1:9' })
  const { codePage } = await signedUp(await arrive(t, sello))
  assert.doesNotMatch(await codePage({}), /inbox/)
})
