import { type Window, waitFor } from './limits.ts'

/**
 * One letter's proof of the mailbox: a code and a link. Codes and link tokens are MACs; `code` null = no code was mailed, or none
 * can be right (a decoy, whose `link` is null, too). Times in ms.
 * @see seed 004, "Estados de la Tabla EmailVerification": attempts, maxAttempts, expiresAt, usedAt (isUsed), createdAt
 */
export type Challenge = {
  /** The id of its letter. */
  id: string
  code: string | null
  link: string | null
  digits: number
  attempts: number
  maxAttempts: number
  createdAt: number
  /** Of the code. */
  expiresAt: number
  linkExpiresAt: number
  /** When it was used, by code or link, or replaced by a newer one. */
  usedAt: number | null
  epoch: number
}

/** Wrong codes at one address, whoever tried and for whatever app, oldest first: resending refills nothing. Times in ms. */
export type Guesses = {
  /** Of codes with fewer than 8 digits, within the longest window. */
  short: number[]
  /** Of those, since the last right one. */
  shortInRow: number
  long: number[]
}
/** What an address may be guessed at; null = without limit. */
export type GuessLimits = { short: Window[]; inRow: number; long: Window[] } | null

const DAY = 24 * 60 * 60 * 1000
export const LONG_DIGITS = 8
/** Wrong short codes in a row, whatever the time between them (NIST SP 800-63B-4 §3.2.2 allows 100). */
export const IN_ROW = 30
/** Wrong codes of eight digits in a day; then only the link works. */
export const LONG_GUESSES: Window[] = [{ count: 30, spanMs: DAY }]

export const noGuesses = (): Guesses => ({ short: [], shortInRow: 0, long: [] })

/**
 * How many digits the next code has: as the policy says while all its attempts fit into what may still be guessed, then eight; null
 * when not even those may be guessed any more, and the letter carries a link alone.
 */
export function digitsFor(guesses: Guesses, limits: GuessLimits, digits: number, attempts: number, now: number): number | null {
  if (limits === null || (digits < LONG_DIGITS && mayGuess(guesses, limits, digits, attempts, now))) return digits
  return mayGuess(guesses, limits, LONG_DIGITS, 1, now) ? LONG_DIGITS : null
}

/** Whether `count` more wrong guesses at codes of so many digits stay within the limits. */
function mayGuess(guesses: Guesses, limits: GuessLimits, digits: number, count: number, now: number): boolean {
  if (limits === null) return true
  const fits = (times: number[], windows: Window[]) =>
    waitFor(
      times,
      windows.map((window) => ({ ...window, count: window.count - count + 1 })),
      now,
    ) === 0
  if (digits >= LONG_DIGITS) return fits(guesses.long, limits.long)
  return fits(guesses.short, limits.short) && guesses.shortInRow + count <= limits.inRow
}

/** As many are remembered, and for as long, as a window asks. */
function guessed(guesses: Guesses, limits: GuessLimits, digits: number, now: number): Guesses {
  const within = (times: number[], windows: Window[] = []) => {
    const spanMs = Math.max(DAY, ...windows.map((window) => window.spanMs))
    const count = Math.max(100, ...windows.map((window) => window.count))
    return [...times.filter((at) => at > now - spanMs), now].slice(-count)
  }
  if (digits >= LONG_DIGITS) return { ...guesses, long: within(guesses.long, limits?.long) }
  return { ...guesses, short: within(guesses.short, limits?.short), shortInRow: guesses.shortInRow + 1 }
}

export const isCodeLive = (challenge: Challenge, epoch: number, now: number): boolean =>
  challenge.usedAt === null && challenge.epoch === epoch && now < challenge.expiresAt
export const isLinkLive = (challenge: Challenge, epoch: number, now: number): boolean =>
  challenge.link !== null && challenge.usedAt === null && challenge.epoch === epoch && now < challenge.linkExpiresAt
/** Neither used nor replaced nor over: its letter, of whatever kind, is worth sending. */
export const isOpen = (challenge: Challenge, epoch: number, now: number): boolean =>
  challenge.usedAt === null && challenge.epoch === epoch && now < Math.max(challenge.expiresAt, challenge.linkExpiresAt)

export type CodeOutcome = { kind: 'right' } | { kind: 'wrong'; attemptsLeft: number } | { kind: 'locked' } | { kind: 'expired' }
/** What is to be stored stands beside the outcome; absent = nothing changes. */
export type CodeStep = { outcome: CodeOutcome; challenge?: Challenge; guesses?: Guesses }

/**
 * Judges one submitted code. A wrong one is counted by the challenge and by the address in the commit that answers it; wrong codes
 * never touch the link.
 * @param isRight whether it is this challenge's code
 * @see seed 004, "Flujo de Error" (3 attempts, then ask for a new one); RFC 4226 §7.3
 */
export function judgeCode(
  challenge: Challenge | null,
  isRight: boolean,
  guesses: Guesses,
  limits: GuessLimits,
  { epoch, now }: { epoch: number; now: number },
): CodeStep {
  if (challenge === null || !isCodeLive(challenge, epoch, now)) return { outcome: { kind: 'expired' } }
  const { attempts, maxAttempts, digits } = challenge
  if (attempts >= maxAttempts || !mayGuess(guesses, limits, digits, 1, now)) return { outcome: { kind: 'locked' } }
  if (isRight) return { outcome: { kind: 'right' }, challenge: use(challenge, now), guesses: { ...guesses, shortInRow: 0 } }
  return {
    outcome: { kind: 'wrong', attemptsLeft: maxAttempts - attempts - 1 },
    challenge: { ...challenge, attempts: attempts + 1 },
    guesses: guessed(guesses, limits, digits, now),
  }
}

/** Used, or replaced by a newer one; the first time stands. */
export const use = (challenge: Challenge, now: number): Challenge => ({ ...challenge, usedAt: challenge.usedAt ?? now })
