import type { Account } from './account.ts'

/**
 * One sign-in of a person at an app, and the family of refresh tokens that follow each other in it. None of them is stored: each is
 * derived from its generation. Times in ms.
 */
export type Session = {
  v: 1
  id: string
  app: string
  account: string
  epoch: number
  /** The account's, when it began. */
  round: number
  /** When the person signed in. */
  createdAt: number
  /** However often it is refreshed. */
  expiresAt: number
  /** The newest refresh token's; the first one's is 0. */
  generation: number
  /** Its tokens are derived from this, under the pepper of that id. */
  nonce: string
  pepper: string
  /** When the generations before the newest one were first rotated, newest last. */
  rotations: number[]
  usedAt: number
  endedAt: number | null
  /** Of a sign-in at a page: the session is that browser's, held by a cookie that never changes. `mac`: of the browser's handle. */
  browser?: { mac: string; name: string | null; system: string | null }
}

const DAY = 24 * 60 * 60 * 1000
/** Rotations that a session remembers: of an older token it is no longer known whether its grace has passed. */
const ROTATIONS = 16
const HOUR = 60 * 60 * 1000
/** A browser's session ends when nobody used it for so long, and however much it is used, after a day. */
export const BROWSER_IDLE_MS = 2 * HOUR
export const BROWSER_MS = DAY
/** Its use is noted no more often than that. */
const NOTED_MS = 60 * 1000
/** Browsers that an account knows. */
const BROWSERS = 20
/** Sessions of one account that live side by side. */
const SESSIONS = 100

/** Whether it, and with it all its tokens, is worth something. */
export const isLive = (session: Session, account: Account | null, epoch: number, now: number): boolean =>
  session.endedAt === null &&
  now < session.expiresAt &&
  (!session.browser || now < session.usedAt + BROWSER_IDLE_MS) &&
  session.epoch === epoch &&
  account?.id === session.account &&
  account.deletedAt === null &&
  account.app === session.app &&
  account.round === session.round

export type Refreshed =
  /** The newest token: its successor is the newest now. */
  | { kind: 'rotated'; next: Session }
  /** The one before, within the grace: the newest token once more. */
  | { kind: 'again' }
  /** A token within its grace whose successor is spent, as of a call that was overtaken: nothing happens. */
  | { kind: 'refused' }
  /** A token that nobody but a thief, or whom he stole from, still has. */
  | { kind: 'reused'; next: Session }

/**
 * What a refresh token of a live session gives. There is one line of successors: whoever is given a generation's successor is given
 * the same one.
 * @param generation of the token, which is genuine
 * @param graceMs counts from the token's first rotation; 0 = none
 * @see RFC 9700 §4.14.2
 */
export function refresh(session: Session, generation: number, graceMs: number, now: number): Refreshed {
  const age = session.generation - generation
  if (age === 0) {
    const rotations = [...session.rotations, now].slice(-ROTATIONS)
    return { kind: 'rotated', next: { ...session, generation: generation + 1, rotations, usedAt: now } }
  }
  // It was handed out, and that was lost by the store.
  if (age < 0) return { kind: 'refused' }
  const rotatedAt = session.rotations.at(-age)
  // A clock that is behind the one that rotated is no way round a grace of 0.
  const isGraced = rotatedAt !== undefined && Math.max(now, rotatedAt) < rotatedAt + graceMs
  if (!isGraced) return { kind: 'reused', next: end(session, now) }
  return { kind: age === 1 ? 'again' : 'refused' }
}

/** Whether this token of a live session would be given a successor. */
export function isRefreshable(session: Session, generation: number, graceMs: number, now: number): boolean {
  const { kind } = refresh(session, generation, graceMs, now)
  return kind === 'rotated' || kind === 'again'
}

export const end = (session: Session, now: number): Session => ({ ...session, endedAt: session.endedAt ?? now })

export const sessionSweepAt = ({ expiresAt }: Session): number => expiresAt + DAY

/** An account with one more session; `over`: those that had to make room for it. */
export function withSession(account: Account, { id, expiresAt }: Session, now: number): { account: Account; over: string[] } {
  const sessions = [...account.sessions.filter((one) => now < one.expiresAt), { id, expiresAt }]
  const over = sessions.slice(0, -SESSIONS).map((one) => one.id)
  return { account: { ...account, sessions: sessions.slice(-SESSIONS) }, over }
}

export const withoutSession = (account: Account, id: string): Account => ({
  ...account,
  sessions: account.sessions.filter((one) => one.id !== id),
})

/** The session as used now; the same one when that was noted lately. */
export const noted = (session: Session, now: number): Session => (now < session.usedAt + NOTED_MS ? session : { ...session, usedAt: now })

/** @param macs of a browser's handle, under every pepper */
export const knowsBrowser = ({ browsers = [] }: Account, macs: readonly string[]): boolean => browsers.some(({ mac }) => macs.includes(mac))

/** @param macs the first one is kept */
export function withBrowser(account: Account, macs: readonly string[], now: number): Account {
  const others = (account.browsers ?? []).filter(({ mac }) => !macs.includes(mac))
  return { ...account, browsers: [...others, { mac: macs[0]!, usedAt: now }].slice(-BROWSERS) }
}
