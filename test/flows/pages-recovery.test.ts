import assert from 'node:assert/strict'
import { browserOf } from '../support/pages.ts'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { ends, test } from '../support/places.ts'
import { MINUTE, world } from '../support/world.ts'

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
    for (let i = 0; i < 2; i++) assert.match((await browser.get('/password/sent')).text, /Check your email.*ana@example\.com.*1 hour/s)
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
    assert.match(again.text, /This link no longer works.*href="\/password\/forgot\?app=app_/s)
    assert.equal((await browser.submit(path, { token, password: PASSWORD })).status, 400)
    assert.equal((await login({ email, password: NEXT })).status, 200)
  },
  ends,
)
