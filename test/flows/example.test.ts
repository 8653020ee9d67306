import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSello } from '../../examples/external-server/sello.ts'
import { createApp } from '../../examples/external-server/server.ts'
import { locales, sentenceOf } from '../../examples/external-server/words.ts'
import { gateway } from '../../src/contract/gateway.ts'
import { makeNumber } from '../../src/rules/number.ts'
import { type Example, numbersOf, runExample, startExample } from '../support/example.ts'
import { folder } from '../support/folder.ts'
import { startProxy } from '../support/proxy.ts'
import { type Sello, startSello } from '../support/server.ts'

const cleanups: (() => Promise<void> | void)[] = []
const t = { after: (done: () => Promise<void> | void) => void cleanups.unshift(done) }
let sello: Sello
let settings: Record<string, string>
let example: Example
let proxy: Awaited<ReturnType<typeof startProxy>>
before(async () => {
  sello = await startSello(t, { SELLO_DATA_DIR: folder(t) })
  const port = Number(new URL(sello.url).port)
  proxy = await startProxy(t, port)
  settings = { SELLO_URL: `http://localhost:${proxy.port}`, SELLO_ISSUER: `http://localhost:${port}`, SELLO_API_KEY: sello.apiKey! }
  example = await startExample(t, settings)
})
after(async () => {
  for (const done of cleanups) await done()
})

type Seen = { status: number; to: string | null; cookies: string[]; text: string; headers: Headers }

/** A browser of few words: it keeps cookies, does not follow redirects, and notes every address that it was sent to. */
function visitor(of: Example = example) {
  const jar = new Map<string, string>()
  const places: string[] = []
  async function go(path: string, form?: Record<string, string>, headers: Record<string, string> = { origin: of.url }): Promise<Seen> {
    const response = await fetch(of.url + path, {
      redirect: 'manual',
      headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; '), 'accept-language': 'en', ...(form ? headers : {}) },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    const cookies = response.headers.getSetCookie()
    for (const cookie of cookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
      jar.set(name!, value!)
    }
    const to = response.headers.get('location')
    if (to) places.push(to)
    return { status: response.status, to, cookies, text: await response.text(), headers: response.headers }
  }
  const wish = async (path: string) => /name="wish" value="([^"]+)"/.exec((await go(path)).text)![1]!
  return {
    jar,
    places,
    go,
    wish,
    ask: async (email: string) => go('/email', { email, wish: await wish('/') }),
    type: async (number: string) => go('/number', { number, wish: await wish('/number') }),
  }
}
const sentence = (code: string) => sentenceOf('en', code, 0).replaceAll("'", '&#39;')

test('a number signs in the visitor who asked for it, under a new session id, and nobody else', async () => {
  const ana = visitor()
  assert.equal((await ana.ask('ana@example.com')).to, '/number')
  const [number] = await numbersOf(sello.url, 'ana@example.com', 1)

  const other = visitor()
  await other.ask('other@example.com')
  assert.equal((await other.type(number!)).to, '/number')
  assert.ok((await other.go('/number')).text.includes(sentence('number_unknown')))
  assert.equal((await other.go('/welcome')).to, '/')

  const before = new Map(ana.jar)
  const signedIn = await ana.type(number!)
  assert.equal(signedIn.to, '/welcome')
  assert.notEqual(ana.jar.get('session'), before.get('session'))
  assert.match((await ana.go('/welcome')).text, /ana@example\.com/)
  const planted = visitor()
  for (const [name, value] of before) planted.jar.set(name, value)
  assert.equal((await planted.go('/welcome')).to, '/', 'the id from before is not signed in')

  const cookie = new Map(ana.jar)
  assert.equal((await ana.go('/sign-out', {})).to, '/')
  for (const [name, value] of cookie) planted.jar.set(name, value)
  assert.equal((await planted.go('/welcome')).to, '/', 'the session has ended on the server, too')
})

test('the session cookie is out of reach of scripts and other sites; over https it is Secure and bound to the host', async () => {
  const [plain] = (await visitor().go('/')).cookies
  assert.match(plain!, /^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  const app = createApp({ origin: 'https://shop.example', sello: createSello({ url: sello.url, apiKey: 'none' }) })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const response = await fetch(`http://127.0.0.1:${port}/`)
  server.close()
  server.closeAllConnections()
  assert.match(response.headers.getSetCookie()[0]!, /^__Host-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})

test('a form of another site is refused, whatever it asks for', async () => {
  const ana = visitor()
  const wish = await ana.wish('/')
  for (const headers of [{}, { origin: 'null' }, { origin: 'https://evil.example' }, { origin: `${example.url}.evil.example` }]) {
    for (const path of ['/email', '/number', '/again', '/sign-out']) {
      const refused = await ana.go(path, { email: 'csrf@example.com', number: '1', wish }, headers as Record<string, string>)
      assert.equal(refused.status, 403, `${path} ${JSON.stringify(headers)}`)
      assert.ok(refused.text.includes(sentence('foreign_form')))
    }
  }
  await ana.ask('csrf@example.com')
  assert.equal((await numbersOf(sello.url, 'csrf@example.com', 1)).length, 1, 'the one that the visitor asked for')
})

test('nothing leads to another site', async () => {
  const ana = visitor()
  const evil = 'https://evil.example/'
  const seen = [
    await ana.go(`/?lang=ru&next=${evil}&lang=${evil}`),
    await ana.go(`//evil.example/?lang=en`),
    await ana.go('/email', { email: 'next@example.com', wish: await ana.wish('/'), next: evil, return: evil }),
    await ana.go(`/number?next=${evil}`),
    await ana.go(`/sign-out?next=${evil}`, { next: evil }),
  ]
  for (const to of ana.places) assert.match(to, /^\/[a-z]*$/)
  for (const { text } of seen) {
    for (const [, href] of text.matchAll(/(?:href|action)="([^"]*)"/g)) assert.match(href!, /^(\/([a-z]|$|\?)|#)|^http:\/\/localhost:/)
  }
})

test('every page forbids scripts, frames and foreign forms, and is kept nowhere', async () => {
  const ana = visitor()
  await ana.ask('headers@example.com')
  for (const path of ['/', '/number', '/nothing']) {
    const { headers } = await ana.go(path)
    assert.match(
      headers.get('content-security-policy')!,
      /default-src 'none'; style-src 'self'; form-action 'self'.*frame-ancestors 'none'/,
    )
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-powered-by'), null)
  }
})

test('a number stands in no address and no log, and no log has a session, a token or an email', async () => {
  const ana = visitor()
  await ana.ask('quiet@example.com')
  const [number] = await numbersOf(sello.url, 'quiet@example.com', 1)
  const wrong = makeNumber('00', '123456789')
  for (const typed of ['1234', wrong]) await ana.type(typed)
  await ana.go('/number', { number: number!, wish: 'x'.repeat(20_000) }) // a body that is refused
  await ana.type(number!)
  assert.match((await ana.go('/welcome')).text, /quiet@example\.com/)
  const heard = [...ana.places, example.said(), sello.stdout(), sello.stderr()].join('\n')
  for (const secret of [number!, number!.replaceAll(' ', ''), wrong, ana.jar.get('session')!, 'quiet@example']) {
    assert.ok(!heard.includes(secret), `${secret} was told`)
  }
})

test('what a visitor types is shown as text', async () => {
  const ana = visitor()
  await ana.ask('"><script>alert(1)</script>@example.com')
  const { text } = await ana.go('/')
  assert.ok(text.includes(sentence('invalid_request')))
  assert.ok(text.includes('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;@example.com"'))
})

test('a double click is one wish: one letter, and one sign-in', async () => {
  const ana = visitor()
  const form = { email: 'twice@example.com', wish: await ana.wish('/') }
  await Promise.all([ana.go('/email', form), ana.go('/email', form)])
  const again = { wish: (await ana.go('/number')).text.match(/action="\/again".*?value="([^"]+)"/)![1]! }
  await Promise.all([ana.go('/again', again), ana.go('/again', again)])
  const numbers = await numbersOf(sello.url, 'twice@example.com', 2)
  const typed = { number: numbers[0]!, wish: await ana.wish('/number') }
  const before = new Map(ana.jar)
  assert.equal((await ana.go('/number', typed)).to, '/welcome')
  const second = visitor()
  for (const [name, value] of before) second.jar.set(name, value)
  assert.equal((await second.go('/number', typed)).to, '/welcome', 'the same form with the cookie of a moment ago')
  assert.equal((await second.go('/')).to, '/welcome', 'and signed in')
  assert.equal((await numbersOf(sello.url, 'twice@example.com', 2)).length, 2, 'one for each wish')
})

test('when answers are lost, pressing the button again neither mails nor counts twice', async () => {
  const ana = visitor()
  const form = { email: 'lost@example.com', wish: await ana.wish('/') }
  const lose = () => 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
  proxy.retell(lose)
  assert.equal((await ana.go('/email', form)).to, '/')
  const page = await ana.go('/')
  assert.ok(page.text.includes(sentence('unavailable')))
  assert.ok(page.text.includes(`value="${form.wish}"`), 'the form is still the same wish')
  assert.ok(page.text.includes('value="lost@example.com"'))
  const [number] = await numbersOf(sello.url, 'lost@example.com', 1)
  proxy.retell(null)
  assert.equal((await ana.go('/email', form)).to, '/number')
  assert.equal((await numbersOf(sello.url, 'lost@example.com', 1)).length, 1, 'one letter')

  const typed = { number: number!, wish: await ana.wish('/number') }
  proxy.retell(lose)
  assert.equal((await ana.go('/number', typed)).to, '/number')
  assert.ok((await ana.go('/number')).text.includes(`value="${typed.wish}"`))
  proxy.retell(null)
  assert.equal((await ana.go('/number', typed)).to, '/welcome', 'the number was used by the check whose answer was lost')
})

test('a receipt that is not of this Sello lets nobody in', async (t) => {
  const elsewhere = await startExample(t, { ...settings, SELLO_ISSUER: 'https://another.example' })
  const ana = visitor(elsewhere)
  await ana.ask('receipt@example.com')
  const [number] = await numbersOf(sello.url, 'receipt@example.com', 1)
  assert.equal((await ana.type(number!)).to, '/number')
  assert.equal((await ana.go('/welcome')).to, '/')
  assert.match(elsewhere.said(), /receipt: .*"iss"/)
})

test('too many wrong numbers are told with the time to wait, and without a session nothing is done', async () => {
  const ana = visitor()
  await ana.ask('many@example.com')
  for (let letters = 1; letters <= 5; letters++) await ana.go('/again', { wish: String(letters) })
  assert.match((await ana.go('/number')).text, /Too many tries\. Try again in \d+ minutes?\./)
  for (const path of ['/email', '/number', '/again']) {
    const refused = await visitor().go(path, { email: 'a@example.com', number: '1', wish: 'w' })
    assert.equal(refused.status, 400)
    assert.ok(refused.text.includes(sentence('session_over')))
  }
})

test('every refusal that Sello may give has its own sentence, in each language', () => {
  const codes = [...new Set([...gateway.registerIdentity.refusals, ...gateway.checkIdentity.refusals])]
  for (const locale of locales) {
    for (const code of codes) {
      if (code !== 'fault') assert.notEqual(sentenceOf(locale, code, 60), sentenceOf(locale, 'fault', 60), `${locale} ${code}`)
    }
  }
})

test('it says what is missing where Sello does not run or does not take the key, and ends on SIGTERM', async (t) => {
  const nowhere = { SELLO_URL: 'http://localhost:1', SELLO_API_KEY: 'x' }
  assert.deepEqual(await runExample(nowhere), {
    code: 1,
    said: 'sello: no Sello answers at http://localhost:1; start it first, in another terminal: ./sello start\n',
  })
  const empty = await runExample({ SELLO_DATA_DIR: folder(t) })
  assert.deepEqual(empty, { code: 1, said: 'sello: no Sello has run here yet; start it first, in another terminal: ./sello start\n' })
  const wrongKey = await runExample({ ...settings, SELLO_API_KEY: 'wrong' })
  assert.match(wrongKey.said, /does not take this API key; set SELLO_API_KEY/)
  assert.match((await runExample({}, ['--help'])).said, /^\.\/sello example\n[\s\S]*EXAMPLE_PORT/)
  const found = await startExample(t, { SELLO_DATA_DIR: sello.dataDir, SELLO_PORT: new URL(sello.url).port })
  assert.match(found.said(), /letters +http:\/\/localhost:\d+\/inbox/)
  assert.equal(await found.stop(), 0)
})
