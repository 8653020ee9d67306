import { type Account, newAccount } from '../../src/rules/account.ts'
import { isLive, isRefreshable, type Refreshed, refresh, type Session } from '../../src/rules/session.ts'

const SECOND = 1000
const DAY = 24 * 60 * 60 * SECOND
export const NOW = 1_800_000_000_000
export const GRACE_MS = 10 * SECOND
export const EPOCH = 1

export const account = (parts: Partial<Account> = {}): Account => ({
  ...newAccount({
    id: 'acc_07a',
    app: 'app_1',
    email: 'ana@example.com',
    password: 'credential',
    locale: 'es',
    createdAt: NOW - DAY,
    verifiedAt: NOW - DAY,
  }),
  sessions: [{ id: 'ses_07s', expiresAt: NOW + DAY }],
  ...parts,
})
/** Of generation 3. Its first three tokens were first rotated 11, 9 and 1 seconds ago. */
export const session = (parts: Partial<Session> = {}): Session => ({
  v: 1,
  id: 'ses_07s',
  app: 'app_1',
  account: 'acc_07a',
  epoch: EPOCH,
  round: 0,
  createdAt: NOW - DAY,
  expiresAt: NOW + DAY,
  generation: 3,
  nonce: 'nonce',
  pepper: '01234567',
  rotations: [NOW - 11 * SECOND, NOW - 9 * SECOND, NOW - SECOND],
  usedAt: NOW - SECOND,
  endedAt: null,
  ...parts,
})

type State = { state: string; session: Session; account: Account | null; generation: number; now: number }
const one = (state: string, generation: number, parts: Partial<Omit<State, 'state' | 'generation'>> = {}): State => ({
  state,
  session: session(),
  account: account(),
  generation,
  now: NOW,
  ...parts,
})
const states: State[] = [
  one('the newest token', 3),
  one('the one before, within the grace', 2),
  one('the one before, after the grace', 2, { now: NOW + 9 * SECOND }),
  one('an older one, within its grace', 1),
  one('an older one, after its grace', 0),
  one('one of a session that has ended', 3, { session: session({ endedAt: NOW }) }),
  one('one of a session that is too old', 3, { session: session({ expiresAt: NOW }) }),
  one('one from before all sessions of the account were ended', 3, { account: account({ round: 1 }) }),
  one('one from before a failover or a restore', 3, { session: session({ epoch: EPOCH - 1 }) }),
  one('one of an account that is gone', 3, { account: null }),
]

export type Outcome = Refreshed['kind'] | 'dead'
type Line = { state: string; refreshed: Outcome; active: boolean; live: boolean }

/** Every state of a session and a genuine refresh token of it. */
export function sessionTable(): Line[] {
  return states.map(({ state, session, account, generation, now }) => {
    const live = isLive(session, account, EPOCH, now)
    const refreshed: Outcome = live ? refresh(session, generation, GRACE_MS, now).kind : 'dead'
    return { state, refreshed, active: live && isRefreshable(session, generation, GRACE_MS, now), live }
  })
}

const ANSWERS: Record<Outcome, string> = {
  rotated: '200, its successor',
  again: '200, the same successor once more',
  refused: '400 `invalid_grant`, nothing happens',
  reused: '400 `invalid_grant`, and the session ends',
  dead: '400 `invalid_grant`',
}

/** The table of docs/accounts.md, made by the rules themselves. */
export function sessionDocs(): string {
  const lines = sessionTable().map(({ state, refreshed, active, live }) => {
    const ended = live ? 'the session ends' : 'nothing happens'
    return `| ${state} | ${ANSWERS[refreshed]} | ${active} | ${ended} |`
  })
  return `| a refresh token | refresh | introspection: \`active\` | sign-out, revocation |\n|---|---|---|---|\n${lines.join('\n')}`
}
