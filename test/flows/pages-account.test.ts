import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { recorded } from '../support/dump.ts'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { ends, test } from '../support/places.ts'
import { type Page, type Visitor, visitor } from '../support/visitor.ts'
import { HOUR, MINUTE, world } from '../support/world.ts'

// Seed 003: a session "browser dependent", and what its holder does with the account at a page, by a browser that runs no script.

const EMAIL = 'ana@example.com'
const NEW = 'ana@example.org'
const OTHER_PASSWORD = 'another correct horse'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'
const TASKS = ['/account/password', '/account/email', '/account/language', '/account/export', '/account/delete']

const OUT = '/login?next=%2Faccount'
const whereTo = ({ headers }: Page) => headers.get('location')

async function site(t: TestContext) {
  const house = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  const dump = recorded(house.store)
  const newVisitor = (agent = FIREFOX) => visitor(house.url, { 'accept-language': 'en', 'user-agent': agent })
  const api = people(house)
  const signIn = async (person: Visitor, email = EMAIL, password = PASSWORD) => {
    const answer = await person.send(await person.look('/login?next=%2Faccount&again=1'), '/login', { email, password })
    assert.equal(answer.status, 303, answer.text)
    return answer
  }
  async function member(email = EMAIL, agent = FIREFOX) {
    await api.member(email)
    const person = newVisitor(agent)
    await signIn(person, email)
    return person
  }
  /** Somebody with an account at another app, under the same address, who is signed in there. */
  async function customer() {
    const added = await house.persistence.admin.addApp({ name: 'shop' })
    assert.ok(added.kind === 'done')
    const shop = people(house, { 'sello-app': added.app.id })
    await house.delivered()
    const { code, flow } = await shop.signedUp(EMAIL, PASSWORD, (await house.inbox(EMAIL)).length + 1)
    assert.equal((await shop.verify({ email: EMAIL, code, flow })).status, 200)
    const person = newVisitor()
    const page = await person.look(`/login?app=${added.app.id}&next=%2Faccount`)
    const entered = await person.send(page, '/login', { email: EMAIL, password: PASSWORD })
    assert.equal(whereTo(entered), `/account?app=${added.app.id}`)
    return person
  }
  return { ...house, api, dump, newVisitor, signIn, member, customer }
}

test(
  'a session ends after two idle hours, and after a day however much it is used; signing out ends it on the server',
  async (t) => {
    const { member, signIn, env, newVisitor } = await site(t)
    const ana = await member()
    const cookie = ana.jar.get('sello')!
    const thief = newVisitor()
    thief.jar.set('sello', cookie)
    const began = env.now()
    while (env.now() + 100 * MINUTE < began + 24 * HOUR) {
      await env.leap(100 * MINUTE)
      assert.equal((await ana.look('/account')).status, 200, `${(env.now() - began) / HOUR} h`)
    }
    await env.leap(began + 24 * HOUR - env.now())
    assert.equal(whereTo(await ana.look('/account')), OUT, 'a day')

    await signIn(ana)
    await env.leap(2 * HOUR - 1000)
    assert.equal((await ana.look('/account')).status, 200)
    await env.leap(2 * HOUR + 1000)
    for (const path of ['/account', ...TASKS]) assert.equal(whereTo(await ana.look(path)), `/login?next=${encodeURIComponent(path)}`, path)
    assert.match((await ana.get('/account')).text, /Sign in to go on/)

    await signIn(ana)
    thief.jar.set('sello', ana.jar.get('sello')!)
    assert.equal((await thief.look('/account')).status, 200, 'whoever has the cookie has the session')
    const out = await ana.send(await ana.get('/account'), '/logout')
    assert.equal(whereTo(out)?.split('?')[0], '/login')
    assert.equal(ana.jar.has('sello'), false)
    assert.equal(out.headers.get('clear-site-data'), '"cache", "storage"')
    assert.equal(whereTo(await thief.look('/account')), OUT, 'on the server')
    assert.match((await ana.get(whereTo(out)!)).text, /You are signed out/)
  },
  ends,
)

test(
  'every sign-in has a cookie of its own: one that was there before is never adopted, and ends',
  async (t) => {
    const { member, signIn, newVisitor } = await site(t)
    const ana = await member()
    const first = ana.jar.get('sello')!
    await signIn(ana)
    assert.notEqual(ana.jar.get('sello'), first)
    const old = newVisitor()
    old.jar.set('sello', first)
    assert.equal(whereTo(await old.look('/account')), OUT, 'the session before')

    // Somebody set his own cookie in her browser, or made one up.
    const eve = await member('eve@example.com')
    for (const planted of [eve.jar.get('sello')!, `07${'a'.repeat(22)}.${'b'.repeat(43)}`, '"', 'x'.repeat(3000)]) {
      const browser = newVisitor()
      browser.jar.set('sello', planted)
      await signIn(browser)
      assert.notEqual(browser.jar.get('sello'), planted)
      assert.match((await browser.get('/account')).text, /Holder ana@example\.com/)
    }
    assert.equal(whereTo(await eve.look('/account')), OUT, 'the planted one was his, and ended there')
  },
  ends.slice(0, 1),
)

test(
  'forms of the account come from its own pages: sent from elsewhere, or without their token, they change nothing',
  async (t) => {
    const { member, dump, url, api, delivered, inbox, newVisitor, signIn } = await site(t)
    const ana = await member()
    await signIn(newVisitor(IPHONE))
    await api.login({ email: EMAIL, password: PASSWORD })
    await ana.submit(await ana.get('/account/email'), '/account/email', { email: NEW, password: PASSWORD })
    const token = linkIn((await inbox(NEW, 1))[0], '/account/email/confirm')
    await delivered()
    const page = await ana.get('/account')
    const form = /name="form" value="([^"]*)"/.exec(page.html)![1]!
    const strange = /name="form" value="([^"]*)"/.exec((await newVisitor().get('/login')).html)![1]!
    const phone = /name="end" value="(ses_[^"]+)"/.exec(page.html)![1]!
    const forms: [string, Record<string, string>][] = [
      ['/account', { end: 'others' }],
      ['/account', { end: phone }],
      ['/account', { cancel: '1' }],
      ['/account/password', { current: PASSWORD, password: OTHER_PASSWORD }],
      ['/account/email', { email: 'eve@example.org', password: PASSWORD }],
      ['/account/email/confirm', { token }],
      ['/account/language', { locale: 'ru' }],
      ['/account/export', {}],
      ['/account/delete', { password: PASSWORD }],
      ['/logout', {}],
    ]
    const elsewhere: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site', origin: url },
      { 'sec-fetch-site': 'same-site', origin: url },
      { 'sec-fetch-site': 'none', origin: url },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]
    const own: Record<string, string>[] = [{ 'sec-fetch-site': 'same-origin', origin: url }, { origin: url }, {}]
    const tries = [
      ...elsewhere.flatMap((headers) => [form, strange, ''].map((sent) => [headers, sent] as const)),
      ...own.flatMap((headers) => [strange, '', `${form}x`].map((sent) => [headers, sent] as const)),
    ]
    const before = JSON.stringify(await dump.records())
    for (const [path, fields] of forms) {
      for (const [headers, sent] of tries) {
        const body = new URLSearchParams({ ...fields, ...(sent === '' ? {} : { form: sent }) })
        const answer = await ana.request('POST', path, body, headers)
        const what = `${path} ${JSON.stringify(headers)} ${sent === form ? 'with' : 'without'} its token`
        assert.equal(answer.status, 403, what)
        assert.equal(answer.headers.get('cache-control'), 'no-store', what)
        assert.equal(answer.headers.get('content-disposition'), null, what)
      }
    }
    assert.equal(JSON.stringify(await dump.records()), before)
    assert.equal((await ana.look('/account')).status, 200)
    const sent = await ana.request('POST', '/account', new URLSearchParams({ form, end: phone }), { origin: url })
    assert.equal(whereTo(sent), '/account?done=session', 'its own form')
  },
  ends.slice(0, 1),
)

test(
  'sessions in words; one is ended, then all others; of another account or app none can be, nor with an old sign-in',
  async (t) => {
    const { member, signIn, newVisitor, api, env, customer, url } = await site(t)
    const ana = await member()
    assert.match(
      (await ana.get('/account')).text,
      /Open sessions Firefox on Linux This session In use now There are no other open sessions\./,
    )
    await env.leap(MINUTE)
    const phone = newVisitor(IPHONE)
    await signIn(phone)
    const unknown = newVisitor('curl/8')
    await signIn(unknown)
    const { body } = await api.login({ email: EMAIL, password: PASSWORD })
    const page = await ana.get('/account')
    assert.match(page.text, /Firefox on Linux This session In use now An application Last used on .* unknown browser .* Safari on iPhone/i)
    assert.match(page.text, /End the other 3/)
    assert.doesNotMatch(page.html, /127\.0\.0\.1|::1/)
    const [, mine] = /<time datetime="([^"]+)" data-local="dateTime">[^<]+<\/time>[^<]*<\/p><\/div><form/.exec(page.html) ?? []
    assert.ok(Math.abs(Date.parse(mine!) - env.now()) < 2 * MINUTE)
    const listed = await api.call('GET', '/v1/account/sessions', undefined, { authorization: `Bearer ${String(body.access_token)}` })
    for (const one of listed.body as unknown as object[])
      assert.deepEqual(Object.keys(one), ['id', 'createdAt', 'usedAt', 'expiresAt', 'current'], 'programs are told no more')

    const ids = [...page.html.matchAll(/name="end" value="(ses_[^"]+)"/g)].map(([, id]) => id!)
    const eve = await member('eve@example.com')
    for (const stranger of [eve, await customer()]) {
      const own = await stranger.get('/account')
      assert.match(own.text, /no other open sessions/)
      const form = /name="form" value="([^"]*)"/.exec(own.html)![1]!
      for (const end of [ids.at(-1)!, 'ses_x', '../x']) {
        const answer = await stranger.request('POST', '/account', new URLSearchParams({ form, end }), { origin: url })
        assert.deepEqual([answer.status, /That session was already over/.test(answer.text)], [404, true])
      }
      assert.equal((await phone.look('/account')).status, 200)
    }

    const ended = await ana.submit(page, '/account', { end: ids.at(-1)! })
    assert.equal(ended.url, '/account?done=session')
    assert.match(ended.text, /Session ended .* End the other 2/)
    assert.equal(whereTo(await phone.look('/account')), OUT)
    await env.leap(15 * MINUTE)
    const stale = await ana.submit(ended, '/account')
    assert.match(stale.url, /^\/login\?app=app_\w+&next=%2Faccount&again=1$/)
    assert.match(stale.text, /Sign in again You signed in more than 15 minutes ago/)
    assert.match(stale.html, /value="ana@example\.com"/)
    assert.equal((await unknown.look('/account')).status, 200, 'nothing ended')
    const again = await ana.submit(stale, '/login', { email: EMAIL, password: PASSWORD })
    assert.match(again.url, /^\/account\?app=/)
    const alone = await ana.submit(again, '/account', { end: 'others' })
    assert.match(alone.text, /The other sessions are over .* no other open sessions/)
    assert.equal(whereTo(await unknown.look('/account')), OUT)
    assert.equal((await api.account(body.access_token)).status, 401)
  },
  ends,
)

test(
  'a new password ends the other sessions and not this one; the language is that of letters, and of the pages here',
  async (t) => {
    const { member, signIn, newVisitor, inbox, delivered } = await site(t)
    const ana = await member()
    const phone = newVisitor(IPHONE)
    await signIn(phone)
    const page = await ana.get('/account/password')
    const wrong = await ana.submit(page, '/account/password', { current: 'not it at all', password: OTHER_PASSWORD })
    assert.deepEqual([wrong.status, /The password is not correct/.test(wrong.text)], [401, true])
    assert.doesNotMatch(wrong.html, /not it at all|another correct/, 'a password is not sent back')
    const weak = await ana.submit(page, '/account/password', { current: PASSWORD, password: 'password' })
    assert.deepEqual([weak.status, /one of the most used/.test(weak.text)], [400, true])
    const empty = await ana.submit(page, '/account/password')
    assert.match(empty.text, /Enter the present password\. Enter the new password\./)
    assert.equal((await phone.look('/account')).status, 200)
    const changed = await ana.submit(page, '/account/password', { current: PASSWORD, password: OTHER_PASSWORD })
    assert.equal(changed.url, '/account?done=password')
    assert.match(changed.text, /Password changed The other sessions are over/)
    assert.equal(whereTo(await phone.look('/account')), OUT)
    await signIn(phone, EMAIL, OTHER_PASSWORD)

    const chosen = await ana.submit(await ana.get('/account/language'), '/account/language', { locale: 'ru' })
    assert.match(chosen.text, /Язык изменён .* Язык писем Русский/)
    assert.match(chosen.html, /<html lang="ru">/)
    assert.equal(ana.jar.get('sello-lang'), 'ru')
    assert.equal((await ana.send(await ana.get('/account/language'), '/account/language', { locale: 'xx' })).status, 400)
    await ana.submit(await ana.get('/account/password'), '/account/password', { current: OTHER_PASSWORD, password: PASSWORD })
    await delivered()
    assert.ok((await inbox(EMAIL)).some(({ subject }) => /[Пп]ароль/.test(subject)))
  },
  ends.slice(0, 1),
)

test(
  'another address: a letter there, a button here or the password elsewhere; a wish can be taken back, and a look changes nothing',
  async (t) => {
    const { member, newVisitor, inbox, dump, api, delivered, customer } = await site(t)
    const ana = await member()
    const page = await ana.get('/account/email')
    const say = async (fields: Record<string, string>) => (await ana.submit(page, '/account/email', fields)).text
    assert.match(await say({ email: NEW }), /Enter the password\./)
    assert.match(await say({ email: NEW, password: 'not hers at all' }), /The password is not correct/)
    assert.match(await say({ email: EMAIL, password: PASSWORD }), /That is your email already/)
    assert.match(await say({ email: 'ana@', password: PASSWORD }), /Enter a complete email address/)
    assert.match(await say({ email: NEW, password: PASSWORD }), /Check the new email We sent a link to ana@example\.org\. Open it/)
    const link = async (letters: number) => {
      const token = linkIn((await inbox(NEW, letters))[0], '/account/email/confirm')
      return `/account/email/confirm?token=${token}`
    }
    const first = await link(1)
    const waiting = await ana.get('/account')
    assert.match(waiting.text, /The new email is not confirmed yet We sent a link to ana@example\.org/)
    const kept = await ana.submit(waiting, '/account', { cancel: '1' })
    assert.match(kept.text, /The email stays as it was/)
    assert.doesNotMatch(kept.text, /not confirmed yet/)
    const dead = await ana.look(first)
    assert.deepEqual([dead.status, /This link no longer works/.test(dead.text)], [400, true])

    await ana.submit(page, '/account/email', { email: NEW, password: PASSWORD })
    const path = await link(2)
    await delivered()
    const [stranger, eve, shopper] = [newVisitor(), await member('eve@example.com'), await customer()]
    await delivered()
    const before = JSON.stringify(await dump.records())
    for (const browser of [stranger, ana, eve, shopper]) {
      const looked = await browser.look(path)
      assert.match(looked.text, /Confirm your new email Your account moves to ana@example\.org/)
      assert.equal((await browser.request('HEAD', path)).status, 200)
    }
    assert.equal(JSON.stringify(await dump.records()), before)
    const confirm = '/account/email/confirm'
    for (const somebody of [stranger, eve, shopper]) {
      for (const password of ['', 'not hers at all']) {
        const refused = await somebody.submit(await somebody.get(path), confirm, { password })
        assert.equal(refused.status, 401)
        assert.match(refused.text, password === '' ? /Enter the password/ : /The password is not correct/)
      }
    }
    assert.doesNotMatch((await ana.get(path)).html, /type="password"/, 'whoever is signed in needs none')
    const moved = await ana.submit(await ana.get(path), confirm)
    assert.equal(moved.url, '/account?done=email')
    assert.match(moved.text, /Email changed .* Holder ana@example\.org/)
    const used = await stranger.look(path)
    assert.deepEqual([used.status, /Your email has changed This link was used on/.test(used.text)], [200, true])

    await ana.submit(page, '/account/email', { email: EMAIL, password: PASSWORD })
    await delivered()
    const back = `${confirm}?token=${(await inbox(EMAIL)).map((one) => linkIn(one, confirm)).find((one) => one !== '')}`
    const elsewhere = await shopper.submit(await shopper.get(back), confirm, { password: PASSWORD })
    assert.match(elsewhere.text, /Your email has changed/)
    assert.equal((await stranger.get(back)).text, elsewhere.text)
    assert.equal(stranger.jar.has('sello'), false, 'a link opens no session')
    assert.equal((await api.login({ email: EMAIL, password: PASSWORD })).status, 200)
  },
  ends.slice(0, 1),
)

test(
  'the export is a file for whoever signed in lately; a deletion ends everything, and its page says how to take it back',
  async (t) => {
    const { member, env, api, inbox, delivered } = await site(t)
    const ana = await member()
    const page = await ana.get('/account/export')
    const file = await ana.send(page, '/account/export')
    assert.equal(file.status, 200)
    assert.match(file.headers.get('content-disposition')!, /^attachment; filename="localhost-\d{4}-\d\d-\d\d\.json"$/)
    assert.equal(file.headers.get('content-type'), 'application/json; charset=utf-8')
    assert.equal(file.headers.get('cache-control'), 'no-store')
    const document = JSON.parse(file.html) as { account: { email: string }; sessions: { browser: unknown }[] }
    assert.equal(document.account.email, EMAIL)
    assert.deepEqual(document.sessions[0]!.browser, { name: 'Firefox', system: 'Linux' })
    await env.leap(15 * MINUTE + 1000)
    assert.match((await ana.get('/account/export')).text, /You signed in more than 15 minutes ago/)
    const stale = await ana.submit(page, '/account/export')
    assert.match(stale.url, /^\/login\?app=app_\w+&next=%2Faccount%2Fexport&again=1$/)
    const again = await ana.submit(stale, '/login', { email: EMAIL, password: PASSWORD })
    assert.match(again.url, /^\/account\/export/)
    assert.equal((await ana.send(again, '/account/export')).headers.get('content-type'), 'application/json; charset=utf-8')

    const { body } = await api.login({ email: EMAIL, password: PASSWORD })
    const leave = await ana.get('/account/delete')
    assert.match(leave.text, /for 7 days/)
    const refused = await ana.submit(leave, '/account/delete', { password: 'not hers at all' })
    assert.deepEqual([refused.status, /The password is not correct/.test(refused.text)], [401, true])
    const cookie = ana.jar.get('sello')!
    const gone = await ana.submit(leave, '/account/delete', { password: PASSWORD })
    assert.match(gone.url, /^\/account\/deleted/)
    assert.match(gone.text, /The account is deleted Changed your mind\? .* its link brings it back for 7 days/)
    assert.equal(ana.jar.has('sello'), false)
    ana.jar.set('sello', cookie)
    assert.equal(whereTo(await ana.look('/account')), OUT)
    assert.equal((await api.account(body.access_token)).status, 401)
    await delivered()
    assert.ok((await inbox(EMAIL)).some((one) => linkIn(one, '/undo')))
  },
  ends,
)

test(
  'every page of the account, and every answer to its forms, is kept nowhere; without a session they all lead to the sign-in',
  async (t) => {
    const { member, newVisitor } = await site(t)
    const ana = await member()
    const nobody = newVisitor()
    for (const path of ['/account', ...TASKS]) {
      const shown = await ana.look(path)
      assert.equal(shown.status, 200, path)
      const posted = await ana.send(shown, path === '/account' ? '/logout' : path, {}, { 'sec-fetch-site': 'cross-site' })
      const turned = await nobody.look(path)
      assert.equal(whereTo(turned), `/login?next=${encodeURIComponent(path)}`)
      for (const answer of [shown, posted, turned]) assert.equal(answer.headers.get('cache-control'), 'no-store', path)
      assert.doesNotMatch(shown.html, /<script>|<style|style="|\son[a-z]+="|https?:\/\//, path)
    }
    const strange = await nobody.look('/account/email/confirm?token=%00')
    assert.deepEqual([strange.status, strange.headers.get('cache-control')], [400, 'no-store'])
    assert.equal((await ana.look('/account?done=constructor&done=email')).status, 200)
    assert.doesNotMatch((await ana.look('/account?done=toString')).text, /native code/)
  },
  ends.slice(0, 1),
)
