import type { Session } from '../rules/session.ts'
import { type Secrets, sameText } from './secrets.ts'

/** What follows `ses_` in the session's id, and a MAC: derived like a refresh token, so that no secret lies in the store. */
const COOKIE = /^(\d\d[0-9A-Za-z]{22})\.([\w-]{43})$/

/** The id of the session that a cookie speaks of; null when it is none, whoever made it. */
export const sessionOfCookie = (cookie: string): string | null => {
  const handle = COOKIE.exec(cookie)?.[1]
  return handle ? `ses_${handle}` : null
}

export const writeCookie = (secrets: Secrets, session: Session): string => `${session.id.slice('ses_'.length)}.${macOf(secrets, session)}`

/** Whether it was handed out for this session, which is a browser's. */
export function isCookieOf(secrets: Secrets, session: Session, cookie: string): boolean {
  const right = macOf(secrets, session)
  return session.browser !== undefined && right !== null && sameText(right, COOKIE.exec(cookie)?.[2] ?? '')
}

/** @returns null when the pepper is no longer among ours */
const macOf = (secrets: Secrets, { id, nonce, pepper }: Session): string | null =>
  secrets.macUnder(pepper, 'cookie', `${id}/${nonce}`)?.toString('base64url') ?? null
