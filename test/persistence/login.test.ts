import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newMailbox, PENDING_MS } from '../../src/rules/account.ts'
import { logOf } from '../store/shorthand.ts'
import { ANA, beforeSessionCommit, counting, DAY, GRACE_MS, PASSWORD, TTL_MS, world } from './signed-in.ts'

test('login: a session, its first refresh token, and the account that lists it, in one commit', async (t) => {
  const { ana, env, store, process, accountOf, sessionOf } = await world(t)
  const { seen, store: watched } = counting(store)
  const here = await process({ store: watched })
  const before = seen.commits
  const { session, refreshToken } = await here.signIn()
  assert.equal(seen.commits - before, 1)
  const expiresAt = env.now() + TTL_MS
  const { id } = session
  assert.deepEqual(session, { id, app: ana.app, account: ana.id, email: ANA, authAt: env.now(), expiresAt })
  assert.match(id, /^ses_\d\d[0-9A-Za-z]{22}$/)
  assert.equal(id.slice(4, 6), ana.id.slice(4, 6), 'at home with its account')
  assert.match(refreshToken, /^rt_[0-9A-Za-z]{24}\.0\.[\w-]{43}$/)
  assert.equal(refreshToken.slice(3, 27), id.slice(4))
  assert.deepEqual((await accountOf(ana.id)).sessions, [{ id, expiresAt }])
  const record = JSON.stringify(await sessionOf(id))
  assert.ok(!record.includes(refreshToken.split('.')[2]!), 'the token is not stored')
  assert.deepEqual(await logOf(store, id.slice(4, 6)), [])
})

test('login: the address in any of its spellings; the email of the session is the canonical one', async (t) => {
  const { here } = await world(t)
  const outcome = await here.login('ANA@Example.COM')
  assert.ok(outcome.kind === 'granted')
  assert.equal(outcome.session.email, ANA)
})

test('login: an account that was born elsewhere is found by its address', async (t) => {
  const { here, member, homeOfAddress } = await world(t)
  const home = homeOfAddress('bob@example.com') === '42' ? '43' : '42'
  const bob = await member('bob@example.com', home)
  const outcome = await here.login('bob@example.com')
  assert.ok(outcome.kind === 'granted')
  assert.deepEqual([outcome.session.account, outcome.session.id.slice(4, 6)], [bob.id, home])
})

test('login: what is refused, and that it writes nothing', async (t) => {
  const { ana, env, app, store, process, anotherApp, member, signUpOf, plantMailbox, plantAccount } = await world(t)
  const other = await anotherApp()
  const [pending, waited, moved, gone, closed] = ['pending', 'waited', 'moved', 'gone', 'closed'].map((name) => `${name}@example.com`) as [
    string,
    string,
    string,
    string,
    string,
  ]
  const first = await signUpOf(pending, 'the first one’s')
  const second = await signUpOf(pending, 'the second one’s')
  await plantMailbox({ ...newMailbox(app, pending), signUps: [first, second] })
  await plantMailbox({ ...newMailbox(app, waited), signUps: [await signUpOf(waited, PASSWORD, env.now() - PENDING_MS)] })
  await plantMailbox({ ...newMailbox(app, ANA), account: ana.id, signUps: [await signUpOf(ANA, 'of another call')] })
  const left = await member(moved)
  await plantAccount({ ...left, email: 'there@example.com' })
  await plantMailbox({ ...newMailbox(app, gone), account: `acc_07${env.id()}` })
  await member(closed, undefined, { password: null })

  const { seen, store: watched } = counting(store)
  const here = await process({ store: watched })
  const before = seen.commits
  const kindOf = async (...args: Parameters<typeof here.login>) => (await here.login(...args)).kind
  const invalid = 'invalid_credentials'
  assert.equal(await kindOf(ANA, 'wrong'), invalid)
  assert.equal(await kindOf(ANA, ''), invalid)
  assert.equal(await kindOf(ANA, PASSWORD.repeat(1000)), invalid)
  assert.equal(await kindOf('nobody@example.com'), invalid)
  assert.equal(await kindOf('ana+tag@example.com'), invalid, 'a +tag is another address')
  assert.equal(await kindOf(pending, 'the first one’s'), 'email_not_verified')
  assert.equal(await kindOf(pending, 'the second one’s'), 'email_not_verified')
  assert.equal(await kindOf(pending, 'nobody’s'), invalid)
  assert.equal(await kindOf(waited), invalid, 'a sign-up that is too old is none')
  assert.equal(await kindOf(ANA, 'of another call'), 'email_not_verified', 'a taken address mirrors a free one')
  assert.equal(await kindOf(moved), invalid, 'the address that an account has left')
  assert.equal(await kindOf(gone), invalid, 'a mailbox whose account is not there')
  assert.equal(await kindOf(closed), invalid, 'an account without a password')
  assert.equal(await kindOf(ANA, PASSWORD, other.id), invalid, 'another app knows nobody')
  assert.equal(await kindOf(ANA, PASSWORD, 'app_0000'), 'app_unknown')
  assert.equal(seen.commits, before)
  assert.equal(await kindOf(ANA, PASSWORD), 'granted', 'among all of them')
})

test('login: one hash and two reads, whatever lies at an address', async (t) => {
  const { app, store, process, signUpOf, plantMailbox } = await world(t)
  const pending = 'pending@example.com'
  await plantMailbox({ ...newMailbox(app, pending), signUps: [await signUpOf(pending, 'one'), await signUpOf(pending, 'two')] })
  const seen = { reads: 0, hashes: 0 }
  const read: typeof store.read = (...args) => {
    seen.reads++
    return store.read(...args)
  }
  const here = await process({ store: { ...store, read }, onHash: () => seen.hashes++ })
  await here.login('warm@example.com')
  for (const email of [ANA, pending, 'nobody@example.com']) {
    Object.assign(seen, { reads: 0, hashes: 0 })
    assert.equal((await here.login(email, 'wrong')).kind, 'invalid_credentials')
    assert.deepEqual(seen, { reads: 2, hashes: 1 }, email)
  }
})

test('login: a malformed address, and a password that is no text', async (t) => {
  const { here } = await world(t)
  const outcome = await here.login('no address', '\ud800')
  assert.ok(outcome.kind === 'invalid')
  assert.deepEqual(
    outcome.fields.map(({ field, code }) => [field, code]),
    [
      ['email', 'email_invalid'],
      ['password', 'password_invalid'],
    ],
  )
})

test('login: an app whose accounts are off is unknown', async (t) => {
  const { here, env, app } = await world(t)
  await here.signIn()
  await here.admin.setApp({ app, accounts: false })
  await env.advance(500)
  assert.equal((await here.login()).kind, 'app_unknown')
})

test('login: the hundred and first session ends the oldest, in the same commit; those that are too old count for nothing', async (t) => {
  const { ana, env, here, accountOf, sessionOf } = await world(t)
  const oldest = await here.signIn()
  await env.advance(1)
  const next = await here.signIn()
  for (let i = 2; i < 100; i++) await here.signIn()
  assert.equal((await here.introspect(oldest.refreshToken)).kind, 'active')
  const newest = await here.signIn()
  const { sessions } = await accountOf(ana.id)
  assert.deepEqual([sessions.length, sessions[0]?.id, sessions.at(-1)?.id], [100, next.session.id, newest.session.id])
  assert.equal(await sessionOf(oldest.session.id), null)
  assert.equal((await here.refresh(oldest.refreshToken)).kind, 'invalid_grant')
  assert.equal((await here.refresh(next.refreshToken)).kind, 'granted')
  await env.advance(TTL_MS)
  await here.signIn()
  assert.equal((await accountOf(ana.id)).sessions.length, 1)
})

test('login: fifty at once, in two processes, are fifty sessions', async (t) => {
  const { ana, here, process, accountOf } = await world(t)
  const both = [here, await process()]
  const granted = await Promise.all(Array.from({ length: 50 }, (_, i) => both[i % 2]!.signIn()))
  const listed = (await accountOf(ana.id)).sessions.map(({ id }) => id)
  assert.deepEqual(listed.sort(), granted.map(({ session }) => session.id).sort())
})

test('login: a password that is changed between its check and the commit begins no session', async (t) => {
  const { ana, store, process, changeAccount, credentialOf, accountOf } = await world(t)
  const changed = await credentialOf(ANA, 'another password')
  const here = await process({ store: beforeSessionCommit(store, () => changeAccount({ password: changed, round: 1 })) })
  assert.equal((await here.login()).kind, 'invalid_credentials')
  assert.deepEqual([(await accountOf(ana.id)).sessions, (await accountOf(ana.id)).password], [[], changed])
  assert.equal((await here.login(ANA, 'another password')).kind, 'granted')
})

test('login: a credential that keeps changing is refused, not tried for ever', async (t) => {
  const { ana, store, process, changeAccount, credentialOf } = await world(t)
  let reads = 0
  const read: typeof store.read = async (partition, keys) => {
    // Each second read of the account is the transaction's.
    if (keys.some((key) => key === `account/${ana.id}`) && ++reads % 2 === 0)
      await changeAccount({ password: await credentialOf(ANA, PASSWORD) })
    return store.read(partition, keys)
  }
  const here = await process({ store: { ...store, read } })
  assert.equal((await here.login()).kind, 'invalid_credentials')
  assert.equal(reads, 4)
})

test('login: a credential of an older pepper or of other costs is made anew, also by two at once', async (t) => {
  const { ana, here, process, accountOf } = await world(t)
  const before = (await accountOf(ana.id)).password
  await here.signIn()
  assert.equal((await accountOf(ana.id)).password, before, 'what is up to date stays')
  const costly = { memory: 128, time: 1, parallelism: 1 }
  const both = [await process({ peppers: ['new', 'pepper'], cost: costly }), await process({ peppers: ['new', 'pepper'], cost: costly })]
  assert.equal((await both[0]!.login(ANA, 'wrong')).kind, 'invalid_credentials')
  assert.equal((await accountOf(ana.id)).password, before, 'a wrong one makes nothing anew')
  const outcomes = await Promise.all(both.map(({ login }) => login()))
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['granted', 'granted'],
  )
  const renewed = (await accountOf(ana.id)).password
  assert.notEqual(renewed, before)
  assert.match(renewed!, /\$128\$1\$1\$/)
  await both[0]!.signIn()
  assert.equal((await accountOf(ana.id)).password, renewed)
})

test('login: a new session leaves the others alone', async (t) => {
  const { here, env } = await world(t)
  const first = await here.signIn()
  await env.advance(DAY)
  const second = await here.signIn()
  assert.notEqual(first.session.id, second.session.id)
  assert.deepEqual([first.session.authAt + DAY, first.session.expiresAt + DAY], [second.session.authAt, second.session.expiresAt])
  await env.advance(GRACE_MS)
  for (const { refreshToken } of [first, second]) assert.equal((await here.refresh(refreshToken)).kind, 'granted')
})
