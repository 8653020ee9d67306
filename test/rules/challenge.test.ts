import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Challenge,
  type CodeOutcome,
  digitsFor,
  type Guesses,
  IN_ROW,
  isLinkLive,
  judgeCode,
  LONG_GUESSES,
  noGuesses,
  use,
} from '../../src/rules/challenge.ts'
import { challengeTable } from '../support/challenges.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const at = (clock: string) => Date.parse(`2025-12-18T${clock}Z`)
const LIMITS = { short: [{ count: 9, spanMs: DAY }], inRow: IN_ROW, long: LONG_GUESSES }
const EPOCH = 1

/** "ESTADO INICIAL (Después del registro)" of seed 004; the code is kept as its MAC, `isUsed` as `usedAt`. */
const INITIAL: Challenge = {
  id: '1',
  code: 'mac of 4892',
  link: 'mac of the link',
  digits: 4,
  attempts: 0,
  maxAttempts: 3,
  expiresAt: at('10:47:30'),
  linkExpiresAt: at('11:32:30'),
  usedAt: null,
  createdAt: at('10:32:30'),
  epoch: EPOCH,
}
const guess = (challenge: Challenge | null, code: string, now: number, guesses: Guesses = noGuesses()) =>
  judgeCode(challenge, challenge?.code === `mac of ${code}`, guesses, LIMITS, { epoch: EPOCH, now })

test('seed 004, after one failed attempt: attempts 1, the rest as it was', () => {
  const step = guess(INITIAL, '0000', at('10:34:00'))
  assert.deepEqual(step.outcome, { kind: 'wrong', attemptsLeft: 2 })
  assert.deepEqual(step.challenge, { ...INITIAL, attempts: 1 })
})

test('seed 004, after the right code: used at 10:35:15, its one failed attempt still told', () => {
  const failed = guess(INITIAL, '0000', at('10:34:00')).challenge!
  const step = guess(failed, '4892', at('10:35:15'))
  assert.deepEqual(step.outcome, { kind: 'right' })
  assert.deepEqual(step.challenge, { ...INITIAL, attempts: 1, usedAt: at('10:35:15') })
})

test('seed 004, after a resend: the older one counts as used, the new one is pending for fifteen minutes', () => {
  const older = use(INITIAL, at('10:35:15'))
  assert.deepEqual(older, { ...INITIAL, usedAt: at('10:35:15') })
  const newer: Challenge = { ...INITIAL, id: '2', code: 'mac of 7531', createdAt: at('10:35:45'), expiresAt: at('10:50:45') }
  assert.deepEqual(guess(older, '4892', at('10:36:00')).outcome, { kind: 'expired' })
  assert.deepEqual(guess(newer, '4892', at('10:36:00')).outcome, { kind: 'wrong', attemptsLeft: 2 })
  assert.deepEqual(guess(newer, '7531', at('10:50:44')).outcome, { kind: 'right' })
  assert.deepEqual(guess(newer, '7531', at('10:50:45')).outcome, { kind: 'expired' })
})

test('every state × every code', () => {
  const told = challengeTable().map(({ state, event, outcome, attempts }) => [state, event, outcome.kind, attempts])
  assert.deepEqual(told, [
    ['never asked for', 'right', 'expired', 0],
    ['never asked for', 'wrong', 'expired', 0],
    ['pending, no attempt', 'right', 'right', 0],
    ['pending, no attempt', 'wrong', 'wrong', 1],
    ['pending, 1 attempt', 'right', 'right', 1],
    ['pending, 1 attempt', 'wrong', 'wrong', 2],
    ['pending, 2 attempts', 'right', 'right', 2],
    ['pending, 2 attempts', 'wrong', 'wrong', 3],
    ['pending, 3 attempts', 'right', 'locked', 3],
    ['pending, 3 attempts', 'wrong', 'locked', 3],
    ['used, or replaced by a newer one', 'right', 'expired', 0],
    ['used, or replaced by a newer one', 'wrong', 'expired', 0],
    ['older than 15 minutes', 'right', 'expired', 0],
    ['older than 15 minutes', 'wrong', 'expired', 0],
    ['older than 60 minutes', 'right', 'expired', 0],
    ['older than 60 minutes', 'wrong', 'expired', 0],
    ['from before a failover or a restore', 'right', 'expired', 0],
    ['from before a failover or a restore', 'wrong', 'expired', 0],
  ])
})

test('three wrong codes, then nothing is judged; the link lives on', () => {
  let challenge = INITIAL
  let guesses = noGuesses()
  const outcomes: CodeOutcome[] = []
  for (const code of ['0000', '1111', '2222', '4892']) {
    const step = guess(challenge, code, at('10:40:00'), guesses)
    outcomes.push(step.outcome)
    challenge = step.challenge ?? challenge
    guesses = step.guesses ?? guesses
  }
  assert.deepEqual(outcomes, [
    { kind: 'wrong', attemptsLeft: 2 },
    { kind: 'wrong', attemptsLeft: 1 },
    { kind: 'wrong', attemptsLeft: 0 },
    { kind: 'locked' },
  ])
  assert.equal(guesses.short.length, 3)
  assert.equal(isLinkLive(challenge, EPOCH, at('11:32:29')), true)
  assert.equal(isLinkLive(challenge, EPOCH, at('11:32:30')), false)
  assert.equal(isLinkLive(challenge, EPOCH + 1, at('10:40:00')), false, 'after a failover nothing older lives')
  assert.equal(isLinkLive(use(challenge, at('10:41:00')), EPOCH, at('10:41:00')), false, 'using either kills both')
})

test('digitsFor: four while three more guesses fit into the day and into the row, then eight, then none', () => {
  const now = at('12:00:00')
  const times = (count: number, ago = MINUTE) => Array.from({ length: count }, () => now - ago)
  const digits = (guesses: Partial<Guesses>) => digitsFor({ ...noGuesses(), ...guesses }, LIMITS, 4, 3, now)
  assert.equal(digits({}), 4)
  assert.equal(digits({ short: times(6) }), 4)
  assert.equal(digits({ short: times(7) }), 8)
  assert.equal(digits({ short: times(9, DAY) }), 4, 'a day later it is as before')
  assert.equal(digits({ shortInRow: 27 }), 4)
  assert.equal(digits({ shortInRow: 28 }), 8, 'and no day helps against thirty in a row')
  assert.equal(digits({ short: times(9), long: times(30) }), null)
  assert.equal(digitsFor({ short: times(99), shortInRow: 99, long: times(99) }, null, 4, 3, now), 4, 'without limits')
  assert.equal(digitsFor(noGuesses(), LIMITS, 6, 3, now), 6)
})

test('a window of any length and count is kept to', () => {
  const limits = { short: [{ count: 9, spanMs: 7 * DAY }], inRow: 1000, long: [{ count: 120, spanMs: 30 * DAY }] }
  const tried = (digits: number) => {
    let guesses = noGuesses()
    let judged = 0
    for (let i = 0; i < 200; i++) {
      const now = at('00:00:00') + i * (DAY / 7)
      const code = { ...INITIAL, digits, createdAt: now, expiresAt: now + MINUTE }
      const step = judgeCode(code, false, guesses, limits, { epoch: EPOCH, now })
      guesses = step.guesses ?? guesses
      if (step.outcome.kind === 'wrong') judged++
    }
    return judged
  }
  assert.equal(tried(4), 9 * 4 + 4, 'nine in each seven days')
  assert.equal(tried(8), 120)
})

test('however codes of two apps are guessed at once, never more than nine short ones a day, never more than thirty in a row', () => {
  const step = fc.record({ app: fc.nat(2), wait: fc.nat(8 * 60 * MINUTE), renew: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      let now = at('00:00:00')
      let guesses = noGuesses()
      const codes: (Challenge | null)[] = [null, null, null]
      const judged: number[] = []
      for (const { app, wait, renew } of steps) {
        now += wait
        if (renew || codes[app] === null) {
          const digits = digitsFor(guesses, LIMITS, 4, 3, now)
          const life = { createdAt: now, expiresAt: now + 15 * MINUTE, linkExpiresAt: now + 60 * MINUTE }
          codes[app] = { ...INITIAL, ...life, digits: digits ?? 4, attempts: digits === null ? 3 : 0 }
        }
        const result = guess(codes[app]!, '0000', now, guesses)
        if (result.outcome.kind === 'wrong' && codes[app]!.digits < 8) judged.push(now)
        codes[app] = result.challenge ?? codes[app]!
        guesses = result.guesses ?? guesses
      }
      assert.ok(judged.length <= IN_ROW)
      for (const time of judged) assert.ok(judged.filter((other) => other > time - DAY && other <= time).length <= 9)
    }),
  )
})
