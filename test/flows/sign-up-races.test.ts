import assert from 'node:assert/strict'
import { mailboxKey } from '../../src/persistence/mailboxes.ts'
import type { Mailbox } from '../../src/rules/account.ts'
import { codeIn, otherThan, PASSWORD, type People, people, tokenIn } from '../support/people.ts'
import { rounds, test } from '../support/places.ts'
import { type Answer, type World, world } from '../support/world.ts'

const NO_LIMITS = { SELLO_LIMITS: 'off' }
const FEW = 3

/** The same person at every gateway in turn. */
function everywhere(here: World): { at: (i: number) => People; first: People } {
  const all = here.urls.map((url) => people({ url, inbox: here.inbox }))
  return { at: (i) => all[i % all.length]!, first: all[0]! }
}
const together = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))
/** How often each answer came: `200`, `code_wrong 2`, `code_expired`. */
function counted(answers: readonly Answer[]): Record<string, number> {
  const names = answers.map(({ status, body }) => [body.code ?? status, body.attemptsLeft].join(' ').trim())
  return Object.fromEntries(Object.entries(Object.groupBy(names, (name) => name)).map(([name, some]) => [name, some!.length]))
}
/** The letters of an address, newest first, when none is on its way any more. */
async function letters({ delivered, inbox }: World, email: string) {
  await delivered()
  return inbox(email)
}

test('two hundred wrong codes at once: three are judged', async (t) => {
  const here = await world(t, { twice: true })
  const { at, first } = everywhere(here)
  for (let round = 0; round < rounds(FEW); round++) {
    const email = `ana${round}@example.com`
    const { code, flow, token } = await first.signedUp(email)
    const answers = await together(200, (i) =>
      at(i).verify({ email, code: otherThan(code, 1 + ((i * 37) % 9999)), ...(i % 3 ? { flow } : {}) }),
    )
    assert.deepEqual(counted(answers), { 'code_wrong 2': 1, 'code_wrong 1': 1, 'code_wrong 0': 1, too_many_attempts: 197 })
    assert.equal((await first.verify({ email, code })).body.code, 'too_many_attempts', 'the right one comes too late')
    assert.equal((await first.confirm({ token, flow })).status, 200, 'the link lives')
  }
})

test('a hundred right codes at once: one verification', async (t) => {
  const here = await world(t, { twice: true })
  const { at, first } = everywhere(here)
  for (let round = 0; round < rounds(FEW); round++) {
    const email = `ana${round}@example.com`
    const { code, flow } = await first.signedUp(email)
    const answers = await together(100, (i) => at(i).verify({ email, code, ...(i % 2 ? { flow } : {}) }))
    assert.deepEqual(counted(answers), { 200: 1, code_expired: 99 })
    assert.equal((await letters(here, email)).length, 2, 'the code, and one welcome: one account')
    assert.equal((await at(round).login({ email, password: PASSWORD })).status, 200)
  }
})

test('code and link at once: one verification', async (t) => {
  const here = await world(t, { twice: true })
  const { at, first } = everywhere(here)
  for (let round = 0; round < rounds(FEW); round++) {
    const email = `ana${round}@example.com`
    const { code, token, flow } = await first.signedUp(email)
    const answers = await together(100, (i) => (i % 4 < 2 ? at(i).verify({ email, code, flow }) : at(i).confirm({ token, flow })))
    const [codes, links] = [answers.filter((_, i) => i % 4 < 2), answers.filter((_, i) => i % 4 >= 2)]
    assert.deepEqual(counted(links), { 200: 50 }, 'a second visit by whoever signed up')
    const { 200: verified = 0, code_expired: expired } = counted(codes)
    assert.ok(verified <= 1 && verified + expired! === 50, JSON.stringify(counted(codes)))
    assert.equal((await letters(here, email)).length, 2, 'the code, and one welcome: one account')
  }
})

test('code and link with another password at once: one of them wins, and only its password lives', async (t) => {
  const here = await world(t, { twice: true })
  const { at, first } = everywhere(here)
  for (let round = 0; round < rounds(FEW); round++) {
    const email = `ana${round}@example.com`
    const { code, token, flow } = await first.signedUp(email)
    const newPassword = 'another password of mine'
    const answers = await together(100, (i) => (i % 4 < 2 ? at(i).verify({ email, code, flow }) : at(i).confirm({ token, newPassword })))
    assert.equal(counted(answers)[200], 1, JSON.stringify(counted(answers)))
    const isByCode = answers.findIndex(({ status }) => status === 200) % 4 < 2
    assert.deepEqual(
      counted(answers),
      isByCode ? { 200: 1, code_expired: 49, link_invalid: 50 } : { 200: 1, code_expired: 50, link_invalid: 49 },
    )
    assert.equal((await first.login({ email, password: PASSWORD })).status, isByCode ? 200 : 401)
    assert.equal((await first.login({ email, password: newPassword })).status, isByCode ? 401 : 200)
    assert.equal((await letters(here, email)).length, 2, 'the code, and one welcome: one account')
  }
})

test('twenty requests for a new code at once: one live code, and it is in the last letter', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, first } = everywhere(here)
  for (let round = 0; round < rounds(FEW); round++) {
    const email = `ana${round}@example.com`
    const { flow } = await first.signedUp(email)
    assert.deepEqual(counted(await together(20, (i) => at(i).resend({ email, ...(i % 2 ? { flow } : {}) }))), { 202: 20 })
    const [last, ...older] = await letters(here, email)
    assert.ok(older.length >= 1)
    for (const letter of older) {
      assert.equal((await first.confirm({ token: tokenIn(letter), flow })).body.code, 'link_invalid')
    }
    const stale = older.map(codeIn).find((code) => code !== codeIn(last))!
    assert.deepEqual(counted([await at(1).verify({ email, code: stale, flow })]), { 'code_wrong 2': 1 })
    assert.equal((await at(1).verify({ email, code: codeIn(last), flow })).status, 200)
  }
})

test('fifty registrations of one address at once: the last letters live, and the password of one call', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, first } = everywhere(here)
  const { apps } = await here.persistence.admin.listApps({})
  for (let round = 0; round < rounds(1); round++) {
    const email = `ana${round}@example.com`
    const passwordOf = (i: number) => `the password of caller ${i}`
    const answers = await together(50, (i) => at(i).register({ email, password: passwordOf(i) }))
    assert.deepEqual(counted(answers), { 202: 50 })
    const flows = answers.map(({ body }) => String(body.flow))
    assert.equal(new Set(flows).size, 50)
    const [record] = await here.store.read(flows[0]!.slice(4, 6), [mailboxKey(email, apps[0]!.id)])
    assert.equal((record!.value as Mailbox).signUps.length, 5)

    const all = await letters(here, email)
    const live: typeof all = []
    for (const letter of all) {
      const { code } = (await first.confirm({ token: tokenIn(letter) })).body
      if (code === 'password_required') live.push(letter)
      else assert.equal(code, 'link_invalid')
    }
    assert.equal(live.length, 5, 'everybody who is kept has a letter')
    const newest = tokenIn(live[0])
    const opened = await together(50, (i) => at(i).confirm({ token: newest, flow: flows[i] }))
    const owner = opened.findIndex(({ status }) => status === 200)
    assert.deepEqual(counted(opened.filter((_, i) => i !== owner)), counted(opened.filter(({ status }) => status !== 200)))
    assert.ok(owner >= 0)
    const logins = await together(50, (i) => at(i).login({ email, password: passwordOf(i) }))
    assert.deepEqual(counted(logins), { 200: 1, invalid_credentials: 49 })
    assert.equal(logins[owner]!.status, 200)
    for (const letter of live.slice(1)) {
      const others = await together(50, (i) => first.confirm({ token: tokenIn(letter), flow: flows[i] }))
      assert.deepEqual(counted(others), { link_invalid: 50 })
    }
  }
})

test('a new code is asked for while the older one is sent: it verifies or is dead', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, first } = everywhere(here)
  for (let round = 0; round < 4 * rounds(FEW); round++) {
    const email = `ana${round}@example.com`
    const older = await first.signedUp(email)
    const { flow } = older
    const calls = [() => at(0).verify({ email, code: older.code, flow }), () => at(1).resend({ email, flow })]
    const answers = await Promise.all((round % 2 ? calls : calls.toReversed()).map((call) => call()))
    const [judged, resent] = round % 2 ? answers : answers.toReversed()
    assert.equal(resent!.status, 202)
    const isIn = judged!.status === 200
    const [last] = await letters(here, email)
    if (isIn) {
      assert.ok(!codeIn(last) || codeIn(last) === older.code, 'no letter with a code follows')
      assert.equal((await first.confirm({ token: older.token, password: 'not the password' })).body.code, 'link_invalid')
    } else {
      assert.deepEqual(counted([judged!]), { 'code_wrong 2': 1 })
      assert.equal((await first.confirm({ token: older.token, flow })).body.code, 'link_invalid')
      assert.equal((await at(1).verify({ email, code: codeIn(last), flow })).status, 200)
    }
    assert.notEqual((await first.verify({ email, code: older.code, flow })).status, 200, 'dead either way')
    assert.equal((await letters(here, email)).filter((letter) => !codeIn(letter)).length, 1, 'one welcome')
  }
})
