import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { code } from '../../src/i18n/pages/code.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { signIn } from '../../src/i18n/pages/sign-in.ts'
import { signUp } from '../../src/i18n/pages/sign-up.ts'
import { browserOfFile, shoot, visitor } from '../support/browser.ts'
import { codeIn, PASSWORD, people } from '../support/people.ts'
import { guest } from '../support/sign-up-pages.ts'
import { MINUTE, type World, world } from '../support/world.ts'

const browser = browserOfFile()
const EMAIL = 'ana@example.com'

async function open(t: TestContext, { url }: World, script = true) {
  const seen = await visitor(t, browser(), url, { locale: 'es', script })
  return { ...seen, ...guest(seen.page, url) }
}

/** An app's own site, elsewhere. */
async function openShop(t: TestContext): Promise<string> {
  const shop = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<h1>Shop</h1>'))
  await once(shop.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    shop.closeAllConnections()
    shop.close()
  })
  return `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
}

test('verified in one tab, the other says so whatever is pressed there; a browser that waits for nothing asks for an address', async (t) => {
  const place = await world(t)
  const ana = await open(t, place)
  await ana.page.goto(`${place.url}/verify-email`)
  await ana.heading(signUp.es.nothing.heading)
  await shoot(ana.page, 'es-16-nothing-1280-light')
  await ana.signUp(EMAIL)
  const right = codeIn((await place.inbox(EMAIL, 1))[0])
  // The other tabs are deaf: they do not go on by themselves.
  await ana.context.route('**/verify-email/events*', (route) => route.abort())
  const [second, third] = [await ana.context.newPage(), await ana.context.newPage()]
  for (const tab of [second, third]) await tab.goto(`${place.url}/verify-email`)
  await place.env.leap(MINUTE)
  await third.reload()
  await ana.enterCode(right)
  await ana.heading(signUp.es.verified.heading)
  await guest(second, place.url).enterCode(right)
  await guest(second, place.url).heading(signUp.es.verified.heading)
  await third.getByRole('button', { name: code.es.code.resend }).click()
  await guest(third, place.url).heading(signUp.es.verified.heading)
  assert.equal((await place.inbox(EMAIL)).filter((letter) => codeIn(letter) !== '').length, 1)
})

test('a wrong password and an unknown address are answered by the same page, byte for byte', async (t) => {
  const place = await world(t)
  await people(place).member(EMAIL)
  const somebody = await open(t, place)
  const pages: string[] = []
  for (const [email, password] of [
    [EMAIL, 'not the password'],
    ['bob@example.com', PASSWORD],
  ] as const) {
    await somebody.page.goto(`${place.url}/login`)
    const answered = somebody.page.waitForResponse((response) => response.request().method() === 'POST')
    await somebody.signIn(email, password)
    const answer = await answered
    await somebody.alert(shell.es.signInWrong)
    assert.equal(await somebody.page.getByLabel(shell.es.email).inputValue(), email)
    assert.equal(await somebody.page.getByLabel(shell.es.password, { exact: true }).inputValue(), '')
    const { date, 'x-request-id': id, ...headers } = answer.headers()
    pages.push(`${answer.status()} ${JSON.stringify(headers)} ${(await answer.text()).replaceAll(email, '')}`)
  }
  assert.match(pages[0]!, /^401 /)
  assert.equal(pages[0], pages[1])
  await shoot(somebody.page, 'es-17-login-wrong-1280-light')
  assert.deepEqual(somebody.wrong, [])
})

test('whoever signs in before the address is proven is sent a new code and asked for it', async (t) => {
  const place = await world(t)
  const elsewhere = await open(t, place)
  await people(place).signedUp(EMAIL)
  await place.env.leap(MINUTE)
  await elsewhere.signIn(EMAIL)
  await elsewhere.heading(code.es.code.heading)
  await elsewhere.status(code.es.resent.heading)
  await elsewhere.page.getByText(EMAIL).waitFor()
  await shoot(elsewhere.page, 'es-18-unverified-1280-light')
  await elsewhere.enterCode(codeIn((await place.inbox(EMAIL, 2))[0]))
  await elsewhere.heading(signUp.es.verified.heading)
  await elsewhere.page.getByRole('link', { name: signUp.es.verified.submit('Sello') }).click()
  await elsewhere.heading(signIn.es.heading('Sello'))
  await elsewhere.signIn(EMAIL)
  await elsewhere.page.waitForURL(`${place.url}/account`)
  assert.deepEqual(elsewhere.wrong, [])
})

test('sign-in returns to a registered URL of the app and to no other, also after a whole sign-up', async (t) => {
  const place = await world(t)
  const shop = await openShop(t)
  const [first, inside] = [`${shop}/welcome`, `${shop}/inside?tab=1`]
  await place.persistence.admin.setApp({ app: 'default', returns: [first, inside] })
  await place.env.advance(500)
  await people(place).member(EMAIL)
  const arrives = async (query: string, at: string, script = true) => {
    const visitor = await open(t, place, script)
    await visitor.signIn(EMAIL, PASSWORD, query)
    await visitor.page.waitForURL(at)
  }
  const to = (url: string) => `?${new URLSearchParams({ return: url })}`
  await arrives('', first)
  await arrives(to(inside), inside, false)
  await arrives(to(`${inside}&more`), first, false)

  const bo = await open(t, place)
  await bo.signUp('bo@example.com', PASSWORD, to(inside))
  const right = codeIn((await place.inbox('bo@example.com', 1))[0])
  await bo.enterCode('1')
  await bo.alert(code.es.format(4))
  await bo.page.reload()
  await bo.enterCode(right)
  await bo.page.getByRole('link', { name: signUp.es.verified.submit('Sello') }).click()
  await bo.signIn('bo@example.com')
  await bo.page.waitForURL(inside)
})
