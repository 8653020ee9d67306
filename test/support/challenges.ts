import { type Challenge, type CodeOutcome, IN_ROW, isLinkLive, judgeCode, LONG_GUESSES, noGuesses } from '../../src/rules/challenge.ts'

const MINUTE = 60_000
const NOW = 1_800_000_000_000
const LIMITS = { short: [{ count: 9, spanMs: 24 * 60 * MINUTE }], inRow: IN_ROW, long: LONG_GUESSES }
const FRESH: Challenge = {
  id: 'let_1',
  code: 'right',
  link: 'link',
  digits: 4,
  attempts: 0,
  maxAttempts: 3,
  createdAt: NOW - MINUTE,
  expiresAt: NOW + 14 * MINUTE,
  linkExpiresAt: NOW + 59 * MINUTE,
  usedAt: null,
  epoch: 1,
}
const states: [state: string, challenge: Challenge | null][] = [
  ['never asked for', null],
  ['pending, no attempt', FRESH],
  ['pending, 1 attempt', { ...FRESH, attempts: 1 }],
  ['pending, 2 attempts', { ...FRESH, attempts: 2 }],
  ['pending, 3 attempts', { ...FRESH, attempts: 3 }],
  ['used, or replaced by a newer one', { ...FRESH, usedAt: NOW - 1 }],
  ['older than 15 minutes', { ...FRESH, expiresAt: NOW }],
  ['older than 60 minutes', { ...FRESH, expiresAt: NOW - 45 * MINUTE, linkExpiresAt: NOW }],
  ['from before a failover or a restore', { ...FRESH, epoch: 0 }],
]
const clock = { epoch: 1, now: NOW }

/** Every state of a challenge × every code. */
export function challengeTable(): { state: string; challenge: Challenge | null; event: string; outcome: CodeOutcome; attempts: number }[] {
  return states.flatMap(([state, challenge]) =>
    ['right', 'wrong'].map((event) => {
      const step = judgeCode(challenge, event === 'right', noGuesses(), LIMITS, clock)
      return { state, challenge, event, outcome: step.outcome, attempts: (step.challenge ?? challenge)?.attempts ?? 0 }
    }),
  )
}

const ANSWERS: Record<CodeOutcome['kind'], string> = {
  right: '200 verified',
  wrong: '400 `code_wrong`',
  locked: '429 `too_many_attempts`',
  expired: '400 `code_expired`',
}

/** The table of docs/accounts.md, made by the rules themselves. */
export function challengeDocs(): string {
  const cell = ({ outcome, attempts }: ReturnType<typeof challengeTable>[number]) =>
    outcome.kind === 'wrong' ? `${ANSWERS.wrong}, ${outcome.attemptsLeft} left; attempts: ${attempts}` : ANSWERS[outcome.kind]
  const rows = Map.groupBy(challengeTable(), ({ state }) => state)
  const lines = [...rows].map(([state, [right, wrong]]) => {
    const challenge = right!.challenge
    const link = challenge && isLinkLive(challenge, clock.epoch, clock.now) ? '200 verified' : '400 `link_invalid`'
    return `| ${state} | ${cell(right!)} | ${cell(wrong!)} | ${link} |`
  })
  return `| state | the right code | a wrong code | the link |\n|---|---|---|---|\n${lines.join('\n')}`
}
