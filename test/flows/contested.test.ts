import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { InboxMessage } from '../../src/contract/messaging.ts'
import { codeIn, people, tokenIn } from '../support/people.ts'
import { placeOf, places, test } from '../support/places.ts'
import { MINUTE, type World, world } from '../support/world.ts'

const STEPS = ['owner registers', 'stranger registers', 'owner resends', 'stranger resends', 'owner finishes'] as const
const FINISHES = ['by code', 'by link in the same browser', 'by link elsewhere', 'with newPassword'] as const
type Step = (typeof STEPS)[number]
type Finish = (typeof FINISHES)[number]
type Story = { steps: Step[]; finish: Finish }

const OWNERS = 'the password of the owner'
const OWNERS_NEW = 'another password of the owner'
const STRANGERS = 'the password of the stranger'

/** Every order of the five steps, with every way to finish; but for newPassword one must have registered to finish. */
function stories(): Story[] {
  const orders = (left: readonly Step[]): Step[][] =>
    left.length === 0 ? [[]] : left.flatMap((step) => orders(left.filter((other) => other !== step)).map((rest) => [step, ...rest]))
  return orders(STEPS).flatMap((steps) =>
    FINISHES.filter((finish) => finish === 'with newPassword' || steps.indexOf('owner registers') < steps.indexOf('owner finishes')).map(
      (finish) => ({ steps, finish }),
    ),
  )
}

test('the contested mailbox: in every order the owner gets in, and the stranger stays out', async (t) => {
  const here = await world(t)
  const all = stories()
  assert.equal(all.length, 60 * 3 + 120)
  // All of them in the first place, every nineteenth in the others: the rules are the same, only their way is longer.
  const isFirst = placeOf(t) === places[0]
  const chosen = all.filter((_, i) => isFirst || i % 19 === places.indexOf(placeOf(t)))
  for (const [i, story] of chosen.entries()) await play(t, here, story, `ana${i}@example.com`)
})

async function play(_: TestContext, here: World, { steps, finish }: Story, email: string) {
  const { register, resend, login, verify, confirm } = people(here)
  const told = `${steps.join(', ')} ${finish}`
  const flows: Record<string, string> = {}
  let letters = 0
  let someoneRegistered = false
  const mailbox = () => here.inbox(email, letters)

  const signUp = async (who: string, password: string) => {
    const answer = await register({ email, password })
    assert.equal(answer.status, 202, told)
    flows[who] = String(answer.body.flow)
    someoneRegistered = true
    letters++
  }
  const again = async (who: string) => {
    assert.equal((await resend({ email, ...(flows[who] ? { flow: flows[who] } : {}) })).status, 202, told)
    if (someoneRegistered && !isIn) letters++
  }
  let isIn = false

  /** The owner has all letters, newest first, and tries them until one works. */
  async function tryEach(attempt: (letter: InboxMessage) => Promise<number>) {
    for (const letter of await mailbox()) if ((await attempt(letter)) === 200) return true
    return false
  }
  const ways: Record<Finish, (letter: InboxMessage) => Promise<number>> = {
    'by code': async (letter) => (await verify({ email, code: codeIn(letter), flow: flows.owner })).status,
    'by link in the same browser': async (letter) => (await confirm({ token: tokenIn(letter), flow: flows.owner })).status,
    'by link elsewhere': async (letter) => (await confirm({ token: tokenIn(letter), password: OWNERS })).status,
    'with newPassword': async (letter) => (await confirm({ token: tokenIn(letter), newPassword: OWNERS_NEW })).status,
  }
  async function finishes() {
    if (letters === 0) await signUp('owner', OWNERS) // nothing in the mailbox yet: somebody has to begin
    isIn = await tryEach(ways[finish])
    assert.ok(isIn, `the owner gets in: ${told}`)
    letters++ // the welcome
  }
  const play: Record<Step, () => Promise<void>> = {
    'owner registers': () => signUp('owner', OWNERS),
    'stranger registers': () => signUp('stranger', STRANGERS),
    'owner resends': () => again('owner'),
    'stranger resends': () => again('stranger'),
    'owner finishes': finishes,
  }
  for (const step of steps) {
    await play[step]()
    if (step !== 'owner finishes') await mailbox()
    await here.env.leap(MINUTE)
  }
  const password = finish === 'with newPassword' ? OWNERS_NEW : OWNERS
  assert.equal((await login({ email, password })).status, 200, `the owner is in: ${told}`)
  assert.notEqual((await login({ email, password: STRANGERS })).status, 200, `the stranger is out: ${told}`)
  // Nor does anything of the stranger's work afterwards.
  if (flows.stranger) {
    for (const letter of await mailbox()) {
      const code = codeIn(letter)
      if (code) assert.notEqual((await verify({ email, code, flow: flows.stranger })).status, 200, told)
      if (tokenIn(letter)) assert.notEqual((await confirm({ token: tokenIn(letter), flow: flows.stranger })).status, 200, told)
    }
    assert.notEqual((await login({ email, password: STRANGERS })).status, 200, told)
  }
}

test('whose letter it is decides: the code of the newest letter with the flow of an older sign-up is refused', async (t) => {
  const here = await world(t)
  const { signedUp, verify, login } = people(here)
  const stranger = await signedUp('ana@example.com', STRANGERS)
  await here.env.advance(MINUTE)
  const owner = await signedUp('ana@example.com', OWNERS, 2)
  const email = 'ana@example.com'
  const alone = await verify({ email, code: owner.code })
  assert.deepEqual([alone.status, alone.body.code], [401, 'password_required'], 'before it is judged')
  const strangers = await verify({ email, code: owner.code, flow: stranger.flow })
  assert.deepEqual([strangers.status, strangers.body.code], [401, 'password_required'])
  const byPassword = await verify({ email, code: owner.code, password: STRANGERS })
  assert.equal(byPassword.status, 401)
  assert.equal((await verify({ email, code: owner.code, password: OWNERS })).status, 200)
  assert.equal((await login({ email, password: STRANGERS })).body.code, 'invalid_credentials')
})

test('a taken address mirrors a contested one', async (t) => {
  const here = await world(t)
  const { member, register, verify } = people(here)
  const email = 'ana@example.com'
  await member(email)
  const free = 'bo@example.com'
  const answers: Record<string, unknown[]> = { [email]: [], [free]: [] }
  for (const address of [email, free]) {
    await here.env.advance(MINUTE)
    const first = await register({ email: address, password: STRANGERS })
    await here.env.advance(MINUTE)
    const second = await register({ email: address, password: OWNERS })
    for (const body of [
      {},
      { flow: first.body.flow },
      { flow: second.body.flow },
      { password: OWNERS },
      { password: STRANGERS },
      { password: 'of nobody here' },
    ]) {
      const { status, body: told } = await verify({ email: address, code: '00000', ...body })
      answers[address]!.push([status, told.code, told.attemptsLeft])
    }
  }
  assert.deepEqual(answers[email], answers[free])
})

test('a sign-up that is refused for too many letters leaves the code of another one not enough', async (t) => {
  const here = await world(t)
  const { register, login, verify, signedUp } = people(here)
  const email = 'bea@example.com'
  const { code, flow } = await signedUp(email, STRANGERS)
  const refused = await register({ email, password: OWNERS })
  assert.deepEqual([refused.status, refused.body.code], [429, 'rate_limited'])

  // The letter that the owner has is the stranger's, and its code would let the stranger in.
  const alone = await verify({ email, code })
  assert.deepEqual([alone.status, alone.body.code], [401, 'password_required'])
  const own = await verify({ email, code, password: OWNERS })
  assert.deepEqual([own.status, own.body.code], [401, 'password_required'])
  assert.equal((await login({ email, password: STRANGERS })).status, 403)
  assert.equal((await verify({ email, code, flow })).status, 200, 'the proof of its own sign-up is enough')
})

test('who sends the same sign-up twice needs no more than the code', async (t) => {
  const here = await world(t)
  const { register, verify, signedUp } = people(here)
  const email = 'bea@example.com'
  const { code } = await signedUp(email, OWNERS)
  assert.equal((await register({ email, password: OWNERS })).status, 429)
  assert.equal((await verify({ email, code })).status, 200)
})

test('a taken address mirrors it', async (t) => {
  const here = await world(t)
  const { register, verify, member } = people(here)
  const email = 'bea@example.com'
  await member(email, OWNERS)
  await here.env.advance(MINUTE)
  assert.equal((await register({ email, password: STRANGERS })).status, 202)
  assert.equal((await register({ email, password: OWNERS_NEW })).status, 429)
  const alone = await verify({ email, code: '1234' })
  assert.deepEqual([alone.status, alone.body.code], [401, 'password_required'])
})
