import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { ImportResult } from '../../src/contract/imports.ts'
import { mailboxKey } from '../../src/persistence/mailboxes.ts'
import { newMailbox } from '../../src/rules/account.ts'
import { BATTERY, VECTORS } from '../support/foreign.ts'
import { line, office } from './imported.ts'

const ANA = 'ana@example.com'
const given = (name: string) => VECTORS.find((vector) => vector.name === name)!.given
const BCRYPT = given('bcrypt $2b$')
const saying = (results: ImportResult[]) => results.map((result) => (result.kind === 'refused' ? result.reason : result.kind))

test('import: an account as its line says, and nobody else’s sign-up at its address', async (t) => {
  const { env, importLines, holder, mailboxOf, plant, homeOfAddress, app } = await office(t)
  const stranger = { id: env.id(), flow: '', password: 'x', locale: 'en' as const, createdAt: env.now(), challenges: [] }
  await plant(homeOfAddress(ANA), mailboxKey(ANA, app), { ...newMailbox(app, ANA), signUps: [stranger] })
  const before = env.now()
  const createdAt = '2020-02-03T04:05:06.789Z'
  const [result] = await importLines([line('ANA@Example.com', { password: BCRYPT, createdAt, locale: 'es-MX', id: 'auth0|42' })])
  const ana = await holder(ANA)
  assert.deepEqual(result, { kind: 'imported', id: 'auth0|42', account: ana.id })
  const { password, verifiedAt, imported, ...rest } = ana
  assert.match(password!, /^foreign\$/)
  assert.ok(verifiedAt >= before)
  assert.match(imported!.line, /^[0-9a-f]{8}\.[0-9a-f]{24}$/)
  const empty = { round: 0, sessions: [], resets: [], change: null, undos: [], move: null, ways: 0, letters: [], deletedAt: null }
  assert.deepEqual(rest, {
    v: 1,
    id: ana.id,
    app,
    email: ANA,
    locale: 'es',
    createdAt: Date.parse(createdAt),
    arrivedAt: Date.parse(createdAt),
    ...empty,
  })
  assert.match(ana.id, new RegExp(`^acc_${homeOfAddress(ANA)}`))
  assert.deepEqual(await mailboxOf(ANA), { ...newMailbox(app, ANA), account: ana.id })
})

test('import: what a line may leave out', async (t) => {
  const { env, importLines, holder, login } = await office(t)
  const before = env.now()
  await importLines([line('bare@example.com'), line('other@example.com', { locale: 'de_AT', createdAt: 1_500_000_000_000 })], {
    locale: 'ru',
  })
  const [bare, other] = [await holder('bare@example.com'), await holder('other@example.com')]
  assert.deepEqual([bare.password, bare.locale, bare.imported?.id], [null, 'ru', null])
  assert.ok(bare.createdAt >= before)
  assert.deepEqual([other.locale, other.createdAt], ['ru', 1_500_000_000_000])
  assert.equal((await login('bare@example.com', '')).kind, 'invalid_credentials', 'no password is no empty password')
})

test('import: every kind signs in; the first sign-in makes the password ours, and nothing of the other hash is left', async (t) => {
  const { importLines, holder, login, store, homeOfAddress, app } = await office(t)
  const kinds = ['bcrypt $2b$', 'scrypt', 'pbkdf2-sha256, PHC', 'argon2id', 'argon2 in Keycloak', 'Firebase']
  const people = VECTORS.filter(({ name }) => kinds.includes(name)).map((vector, i) => ({ ...vector, email: `person${i}@example.com` }))
  assert.equal(people.length, kinds.length)
  assert.deepEqual([...new Set(saying(await importLines(people.map((one) => line(one.email, { password: one.given })))))], ['imported'])
  const grows = async ({ email, password, name }: (typeof people)[number]) => {
    assert.equal((await login(email, `${password}.`)).kind, 'invalid_credentials', name)
    assert.match((await holder(email)).password!, /^foreign\$/, name)
    assert.equal((await login(email, password)).kind, 'granted', name)
    const own = (await holder(email)).password!
    assert.match(own, /^argon2id\$/, name)
    assert.equal((await login(email, password)).kind, 'granted', `${name}, once more`)
    assert.equal((await holder(email)).password, own, name)
    assert.equal((await login(email, `${password}.`)).kind, 'invalid_credentials', name)
    const records = JSON.stringify(await store.read(homeOfAddress(email), [mailboxKey(email, app), `account/${(await holder(email)).id}`]))
    assert.ok(!records.includes('foreign$'), name)
  }
  await Promise.all(people.map(grows)) // their waits run side by side
})

test('import: two first sign-ins at once are two sessions', async (t) => {
  const { importLines, holder, login } = await office(t)
  await importLines([line(ANA, { password: BCRYPT })])
  const outcomes = await Promise.all([login(ANA, BATTERY), login(ANA, BATTERY), login(ANA, 'wrong')])
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['granted', 'granted', 'invalid_credentials'],
  )
  assert.equal((await holder(ANA)).sessions.length, 2)
})

test('import: what is refused, each for its reason, and that it writes nothing', async (t) => {
  const { importLines, mailboxOf, foreignOf } = await office(t)
  const refused: [unknown, string][] = [
    ['{"email":"a@example.com"', 'not_json'],
    ['null', 'not_an_object'],
    ['[]', 'not_an_object'],
    [line(ANA, { password_hash: BCRYPT }), 'field_unknown'],
    [`{"email":"${ANA}","emailVerified":true,"password":null,"__proto__":{}}`, 'field_unknown'],
    [line('ana@example.com, bob@example.com'), 'email_invalid'],
    [{ ...line(ANA), email: undefined }, 'email_invalid'],
    [line(ANA, { emailVerified: false }), 'email_not_verified'],
    [line(ANA, { emailVerified: 'true' }), 'email_not_verified'],
    [{ email: ANA, password: null }, 'email_not_verified'],
    [{ email: ANA, emailVerified: true }, 'password_missing'],
    [line(ANA, { password: 'correct horse battery' }), 'hash_unknown'],
    [line(ANA, { password: '$2b$10$short' }), 'hash_malformed'],
    [line(ANA, { password: (BCRYPT as string).replace('$05$', '$15$') }), 'hash_too_costly'],
    [line(ANA, { createdAt: 'yesterday' }), 'created_at_invalid'],
    [line(ANA, { createdAt: -1 }), 'created_at_invalid'],
    [line(ANA, { createdAt: '2999-01-01T00:00:00Z' }), 'created_at_invalid'],
    [line(ANA, { locale: 7 }), 'locale_invalid'],
    [line(ANA, { id: 7 }), 'id_invalid'],
  ]
  const results = await importLines(refused.map(([one]) => one))
  assert.deepEqual(
    saying(results),
    refused.map(([, reason]) => reason),
  )
  for (const result of results) assert.ok(!JSON.stringify(result).includes('$2b$') && !JSON.stringify(result).includes(ANA))
  assert.equal(await mailboxOf(ANA), null)
  assert.deepEqual(await foreignOf(), [])
})

test('import: addresses that nobody verified, where the operator trusts them', async (t) => {
  const { importLines, holder } = await office(t)
  assert.deepEqual(saying(await importLines([line(ANA, { emailVerified: false })], { trustAddresses: true })), ['imported'])
  assert.equal((await holder(ANA)).email, ANA)
})

test('import: a taken address is refused, whether a person or another line took it; the same line once more is no harm', async (t) => {
  const { importLines, holder, plant, homeOfAddress, app, env, process } = await office(t)
  await plant(homeOfAddress('own@example.com'), mailboxKey('own@example.com', app), {
    ...newMailbox(app, 'own@example.com'),
    account: `acc_07${env.id()}`,
  })
  const [first, second] = [line(ANA, { password: BCRYPT }), line('Ana@example.com', { password: null })]
  assert.deepEqual(saying(await importLines([line('own@example.com'), first, second, first])), [
    'address_taken',
    'imported',
    'address_taken',
    'already',
  ])
  const ana = await holder(ANA)
  assert.match(ana.password!, /^foreign\$/, 'the first one holds')
  const again = await importLines([second, first])
  assert.deepEqual(saying(again), ['address_taken', 'already'])
  assert.deepEqual(again[1], { kind: 'already', id: null, account: ana.id })
  const later = await process({ peppers: ['new', 'pepper'] })
  assert.deepEqual(saying(await importLines([second, first], {}, later)), ['address_taken', 'already'], 'under a newer pepper')
  assert.deepEqual(await holder(ANA), ana)
})

test('import: whoever moved to another address since is not made anew', async (t) => {
  const { importLines, holder, plant, homeOfAddress, app, mailboxOf } = await office(t)
  await importLines([line(ANA)])
  const ana = await holder(ANA)
  const left = { ...newMailbox(app, ANA), former: [{ id: ana.id, until: 4_000_000_000_000 }] }
  await plant(homeOfAddress(ANA), mailboxKey(ANA, app), left)
  assert.deepEqual(saying(await importLines([line(ANA)])), ['already'])
  assert.deepEqual(await mailboxOf(ANA), left)
  assert.deepEqual(saying(await importLines([line(ANA, { id: 'another' })])), ['imported'], 'the address is free for others')
})

test('import: fifty calls with the same lines at once, in two processes, make each account once', async (t) => {
  const { importLines, here, process, holder } = await office(t)
  const both = [here, await process()]
  const lines = Array.from({ length: 20 }, (_, i) => line(`person${i}@example.com`, { password: BCRYPT }))
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) => importLines(lines, {}, both[i % 2]!)))
  for (const [i, { email }] of lines.entries()) {
    const { id } = await holder(email)
    assert.equal(results.filter((result) => result[i]!.kind === 'imported').length, 1)
    for (const result of results) assert.ok('account' in result[i]! && result[i].account === id)
  }
})

test('import: a trial run judges like a real one and writes nothing', async (t) => {
  const { importLines, mailboxOf, foreignOf, plant, homeOfAddress, app, env } = await office(t)
  await plant(homeOfAddress('own@example.com'), mailboxKey('own@example.com', app), {
    ...newMailbox(app, 'own@example.com'),
    account: `acc_07${env.id()}`,
  })
  const results = await importLines([line(ANA, { password: BCRYPT }), line('own@example.com'), line('no address')], { dryRun: true })
  assert.deepEqual(saying(results), ['imported', 'address_taken', 'email_invalid'])
  assert.deepEqual(results[0], { kind: 'imported', id: null, account: null })
  assert.equal(await mailboxOf(ANA), null)
  assert.deepEqual(await foreignOf(), [])
})

test('import: the app remembers the costliest hash of each kind, as a hash of nothing', async (t) => {
  const { importLines, foreignOf, here } = await office(t)
  assert.equal(
    (await here.admin.importAccounts({ app: 'nobody', lines: [], hashConfig: null, trustAddresses: false, locale: 'en', dryRun: false }))
      .kind,
    'app_unknown',
  )
  const bcrypt = (cost: string) => `$2b$${cost}$${'abcdefghijklmnopqrstuu'}${'a'.repeat(31)}`
  const blank = (cost: string) => `$2b$${cost}$${'.'.repeat(53)}`
  await importLines([line('a@example.com')])
  assert.deepEqual(await foreignOf(), [])
  await importLines([line('b@example.com', { password: bcrypt('05') }), line('c@example.com', { password: bcrypt('07') })])
  assert.deepEqual(await foreignOf(), [blank('07')])
  await importLines([line('d@example.com', { password: bcrypt('06') }), line('e@example.com', { password: given('argon2id') })])
  const argon2 = `$argon2id$v=19$m=4096,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
  assert.deepEqual(await foreignOf(), [blank('07'), argon2])
  const told = (await here.admin.listChanges({})).changes.filter(({ change }) => change === 'accounts imported')
  assert.equal(told.length, 2)
})

test('a sign-in of an app that took over hashes waits, at any address; of another app it does not', async (t) => {
  const { importLines, login, here } = await office(t)
  const other = await here.admin.addApp({ name: 'other' })
  assert.ok(other.kind === 'done')
  await importLines([line(ANA, { password: `$2b$09$${'.'.repeat(53)}` })])
  await wait(600) // an app is remembered for half a second
  await login('nobody@example.com', 'first: it measures')
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now()
    await work()
    return performance.now() - began
  }
  const waits = [await timed(() => login(ANA, 'wrong')), await timed(() => login('nobody@example.com', 'wrong'))]
  // bcrypt of cost 9 takes no machine less than 10 ms, our own argon2id of 64 KiB about none.
  for (const ms of waits) assert.ok(ms > 10, `${ms} ms`)
  const free = await Promise.all(
    [0, 1, 2, 3, 4].map(() => timed(() => here.handlers.login({ app: other.app.id, email: ANA, password: 'wrong' }))),
  )
  assert.ok(Math.min(...free) < Math.min(...waits), `${free} against ${waits}`)
})
