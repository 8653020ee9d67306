import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { addressKey } from '../../src/persistence/identities.ts'
import { linkKey, sessionKey } from '../../src/persistence/mailboxes.ts'
import type { Account, Mailbox } from '../../src/rules/account.ts'
import { type Dumped, plant, recorded } from '../support/dump.ts'
import { PASSWORD, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { type Answer, HOUR, MINUTE, world } from '../support/world.ts'

/** Nothing else has these letters in it. */
const LOCAL = 'zurriburri'
const EMAIL = `${LOCAL}@example.com`
const NEW = 'elsewhere@example.org'
const NO_LIMITS = { SELLO_LIMITS: 'off' }
const told = ({ status, body }: Answer) => `${status} ${String(body.error ?? body.code ?? '')}`.trim()
const mentions = (records: readonly Dumped[], ...words: string[]) => {
  const texts = records.map(({ key, value }) => `${key} ${JSON.stringify(value)}`)
  return texts.filter((text) => words.some((word) => text.includes(word)))
}

async function housed(t: TestContext) {
  const here = await world(t, { settings: NO_LIMITS })
  const dump = recorded(here.store)
  const { admin } = here.persistence
  const shop = await admin.addApp({ name: 'shop' })
  assert.ok(shop.kind === 'done')
  const erase = async (email = EMAIL, confirmed = true) => {
    const outcome = await admin.eraseAddress({ email, confirmed })
    assert.ok(outcome.kind !== 'email_invalid')
    return outcome
  }
  const accountOf = async (email: string) =>
    (await dump.records()).find(({ key, value }) => key.startsWith('account/') && (value as Account).email === email)!
  const change = async ({ partition, key, value }: Dumped, parts: object) =>
    plant(here.store, partition, key, { ...(value as object), ...parts }, here.env.id())
  const mailboxOf = async (email: string) => (await dump.records()).find(({ key }) => key.startsWith(`${addressKey(email)}/mailbox/`))!
  /** No letter is under way: what is stored of them stays as it is. */
  async function quiet() {
    for (let tries = 0; (await here.persistence.handlers.outboxDepth({})).length > 0; tries++) {
      assert.ok(tries < 400, 'the outbox is not empty')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { ...here, dump, erase, quiet, shop, accountOf, mailboxOf, change, apps: here.persistence.admin }
}
/** An account that may come back for as long as there is time. */
const until = (id: string) => ({ id, until: 4_000_000_000_000 })
type Housed = Awaited<ReturnType<typeof housed>>

/** Accounts at two apps, one with sessions; a sign-up that waits at a third; numbers, used, replaced and live. */
async function everything(here: Housed) {
  const third = await here.apps.addApp({ name: 'third' })
  assert.ok(third.kind === 'done')
  const ana = people(here)
  // What a proof drops is no longer known to the mailbox: its link and letter are.
  await ana.signedUp(EMAIL, 'a sign-up that is dropped')
  const first = await ana.signedUp(EMAIL, PASSWORD, 2)
  assert.equal((await ana.verify({ email: EMAIL, code: first.code, flow: first.flow })).status, 200)
  await here.inbox(EMAIL, 3)
  await ana.signedUp(EMAIL, 'another password of mine', 4)
  const inShop = people(here, { 'sello-app': here.shop.app.id })
  const { code, flow } = await inShop.signedUp(EMAIL, PASSWORD, 5)
  assert.equal((await inShop.verify({ email: EMAIL, code, flow })).status, 200)
  await here.inbox(EMAIL, 6)
  await people(here, { 'sello-app': third.app.id }).signedUp(EMAIL, PASSWORD, 7)
  await here.mailed(EMAIL, 'token', 8)
  const used = await here.mailed(EMAIL, 'token', 9)
  assert.equal((await here.check({ number: used.number }, { 'idempotency-key': 'once' })).status, 200)
  const live = await here.mailed(EMAIL, 'token', 10)
  const [one, other] = [await ana.login({ email: EMAIL, password: PASSWORD }), await ana.login({ email: EMAIL, password: PASSWORD })]
  await here.quiet()
  await here.apps.removeApp({ app: 'third' })
  return { ...ana, live, one, other }
}

test('after an erasure no record of the store knows the address, its accounts, sessions or numbers; the rest is as it was', async (t) => {
  const here = await housed(t)
  const before = people(here)
  await before.member('bea@example.com')
  await here.inbox('bea@example.com', 2)
  await here.quiet()
  const others = await here.dump.records()
  const { login, account, one, other, live, call } = await everything(here)
  const id = String((one.body.account as { id: string }).id)
  const dumped = await here.dump.records()
  const hers = mentions(dumped, LOCAL, id)
  assert.ok(hers.length > 15, 'there is much of her')
  const secrets = dumped
    .filter(({ key }) => /^(account|session|link|number)\//.test(key) && !others.some((one) => one.key === key))
    .map(({ key }) => key.split('/')[1]!)

  const look = await here.erase(EMAIL, false)
  assert.equal(look.kind, 'found')
  assert.deepEqual((await here.dump.records()).length, dumped.length, 'that only looked')
  const erased = await here.erase()
  assert.ok(erased.kind === 'erased')
  assert.deepEqual(erased.counts, look.counts)
  const { accounts, sessions, mailboxes, identities, addresses, letters, links } = erased.counts
  assert.deepEqual([accounts, sessions, mailboxes, identities, addresses], [2, 2, 3, 3, 1])
  assert.ok(letters >= 6 && links >= 3)

  const after = await here.dump.records()
  assert.deepEqual(mentions(after, LOCAL, id, ...secrets), [])
  for (const { key, value } of others.filter(({ key }) => /^(address|account|link)\//.test(key)))
    assert.deepEqual(after.find((one) => one.key === key)?.value, value, 'others are as they were')
  const log = await here.dump.logs()
  assert.deepEqual(log.at(-1), { at: here.env.now(), change: 'erased', subject: erased.subject })
  assert.ok(!JSON.stringify(log).includes(LOCAL) && !JSON.stringify(log).includes(id))
  const { changes } = await here.apps.listChanges({})
  assert.deepEqual(
    changes.map((line) => line.change),
    ['added', 'added', 'added', 'removed', 'erased'],
  )

  assert.equal(told(await login({ email: EMAIL, password: PASSWORD })), '401 invalid_credentials')
  for (const { body } of [one, other]) {
    assert.equal(told(await account(body.access_token)), '401 token_invalid')
    assert.equal(
      told(await call('POST', '/v1/token', { grant_type: 'refresh_token', refresh_token: body.refresh_token })),
      '400 invalid_grant',
    )
  }
  assert.equal(told(await here.check({ number: live.number })), '404 number_unknown')
  assert.equal(told(await here.show(live.id)), '404 identity_unknown')
  const { outboxDepth } = here.persistence.handlers
  assert.equal((await outboxDepth({})).length, 0)

  const again = await here.erase()
  assert.deepEqual(Object.values(again.counts), [0, 0, 0, 0, 0, 0, 0])
  const anew = people(here)
  await anew.signedUp(EMAIL, 'a password of another time', 11)
  assert.ok((await here.mailboxOf(EMAIL)) !== undefined, 'whoever comes again is somebody new')
})

test('an account that was born elsewhere goes with its sessions there, its links, and what other addresses know of it', async (t) => {
  const here = await housed(t)
  const ana = people(here)
  await ana.member(NEW)
  await here.inbox(NEW, 2)
  const { body } = await ana.login({ email: NEW, password: PASSWORD })
  await ana.signedUp(EMAIL, PASSWORD, 1)
  await here.quiet()
  const born = await here.accountOf(NEW)
  const account = born.value as Account
  const [newest, old] = [await here.mailboxOf(EMAIL), await here.mailboxOf(NEW)]
  const other = `acc_00${'a'.repeat(22)}`
  const undo = linkKey(`aaaaaaaa.${'0'.repeat(24)}`)
  await plant(here.store, born.partition, undo, { v: 1, account: account.id }, here.env.id())
  const letters = (await here.dump.records()).filter(({ key }) => key.startsWith(`${addressKey(NEW)}/mail/`))
  const moved: Partial<Account> = {
    email: EMAIL,
    undos: [{ link: undo, of: 'email_changed', email: NEW, at: here.env.now(), expiresAt: here.env.now() + HOUR }],
    letters: letters.map(({ key, value }) => ({ key, id: (value as { id: string }).id, to: NEW, at: here.env.now() })),
  }
  await here.change(born, moved)
  await here.change(newest, { account: account.id, signUps: [] })
  await here.change(old, { account: null, proven: null, former: [account.id, other].map(until) })

  const erased = await here.erase()
  assert.deepEqual([erased.counts.accounts, erased.counts.sessions, erased.elsewhere], [1, 1, 0])
  const after = await here.dump.records()
  const session = String(JSON.parse(Buffer.from(String(body.access_token).split('.')[1]!, 'base64url').toString()).sid)
  assert.deepEqual(mentions(after, LOCAL, account.id, sessionKey(session), undo), [])
  assert.deepEqual(
    ((await here.mailboxOf(NEW)).value as Mailbox).former.map(({ id }) => id),
    [other],
    'somebody else may still come back',
  )
  const known = after.find(({ key }) => key === addressKey(NEW))!.value as { sends: { number: string }[] }
  assert.deepEqual(
    known.sends.map(({ number }) => number).filter((number) => number.includes(account.id)),
    [],
  )
  assert.equal(known.sends.length, 2, 'how many letters it had still counts')
})

test('an account that moved away lives on, and knows the address no more; one that was deleted there is gone', async (t) => {
  const here = await housed(t)
  const ana = people(here)
  await ana.member(NEW)
  await here.inbox(NEW, 2)
  const { body } = await ana.login({ email: NEW, password: PASSWORD })
  const lives = await here.accountOf(NEW)
  await ana.member(EMAIL)
  await here.inbox(EMAIL, 2)
  const gone = await here.accountOf(EMAIL)
  const id = (lives.value as Account).id
  const now = here.env.now()
  const [kept, void1] = [linkKey(`aaaaaaaa.${'1'.repeat(24)}`), linkKey(`aaaaaaaa.${'2'.repeat(24)}`)]
  for (const link of [kept, void1]) await plant(here.store, lives.partition, link, { v: 1, account: id }, here.env.id())
  const undo = (link: string, email: string) => ({ link, of: 'email_changed' as const, email, at: now, expiresAt: now + HOUR })
  await here.change(lives, {
    ...((await here.accountOf(NEW)).value as Account),
    undos: [undo(void1, EMAIL), undo(kept, NEW)],
    change: { id: 'let_1', link: void1, createdAt: now, expiresAt: now + MINUTE, epoch: 1, email: EMAIL },
    letters: [{ id: 'let_2', key: `${addressKey(EMAIL)}/mail/notice`, to: EMAIL, at: now }],
  })
  await here.change(gone, { deletedAt: now, password: null, sessions: [], undos: [undo(linkKey(`aaaaaaaa.${'3'.repeat(24)}`), EMAIL)] })
  await here.change(await here.mailboxOf(EMAIL), { account: null, proven: null, former: [(gone.value as Account).id, id].map(until) })

  const erased = await here.erase()
  assert.deepEqual([erased.counts.accounts, erased.elsewhere], [1, 1])
  const after = await here.dump.records()
  assert.deepEqual(mentions(after, LOCAL, (gone.value as Account).id, void1), [])
  const left = (await here.accountOf(NEW)).value as Account
  assert.deepEqual([left.undos.map(({ link }) => link), left.change, left.letters], [[kept], null, []])
  assert.equal(told(await ana.account(body.access_token)), '200')
})

test('a +tag and the address without it are two: each is erased by itself, and what counts for both still counts', async (t) => {
  const here = await housed(t)
  const tagged = 'quidam+zurriburri@example.com'
  const base = 'quidam@example.com'
  await people(here).signedUp(tagged)
  await here.mailed(tagged, 'token', 2)
  await here.mailed(base, 'token', 1)
  const kept = await here.erase(base, false)
  assert.deepEqual(kept.tagged, [tagged])
  await here.erase(tagged)
  const after = await here.dump.records()
  assert.deepEqual(mentions(after, LOCAL), [])
  const { sends } = after.find(({ key }) => key === addressKey(base))!.value as { sends: { number: string; tagged?: true }[] }
  assert.deepEqual(
    sends.map((send) => [send.tagged === true, send.number !== '']),
    [
      [true, false],
      [true, false],
      [false, true],
    ],
  )
  await here.erase(base)
  assert.deepEqual(mentions(await here.dump.records(), 'quidam'), [])
})

test('numbers that the address no longer remembers are found by those that replaced them', async (t) => {
  const here = await housed(t)
  const old = []
  for (let i = 0; i < 60; i++) old.push(await here.register({ email: EMAIL, token: 'token' }))
  assert.ok(old.every(({ status }) => status === 202))
  const address = (await here.dump.records()).find(({ key }) => key === addressKey(EMAIL))!.value as { sends: object[] }
  assert.ok(address.sends.length < 60)
  assert.equal((await here.erase()).counts.identities, 60)
  assert.deepEqual(mentions(await here.dump.records(), LOCAL), [])
})

test('a letter in flight arrives, and nothing of it comes back; one that waits is not sent', async (t) => {
  const here = await housed(t)
  const { handlers } = here.persistence
  const call = { app: null, email: EMAIL, password: PASSWORD, locale: null, negotiated: 'en' as const }
  const first = await handlers.registerAccount({ ...call, sendNow: true })
  assert.ok(first.kind === 'registered' && first.send)
  const second = await handlers.resendCode({ app: null, email: EMAIL, flow: null, sendNow: false })
  assert.equal(second.kind, 'resent')
  const { lease } = first.send
  await here.erase()
  const reply = { code: 250, enhanced: null, text: 'ok' }
  assert.equal((await handlers.renewLetter({ lease })).kind, 'lost')
  assert.equal(
    (await handlers.settleLetter({ lease, handedOverAt: here.env.now(), result: { kind: 'accepted', reply } as never })).kind,
    'late',
  )
  await handlers.returnLetters({ leases: [lease] })
  await here.env.leap(HOUR)
  assert.deepEqual((await handlers.claimLetters({ limit: 100 })).letters, [])
  assert.deepEqual(mentions(await here.dump.records(), LOCAL), [])
})

test('broken off at any commit, it does no harm and finishes when called again', async (t) => {
  const here = await housed(t)
  for (let broken = 1; ; broken++) {
    // Of its own each time: the inbox keeps the letters of earlier rounds.
    const old = `round${broken}@example.org`
    const ana = people(here)
    await ana.member(old, PASSWORD)
    const born = await here.accountOf(old)
    await people(here).register({ email: EMAIL, password: PASSWORD })
    const id = (born.value as Account).id
    await here.change(born, {
      email: EMAIL,
      undos: [{ link: linkKey('aaaaaaaa.4'), of: 'email_changed', email: old, at: here.env.now(), expiresAt: here.env.now() + HOUR }],
    })
    await here.change(await here.mailboxOf(EMAIL), { account: id, signUps: [] })
    await here.change(await here.mailboxOf(old), { account: null, former: [id].map(until) })
    const { commit } = here.store
    let commits = 0
    here.store.commit = async (...args) => {
      const own = args[1].deletes.length > 0 || args[1].log.length > 0
      if (own && ++commits === broken) throw new Error('the power is out')
      return commit(...args)
    }
    const outcome = await here.erase().catch(() => 'broken')
    here.store.commit = commit
    if (outcome !== 'broken') return assert.ok(broken > 2, 'it has several commits')
    assert.equal(told(await ana.login({ email: EMAIL, password: 'not the password' })), '401 invalid_credentials')
    await here.erase()
    assert.deepEqual(mentions(await here.dump.records(), LOCAL, id), [], `broken at ${broken}`)
  }
})

test('somebody who is busy meanwhile: sign-ins and sign-ups at once, and once all is quiet nothing is left', async (t) => {
  const here = await housed(t)
  const { login, register } = await everything(here)
  const busy = Array.from({ length: 6 }, (_, i) =>
    i % 2 ? login({ email: EMAIL, password: PASSWORD }) : register({ email: EMAIL, password: `a password of mine ${i}` }),
  )
  const [erased] = await Promise.all([here.erase(), ...busy])
  assert.ok(erased.counts.accounts === 2)
  await here.erase()
  assert.deepEqual(mentions(await here.dump.records(), LOCAL), [])
  const alone = (await here.dump.records()).filter(({ key }) => /^(account|session|number|link)\//.test(key))
  assert.deepEqual(alone, [])
})
