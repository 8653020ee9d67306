import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionKey } from '../../src/persistence/mailboxes.ts'
import { valuesOf } from '../store/shorthand.ts'
import { ANA, ANYBODY, API_KEY, accessOf, counting, DAY, GRACE_MS, SECOND, TTL_MS, world } from './signed-in.ts'

const refused = { kind: 'invalid_grant' }
const inactive = { kind: 'inactive' }

test('refresh: the successor, under the same session; it tells when the person signed in and when it ends', async (t) => {
  const { here, env, sessionOf } = await world(t)
  const first = await here.signIn()
  await env.advance(DAY)
  const second = await here.refresh(first.refreshToken)
  assert.ok(second.kind === 'granted')
  assert.deepEqual(second.session, first.session)
  assert.match(second.refreshToken, /^rt_[0-9A-Za-z]{24}\.1\.[\w-]{43}$/)
  assert.equal((await sessionOf(first.session.id))?.usedAt, env.now())
  let token = second.refreshToken
  for (let i = 2; i <= 40; i++) {
    const next = await here.refresh(token)
    assert.ok(next.kind === 'granted')
    assert.equal(next.refreshToken.split('.')[1], i.toString(36))
    token = next.refreshToken
  }
})

test('refresh: fifty at once, in two processes, are one generation and one successor', async (t) => {
  const { here, process, sessionOf } = await world(t)
  const both = [here, await process()]
  let { session, refreshToken: token } = await here.signIn()
  for (let round = 1; round <= 3; round++) {
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, i) => both[i % 2]!.refresh(token)))
    const tokens = new Set(outcomes.map((outcome) => (outcome.kind === 'granted' ? outcome.refreshToken : outcome.kind)))
    assert.equal(tokens.size, 1)
    token = [...tokens][0]!
    assert.equal((await sessionOf(session.id))?.generation, round)
  }
})

test('refresh: within the grace the same successor again, and nothing is written', async (t) => {
  const { env, store, process } = await world(t)
  const { seen, store: watched } = counting(store)
  const here = await process({ store: watched })
  const { refreshToken } = await here.signIn()
  const first = await here.refresh(refreshToken)
  await env.advance(GRACE_MS - 1)
  const before = seen.commits
  assert.deepEqual(await here.refresh(refreshToken), first)
  assert.equal(seen.commits, before)
})

test('refresh: the previous token after the grace is reuse: every token of the family is dead, in every process', async (t) => {
  const { ana, here, env, process, accountOf } = await world(t)
  const other = await process()
  const kept = await here.signIn()
  const stolen = await here.signIn()
  const next = await here.refresh(stolen.refreshToken)
  assert.ok(next.kind === 'granted')
  await env.advance(GRACE_MS)
  assert.deepEqual(await other.refresh(stolen.refreshToken), refused)
  for (const process of [here, other]) {
    assert.deepEqual(await process.refresh(next.refreshToken), refused)
    assert.deepEqual(await process.introspect(next.refreshToken), inactive)
    assert.deepEqual(await process.introspectAccess(accessOf(stolen)), inactive)
    assert.deepEqual(await process.showAccount({ access: accessOf(stolen) }), { kind: 'token_invalid' })
  }
  assert.deepEqual(
    (await accountOf(ana.id)).sessions.map(({ id }) => id),
    [kept.session.id],
  )
  assert.equal((await here.refresh(kept.refreshToken)).kind, 'granted', 'another session of the account')
})

test('refresh: an overtaken call, whose successor is spent, is refused and ends nothing; after its grace it is reuse', async (t) => {
  const { here, env } = await world(t)
  const first = await here.signIn()
  const second = await here.refresh(first.refreshToken)
  assert.ok(second.kind === 'granted')
  const third = await here.refresh(second.refreshToken)
  assert.ok(third.kind === 'granted')
  assert.deepEqual(await here.refresh(first.refreshToken), refused)
  assert.equal((await here.introspect(third.refreshToken)).kind, 'active')
  await env.advance(GRACE_MS)
  assert.deepEqual(await here.refresh(first.refreshToken), refused)
  assert.deepEqual(await here.introspect(third.refreshToken), inactive)
})

test('refresh: without a grace the second of two is reuse, however close they are', async (t) => {
  const { process } = await world(t)
  const here = await process({ graceMs: 0 })
  const { refreshToken } = await here.signIn()
  const outcomes = await Promise.all([here.refresh(refreshToken), here.refresh(refreshToken)])
  assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['granted', 'invalid_grant'])
  const granted = outcomes.find((outcome) => outcome.kind === 'granted')
  assert.deepEqual(await here.refresh(granted!.refreshToken), refused)
})

test('refresh: the end is absolute', async (t) => {
  const { here, env } = await world(t)
  let { session, refreshToken } = await here.signIn()
  for (let day = 1; day < 30; day++) {
    await env.advance(DAY)
    const next = await here.refresh(refreshToken)
    assert.ok(next.kind === 'granted')
    assert.equal(next.session.expiresAt, session.expiresAt)
    refreshToken = next.refreshToken
  }
  await env.advance(DAY - 1)
  assert.equal((await here.introspect(refreshToken)).kind, 'active')
  await env.advance(1)
  assert.equal(env.now(), session.authAt + TTL_MS)
  assert.deepEqual(await here.introspect(refreshToken), inactive)
  assert.deepEqual(await here.refresh(refreshToken), refused)
  assert.deepEqual(await here.introspectAccess(accessOf({ session, refreshToken })), inactive)
})

test('a session is swept a day after its end, not before', async (t) => {
  const { here, env, store, sessionOf } = await world(t)
  const { session } = await here.signIn()
  await store.sweep(env.now() + TTL_MS + DAY - 1, 1000)
  assert.equal((await sessionOf(session.id))?.id, session.id)
  await store.sweep(env.now() + TTL_MS + DAY, 1000)
  assert.equal(await sessionOf(session.id), null)
})

test('forged tokens are unknown to every operation, and end nothing', async (t) => {
  const { store, env, process, sessionOf } = await world(t)
  const { seen, store: watched } = counting(store)
  const here = await process({ store: watched })
  const first = await here.signIn()
  const next = await here.refresh(first.refreshToken)
  assert.ok(next.kind === 'granted')
  const other = await here.signIn()
  await env.advance(GRACE_MS)
  const before = seen.commits
  const [head, , mac] = first.refreshToken.split('.') as [string, string, string]
  const changed = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
  const same64 = (text: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) ^ 1]
  }
  const forged = [
    `${head}.0.${changed(mac, 0)}`,
    `${head}.0.${changed(mac, 41)}`,
    `${head}.0.${same64(mac)}`,
    `${head}.1.${mac}`,
    `${head}.2.${mac}`,
    `${head}.00.${mac}`,
    `${head}.0.${mac}=`,
    `${head}.0.${mac}\n`,
    ` ${head}.0.${mac}`,
    `${other.refreshToken.split('.')[0]}.0.${mac}`,
    `${head}.0`,
    `${head}.0.`,
    `${changed(head, 12)}.0.${mac}`,
    head.replace(/^rt_/, 'ses_'),
    `rt_99${'a'.repeat(22)}.0.${mac}`,
    '',
    'rt_',
    'x'.repeat(512),
  ]
  for (const token of forged) {
    assert.notEqual(token, first.refreshToken)
    assert.deepEqual(await here.refresh(token), refused, token)
    assert.deepEqual(await here.introspect(token), inactive, token)
    assert.deepEqual(await here.logout(token), { kind: 'ended' }, token)
    assert.deepEqual(await here.revoke(token), { kind: 'done' }, token)
  }
  assert.equal(seen.commits, before)
  assert.equal((await sessionOf(first.session.id))?.endedAt, null)
  assert.equal((await here.refresh(next.refreshToken)).kind, 'granted')
})

test('another app: its tokens are unknown here, and ours there', async (t) => {
  const { here, app, anotherApp, sessionOf } = await world(t)
  const other = await anotherApp()
  const { session, refreshToken } = await here.signIn()
  const access = accessOf({ session, refreshToken })
  const clients = [
    { kind: 'public' as const, app: other.id },
    { kind: 'confidential' as const, app: null, apiKey: other.apiKey },
    { kind: 'confidential' as const, app: other.id, apiKey: other.apiKey },
  ]
  for (const client of clients) {
    assert.deepEqual(await here.refresh(refreshToken, client), refused)
    assert.deepEqual(await here.introspect(refreshToken, client), inactive)
    assert.deepEqual(await here.introspectAccess(access, client), inactive)
    assert.deepEqual(await here.introspectAccess({ ...access, app: other.id }, client), inactive)
    assert.deepEqual(await here.revoke(refreshToken, client), { kind: 'done' })
    assert.deepEqual(await here.revokeAccess(access, client), { kind: 'done' })
  }
  assert.deepEqual(await here.logout(refreshToken, other.id), { kind: 'ended' })
  assert.deepEqual(await here.showAccount({ access: { ...access, app: other.id } }), { kind: 'token_invalid' })
  const record = await sessionOf(session.id)
  assert.deepEqual([record?.generation, record?.endedAt], [0, null])
  assert.equal((await here.refresh(refreshToken, { kind: 'public', app })).kind, 'granted')
})

test('clients: an app by its name or by its key; who is neither is invalid_client, whatever the token', async (t) => {
  const { here, app, env, anotherApp } = await world(t)
  const other = await anotherApp()
  const { refreshToken } = await here.signIn()
  for (const client of [
    ANYBODY,
    { kind: 'public' as const, app },
    { kind: 'confidential' as const, app: null, apiKey: API_KEY },
    { kind: 'confidential' as const, app, apiKey: API_KEY },
  ])
    assert.equal((await here.introspect(refreshToken, client)).kind, 'active')
  const strangers = [
    { kind: 'public' as const, app: 'app_0000' },
    { kind: 'public' as const, app: 'default' },
    { kind: 'confidential' as const, app: null, apiKey: 'nobody’s' },
    { kind: 'confidential' as const, app, apiKey: 'nobody’s' },
    { kind: 'confidential' as const, app, apiKey: other.apiKey },
    { kind: 'confidential' as const, app: other.id, apiKey: API_KEY },
  ]
  for (const client of strangers)
    for (const outcome of [
      await here.refresh(refreshToken, client),
      await here.introspect(refreshToken, client),
      await here.revoke(refreshToken, client),
    ])
      assert.deepEqual(outcome, { kind: 'invalid_client' })
  assert.deepEqual(await here.logout(refreshToken, 'app_0000'), { kind: 'app_unknown' })

  await here.admin.setApp({ app, accounts: false })
  await env.advance(500)
  for (const client of [ANYBODY, { kind: 'confidential' as const, app: null, apiKey: API_KEY }])
    assert.deepEqual(await here.refresh(refreshToken, client), { kind: 'invalid_client' })
  assert.deepEqual(await here.logout(refreshToken), { kind: 'app_unknown' })
})

test('logout and revocation: by any genuine token of the family, old ones too; elsewhere at once; twice writes nothing', async (t) => {
  const { env, store, process } = await world(t)
  const { seen, store: watched } = counting(store)
  const here = await process({ store: watched })
  const elsewhere = await process()
  const ends = {
    'log-out': (token: string) => here.logout(token),
    revocation: (token: string) => here.revoke(token),
  }
  for (const [name, over] of Object.entries(ends)) {
    for (const which of ['newest', 'oldest'] as const) {
      const first = await here.signIn()
      const second = await here.refresh(first.refreshToken)
      assert.ok(second.kind === 'granted')
      await env.advance(GRACE_MS)
      await over({ newest: second, oldest: first }[which].refreshToken)
      assert.deepEqual(await elsewhere.introspect(second.refreshToken), inactive, name)
      assert.deepEqual(await elsewhere.introspectAccess(accessOf(first)), inactive, name)
      assert.deepEqual(await elsewhere.refresh(second.refreshToken), refused, name)
      assert.deepEqual(await elsewhere.showAccount({ access: accessOf(first) }), { kind: 'token_invalid' }, name)
      const before = seen.commits
      for (const { refreshToken } of [first, second]) await over(refreshToken)
      assert.deepEqual(await here.refresh(first.refreshToken), refused)
      assert.equal(seen.commits, before, name)
    }
  }
})

test('logout: the account lists the session no more', async (t) => {
  const { ana, here, accountOf, sessionOf } = await world(t)
  const [one, other] = [await here.signIn(), await here.signIn()]
  await here.logout(one.refreshToken)
  assert.deepEqual(
    (await accountOf(ana.id)).sessions.map(({ id }) => id),
    [other.session.id],
  )
  assert.equal(await sessionOf(one.session.id), null, 'nothing of it is kept')
})

test('logout: a hundred sessions of one account at once, in two processes, are all over', async (t) => {
  const { here, process, ana, accountOf } = await world(t)
  const both = [here, await process()]
  const tokens: string[] = []
  for (let i = 0; i < 100; i++) tokens.push((await here.signIn()).refreshToken)
  const ended = await Promise.all(tokens.map((token, i) => both[i % 2]!.logout(token)))
  assert.deepEqual(new Set(ended.map(({ kind }) => kind)), new Set(['ended']))
  assert.deepEqual((await accountOf(ana.id)).sessions, [])
})

test('logout against refresh, at once, in two processes: whichever comes first, the session is over', async (t) => {
  const { here, process } = await world(t)
  const other = await process()
  const kinds = new Set<string>()
  for (let round = 0; round < 20; round++) {
    const { session, refreshToken } = await here.signIn()
    const work = [() => other.refresh(refreshToken), () => here.logout(refreshToken)]
    const outcomes = await Promise.all((round % 2 ? work : work.toReversed()).map((begin) => begin()))
    for (const outcome of outcomes) {
      kinds.add(outcome.kind)
      if (outcome.kind === 'granted') assert.deepEqual(await here.introspect(outcome.refreshToken), inactive)
    }
    assert.deepEqual(await here.introspectAccess(accessOf({ session, refreshToken })), inactive)
    assert.deepEqual(await here.refresh(refreshToken), refused)
  }
  assert.ok(kinds.has('ended'))
})

test('revocation by an access token ends its session, when app and account are its own', async (t) => {
  const { here, ana, env } = await world(t)
  const granted = await here.signIn()
  const access = accessOf(granted)
  const foreign = [
    { ...access, account: `acc_${ana.id.slice(4, 6)}${env.id()}` },
    { ...access, app: 'app_0000' },
    { ...access, session: `ses_${env.id()}` },
    { ...access, session: '' },
    { ...access, session: ana.id },
  ]
  for (const one of foreign) {
    assert.deepEqual(await here.introspectAccess(one), inactive)
    assert.deepEqual(await here.revokeAccess(one), { kind: 'done' })
    assert.deepEqual(await here.showAccount({ access: one }), { kind: 'token_invalid' })
  }
  assert.deepEqual(await here.introspectAccess(access), { kind: 'active', session: granted.session })
  assert.deepEqual(await here.revokeAccess(access), { kind: 'done' })
  assert.deepEqual(await here.introspectAccess(access), inactive)
  assert.deepEqual(await here.refresh(granted.refreshToken), refused)
})

test('introspection of a refresh token rotates nothing and is no reuse; a spent one is not active', async (t) => {
  const { here, env, sessionOf } = await world(t)
  const first = await here.signIn()
  const active = { kind: 'active', session: first.session }
  for (let i = 0; i < 3; i++) assert.deepEqual(await here.introspect(first.refreshToken), active)
  assert.equal((await sessionOf(first.session.id))?.generation, 0)
  const second = await here.refresh(first.refreshToken)
  assert.ok(second.kind === 'granted')
  assert.deepEqual(await here.introspect(first.refreshToken), active, 'it would be given its successor')
  await env.advance(GRACE_MS)
  for (let i = 0; i < 3; i++) assert.deepEqual(await here.introspect(first.refreshToken), inactive)
  assert.deepEqual(await here.introspect(second.refreshToken), active)
  assert.deepEqual(await here.introspectToken({ client: ANYBODY, access: null, refreshToken: null }), inactive)
})

test('showAccount: what may be shown, never the credential; the email as the account has it now', async (t) => {
  const { here, ana, changeAccount } = await world(t)
  const granted = await here.signIn()
  const { id, createdAt } = ana
  const access = accessOf(granted)
  assert.deepEqual(await here.showAccount({ access }), { kind: 'found', account: { id, email: ANA, createdAt, locale: 'en' } })
  await changeAccount({ email: 'ana@example.org' })
  const refreshed = await here.refresh(granted.refreshToken)
  assert.equal(refreshed.kind === 'granted' && refreshed.session.email, 'ana@example.org')
})

test('an account’s next round, a new epoch, an account that is gone: each ends its sessions at once', async (t) => {
  const { here, ana, changeAccount, plantAccount, beginEpoch, accountOf } = await world(t)
  const ends = [
    () => changeAccount({ round: 1 }),
    () => beginEpoch(ana.id),
    async () => plantAccount({ ...(await accountOf(ana.id)), app: 'app_0000' }),
  ]
  for (const over of ends) {
    const granted = await here.signIn()
    assert.equal((await here.introspect(granted.refreshToken)).kind, 'active')
    await over()
    assert.deepEqual(await here.introspect(granted.refreshToken), inactive)
    assert.deepEqual(await here.introspectAccess(accessOf(granted)), inactive)
    assert.deepEqual(await here.refresh(granted.refreshToken), refused)
    assert.deepEqual(await here.showAccount({ access: accessOf(granted) }), { kind: 'token_invalid' })
  }
})

test('a round that begins between a refresh’s read and its commit wins', async (t) => {
  const { store, process, changeAccount, sessionOf } = await world(t)
  let armed = false
  const commit: typeof store.commit = async (partition, change) => {
    if (armed && change.puts.some(({ key }) => key.startsWith('session/'))) {
      armed = false
      await changeAccount({ round: 1 })
    }
    return store.commit(partition, change)
  }
  const here = await process({ store: { ...store, commit } })
  const { session, refreshToken } = await here.signIn()
  armed = true
  assert.deepEqual(await here.refresh(refreshToken), refused)
  assert.equal((await sessionOf(session.id))?.generation, 0)
})

test('a new pepper: refresh tokens go on; without the older one they are unknown, and end nothing', async (t) => {
  const { here, env, process, sessionOf } = await world(t)
  const first = await here.signIn()
  const both = await process({ peppers: ['new', 'pepper'] })
  const second = await both.refresh(first.refreshToken)
  assert.ok(second.kind === 'granted')
  assert.deepEqual(await here.refresh(first.refreshToken), second, 'the same successor in a process that does not know the new one')
  const later = await both.signIn()
  await env.advance(GRACE_MS + SECOND)
  const alone = await process({ peppers: ['new'] })
  assert.deepEqual(await alone.refresh(first.refreshToken), refused)
  assert.deepEqual(await alone.refresh(second.refreshToken), refused)
  assert.equal((await sessionOf(first.session.id))?.endedAt, null)
  assert.equal((await alone.refresh(later.refreshToken)).kind, 'granted')
})

test('in no record of a session lies a token, or what one is made of without the pepper', async (t) => {
  const { here, store } = await world(t)
  const { session, refreshToken } = await here.signIn()
  const next = await here.refresh(refreshToken)
  assert.ok(next.kind === 'granted')
  const text = JSON.stringify(await valuesOf(store, session.id.slice(4, 6), sessionKey(session.id)))
  for (const token of [refreshToken, next.refreshToken]) assert.ok(!text.includes(token.split('.')[2]!))
})
