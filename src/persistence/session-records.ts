import type { SessionView } from '../contract/accounts.ts'
import type { Account } from '../rules/account.ts'
import { type Session, sessionSweepAt } from '../rules/session.ts'
import { sessionKey } from './mailboxes.ts'
import type { Put, Stored } from './store/store.ts'

export type Granted = { kind: 'granted'; session: SessionView; refreshToken: string }

export const asSession = (record: Stored | null | undefined) => (record?.value as Session | undefined) ?? null
export const sessionPut = (session: Session): Put => ({ key: sessionKey(session.id), value: session, sweepAt: sessionSweepAt(session) })

/** The records of an account's sessions, but for one that goes on: they end with the commit that drops them. */
export const sessionsOver = (account: Account, keep: string | null = null): string[] =>
  account.sessions.filter(({ id }) => id !== keep).map(({ id }) => sessionKey(id))

export const showSession = ({ id, app, account, createdAt, expiresAt }: Session, { email }: Account): SessionView => ({
  id,
  app,
  account,
  email,
  authAt: createdAt,
  expiresAt,
})
export const grant = (session: Session, account: Account, refreshToken: string): Granted => ({
  kind: 'granted',
  session: showSession(session, account),
  refreshToken,
})
