import { createHmac, timingSafeEqual } from 'node:crypto'
import { readCookies, writeCookie } from '../../http/cookies.ts'
import { type Locale, localeOf } from '../../i18n/i18n.ts'

/**
 * The sign-up that a browser is in the middle of. `flow`: null where the page does not know it, after a log-in say; `done`: verified, ms;
 * `step`: what was last done there about the password of that address, for the page that says so. `shown`: whoever sits there showed the
 * password of the sign-up.
 */
export type Flow = { app: string; email: string; flow: string | null; done?: number; step?: Step; shown?: true }
const STEPS = ['asked', 'reset', 'undone'] as const
export type Step = (typeof STEPS)[number]

const YEAR_SECONDS = 365 * 24 * 60 * 60
const HANDLE = /^[0-9A-Za-z]{22}$/
const LONGEST = 2048
/** ECMA-262 §21.4.1.1: the last instant that a date can be. */
const LAST = 8.64e15

export type Jar = ReturnType<typeof openJar>

/**
 * The cookies of a browser: `sello` (the session), `sello-flow` (a sign-up), `sello-browser` (its handle, by which accounts know it) and
 * `sello-lang`. Over https their names begin with `__Host-`: no other host of the domain can set them.
 * @param newId a fresh handle
 */
export function openJar(header: string | undefined, secure: boolean, newId: () => string) {
  const cookies = readCookies(header)
  const set = new Map<string, string>()
  const nameOf = (name: string) => (secure ? `__Host-${name}` : name)
  const read = (name: string) => cookies.get(nameOf(name)) ?? null
  const write = (name: string, value: string | null, maxAge?: number) => {
    const age = value === null ? { maxAge: 0 } : maxAge === undefined ? {} : { maxAge }
    set.set(name, writeCookie(nameOf(name), value ?? '', { secure, ...age }))
  }
  const known = HANDLE.exec(read('sello-browser') ?? '')?.[0]
  const browser = known ?? newId()
  if (!known) write('sello-browser', browser, YEAR_SECONDS)

  return {
    browser,
    /** Whether the browser had a handle already: without one it takes no cookies, or this is its first page. */
    isKnown: known !== undefined,
    session: read('sello'),
    flow: flowIn(read('sello-flow')),
    locale: localeOf(read('sello-lang') ?? undefined),
    /** Null signs out. */
    setSession: (cookie: string | null) => write('sello', cookie),
    setFlow: (flow: Flow | null) => write('sello-flow', flow && Buffer.from(JSON.stringify(flow)).toString('base64url')),
    setLocale: (locale: Locale) => write('sello-lang', locale, YEAR_SECONDS),
    /** `Set-Cookie` headers of what was set. */
    headers: () => [...set.values()],
  }
}

function flowIn(value: string | null): Flow | null {
  if (value === null || value.length > LONGEST) return null
  try {
    const { app, email, flow, done, step, shown } = JSON.parse(Buffer.from(value, 'base64url').toString('utf8')) as Record<string, unknown>
    if (typeof app !== 'string' || typeof email !== 'string' || !(flow === null || typeof flow === 'string')) return null
    const known = STEPS.find((one) => one === step)
    return {
      app,
      email,
      flow,
      ...(typeof done === 'number' && Number.isSafeInteger(done) && done >= 0 && done <= LAST ? { done } : {}),
      ...(known ? { step: known } : {}),
      ...(shown === true ? { shown } : {}),
    }
  } catch {
    return null
  }
}

/** What a form must carry: it shows that the form was made for this browser, and tells nothing of its handle. */
export const formToken = (browser: string): string => createHmac('sha256', browser).update('form').digest('base64url').slice(0, 22)

export function isFormToken(given: string | null, browser: string): boolean {
  const right = Buffer.from(formToken(browser))
  const presented = Buffer.from(given ?? '')
  return presented.length === right.length && timingSafeEqual(presented, right)
}
