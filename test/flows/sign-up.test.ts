import assert from 'node:assert/strict'
import { codeIn, otherThan, PASSWORD, people, tokenIn } from '../support/people.ts'
import { test } from '../support/places.ts'
import { MINUTE, world } from '../support/world.ts'

const EMAIL = 'ana@example.com'

test('seed 004, "Flujo Completo": register, letter with a code, verify, log in, a token for 24 hours', async (t) => {
  const here = await world(t)
  const { signedUp, verify, login, account } = people(here)

  // 1–9: POST /register → {msg, email}
  const { answer, code, letter } = await signedUp(EMAIL)
  assert.equal(answer.status, 202)
  assert.deepEqual(Object.keys(answer.body).sort(), ['email', 'flow', 'message'])
  assert.equal(answer.body.email, EMAIL)
  assert.match(code, /^\d{4}$/)
  assert.equal(letter.text.split('\n', 1)[0], `Code: ${code}`)

  // Not before the address is verified; the letter is not repeated.
  const early = await login({ email: EMAIL, password: PASSWORD })
  assert.deepEqual([early.status, early.body.code], [403, 'email_not_verified'])

  // 11–17: POST /verify-email → used, isEmailVerified = true
  const verified = await verify({ email: EMAIL, code })
  assert.deepEqual([verified.status, verified.body], [200, { status: 'verified', email: EMAIL }])
  const used = await verify({ email: EMAIL, code })
  assert.deepEqual([used.status, used.body.code], [400, 'code_expired'])

  // 18–23: POST /login → JWT, 24 h
  const signedIn = await login({ email: EMAIL, password: PASSWORD })
  assert.equal(signedIn.status, 200)
  assert.equal(signedIn.body.expires_in, 24 * 60 * 60)
  const shown = await account(signedIn.body.access_token)
  assert.deepEqual([shown.status, shown.body.email, shown.body.emailVerified], [200, EMAIL, true])

  const letters = await here.inbox(EMAIL, 2)
  assert.equal(letters.length, 2, 'the code, and a welcome')
})

test('seed 004, "Flujo de Error": a wrong code, two attempts left; after three, ask for a new one', async (t) => {
  const here = await world(t)
  const { signedUp, verify } = people(here)
  const { code } = await signedUp(EMAIL)
  for (const attemptsLeft of [2, 1, 0]) {
    const wrong = await verify({ email: EMAIL, code: otherThan(code, attemptsLeft + 1) })
    assert.deepEqual([wrong.status, wrong.body.code, wrong.body.attemptsLeft], [400, 'code_wrong', attemptsLeft])
  }
  const locked = await verify({ email: EMAIL, code })
  assert.deepEqual([locked.status, locked.body.code], [429, 'too_many_attempts'])
  assert.equal(locked.headers.get('retry-after'), '60', 'until a new one may be asked for')
})

test('seed 004, "Flujo de Reenvío": the older code is dead, the new one lives for fifteen minutes', async (t) => {
  const here = await world(t)
  const { signedUp, verify, resend } = people(here)
  const first = await signedUp(EMAIL)
  const soon = await resend({ email: EMAIL })
  assert.deepEqual([soon.status, soon.body.code, soon.headers.get('retry-after')], [429, 'rate_limited', '60'])

  await here.env.advance(MINUTE)
  const resent = await resend({ email: EMAIL })
  assert.deepEqual([resent.status, resent.body.email], [202, EMAIL])
  const [letter] = await here.inbox(EMAIL, 2)
  const code = codeIn(letter)
  assert.match(letter!.text, /no longer work/)

  const older = await verify({ email: EMAIL, code: first.code === code ? otherThan(code) : first.code })
  assert.deepEqual([older.status, older.body.attemptsLeft], [400, 2], 'an older code is a wrong one')
  const dead = await people(here).confirm({ token: first.token, flow: first.flow })
  assert.deepEqual([dead.status, dead.body.code], [400, 'link_invalid'])
  await here.env.leap(15 * MINUTE - 1000)
  assert.equal((await verify({ email: EMAIL, code })).status, 200)
})

test('a code is over after fifteen minutes, its link after an hour', async (t) => {
  const here = await world(t)
  const { signedUp, verify, confirm } = people(here)
  const { code, token, flow } = await signedUp(EMAIL)
  await here.env.leap(15 * MINUTE)
  assert.equal((await verify({ email: EMAIL, code })).body.code, 'code_expired')
  await here.env.leap(45 * MINUTE - 1)
  const other = await signedUp('bo@example.com')
  assert.equal((await confirm({ token, flow })).status, 200)
  await here.env.leap(60 * MINUTE)
  assert.equal((await confirm({ token: other.token, flow: other.flow })).body.code, 'link_invalid')
})

test('seed 003: a letter with a link, confirmation and its status; wrong codes never hurt it', async (t) => {
  const here = await world(t)
  const { signedUp, verify, confirm, login } = people(here)
  const { code, token, flow } = await signedUp(EMAIL)
  for (const by of [1, 2, 3, 4]) await verify({ email: EMAIL, code: otherThan(code, by) })

  const page = await fetch(`${here.url}/v1/confirm?token=${token}`)
  assert.equal(page.status, 405, 'nothing happens to whoever merely looks')
  const alone = await confirm({ token })
  assert.deepEqual([alone.status, alone.body.code], [401, 'password_required'])
  assert.match(alone.headers.get('www-authenticate')!, /^Bearer realm="sello"$/)
  const status = await confirm({ token, flow })
  assert.deepEqual([status.status, status.body], [200, { status: 'verified', email: EMAIL }])

  // A second visit by whoever signed up changes nothing; by anybody else it is refused.
  assert.equal((await confirm({ token, flow })).status, 200)
  assert.equal((await confirm({ token, password: PASSWORD })).status, 200)
  for (const proof of [{}, { flow: 'flw_another' }, { password: 'another password' }, { newPassword: 'another password' }]) {
    assert.equal((await confirm({ token, ...proof })).body.code, 'link_invalid')
  }
  assert.equal((await verify({ email: EMAIL, code })).body.code, 'code_expired', 'using either kills both')
  assert.equal((await login({ email: EMAIL, password: PASSWORD })).status, 200)
  await here.env.advance(2000) // the welcome goes the queue’s way
  assert.equal((await here.inbox(EMAIL, 2)).length, 2, 'one welcome')
})

test('by link elsewhere: with the password, or with a new one', async (t) => {
  const here = await world(t)
  const { signedUp, confirm, login } = people(here)
  const ana = await signedUp('ana@example.com')
  assert.equal((await confirm({ token: ana.token, password: 'not the password' })).body.code, 'password_required')
  assert.equal((await confirm({ token: ana.token, password: PASSWORD })).status, 200)
  const bo = await signedUp('bo@example.com')
  const weak = await confirm({ token: bo.token, newPassword: 'password' })
  assert.deepEqual([weak.status, weak.body.code, weak.body.reason], [400, 'password_rejected', 'common'])
  assert.equal((await confirm({ token: bo.token, newPassword: 'a password of my own' })).status, 200)
  assert.equal((await login({ email: 'bo@example.com', password: PASSWORD })).body.code, 'invalid_credentials')
  assert.equal((await login({ email: 'bo@example.com', password: 'a password of my own' })).status, 200)
})

test('a taken address: the same answer, and its owner learns of it', async (t) => {
  const here = await world(t)
  const { member, signedUp, verify, login, confirm } = people(here)
  await member(EMAIL)
  await here.inbox(EMAIL, 2)
  await here.env.advance(MINUTE)
  const again = await signedUp(EMAIL, 'the password of a stranger', 3)
  assert.deepEqual([again.answer.status, Object.keys(again.answer.body).sort()], [202, ['email', 'flow', 'message']])
  assert.match(again.letter.text, /already/i)
  assert.deepEqual([again.code, again.token], ['', ''], 'a letter that opens nothing')
  const guess = await verify({ email: EMAIL, code: '0000', flow: again.flow })
  assert.deepEqual([guess.status, guess.body.code, guess.body.attemptsLeft], [400, 'code_wrong', 2], 'as if it were free')
  assert.equal((await login({ email: EMAIL, password: 'the password of a stranger' })).body.code, 'email_not_verified')
  assert.equal((await login({ email: EMAIL, password: PASSWORD })).status, 200)
  assert.equal((await confirm({ token: tokenIn(again.letter), flow: again.flow })).status, 400)
})

test('what a sign-up refuses: a weak password, a malformed address, unknown fields, an app that has no accounts', async (t) => {
  const here = await world(t)
  const { register, verify, resend, confirm, login } = people(here)
  const reasonOf = async (password: string) => (await register({ email: EMAIL, password })).body.reason
  assert.deepEqual(
    [await reasonOf('seven77'), await reasonOf('x'.repeat(257)), await reasonOf('password1'), await reasonOf('ana@example.com')],
    ['too_short', 'too_long', 'common', 'predictable'],
  )
  const two = await register({ email: 'ana@example.com, bo@example.com', password: PASSWORD })
  assert.deepEqual([two.status, two.body.code], [400, 'invalid_request'])
  assert.equal((await register({ email: EMAIL, password: PASSWORD, role: 'admin' })).body.code, 'invalid_request')
  for (const code of ['489', '123456789', ' 4892', '４８９２', '48o2']) {
    assert.equal((await verify({ email: EMAIL, code })).body.code, 'invalid_request', code)
  }
  for (const route of [register, resend, login, verify, confirm]) {
    const body = { email: EMAIL, password: PASSWORD, code: '4892', token: 'x' }
    const fields = {
      register: ['email', 'password'],
      resend: ['email'],
      login: ['email', 'password'],
      verify: ['email', 'code'],
      confirm: ['token'],
    }
    const name = Object.entries({ register, resend, login, verify, confirm }).find(([, one]) => one === route)![0] as keyof typeof fields
    const fit = Object.fromEntries(fields[name].map((field) => [field, body[field as keyof typeof body]]))
    const other = await route(fit, { 'sello-app': 'app_0000000000000000000000' })
    assert.deepEqual([other.status, other.body.code], [400, 'invalid_request'], name)
  }
  assert.deepEqual(await here.inbox(EMAIL), [])
})
