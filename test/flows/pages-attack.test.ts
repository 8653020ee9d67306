import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { recorded } from '../support/dump.ts'
import { codeIn, PASSWORD, people } from '../support/people.ts'
import { ends, test } from '../support/places.ts'
import { visitor } from '../support/visitor.ts'
import { HOUR, MINUTE, world } from '../support/world.ts'

// What strangers, thieves and those who sit down next at a shared computer try at the pages.

const EMAIL = 'ana@example.com'

async function site(t: TestContext) {
  const house = await world(t)
  const newVisitor = () => visitor(house.url, { 'accept-language': 'en' })
  const signUp = async (person = newVisitor(), password = PASSWORD) =>
    person.submit(await person.get('/register'), '/register', { email: EMAIL, password })
  const signIn = async (person = newVisitor(), password = PASSWORD) =>
    person.send(await person.get('/login'), '/login', { email: EMAIL, password })
  /** Verified and signed in. */
  async function ana() {
    const person = newVisitor()
    const page = await signUp(person)
    await person.submit(page, '/verify-email', { code: codeIn((await house.inbox(EMAIL, 1))[0]) })
    await signIn(person)
    return person
  }
  return { ...house, ...people(house), newVisitor, signUp, signIn, ana }
}

test(
  'who signs out on a shared computer leaves no address behind',
  async (t) => {
    const { ana, env } = await site(t)
    const hers = await ana()
    await env.leap(MINUTE)
    await hers.submit(await hers.get('/password/forgot'), '/password/forgot', { email: EMAIL })
    assert.ok(hers.jar.has('sello-flow'))
    const out = await hers.submit(await hers.get('/account'), '/logout')
    assert.deepEqual([...hers.jar.keys()], ['sello-browser'])
    assert.doesNotMatch(out.html, /ana@/)
    for (const path of ['/verify-email', '/resend', '/password/sent', '/verified']) assert.doesNotMatch((await hers.get(path)).html, /ana@/)
  },
  ends,
)

test(
  'whatever stands in a cookie, no page breaks',
  async (t) => {
    const { newVisitor, persistence } = await site(t)
    const [app] = (await persistence.admin.listApps({})).apps
    const flow = (given: object) => Buffer.from(JSON.stringify({ app: app!.id, email: EMAIL, flow: null, ...given })).toString('base64url')
    const odd = [9e15, -1, 8.64e15, 1e308].map((done) => flow({ done }))
    const texts = ['', '\0', '\ud800', 'x'.repeat(900), '<b>"'].flatMap((text) => [
      flow({ email: text }),
      flow({ flow: text }),
      flow({ email: text, step: 'asked' }),
      flow({ app: text }),
    ])
    const paths = ['/verify-email', '/verified', '/resend', '/password/sent', '/register']
    for (const cookie of [...odd, ...texts, 'W10', 'bnVsbA', 'x'.repeat(3000)]) {
      const person = newVisitor()
      person.jar.set('sello-flow', cookie)
      person.jar.set('sello', cookie)
      for (const path of paths) assert.ok((await person.look(path)).status < 500, `${path} ${Buffer.from(cookie, 'base64url').toString()}`)
    }
  },
  ends,
)

test(
  'a thief who has the password signs in from ever new browsers: the mailbox is warned, not buried; erasing finds every notice',
  async (t) => {
    const { ana, persistence, delivered, inbox, env, store } = await site(t)
    const dump = recorded(store)
    await ana()
    const browser = (i: number) => ({ token: `thief${String(i).padStart(17, '0')}`, name: null, system: null })
    const steal = (i: number) => persistence.handlers.signIn({ app: null, email: EMAIL, password: PASSWORD, browser: browser(i) })
    const notices = async () => {
      await delivered()
      return (await inbox(EMAIL)).filter(({ subject }) => subject.startsWith('New sign-in')).length
    }
    for (let i = 0; i < 12; i++) assert.equal((await steal(i)).kind, 'signed_in')
    assert.equal(await notices(), 5)
    for (let day = 1; day <= 7; day++) {
      await env.leap(24 * HOUR)
      for (let i = 0; i < 6; i++) await steal(day * 100 + i)
    }
    assert.equal(await notices(), 40, 'the next day they are told again')
    await persistence.admin.eraseAddress({ email: EMAIL, confirmed: true })
    assert.deepEqual(
      (await dump.records()).filter(({ key, value }) => `${key} ${JSON.stringify(value)}`.includes(EMAIL)).map(({ key }) => key),
      [],
    )
  },
  ends,
)

test(
  'a stranger signed up with her address: at the page for a new code she does not let his password in',
  async (t) => {
    const { signUp, newVisitor, inbox, env, login } = await site(t)
    const his = 'password of a stranger'
    await signUp(newVisitor(), his)
    await env.leap(MINUTE)
    const ana = newVisitor()
    const page = await ana.submit(await ana.get('/resend'), '/resend', { email: EMAIL })
    assert.match(page.text, /began in another browser\. Enter the password you chose then/)
    const code = codeIn((await inbox(EMAIL, 2))[0])
    for (const [password, says] of [
      ['', /Enter the password/],
      [PASSWORD, /The password is not correct/],
    ] as const) {
      const refused = await ana.submit(page, '/verify-email', { code, password })
      assert.deepEqual([refused.status, says.test(refused.text), refused.html.includes(`value="${code}"`)], [401, true, true])
    }
    assert.equal((await login({ email: EMAIL, password: his })).body.code, 'email_not_verified')
    assert.equal((await ana.submit(page, '/verify-email', { code, password: his })).url, '/verified', 'her own, it would be enough')
  },
  ends,
)
