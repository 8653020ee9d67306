import type { Session } from '../rules/session.ts'
import { type Secrets, sameText } from './secrets.ts'

/** What follows `ses_` in the session's id, `acc_` in its account's, and a MAC: derived like a refresh token, so that no secret lies in the store. */
const COOKIE = /^(\d\d[0-9A-Za-z]{22})\.(\d\d[0-9A-Za-z]{22})\.([\w-]{43})$/

/** The session that a cookie speaks of, and whose it says that it is; null when it is none, whoever made it. */
export function readCookie(cookie: string): { session: string; account: string } | null {
  const [, session, account] = COOKIE.exec(cookie) ?? []
  return session && account ? { session: `ses_${session}`, account: `acc_${account}` } : null
}

export const writeCookie = (secrets: Secrets, session: Session): string =>
  `${session.id.slice('ses_'.length)}.${session.account.slice('acc_'.length)}.${macOf(secrets, session)}`

/** Whether it was handed out for this session, which is a browser's. */
export function isCookieOf(secrets: Secrets, session: Session, cookie: string): boolean {
  const right = macOf(secrets, session)
  return session.browser !== undefined && right !== null && sameText(right, COOKIE.exec(cookie)?.[3] ?? '')
}

/** @returns null when the pepper is no longer among ours */
const macOf = (secrets: Secrets, { id, account, nonce, pepper }: Session): string | null =>
  secrets.macUnder(pepper, 'cookie', `${id}/${account}/${nonce}`)?.toString('base64url') ?? null
