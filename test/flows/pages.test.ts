import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { codeIn, otherThan, PASSWORD, people, tokenIn } from '../support/people.ts'
import { ends, test } from '../support/places.ts'
import { visitor } from '../support/visitor.ts'
import { HOUR, MINUTE, world } from '../support/world.ts'

// Seed 004: USUARIO → FRONTEND → BACKEND, by a person whose browser runs no script.

const EMAIL = 'ana@example.com'

async function site(t: TestContext) {
  const house = await world(t)
  const { url, inbox } = house
  const newVisitor = (sent?: Record<string, string>) => visitor(url, { 'accept-language': 'en', ...sent })
  /** Signs up at the page, and reads the letter. */
  async function signUp(email = EMAIL, password = PASSWORD, letters = 1) {
    const person = newVisitor()
    const page = await person.submit(await person.get('/register'), '/register', { email, password })
    const [letter] = await inbox(email, letters)
    return { person, page, letter: letter!, code: codeIn(letter), link: `/confirm?token=${tokenIn(letter)}` }
  }
  async function member(email = EMAIL) {
    const { person, page, code } = await signUp(email)
    await person.submit(page, '/verify-email', { code })
    return person
  }
  return { ...house, ...people(house), newVisitor, signUp, member }
}

test('she signs up, types the code from the letter, signs in, and is at her account', async (t) => {
  const { signUp } = await site(t)
  const { person, page, code } = await signUp()
  assert.equal(page.url, '/verify-email')
  assert.match(page.text, /Check your email We sent a 4-digit code to ana@example\.com/)
  assert.match(page.text, /3 attempts left/)

  const wrong = await person.submit(page, '/verify-email', { code: otherThan(code) })
  assert.equal(wrong.status, 400)
  assert.match(wrong.text, /There is a problem That code does not match\. You have 2 attempts left\./)
  assert.ok(wrong.html.includes(`value="${otherThan(code)}"`), 'what she typed stays')

  const verified = await person.submit(wrong, '/verify-email', { code: ` ${code.slice(0, 2)}–${code.slice(2)} ` })
  assert.equal(verified.url, '/verified')
  assert.match(verified.text, /Email verified ana@example\.com is yours and your account is ready/)
  assert.equal(person.jar.has('sello'), false, 'a code opens no session')
  assert.equal((await person.get('/verified')).status, 200, 'reloaded, it says the same')
  assert.equal((await person.get('/verify-email')).url, '/verified')

  const login = await person.get('/login')
  const refused = await person.submit(login, '/login', { email: EMAIL, password: 'not her password' })
  assert.deepEqual([refused.status, /Email or password is incorrect/.test(refused.text)], [401, true])
  const signedIn = await person.send(login, '/login', { email: EMAIL, password: PASSWORD })
  assert.deepEqual([signedIn.status, signedIn.headers.get('location')], [303, '/account'])
  const [cookie] = signedIn.cookies.filter((one) => one.startsWith('sello='))
  assert.match(cookie!, /^sello=\w{24}\.\w{24}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
})

test('three wrong codes, then the right one: locked, whatever is typed; a new code has its own attempts', async (t) => {
  const { signUp, inbox, env } = await site(t)
  const { person, page, code } = await signUp()
  let last = page
  for (const by of [1, 2, 3]) last = await person.submit(page, '/verify-email', { code: otherThan(code, by) })
  assert.match(last.text, /This code no longer works All 3 attempts are used/)
  const late = await person.submit(page, '/verify-email', { code })
  assert.equal(late.status, 429)
  assert.match(late.headers.get('retry-after') ?? '', /^\d+$/)
  assert.match(late.text, /This code no longer works/)

  const waiting = await person.submit(page, '/resend')
  assert.equal(waiting.status, 429)
  assert.match(waiting.text, /You can ask for another at \d\d:\d\d \(UTC\)/)
  await env.leap(MINUTE)
  const resent = await person.submit(await person.get('/verify-email'), '/resend')
  assert.match(resent.text, /New code sent Sent at \d\d:\d\d \(UTC\)\. The previous one no longer works/)
  assert.match(resent.text, /3 attempts left/)
  const [newer] = await inbox(EMAIL, 2)
  assert.equal((await person.submit(resent, '/verify-email', { code: codeIn(newer) })).url, '/verified')
})

test(
  'what is no code is free, and a code expires',
  async (t) => {
    const { signUp, env } = await site(t)
    const { person, page, code } = await signUp()
    const malformed = await person.submit(page, '/verify-email', { code: '12a' })
    assert.deepEqual([malformed.status, /The code is 4 digits\. This did not cost you an attempt/.test(malformed.text)], [400, true])
    assert.match(malformed.text, /3 attempts left/)
    await env.leap(15 * MINUTE + 1)
    assert.match((await person.get('/verify-email')).text, /The code has expired It was valid for 15 minutes/)
    const late = await person.submit(page, '/verify-email', { code })
    assert.deepEqual([late.status, /The code has expired/.test(late.text)], [400, true])
  },
  ends,
)

test('a scanner opens the link as often as it likes; the owner presses the button; a second visit says that all is well', async (t) => {
  const { signUp, newVisitor, login } = await site(t)
  const { person, link } = await signUp()
  const scanner = newVisitor({ 'user-agent': 'Mozilla/5.0 (compatible; SafeLinks)' })
  for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'GET']) assert.equal((await scanner.request(method, link)).status, 200)
  assert.equal((await login({ email: EMAIL, password: PASSWORD })).body.code, 'email_not_verified')

  const page = await person.get(link)
  assert.match(page.text, /Confirm this is your email ana@example\.com The link is valid until/)
  assert.ok(!page.html.includes('type="password"'), 'in her own browser a press is enough')
  const done = await person.submit(page, '/confirm')
  assert.equal(done.url, '/verified')
  assert.equal((await login({ email: EMAIL, password: PASSWORD })).status, 200)
  for (const someone of [person, scanner]) {
    const again = await someone.get(link)
    assert.deepEqual([again.status, /Your email is confirmed This link was used on/.test(again.text)], [200, true])
  }
  assert.equal((await person.get('/confirm?token=x')).status, 400)
  assert.equal((await person.get('/confirm')).status, 400)
})

test(
  'in another browser the link asks for the password; the page that waits learns of it, by its own sign-up alone',
  async (t) => {
    const { signUp, newVisitor, url } = await site(t)
    const { person, link } = await signUp()
    const elsewhere = newVisitor()
    const page = await elsewhere.get(link)
    assert.match(page.text, /This sign-up began in another browser/)
    const refused = await elsewhere.submit(page, '/confirm', { password: 'not that one' })
    assert.deepEqual([refused.status, /The password is not correct/.test(refused.text)], [401, true])
    const none = await elsewhere.submit(page, '/confirm')
    assert.deepEqual([none.status, /Enter the password/.test(none.text)], [401, true])

    const cookie = [...person.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const news = await fetch(`${url}/verify-email/events`, { headers: { cookie } })
    assert.equal(news.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    assert.equal((await elsewhere.submit(page, '/confirm', { password: PASSWORD })).url, '/verified')
    assert.match(await news.text(), /event: verified\n/)
    assert.deepEqual(news.headers.getSetCookie(), [])
    assert.equal((await person.get('/verify-email')).url, '/verified')
    assert.equal((await elsewhere.look('/verify-email/events')).status, 404)
  },
  ends,
)

test(
  'somebody signed up with her address: she takes it over at the link, and his password and his page get nothing',
  async (t) => {
    const { signUp, newVisitor, login, url } = await site(t)
    const stranger = await signUp(EMAIL, 'password of a stranger')
    const ana = newVisitor()
    const page = await ana.get(stranger.link)
    assert.match(page.text, /Was it not you who signed up\?/)
    const common = await ana.submit(page, '/confirm', { newPassword: 'password' }, 1)
    assert.deepEqual([common.status, /one of the most used/.test(common.text)], [400, true])
    assert.equal((await ana.submit(page, '/confirm', { newPassword: PASSWORD }, 1)).url, '/verified')
    assert.equal((await login({ email: EMAIL, password: 'password of a stranger' })).status, 401)
    assert.equal((await login({ email: EMAIL, password: PASSWORD })).status, 200)

    const waits = await stranger.person.get('/verify-email')
    assert.equal(waits.url, '/resend', 'his sign-up is nobody’s any more')
    const cookie = [...stranger.person.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    assert.match(await (await fetch(`${url}/verify-email/events`, { headers: { cookie } })).text(), /event: over\n/)
  },
  ends,
)

test(
  'a taken address looks like a free one: the same pages, and a code page that never says verified',
  async (t) => {
    const { signUp, member, inbox, env } = await site(t)
    await member('eva@example.com')
    await env.leap(MINUTE)
    const free = await signUp('ana@example.com')
    const taken = await signUp('eva@example.com', PASSWORD, 3)
    const same = (html: string) => html.replace(/(ana|eva)@example\.com/g, 'her').replace(/name="form" value="[^"]*"/g, 'form')
    assert.equal(same(taken.page.html), same(free.page.html))
    const wrong = (at: typeof free, code: string) => at.person.submit(at.page, '/verify-email', { code })
    for (const by of [1, 2, 3]) {
      const code = otherThan(free.code, by)
      assert.equal(same((await wrong(taken, code)).html), same((await wrong(free, code)).html))
    }
    assert.match((await inbox('eva@example.com', 3))[0]!.subject, /already have/)
  },
  ends,
)

test(
  'right password, address not proven: a new code, and on to its page; contested, it asks for the password, too',
  async (t) => {
    const { signUp, newVisitor, inbox, env } = await site(t)
    await signUp()
    await env.leap(MINUTE)
    const later = newVisitor()
    const page = await later.submit(await later.get('/login'), '/login', { email: EMAIL, password: PASSWORD })
    assert.equal(page.url.split('?')[0], '/verify-email')
    const [letter] = await inbox(EMAIL, 2)
    assert.equal((await later.submit(page, '/verify-email', { code: codeIn(letter) })).url, '/verified')

    const eva = await signUp('eva@example.com')
    await env.leap(MINUTE)
    await signUp('eva@example.com', 'password of a stranger', 2)
    const other = newVisitor()
    await env.leap(HOUR)
    const asked = await other.submit(await other.get('/login'), '/login', { email: 'eva@example.com', password: PASSWORD })
    const [newest] = await inbox('eva@example.com', 3)
    const code = codeIn(newest)
    const refused = await other.submit(asked, '/verify-email', { code })
    assert.deepEqual([refused.status, /Enter the password, too/.test(refused.text)], [401, true])
    void eva
  },
  ends,
)

test(
  'forms come from our own pages, made for this very browser; whatever else is sent changes nothing',
  async (t) => {
    const { newVisitor, inbox, url } = await site(t)
    const ana = newVisitor()
    const page = await ana.get('/register')
    const fields = { email: EMAIL, password: PASSWORD }
    const refused: [string, Record<string, string>, Record<string, string>][] = [
      ['cross-site', fields, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ['same-site', fields, { 'sec-fetch-site': 'same-site', origin: url }],
      ['none', fields, { 'sec-fetch-site': 'none' }],
      ['no token', { ...fields, form: '' }, {}],
      [
        'another browser’s token',
        { ...fields, form: /name="form" value="([^"]*)"/.exec((await newVisitor().get('/register')).html)![1]! },
        {},
      ],
    ]
    for (const [what, sent, headers] of refused) {
      const answer = await ana.send(page, '/register', sent, headers)
      assert.equal(answer.status, 403, what)
      assert.match(answer.text, /Send the form again/, what)
    }
    const form = new URLSearchParams({ ...fields, form: /name="form" value="([^"]*)"/.exec(page.html)![1]! })
    for (const [origin, status] of [
      ['null', 403],
      ['https://evil.example', 403],
      [url, 303],
    ] as const)
      assert.equal((await ana.request('POST', '/register', form, { origin })).status, status, origin)
    const json = await ana.request('POST', '/register', undefined, { 'content-type': 'application/json' })
    assert.ok(json.status >= 400)
    assert.equal((await inbox(EMAIL, 1)).length, 1)
  },
  ends,
)

test(
  'every page: own files only, no script or style within, nobody’s frame, kept nowhere',
  async (t) => {
    const { newVisitor, signUp } = await site(t)
    const { person, link } = await signUp()
    for (const path of ['/register', '/verify-email', '/resend', '/login', link, '/nowhere', '/account']) {
      const page = await (path === link ? newVisitor() : person).look(path)
      const policy = page.headers.get('content-security-policy') ?? ''
      assert.match(policy, /^default-src 'none'; style-src 'self'; script-src 'self'; .*frame-ancestors 'none'$/, path)
      assert.equal(page.headers.get('cache-control'), 'no-store', path)
      assert.equal(page.headers.get('x-content-type-options'), 'nosniff', path)
      assert.equal(page.headers.get('cross-origin-opener-policy'), 'same-origin', path)
      assert.equal(page.headers.get('referrer-policy'), 'same-origin', path)
      assert.doesNotMatch(page.html, /<script>|<style|style="|\son[a-z]+="|https?:\/\//, path)
    }
  },
  ends,
)
