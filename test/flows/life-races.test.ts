import assert from 'node:assert/strict'
import { linkIn, PASSWORD, type People, people } from '../support/people.ts'
import { rounds, test } from '../support/places.ts'
import { type Answer, type World, world } from '../support/world.ts'

/** Both gateways take each other's tokens. */
const NO_LIMITS = { SELLO_LIMITS: 'off', SELLO_PUBLIC_URL: 'http://localhost:3000' }
const MANY = 50
const NEXT = (i: number) => `another correct horse ${i}`

const together = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))
function counted(answers: readonly Answer[]): Record<string, number> {
  const names = answers.map(({ status, body }) => String(body.code ?? body.error ?? status))
  return Object.fromEntries(Object.entries(Object.groupBy(names, (name) => name)).map(([name, some]) => [name, some!.length]))
}

/** The same people at both gateways, and what is in their mailboxes. */
async function both(here: World) {
  const all = here.urls.map((url) => people({ url, inbox: here.inbox }))
  const at = (i: number): People => all[i % all.length]!
  const letters = async (email: string) => {
    await here.delivered()
    return here.inbox(email)
  }
  return {
    at,
    letters,
    async links(email: string, path: string) {
      return (await letters(email)).map((letter) => linkIn(letter, path)).filter((link) => link !== '')
    },
    async signedIn(email: string, password = PASSWORD) {
      const { status, body } = await at(0).login({ email, password })
      assert.equal(status, 200)
      return body
    },
  }
}

test('fifty uses of one reset link at once: one password, one notice', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, links } = await both(here)
  const email = 'ana@example.com'
  await at(0).member(email)
  await at(0).forgot({ email })
  const [token] = await links(email, '/password/reset')
  const answers = await together(MANY, (i) => at(i).reset({ token, password: NEXT(i) }))
  assert.deepEqual(counted(answers), { 204: 1, link_invalid: MANY - 1 })
  const winner = answers.findIndex(({ status }) => status === 204)
  assert.equal((await at(1).login({ email, password: NEXT(winner) })).status, 200)
  assert.equal((await links(email, '/undo')).length, 1)
})

test('fifty uses of one link of an email change at once: one move, one notice', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, links, signedIn } = await both(here)
  const [email, fresh] = ['ana@example.com', 'ana@example.org']
  await at(0).member(email)
  const { access_token: access } = await signedIn(email)
  await at(0).moveTo(access, { email: fresh, password: PASSWORD })
  const [token] = await links(fresh, '/account/email/confirm')
  const answers = await together(MANY, (i) =>
    i % 4 < 2 ? at(i).confirmMove({ token }, access) : at(i).confirmMove({ token, password: PASSWORD }),
  )
  assert.deepEqual(counted(answers), { 200: 1, link_invalid: MANY - 1 })
  assert.equal((await links(email, '/undo')).length, 1)
  assert.equal((await at(1).login({ email: fresh, password: PASSWORD })).status, 200)
  assert.equal((await at(0).login({ email, password: PASSWORD })).status, 401)
})

test('fifty uses of one undo link at once: one is told that it is done', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, links, signedIn } = await both(here)
  for (const what of ['moved', 'deleted', 'changed'] as const) {
    const [email, fresh] = [`${what}@example.com`, `${what}@example.org`]
    await at(0).member(email)
    const { access_token: access } = await signedIn(email)
    if (what === 'moved') {
      await at(0).moveTo(access, { email: fresh, password: PASSWORD })
      const [token] = await links(fresh, '/account/email/confirm')
      assert.equal((await at(0).confirmMove({ token }, access)).status, 200)
    }
    if (what === 'deleted') assert.equal((await at(0).remove(access, { password: PASSWORD })).status, 204)
    if (what === 'changed') assert.equal((await at(0).changePassword(access, { current: PASSWORD, password: NEXT(0) })).status, 204)
    const [token] = await links(email, '/undo')
    const answers = await together(MANY, (i) => at(i).undo({ token }))
    assert.deepEqual(counted(answers), { 200: 1, link_invalid: MANY - 1 }, what)
    await at(0).forgot({ email })
    const [reset] = await links(email, '/password/reset')
    assert.equal((await at(1).reset({ token: reset, password: NEXT(1) })).status, 204)
    assert.equal((await at(0).login({ email, password: NEXT(1) })).status, 200)
  }
})

test('two accounts go to the same address at once: one has it, the other stays where it was', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, links, signedIn } = await both(here)
  for (let round = 0; round < rounds(4); round++) {
    const emails = [`ana${round}@example.com`, `bo${round}@example.com`] as const
    const fresh = `new${round}@example.org`
    const moves: { token: string; access: unknown }[] = []
    for (const email of emails) {
      await at(0).member(email)
      const { access_token: access } = await signedIn(email)
      await at(0).moveTo(access, { email: fresh, password: PASSWORD })
      moves.push({ token: (await links(fresh, '/account/email/confirm'))[0]!, access })
      await here.env.leap(1000)
    }
    const answers = await together(2, (i) => at(i + round).confirmMove({ token: moves[i]!.token }, moves[i]!.access))
    assert.deepEqual(counted(answers), { 200: 1, link_invalid: 1 })
    const first = answers.findIndex(({ status }) => status === 200)
    const shown = await together(2, (i) => at(i).account(moves[i]!.access))
    assert.equal(shown[first]!.body.email, fresh)
    assert.equal(shown[1 - first]!.body.email, emails[1 - first])
    const holder = (await signedIn(fresh)).account as { id: string }
    assert.equal(holder.id, shown[first]!.body.id)
    assert.equal((await at(0).login({ email: emails[first]!, password: PASSWORD })).status, 401)
  }
})

test('an account goes to an address that somebody proves at that moment: one of them has it', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, links, letters, signedIn } = await both(here)
  for (let round = 0; round < rounds(6); round++) {
    const [email, fresh] = [`ana${round}@example.com`, `new${round}@example.org`]
    await at(0).member(email)
    const { access_token: access } = await signedIn(email)
    await at(0).moveTo(access, { email: fresh, password: PASSWORD })
    const [token] = await links(fresh, '/account/email/confirm')
    const newcomer = await at(0).signedUp(fresh, NEXT(0), (await letters(fresh)).length + 1)
    const prove = () => at(1).verify({ email: fresh, code: newcomer.code, flow: newcomer.flow })
    const go = () => at(0).confirmMove({ token }, access)
    const [moved, proved] =
      round % 2 ? await Promise.all([go(), prove()]) : await Promise.all([prove(), go()]).then(([p, g]) => [g, p] as const)
    const outcomes = [moved.status, proved.status]
    assert.ok(outcomes.join() === '200,400' || outcomes.join() === '400,200', outcomes.join())
    const isMoved = moved.status === 200
    assert.equal((await at(0).account(access)).body.email, isMoved ? fresh : email)
    assert.equal((await at(0).login({ email: fresh, password: PASSWORD })).status, isMoved ? 200 : 401)
    assert.equal((await at(0).login({ email: fresh, password: NEXT(0) })).status, isMoved ? 401 : 200)
    assert.equal((await at(0).login({ email, password: PASSWORD })).status, isMoved ? 401 : 200)
  }
})

test('an email change and a deletion at once: the account is gone, and both addresses are free', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, links, letters, signedIn } = await both(here)
  for (let round = 0; round < rounds(4); round++) {
    const [email, fresh] = [`ana${round}@example.com`, `new${round}@example.org`]
    await at(0).member(email)
    const { access_token: access } = await signedIn(email)
    await at(0).moveTo(access, { email: fresh, password: PASSWORD })
    const [token] = await links(fresh, '/account/email/confirm')
    const [moved, removed] = await Promise.all([
      at(round).confirmMove({ token }, access),
      at(round + 1).remove(access, { password: PASSWORD }),
    ])
    assert.equal(removed.status, 204)
    assert.ok([200, 400, 401].includes(moved.status), String(moved.status))
    for (const one of [email, fresh]) {
      assert.equal((await at(0).login({ email: one, password: PASSWORD })).status, 401)
      const { code, flow } = await at(0).signedUp(one, NEXT(1), (await letters(one)).length + 1)
      assert.equal((await at(1).verify({ email: one, code, flow })).status, 200, `${one} is free`)
    }
  }
})

test('sign-ins and refreshes while the password changes: whoever came by the old one is out', async (t) => {
  const here = await world(t, { settings: NO_LIMITS, twice: true })
  const { at, links, signedIn } = await both(here)
  for (let round = 0; round < rounds(4); round++) {
    const email = `ana${round}@example.com`
    await at(0).member(email)
    const isReset = round % 2 === 1
    const own = await signedIn(email)
    const others = await together(4, () => signedIn(email))
    if (isReset) await at(0).forgot({ email })
    const [token] = isReset ? await links(email, '/password/reset') : []
    const change = () =>
      isReset ? at(0).reset({ token, password: NEXT(0) }) : at(0).changePassword(own.access_token, { current: PASSWORD, password: NEXT(0) })
    const [changed, ...came] = await Promise.all([
      change(),
      ...Array.from({ length: 6 }, (_, i) => at(i).login({ email, password: PASSWORD })),
      ...others.map((one, i) => at(i).token(one.refresh_token)),
    ])
    assert.equal(changed!.status, 204)
    for (const { status, body } of came.filter((one) => one!.status === 200) as Answer[]) {
      assert.equal(status, 200)
      assert.equal((await at(0).account(body.access_token)).body.code, 'token_invalid')
      assert.equal((await at(1).token(body.refresh_token)).body.error, 'invalid_grant')
    }
    for (const one of others) assert.equal((await at(0).account(one.access_token)).status, 401)
    assert.equal((await at(0).account(own.access_token)).status, isReset ? 401 : 200)
    assert.equal((await at(1).login({ email, password: PASSWORD })).status, 401)
    assert.equal((await at(1).login({ email, password: NEXT(0) })).status, 200)
  }
})
