import { randomBytes } from 'node:crypto'
import type { CookieOptions, Request, Response } from 'express'

/** What a page says once, after the redirect: a refusal, and what to put back into its form. */
export type Notice = { code: string; waitS?: number; typed?: string; wish?: string }
export type Session = {
  /** Given to Sello with both calls, and to nobody else: a number works only together with it. */
  token: string
  /** The address that a number was mailed to. */
  asked: string | null
  /** The address that was proven: who this visitor is. */
  proven: { email: string; at: string } | null
  notice: Notice | null
  endsAt: number
}

const LIFE_MS = 24 * 60 * 60_000
/** A double click arrives with the cookie of a moment ago; repeated with the same key, it still gets in. */
const AFTER_SIGN_IN_MS = 60_000
const MOST = 10_000

/** Sessions in memory, the oldest one making room. An application in earnest keeps them where it keeps the rest. */
export function createSessions(isHttps: boolean) {
  const sessions = new Map<string, Session>()
  const [strangers, signedIn] = [new Set<string>(), new Set<string>()]
  const forget = (id: string) => {
    for (const some of [sessions, strangers, signedIn]) some.delete(id)
  }
  // `__Host-`: a browser takes it only with Secure and Path=/, and from no other host of the domain.
  const name = isHttps ? '__Host-session' : 'session'
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure: isHttps, path: '/' }
  const random = () => randomBytes(32).toString('base64url')

  function idOf(request: Request): string {
    const pairs = (request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='))
    return pairs.find(([key]) => key === name)?.[1] ?? ''
  }
  /** The visitor's session, or null. */
  function find(request: Request): Session | null {
    const session = sessions.get(idOf(request))
    return session && session.endsAt > Date.now() ? session : null
  }
  /** A new session, under an id that nobody has seen. */
  function begin(response: Response, proven: Session['proven'] = null): Session {
    // Strangers push out strangers: nobody who is signed in.
    const crowd = proven ? signedIn : strangers
    for (const oldest of crowd) {
      if (crowd.size < MOST) break
      forget(oldest)
    }
    const id = random()
    const session = { token: random(), asked: null, proven, notice: null, endsAt: Date.now() + LIFE_MS }
    sessions.set(id, session)
    crowd.add(id)
    response.cookie(name, id, options)
    return session
  }
  /** Signs in: whoever planted or saw the id from before has nothing of it. */
  function signIn(session: Session, response: Response, proven: NonNullable<Session['proven']>) {
    session.endsAt = Math.min(session.endsAt, Date.now() + AFTER_SIGN_IN_MS)
    begin(response, proven)
  }
  function end(request: Request, response: Response) {
    forget(idOf(request))
    response.clearCookie(name, options)
  }
  return { find, begin, signIn, end }
}
