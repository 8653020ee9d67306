import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { mailboxKey } from '../../src/persistence/mailboxes.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import type { Mailbox } from '../../src/rules/account.ts'
import { valuesOf } from '../store/shorthand.ts'
import { ANA, accessOf, PASSWORD, type Process, type World, world } from './signed-in.ts'

const NEW = 'ana@example.org'

/** A store that holds back one step of an account, the n-th from when it is armed, until the test lets it go. */
function holding(store: Store) {
  let left = 0
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const commit: Store['commit'] = async (partition, change) => {
    const isStep = change.puts.some(({ key }) => /^account\/acc_\w+$|\/mailbox\/app_\w+$/.test(key))
    if (isStep && left > 0 && --left === 0) {
      reached.resolve()
      await released.promise
    }
    return store.commit(partition, change)
  }
  return {
    store: { ...store, commit },
    arm(step: number) {
      left = step
    },
    reached: reached.promise,
    release: released.resolve,
  }
}

/** The token of the letter that this process is to send, or of the newest one that waits. */
async function moveOf(by: Process) {
  const granted = await by.signIn()
  const access = accessOf(granted)
  const asked = await by.requestEmailChange({ access, password: PASSWORD, email: NEW, sendNow: true })
  assert.ok(asked.kind === 'asked' && asked.send?.letter.kind === 'email_change')
  return { access, token: asked.send.letter.token, refreshToken: granted.refreshToken }
}
async function noticeTo(by: Process, email: string): Promise<string> {
  const { letters } = await by.claimLetters({ limit: 100 })
  const letter = letters.map((one) => one.letter).find((one) => one.to === email && 'token' in one)
  assert.ok(letter && 'token' in letter && letter.token, `a notice to ${email}`)
  return letter.token
}
const holderOf = async ({ store, app, homeOfAddress }: World, email: string) =>
  ((await valuesOf(store, homeOfAddress(email), mailboxKey(email, app)))[0] as Mailbox | null)?.account ?? null

/** What another process does about the ways that nobody finished. */
async function finish({ env, accountOf, ana }: World, by: Process) {
  await env.leap(31_000)
  const stop = new AbortController()
  const sweeping = by.sweepForEver(stop.signal)
  for (let tries = 0; tries < 1000 && (await accountOf(ana.id)).move !== null; tries++)
    await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal((await accountOf(ana.id)).move, null)
  stop.abort()
  await sweeping
}

/** A process that stands before that step of an email change, and another one that goes on beside it. */
async function hangingAt(t: TestContext, step: number) {
  const here = await world(t)
  const gate = holding(here.store)
  const slow = await here.process({ store: gate.store })
  const { access, token } = await moveOf(slow)
  gate.arm(step)
  const hanging = slow.confirmEmailChange({ app: null, token, access, password: null })
  await gate.reached
  return { here, gate, hanging, other: await here.process() }
}

for (const step of [2, 3, 4, 5])
  test(`a process that hangs before step ${step} of an email change, and goes on when the account is back again, changes nothing`, async (t) => {
    const { here, gate, hanging, other } = await hangingAt(t, step)
    await finish(here, other)
    const back = await other.undoChange({ app: null, token: await noticeTo(other, ANA) })
    assert.equal(back.kind, 'done')
    gate.release()
    await hanging
    assert.deepEqual([await holderOf(here, ANA), await holderOf(here, NEW)], [here.ana.id, null])
    const { email, move, password } = await here.accountOf(here.ana.id)
    assert.deepEqual([email, move, password], [ANA, null, null])
  })

test('a process that hangs before it reserves an address that was somebody else’s meanwhile keeps it from nobody', async (t) => {
  const { here, gate, hanging, other } = await hangingAt(t, 2)
  const bo = await here.member(NEW)
  await finish(here, other)
  assert.equal((await here.accountOf(here.ana.id)).email, ANA, 'it was taken')
  const signedIn = await other.login(NEW)
  assert.ok(signedIn.kind === 'granted' && signedIn.session.account === bo.id)
  assert.equal((await other.deleteAccount({ access: accessOf(signedIn), password: PASSWORD })).kind, 'done')
  gate.release()
  assert.equal((await hanging).kind, 'link_invalid')
  assert.equal(await holderOf(here, NEW), null, 'free, and nobody stands in it')
  assert.equal((await other.login()).kind, 'granted')
})

/** Both begin where the other has not yet: whoever is second waits for the way of the first one to end. */
test('deletion, undo and email change at once, in two processes: one after the other, and no address is left behind', async (t) => {
  const here = await world(t)
  for (let round = 0; round < 12; round++) {
    const [old, fresh] = [`ana${round}@example.com`, `ana${round}@example.org`]
    const { id } = await here.member(old)
    const both = [here.here, await here.process()] as const
    const signIn = async (email: string) => {
      const outcome = await here.here.login(email)
      assert.ok(outcome.kind === 'granted')
      return accessOf(outcome)
    }
    const access = await signIn(old)
    const changed = await here.here.changePassword({ access, current: PASSWORD, password: `${PASSWORD} two` })
    assert.equal(changed.kind, 'done')
    const undo = await noticeTo(here.here, old)
    const asked = await here.here.requestEmailChange({ access, password: null, email: fresh, sendNow: true })
    assert.ok(asked.kind === 'asked' && asked.send?.letter.kind === 'email_change')
    const { token } = asked.send.letter
    const kinds = await Promise.all([
      both[0].confirmEmailChange({ app: null, token, access, password: null }),
      both[1].deleteAccount({ access, password: `${PASSWORD} two` }),
      ...(round % 2 ? [both[0].undoChange({ app: null, token: undo })] : []),
    ]).then((all) => all.map(({ kind }) => kind))
    const account = await here.accountOf(id)
    assert.equal(account.move, null, kinds.join())
    const holders = await Promise.all([old, fresh].map((email) => holderOf(here, email)))
    const expected = [old, fresh].map((email) => (account.email === email && account.deletedAt === null ? id : null))
    assert.deepEqual(holders, expected, kinds.join())
    if (round % 2) assert.deepEqual([kinds[2], account.email, account.deletedAt, account.password], ['done', old, null, null], kinds.join())
  }
})

test('two undo links at once: the oldest wins, whichever comes first', async (t) => {
  const here = await world(t)
  const both = [here.here, await here.process()] as const
  for (let round = 0; round < 12; round++) {
    const [old, first, second] = [`ana${round}@example.com`, `thief${round}@example.net`, `thief${round}@example.org`]
    const { id } = await here.member(old)
    const granted = await here.here.login(old)
    assert.ok(granted.kind === 'granted')
    const access = accessOf(granted)
    const links: string[] = []
    for (const [from, to] of [
      [old, first],
      [first, second],
    ] as const) {
      const asked = await here.here.requestEmailChange({ access, password: null, email: to, sendNow: true })
      assert.ok(asked.kind === 'asked' && asked.send?.letter.kind === 'email_change')
      const token = asked.send.letter.token
      assert.equal((await here.here.confirmEmailChange({ app: null, token, access, password: null })).kind, 'done')
      links.push(await noticeTo(here.here, from))
    }
    const order = round % 2 ? [0, 1] : [1, 0]
    await Promise.all(order.map((i) => both[i as 0 | 1].undoChange({ app: null, token: links[i]! })))
    // The thief's may come first; it does not keep the owner's from working, nor come after it.
    const again = await here.here.undoChange({ app: null, token: links[1]! })
    const account = await here.accountOf(id)
    assert.deepEqual([again.kind, account.email, account.move], ['link_invalid', old, null])
    const holders = await Promise.all([old, first, second].map((email) => holderOf(here, email)))
    assert.deepEqual(holders, [id, null, null])
  }
})

test('what was begun is due half a minute after it began, whatever else is done with the account meanwhile', async (t) => {
  const { here, gate, hanging, other } = await hangingAt(t, 2)
  for (let i = 0; i < 3; i++) {
    await here.env.leap(10_000)
    assert.equal((await other.login()).kind, 'granted')
  }
  await here.env.leap(1000)
  const stop = new AbortController()
  const sweeping = other.sweepForEver(stop.signal)
  for (let tries = 0; tries < 1000 && (await here.accountOf(here.ana.id)).move !== null; tries++)
    await new Promise((resolve) => setTimeout(resolve, 1))
  stop.abort()
  await sweeping
  assert.equal((await here.accountOf(here.ana.id)).email, NEW)
  gate.release()
  assert.equal((await hanging).kind, 'done')
})

test('a deletion that was about to begin when an email change did waits for its end', async (t) => {
  const here = await world(t)
  const [changing, deleting] = [holding(here.store), holding(here.store)]
  const mover = await here.process({ store: changing.store })
  const { access, token } = await moveOf(mover)
  const remover = await here.process({ store: deleting.store })
  deleting.arm(1)
  const gone = remover.deleteAccount({ access, password: PASSWORD })
  await deleting.reached
  changing.arm(2)
  const moved = mover.confirmEmailChange({ app: null, token, access, password: null })
  await changing.reached
  deleting.release()
  assert.equal((await gone).kind, 'done')
  changing.release()
  await moved
  const { email, move, deletedAt } = await here.accountOf(here.ana.id)
  assert.deepEqual([email, move, deletedAt === null], [NEW, null, false], 'it was told at the new address')
  assert.deepEqual([await holderOf(here, ANA), await holderOf(here, NEW)], [null, null])
})

test('a wish to move while another way is unfinished finishes it first, and is not lost with it', async (t) => {
  const here = await world(t)
  const gate = holding(here.store)
  const slow = await here.process({ store: gate.store })
  const { access, token } = await moveOf(slow)
  gate.arm(2)
  const hanging = slow.confirmEmailChange({ app: null, token, access, password: null })
  await gate.reached
  const email = 'ana@example.net'
  const asked = await here.here.requestEmailChange({ access, password: null, email, sendNow: true })
  assert.ok(asked.kind === 'asked' && asked.send?.letter.kind === 'email_change')
  const account = await here.accountOf(here.ana.id)
  assert.deepEqual([account.email, account.move, account.change?.email], [NEW, null, email])
  gate.release()
  await hanging
  const again = await here.here.confirmEmailChange({ app: null, token: asked.send.letter.token, access, password: null })
  assert.equal(again.kind, 'done')
  assert.deepEqual(await Promise.all([ANA, NEW, email].map((one) => holderOf(here, one))), [null, null, here.ana.id])
})
