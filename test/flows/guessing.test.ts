import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { codeIn, otherThan, PASSWORD, people, tokenIn } from '../support/people.ts'
import { ends, test as playedIn } from '../support/places.ts'
import { HOUR, MINUTE, type World, world } from '../support/world.ts'

const test = (name: string, play: (t: TestContext) => Promise<void>) => playedIn(name, play, ends)
const EMAIL = 'ana@example.com'
const STRANGERS = 'the password of the stranger'
const DAY = 24 * HOUR
/** SELLO_LIMIT_CODE_GUESSES; and in a row, whatever the time between them. */
const A_DAY = 9
const IN_ROW = 30

/** A guess that was judged, of a code of so many digits. */
type Guess = { at: number; digits: number }
type Sender = Record<string, string>

/** Asks for codes as often as the API lets anybody, and guesses each of them to its end. Only what any visitor can do. */
function attack(here: World, email: string, senders: Sender[] = [{}]) {
  const guesses: Guess[] = []
  const mailed: number[] = []
  const attackers = senders.map((headers) => ({
    ...people(here, headers),
    flows: [] as string[],
    digits: new Map<string, number>(),
    asked: 0,
  }))
  type Attacker = (typeof attackers)[number]

  /** Signs up anew now and then, as a sign-up is forgotten after three days; otherwise asks for a new code for its newest or the owner's. */
  async function ask(one: Attacker) {
    const answer =
      one.asked % 7 === 0
        ? await one.register({ email, password: STRANGERS })
        : await one.resend({ email, ...(one.asked % 3 === 1 ? {} : { flow: one.flows[0] }) })
    if (answer.status === 429) return Number(answer.headers.get('retry-after')) * 1000
    assert.equal(answer.status, 202)
    if (answer.body.flow) one.flows.unshift(String(answer.body.flow))
    one.asked++
    return 0
  }

  /** With the flows that it has, and without: until nothing more is judged. @param code in the letter to its newest sign-up */
  async function guess(one: Attacker, code: string) {
    if (code) mailed.push(code.length)
    one.digits.set(one.flows[0]!, code.length)
    for (const flow of [undefined, ...one.flows.slice(0, 2)]) {
      for (let i = 0; i < 5; i++) {
        const { status, body } = await one.verify({ email, code: otherThan(code || '0000', i + 1), ...(flow ? { flow } : {}) })
        // With the flow of a sign-up that is not the newest a wrong code is judged, too, and answered so.
        const isJudged = body.code === 'code_wrong' || (flow !== undefined && flow === one.flows[1] && body.code === 'password_required')
        assert.notEqual(status, 200)
        if (!isJudged) break
        guesses.push({ at: here.env.now(), digits: one.digits.get(flow ?? one.flows[0]!)! })
      }
    }
  }

  return {
    guesses,
    mailed,
    async until(end: number) {
      for (let turn = 0; here.env.now() < end; turn++) {
        const one = attackers[turn % attackers.length]!
        const waitMs = await ask(one)
        if (waitMs > 0) await here.env.leap(Math.min(waitMs, end - here.env.now()))
        else {
          await here.delivered()
          await guess(one, codeIn((await here.inbox(email))[0]))
        }
      }
    },
  }
}

/** Of four digits: so many within any day, so many in a row. */
function assertBounded(guesses: readonly Guess[]) {
  const short = guesses.filter(({ digits }) => digits < 8).map(({ at }) => at)
  assert.ok(short.length <= IN_ROW, `${short.length} in a row`)
  for (const [i, at] of short.entries()) assert.ok((short[i + A_DAY] ?? Infinity) - at >= DAY, `more than ${A_DAY} within a day`)
  return short.length
}

/** Once the address may be sent a letter: the newest sign-up's code, if it has one, and its link. */
async function lastLetter(here: World, flow: string) {
  for (;;) {
    const answer = await people(here).resend({ email: EMAIL, flow })
    if (answer.status === 202) break
    await here.env.leap(Number(answer.headers.get('retry-after')) * 1000)
  }
  await here.delivered()
  const [letter] = await here.inbox(EMAIL)
  return { code: codeIn(letter), token: tokenIn(letter) }
}

/** The owner signs up, whatever strangers do, as soon as the address may be sent a letter. */
async function ownerSignsUp(here: World): Promise<string> {
  for (;;) {
    const answer = await people(here).register({ email: EMAIL, password: PASSWORD })
    if (answer.status === 202) return String(answer.body.flow)
    await here.env.leap(Number(answer.headers.get('retry-after')) * 1000)
  }
}

/** By the code while it has attempts, by the link in any case; the stranger's password is worth nothing. */
async function assertOwnerGetsIn(here: World, way: 'code' | 'link', digits = 8) {
  const { verify, confirm, login } = people(here)
  const flow = await ownerSignsUp(here)
  const { code, token } = await lastLetter(here, flow)
  assert.equal(code.length, digits)
  if (way === 'link') {
    for (const attemptsLeft of [2, 1, 0]) {
      assert.equal((await verify({ email: EMAIL, code: otherThan(code), flow })).body.attemptsLeft, attemptsLeft)
    }
    assert.equal((await verify({ email: EMAIL, code, flow })).body.code, 'too_many_attempts')
  }
  const answer = way === 'code' ? await verify({ email: EMAIL, code, flow }) : await confirm({ token, flow })
  assert.deepEqual([answer.status, answer.body.status], [200, 'verified'])
  assert.equal((await login({ email: EMAIL, password: PASSWORD })).status, 200)
  assert.notEqual((await login({ email: EMAIL, password: STRANGERS })).status, 200)
}

const otherApp = async ({ persistence }: World): Promise<Sender> => {
  const added = await persistence.admin.addApp({ name: 'otra' })
  assert.ok(added.kind === 'done')
  return { 'sello-app': added.app.id }
}

test('a day of guessing: nine judged of four digits, then eight; the owner gets in by the code', async (t) => {
  const here = await world(t)
  await people(here).signedUp(EMAIL)
  const { guesses, mailed, until } = attack(here, EMAIL)
  await until(here.env.now() + DAY - 1)
  assert.equal(assertBounded(guesses), A_DAY)
  assert.ok(guesses.length > A_DAY, 'of eight digits some more')
  assert.deepEqual(mailed.slice(0, 3), [4, 4, 4])
  assert.ok(mailed.slice(3).every((digits) => digits === 8) && mailed.length >= 6, mailed.join())
  // When the address may be sent letters again, the first guesses are a day old.
  await assertOwnerGetsIn(here, 'code', 4)
})

test('ten days of guessing: nine in any 24 hours, thirty in a row; the owner gets in by the link', async (t) => {
  const here = await world(t)
  const { guesses, mailed, until } = attack(here, EMAIL)
  await until(here.env.now() + 10 * DAY)
  const short = assertBounded(guesses)
  assert.ok(short > IN_ROW - 3 && guesses.length > 2 * IN_ROW, `${short} of four digits, ${guesses.length} in all`)
  assert.ok(mailed.slice(-50).every((digits) => digits === 8))
  await assertOwnerGetsIn(here, 'link')
})

test('guessing at one address through two apps at once: one budget', async (t) => {
  const here = await world(t)
  const { guesses, until } = attack(here, EMAIL, [{}, await otherApp(here)])
  await until(here.env.now() + DAY - 1)
  assert.equal(assertBounded(guesses), A_DAY)
  await until(here.env.now() + 2 * DAY)
  assert.ok(assertBounded(guesses) > A_DAY)
  await assertOwnerGetsIn(here, 'code', 4)
})

test('thirty in a row: only a right code ends the row, no time does', async (t) => {
  const here = await world(t)
  const { guesses, until } = attack(here, EMAIL)
  await until(here.env.now() + 5 * DAY)
  assert.ok(assertBounded(guesses) > IN_ROW - 3)
  await here.env.leap(30 * DAY)
  const late = await people(here).signedUp(EMAIL, PASSWORD)
  await here.delivered()
  assert.equal(codeIn((await here.inbox(EMAIL))[0]).length, 8, 'a quiet month later')

  await here.env.leap(MINUTE)
  const elsewhere = people(here, await otherApp(here))
  const signUp = await elsewhere.register({ email: EMAIL, password: PASSWORD })
  await here.delivered()
  const code = codeIn((await here.inbox(EMAIL))[0])
  assert.equal(code.length, 8)
  assert.equal((await elsewhere.verify({ email: EMAIL, code, flow: signUp.body.flow })).status, 200)
  await here.env.leap(MINUTE)
  assert.equal((await people(here).resend({ email: EMAIL, flow: late.flow })).status, 202)
  await here.delivered()
  const fresh = codeIn((await here.inbox(EMAIL)).find((letter) => codeIn(letter)))
  assert.equal(fresh.length, 4)
  assert.equal((await people(here).verify({ email: EMAIL, code: fresh, flow: late.flow })).status, 200)
})
