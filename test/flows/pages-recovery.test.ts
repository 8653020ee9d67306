import assert from 'node:assert/strict'
import { formToken } from '../../src/gateway/pages/jar.ts'
import { browserOf } from '../support/pages.ts'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { ends, places, test } from '../support/places.ts'
import { MINUTE, type World, world } from '../support/world.ts'

const NEXT = 'another correct horse'
const SCANNER = { 'user-agent': 'Mozilla/5.0 (compatible; SafeLinks; +https://example.com/scanner)', accept: '*/*' }

test(
  'a forgotten password: asked for, chosen by the letter, and every earlier session is over',
  async (t) => {
    const here = await world(t)
    const { member, login, account } = people(here)
    const email = 'ana@example.com'
    await member(email)
    const { access_token: before } = (await login({ email, password: PASSWORD })).body
    await here.env.leap(MINUTE)

    const browser = browserOf(here)
    const asked = await browser.submit('/password/forgot', { email: ' Ana@Example.com ' })
    assert.deepEqual([asked.status, asked.headers.get('location')], [303, '/password/sent'])
    for (let i = 0; i < 2; i++) assert.match((await browser.get('/password/sent')).text, /Check your email.*ana@example\.com.*1\u00a0hour/s)
    await here.delivered()
    const token = linkIn((await here.inbox(email))[0], '/password/reset')
    const path = `/password/reset?token=${token}`

    for (let i = 0; i < 5; i++) assert.equal((await fetch(here.url + path, { headers: SCANNER })).status, 200)
    assert.equal((await fetch(here.url + path, { method: 'HEAD', headers: SCANNER })).status, 200)
    assert.equal((await account(before)).status, 200, 'nothing has happened')

    const form = await browser.get(path)
    assert.match(form.text, /<input [^>]*name="username" autocomplete="username" value="ana@example\.com"/)
    assert.match(form.text, /<input [^>]*name="password"[^>]* autocomplete="new-password"/)
    for (const [password, said] of [
      ['', 'Enter the password.'],
      ['short', 'The password is too short.'],
      ['password1', 'one of the most used'],
      ['ana@example.com', 'can be guessed'],
    ] as const) {
      const refused = await browser.submit(path, { token, password, username: email })
      assert.equal(refused.status, 400, password)
      assert.ok(refused.text.includes(said), password)
      assert.equal(password !== '' && refused.text.includes(`value="${password}"`) && password !== email, false, 'not sent back')
    }
    const saved = await browser.submit(path, { token, password: NEXT, username: email })
    assert.deepEqual([saved.status, saved.headers.get('location')], [303, '/password/done'])
    for (let i = 0; i < 2; i++) assert.match((await browser.get('/password/done')).text, /Password changed.*ana@example\.com/s)
    assert.equal((await account(before)).body.code, 'token_invalid')
    assert.equal((await login({ email, password: PASSWORD })).status, 401)
    assert.equal((await login({ email, password: NEXT })).status, 200)

    const again = await browser.get(path)
    assert.equal(again.status, 400)
    assert.match(again.text, /This link no longer works.*href="\/password\/forgot"/s)
    assert.equal((await browser.submit(path, { token, password: PASSWORD })).status, 400)
    assert.equal((await login({ email, password: NEXT })).status, 200)
  },
  ends,
)

const first = places.slice(0, 1)
const emailOf = (kind: string) => `${kind.padEnd(7, '0')}@example.com`

test(
  'asking for a new password: the same pages whatever lies at the address, until the budget ends and after',
  async (t) => {
    const here = await world(t)
    const { member, signedUp, login, remove } = people(here)
    await signedUp(emailOf('pending'))
    for (const kind of ['proven', 'deleted']) await member(emailOf(kind))
    await remove((await login({ email: emailOf('deleted'), password: PASSWORD })).body.access_token, { password: PASSWORD })
    await here.delivered()
    await here.env.leap(25 * 60 * MINUTE)
    const seen = []
    for (const kind of ['unknown', 'pending', 'proven', 'deleted']) seen.push(await asking(here, emailOf(kind)))
    for (const one of seen) assert.deepEqual(one, seen[0])
    const statuses = seen[0]!.map(({ status }) => status)
    assert.deepEqual([...new Set(statuses)], [303, 200, 429])
    const capped = seen[0]!.at(-1)!
    assert.ok(Number(Object.fromEntries(capped.headers)['retry-after']) > 0)
    assert.match(capped.text, /Several emails have gone.*<time datetime=/s)
  },
  first,
)

/** All that is seen of an address that asks too often, but its own name, the time and what differs at every request. */
async function asking(here: World, email: string) {
  const browser = browserOf(here)
  const pages = []
  for (;;) {
    const asked = await browser.submit('/password/forgot', { email })
    pages.push(asked)
    if (asked.status !== 303) break
    pages.push(await browser.get('/password/sent'))
  }
  const token = formToken(browser.cookies.get('sello-browser')!)
  const [same, length] = [['date', 'x-request-id'], ['set-cookie']]
  return pages.map(({ status, headers, text }) => ({
    status,
    text: text.replaceAll(email, '*').replaceAll(token, '*'),
    headers: [...headers].map(([name, value]) => [name, same.includes(name) ? '' : length.includes(name) ? value.length : value]),
  }))
}

test(
  'the owner takes a thief’s change back: one button, after which no session and no password is left',
  async (t) => {
    const here = await world(t)
    const { member, login, account, changePassword } = people(here)
    const email = 'ana@example.com'
    await member(email)
    const { access_token: thiefs } = (await login({ email, password: PASSWORD })).body
    assert.equal((await changePassword(thiefs, { current: PASSWORD, password: NEXT })).status, 204)
    await here.delivered()
    const notice = (await here.inbox(email)).find((letter) => linkIn(letter, '/undo') !== '')
    const token = linkIn(notice, '/undo')
    const path = `/undo?token=${token}`
    await here.env.leap(MINUTE)

    const browser = browserOf(here)
    for (let i = 0; i < 5; i++) assert.equal((await fetch(here.url + path, { headers: SCANNER })).status, 200)
    assert.equal((await fetch(here.url + path, { method: 'HEAD', headers: SCANNER })).status, 200)
    assert.equal((await login({ email, password: NEXT })).status, 200, 'nothing has happened')
    const page = await browser.get(path)
    assert.match(page.text, /who changed the password\?.*ana@example\.com.*It was changed on <time/s)
    assert.equal(page.text.match(/<button class="btn/g)?.length, 1)

    const back = await browser.submit(path, { token })
    assert.deepEqual([back.status, back.headers.get('location')], [303, '/undone'])
    assert.equal((await account(thiefs)).body.code, 'token_invalid')
    for (const password of [PASSWORD, NEXT]) assert.equal((await login({ email, password })).status, 401)
    const again = await browser.submit(path, { token })
    assert.deepEqual([again.status, /This link no longer works/.test(again.text)], [400, true])

    for (let i = 0; i < 2; i++) assert.match((await browser.get('/undone')).text, /the account is yours again.*ana@example\.com/s)
    const hidden = Object.fromEntries(
      [...(await browser.get('/undone')).text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    )
    const asked = await browser.post('/password/forgot', hidden)
    assert.deepEqual([asked.status, asked.headers.get('location')], [303, '/password/sent'])
    await here.delivered()
    assert.notEqual(linkIn((await here.inbox(email))[0], '/password/reset'), '', 'one press, and the letter is there')
  },
  first,
)

test(
  'notices of a move and of a deletion say what was done, and bring it back',
  async (t) => {
    const here = await world(t)
    const { member, login, moveTo, confirmMove, remove } = people(here)
    const [email, other] = ['ana@example.com', 'ana@example.org']
    await member(email)
    const { access_token: access } = (await login({ email, password: PASSWORD })).body
    await moveTo(access, { email: other, password: PASSWORD })
    await here.delivered()
    await confirmMove({ token: linkIn((await here.inbox(other))[0], '/account/email/confirm') }, access)
    await remove(access, { password: PASSWORD })
    await here.delivered()
    const tokenTo = async (to: string) =>
      linkIn(
        (await here.inbox(to)).find((letter) => linkIn(letter, '/undo') !== ''),
        '/undo',
      )
    const browser = browserOf(here)
    assert.match(
      (await browser.get(`/undo?token=${await tokenTo(other)}`)).text,
      /Bring the account back\?.*ana@example\.org.*It was deleted on/s,
    )
    const path = `/undo?token=${await tokenTo(email)}`
    assert.match((await browser.get(path)).text, /who changed the email\?.*ana@example\.com.*moved to another address on/s)
    assert.equal((await browser.submit(path, { token: await tokenTo(email) })).status, 303)
    assert.match((await browser.get('/undone')).text, /ana@example\.com/)
    assert.equal((await browser.get(`/undo?token=${await tokenTo(other)}`)).status, 400, 'what came after it is void')
  },
  first,
)

test(
  'forms from elsewhere are refused and links of others lead nowhere; what is done shows only to whom it was done',
  async (t) => {
    const here = await world(t)
    const browser = browserOf(here)
    const fields = { email: 'ana@example.com', token: 'x', password: NEXT }
    for (const path of ['/password/forgot', '/password/reset', '/undo']) {
      for (const given of [{} as Record<string, string>, { form: 'AAAAAAAAAAAAAAAAAAAAAA' }, { form: formToken('another browser') }]) {
        const { status, text } = await browser.post(path, { ...fields, ...given })
        assert.deepEqual([status, /Send the form again/.test(text)], [403, true], path)
      }
      const crossing = await browser.submit(path, fields, { 'sec-fetch-site': 'cross-site' })
      assert.equal(crossing.status, 403)
    }
    assert.deepEqual(await here.inbox('ana@example.com'), [])
    for (const path of ['/password/reset', '/undo'])
      for (const query of ['', '?token=', '?token=x', `?token=${'9'.repeat(500)}`])
        assert.deepEqual(
          [(await browser.get(path + query)).status, (await browser.submit(path + query, fields)).status],
          [400, 400],
          path + query,
        )
    for (const [path, to] of [
      ['/password/sent', '/password/forgot'],
      ['/password/done', '/login'],
      ['/undone', '/login'],
    ] as const)
      assert.equal((await browser.get(path)).headers.get('location'), to)
    for (const email of ['', 'ana', 'ana@']) assert.equal((await browser.submit('/password/forgot', { email })).status, 400, email)
  },
  first,
)
