import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Account } from '../../src/rules/account.ts'
import { ANA, PASSWORD, type Process, SECOND, world } from './signed-in.ts'

const HOUR = 3600 * SECOND
const FIREFOX = { token: 'ABCDEFGHIJKLMNOPQRSTUV', name: 'Firefox', system: 'Linux' }
const PHONE = { token: 'abcdefghijklmnopqrstuv', name: 'Safari', system: 'iPhone' }

async function house(t: TestContext) {
  const here = await world(t)
  const open = async (cookie: string, at: Process = here.here) => (await at.openSession({ cookie })).kind
  async function signIn(at: Process = here.here, browser = FIREFOX) {
    const outcome = await at.signInAtPage({ app: null, email: ANA, password: PASSWORD, browser })
    assert.ok(outcome.kind === 'signed_in', outcome.kind)
    return { cookie: outcome.cookie, session: outcome.session.id }
  }
  const notices = async () => (await here.accountOf(here.ana.id)).letters.length
  return { ...here, open, signInAt: signIn, notices }
}

test('a browser’s session ends with two idle hours, and after a day however much it is used', async (t) => {
  const { env, open, signInAt } = await house(t)
  const { cookie } = await signInAt()
  await env.leap(2 * HOUR - 1)
  assert.equal(await open(cookie), 'open')
  await env.leap(2 * HOUR - 1)
  assert.equal(await open(cookie), 'open')
  await env.leap(2 * HOUR)
  assert.equal(await open(cookie), 'token_invalid')
  const busy = (await signInAt()).cookie
  for (let hour = 1; hour < 24; hour++) {
    await env.leap(HOUR)
    assert.equal(await open(busy), 'open')
  }
  await env.leap(HOUR)
  assert.equal(await open(busy), 'token_invalid')
})

test('uses beside a sign-out, in two processes: nothing brings the session back', async (t) => {
  const { env, here, process, open, signInAt, sessionOf, accountOf, ana } = await house(t)
  const other = await process()
  for (let round = 0; round < 5; round++) {
    const { cookie, session } = await signInAt()
    await env.leap(61 * SECOND)
    const uses = Array.from({ length: 10 }, (_, i) => open(cookie, i % 2 === 0 ? here : other))
    await Promise.all([...uses, here.closeSession({ cookie }), other.closeSession({ cookie })])
    assert.equal(await open(cookie), 'token_invalid')
    assert.equal(await sessionOf(session), null)
    assert.deepEqual((await accountOf(ana.id)).sessions, [])
  }
})

test('a sign-out beside other sign-ins, in two processes: only the one ends', async (t) => {
  const { here, process, open, signInAt } = await house(t)
  const other = await process()
  const { cookie } = await signInAt()
  const many = Array.from({ length: 20 }, (_, i) => signInAt(i % 2 === 0 ? here : other))
  const [others] = await Promise.all([Promise.all(many), other.closeSession({ cookie })])
  assert.equal(await open(cookie), 'token_invalid')
  for (const one of others) assert.equal(await open(one.cookie), 'open')
})

test('a new pepper: cookies go on and browsers are known; without the older one both are over, and the browser is told of again', async (t) => {
  const { process, open, signInAt, notices } = await house(t)
  const { cookie } = await signInAt()
  await signInAt(undefined, PHONE)
  assert.equal(await notices(), 2)
  const both = await process({ peppers: ['newer', 'pepper'] })
  assert.equal(await open(cookie, both), 'open')
  const { cookie: newer } = await signInAt(both)
  assert.equal(await notices(), 2)
  const retired = await process({ peppers: ['newer'] })
  assert.deepEqual([await open(cookie, retired), await open(newer, retired)], ['token_invalid', 'open'])
  await retired.closeSession({ cookie })
  await signInAt(retired)
  assert.equal(await notices(), 2, 'this one signed in under the newer pepper')
  await signInAt(retired, PHONE)
  assert.equal(await notices(), 3)
})

test('an account of before browsers were remembered, and one that was imported: each first browser is told of', async (t) => {
  const { signInAt, notices, ana, plantAccount } = await house(t)
  const { browsers: _, ...old } = ana
  await plantAccount(old as Account)
  await signInAt()
  await signInAt()
  assert.equal(await notices(), 1)
})

test('a failover, a new round, a deletion, an account of another app: each ends it; a cookie for another session opens nothing', async (t) => {
  const { open, signInAt, beginEpoch, ana, accountOf, plantAccount, here } = await house(t)
  const first = await signInAt()
  const second = await signInAt()
  const mixed = [...first.cookie.split('.').slice(0, 2), second.cookie.split('.')[2]].join('.')
  for (const cookie of [mixed, `${first.cookie} `, first.cookie.toLowerCase(), `${first.cookie}A`, first.cookie.slice(0, -1), ''])
    assert.equal(await open(cookie), 'token_invalid', cookie)
  const account = await accountOf(ana.id)
  for (const parts of [{ round: account.round + 1 }, { deletedAt: 1 }, { app: 'app_other' }]) {
    await plantAccount({ ...account, ...parts })
    assert.equal(await open(first.cookie), 'token_invalid')
    assert.equal((await here.closeSession({ cookie: first.cookie })).kind, 'ended')
  }
  await plantAccount(account)
  assert.equal(await open(first.cookie), 'open')
  await beginEpoch(ana.id)
  assert.equal(await open(first.cookie), 'token_invalid')
})
