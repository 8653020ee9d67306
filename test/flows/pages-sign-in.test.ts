import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { codeIn, linkIn, PASSWORD, people, tokenIn } from '../support/people.ts'
import { ends, test } from '../support/places.ts'
import { visitor } from '../support/visitor.ts'
import { MINUTE, world } from '../support/world.ts'

// Seed 004, steps 18 to 23, at the page: a session in a cookie, notices of new browsers, and back to the application.

const EMAIL = 'ana@example.com'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'

async function site(t: TestContext) {
  const house = await world(t)
  const { url, inbox, delivered } = house
  const newVisitor = (agent = FIREFOX) => visitor(url, { 'accept-language': 'en', 'user-agent': agent })
  type Person = ReturnType<typeof newVisitor>
  const signIn = async (person: Person, from = '/login', password = PASSWORD) => {
    person.jar.delete('sello')
    return person.send(await person.get(from), '/login', { email: EMAIL, password })
  }
  /** Verified in this very browser. */
  async function ana() {
    const person = newVisitor()
    const page = await person.submit(await person.get('/register'), '/register', { email: EMAIL, password: PASSWORD })
    await person.submit(page, '/verify-email', { code: codeIn((await inbox(EMAIL, 1))[0]) })
    await delivered()
    return person
  }
  const subjects = async () => {
    await delivered()
    return (await inbox(EMAIL)).map(({ subject }) => subject.split(' · ')[0]!.split(' (')[0]!)
  }
  return { ...house, newVisitor, signIn, ana, subjects, ...people(house) }
}

test('a browser that the account does not know makes a notice, once; the one that proved the address makes none', async (t) => {
  const { ana, newVisitor, signIn, subjects, inbox, login } = await site(t)
  const hers = await ana()
  assert.equal((await signIn(hers)).status, 303)
  assert.equal((await login({ email: EMAIL, password: PASSWORD })).status, 200)
  assert.deepEqual((await subjects()).length, 2, 'the code and the welcome')

  const phone = newVisitor(IPHONE)
  assert.equal((await signIn(phone)).status, 303)
  const [newest] = await subjects()
  assert.match(newest!, /^New sign-in to your Sello account/)
  const [letter] = await inbox(EMAIL)
  assert.match(letter!.text, /Safari/)
  assert.match(letter!.text, /iPhone/)
  assert.match(letter!.text, /\/password\/forgot$/m)
  for (let again = 0; again < 3; again++) assert.equal((await signIn(phone)).status, 303)
  assert.equal((await subjects()).length, 3)
  assert.equal((await signIn(newVisitor(IPHONE), '/login', 'not her password')).status, 401)
  assert.equal((await subjects()).length, 3, 'of a wrong password nobody is told')
})

test(
  'a new password by letter forgets every browser',
  async (t) => {
    const { ana, signIn, subjects, forgot, reset, inbox, env } = await site(t)
    const hers = await ana()
    await signIn(hers)
    await env.leap(MINUTE)
    await forgot({ email: EMAIL })
    const token = linkIn((await inbox(EMAIL, 3))[0], '/password/reset')
    assert.equal((await reset({ token, password: 'another correct horse' })).status, 204)
    assert.equal((await signIn(hers, '/login', 'another correct horse')).status, 303)
    assert.equal((await subjects()).filter((subject) => subject.startsWith('New sign-in')).length, 1)
  },
  ends,
)

test('twenty sign-ins of one new browser at once: one notice, twenty sessions', async (t) => {
  const { ana, newVisitor, subjects, persistence } = await site(t)
  await ana()
  const token = [...newVisitor().jar.values()][0] ?? 'ABCDEFGHIJKLMNOPQRSTUV'
  const browser = { token, name: 'Firefox', system: 'Linux' }
  const call = { app: null, email: EMAIL, password: PASSWORD, browser }
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => persistence.handlers.signIn(call)))
  assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['signed_in']))
  assert.equal(new Set(outcomes.map((one) => 'cookie' in one && one.cookie)).size, 20)
  assert.equal((await subjects()).filter((subject) => subject.startsWith('New sign-in')).length, 1)
})

test(
  'sign-in returns to the application’s registered URLs, letter for letter, and nowhere else',
  async (t) => {
    const { ana, newVisitor, signIn, persistence, env } = await site(t)
    const hers = await ana()
    const [app] = (await persistence.admin.listApps({})).apps
    const home = 'https://books.example/in'
    const set = await persistence.admin.setApp({ app: app!.id, returns: [home, 'http://localhost:8080/back?x=1'] })
    assert.equal(set.kind, 'done')
    const to = async (person: ReturnType<typeof newVisitor>, from: string) => (await signIn(person, from)).headers.get('location')
    await env.leap(600) // what is remembered of the app is half a second old
    assert.equal(await to(newVisitor(), '/login'), home)
    const back = `/login?return=${encodeURIComponent('http://localhost:8080/back?x=1')}`
    assert.equal(await to(newVisitor(), back), 'http://localhost:8080/back?x=1')
    for (const wish of [
      'https://evil.example/',
      `${home}/`,
      `${home}?a`,
      '//evil.example',
      'javascript:alert(1)',
      'https://books.example.evil.example/in',
    ])
      assert.equal(await to(newVisitor(), `/login?return=${encodeURIComponent(wish)}`), home, wish)
    for (const [next, where] of [
      ['/account', '/account'],
      ['//evil.example', home],
      ['https://evil.example', home],
    ] as const)
      assert.equal(await to(newVisitor(), `/login?next=${encodeURIComponent(next)}`), where, next)
    const policy = (await hers.look('/login')).headers.get('content-security-policy')
    assert.match(policy!, /form-action 'self' https:\/\/books\.example http:\/\/localhost:8080;/)
    assert.match((await newVisitor().look('/register')).headers.get('content-security-policy')!, /form-action 'self'/)
  },
  ends,
)

test(
  'a session of a browser is no refresh token, and a refresh token no cookie',
  async (t) => {
    const { ana, signIn, login, token, persistence, newVisitor } = await site(t)
    const hers = await ana()
    await signIn(hers)
    const cookie = hers.jar.get('sello')!
    assert.equal((await token(cookie)).body.error, 'invalid_grant')
    assert.equal((await token(`rt_${cookie.split('.')[0]}.0.${cookie.split('.')[2]}`)).body.error, 'invalid_grant')
    const refresh = String((await login({ email: EMAIL, password: PASSWORD })).body.refresh_token)
    const [, handle, , mac] = /^rt_([^.]+)\.(.)\.(.+)$/.exec(refresh)!
    for (const forged of [
      refresh,
      `${handle}.${cookie.split('.')[1]}.${mac}`,
      `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`,
      '',
      'x.y',
    ])
      assert.equal((await persistence.handlers.openSession({ cookie: forged })).kind, 'token_invalid', forged)
    assert.equal((await persistence.handlers.openSession({ cookie })).kind, 'open')
    const thief = newVisitor()
    thief.jar.set('sello', `${handle}.${cookie.split('.')[1]}.${mac}`)
    assert.equal((await thief.look('/account')).headers.get('location'), '/login?next=%2Faccount')
  },
  ends,
)

test(
  'over https every cookie is for this host alone, and links lead where the public URL says',
  async (t) => {
    const { url, inbox } = await world(t, { settings: { SELLO_PUBLIC_URL: 'https://id.example' } })
    const ana = visitor(url, { 'accept-language': 'en' })
    const first = await ana.look('/register', { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' })
    const page = await ana.submit(first, '/register', { email: EMAIL, password: PASSWORD })
    const [letter] = await inbox(EMAIL, 1)
    assert.match(letter!.text, /^https:\/\/id\.example\/confirm\?token=\S+$/m)
    const done = await ana.submit(page, '/verify-email', { code: codeIn(letter) })
    const signedIn = await ana.send(await ana.get('/login'), '/login', { email: EMAIL, password: PASSWORD })
    assert.equal(signedIn.status, 303)
    const cookies = [first, page, done, signedIn].flatMap((one) => one.cookies)
    assert.ok(cookies.length >= 3)
    for (const cookie of cookies)
      assert.match(cookie, /^__Host-sello(-\w+)?=[^;]*; Path=\/(; Max-Age=\d+)?; HttpOnly; SameSite=Lax; Secure$/)
    assert.match(signedIn.headers.get('strict-transport-security')!, /^max-age=31536000/)
  },
  ends,
)

test(
  'letters of another application than the default one lead to its own pages',
  async (t) => {
    const { persistence, inbox, url } = await world(t)
    const added = await persistence.admin.addApp({ name: 'books' })
    const app = 'app' in added ? added.app.id : ''
    await persistence.admin.setApp({ app, displayName: 'Librería Norte', accounts: true })
    const ana = visitor(url, { 'accept-language': 'en' })
    const page = await ana.submit(await ana.get(`/register?app=${app}`), '/register', { email: EMAIL, password: PASSWORD })
    assert.match(page.text, /From Librería Norte/)
    const done = await ana.submit(page, '/verify-email', { code: codeIn((await inbox(EMAIL, 1))[0]) })
    const login = await ana.get(/href="(\/login[^"]*)"/.exec(done.html)![1]!)
    assert.match(login.text, /Sign in to Librería Norte/)
    assert.equal((await ana.send(login, '/login', { email: EMAIL, password: PASSWORD })).status, 303)
    const [welcome] = await inbox(EMAIL, 2)
    for (const path of ['/login', '/password/forgot']) {
      assert.ok(welcome!.text.split('\n').includes(`${url}${path}?app=${app}`), path)
      assert.match((await visitor(url).get(`${path}?app=${app}`)).text, /Librería Norte/)
    }
  },
  ends,
)

test(
  'the stamp of a link says how long it lives, minutes too',
  async (t) => {
    const { url, inbox } = await world(t, { settings: { SELLO_LINK_TTL: '15m' } })
    const ana = visitor(url, { 'accept-language': 'ru' })
    await ana.submit(await ana.get('/register'), '/register', { email: EMAIL, password: PASSWORD })
    const page = await ana.get(`/confirm?token=${tokenIn((await inbox(EMAIL, 1))[0])}`)
    assert.match(page.text, /Ссылка 15 минут /)
  },
  ends,
)
