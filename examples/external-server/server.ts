import { createHash } from 'node:crypto'
import { join } from 'node:path'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import { createPages, type Page } from './pages.ts'
import type { Sello } from './sello.ts'
import { createSessions, type Notice, type Session } from './sessions.ts'
import { isLocale, type Locale, locales } from './words.ts'

const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/** Sello may have done what was asked, and the answer was lost: the form comes back with the same wish. */
const LOST = ['unavailable', 'busy', 'fault', 'numbers_exhausted']

/**
 * The "servidor externo": an application that asks Sello whether a visitor holds a mailbox.
 * @param origin where visitors find it, such as https://shop.example.com @param inbox where letters are on a development machine
 */
export function createApp({ origin, sello, inbox = null }: { origin: string; sello: Sello; inbox?: string | null }) {
  const sessions = createSessions(origin.startsWith('https:'))
  const pages = createPages(origin, inbox)
  const app = express()
  app.disable('x-powered-by').disable('etag').set('trust proxy', 'loopback')

  app.use((request, response, next) => {
    response.set({
      'cache-control': 'no-store',
      'content-security-policy': POLICY,
      'referrer-policy': 'same-origin', // with no-referrer, browsers would send `Origin: null`
      'x-content-type-options': 'nosniff',
      vary: 'accept-language, cookie',
    })
    const { lang } = request.query
    if (isLocale(lang)) response.cookie('lang', lang, { httpOnly: true, sameSite: 'lax', secure: origin.startsWith('https:') })
    // Every browser names the origin of a POST. Another one's form (CSRF) is refused; SameSite=Lax has left its cookie away besides.
    if (request.method !== 'POST' || request.headers.origin === origin) return next()
    show(request, response, 403, { view: 'message', code: 'foreign_form' })
  })
  app.get('/style.css', (_, response) =>
    response.sendFile(join(import.meta.dirname, 'style.css'), { headers: { 'cache-control': 'max-age=600' } }),
  )
  app.use(express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 10 }))

  app.get('/', (request, response) => {
    const session = sessions.find(request) ?? sessions.begin(response)
    if (session.proven) return response.redirect(303, '/welcome')
    show(request, response, 200, { view: 'email', notice: take(session) })
  })

  app.post('/email', async (request, response) => {
    const session = sessions.find(request)
    if (!session) return show(request, response, 400, { view: 'message', code: 'session_over' })
    const email = field(request, 'email')
    const refused = await mailNumber(request, session, email)
    if (refused) session.notice = { ...refused, typed: email }
    response.redirect(303, refused ? '/' : '/number')
  })

  app.get('/number', (request, response) => {
    const session = sessions.find(request)
    if (!session?.asked) return response.redirect(303, '/')
    show(request, response, 200, { view: 'number', email: session.asked, notice: take(session) })
  })

  app.post('/number', async (request, response) => {
    const session = sessions.find(request)
    if (!session?.asked) return show(request, response, 400, { view: 'message', code: 'session_over' })
    const number = field(request, 'number')
    const { asked: email, token } = session
    const answer = await sello.check({ number, email, token, ...clientIp(request) }, keyOf(request, session))
    if (answer.code !== undefined) {
      const notice = noticeOf(request, answer)
      session.notice = { ...notice, code: notice.code === 'invalid_request' ? 'number_malformed' : notice.code, typed: number }
      return response.redirect(303, '/number')
    }
    sessions.signIn(session, response, { email: answer.email, at: answer.checkedAt })
    response.redirect(303, '/welcome')
  })

  app.post('/again', async (request, response) => {
    const session = sessions.find(request)
    if (!session?.asked) return show(request, response, 400, { view: 'message', code: 'session_over' })
    session.notice = (await mailNumber(request, session, session.asked)) ?? { code: 'mailed_again' }
    response.redirect(303, '/number')
  })

  app.get('/welcome', (request, response) => {
    const proven = sessions.find(request)?.proven
    if (!proven) return response.redirect(303, '/')
    show(request, response, 200, { view: 'welcome', ...proven })
  })

  app.post('/sign-out', (request, response) => {
    sessions.end(request, response)
    response.redirect(303, '/')
  })

  app.use((request: Request, response: Response) => show(request, response, 404, { view: 'message', code: 'no_page' }))
  const answerError: ErrorRequestHandler = (error: { status?: number; message: string }, request, response, _next) => {
    const isTheirs = error.status !== undefined && error.status < 500
    if (!isTheirs) console.error(`${request.method} ${request.path}: ${error.message}`) // never what was typed
    show(request, response, isTheirs ? error.status! : 500, { view: 'message', code: isTheirs ? 'invalid_request' : 'fault' })
  }
  app.use(answerError)
  return app

  /** Registers the address with this visitor's token; what Sello refused, or null. */
  async function mailNumber(request: Request, session: Session, email: string): Promise<Notice | null> {
    const { token } = session
    const answer = await sello.register({ email, token, locale: localeOf(request) }, keyOf(request, session))
    if (answer.code !== undefined) return noticeOf(request, answer)
    session.asked = answer.email
    return null
  }

  function show(request: Request, response: Response, status: number, page: Page) {
    response
      .status(status)
      .type('html')
      .send(pages(localeOf(request), request.path, page))
  }
}

/** A notice is shown once. */
function take(session: Session): Notice | null {
  const { notice } = session
  session.notice = null
  return notice
}

const noticeOf = (request: Request, { code, waitS }: { code: string; waitS: number }): Notice => ({
  code,
  waitS,
  ...(LOST.includes(code) ? { wish: field(request, 'wish') } : {}),
})

/**
 * One key for each form that was shown: pressing its button twice, or again after an outage, is the same wish. The token makes it this
 * visitor's own.
 */
const keyOf = (request: Request, { token }: Session): string =>
  createHash('sha256')
    .update(`${token} ${request.path} ${field(request, 'wish')}`)
    .digest('hex')

/** A field of the form; a repeated one counts as absent. */
function field(request: Request, name: string): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** On a machine without a proxy every visitor looks the same. */
const clientIp = ({ ip = '' }: Request) => (/^(::1|(::ffff:)?127\.)/.test(ip) ? {} : { clientIp: ip })

function localeOf(request: Request): Locale {
  const kept = /(?:^|; *)lang=(\w\w)(?:;|$)/.exec(request.headers.cookie ?? '')?.[1]
  return [request.query.lang, kept, request.acceptsLanguages(...locales)].find(isLocale) ?? 'es'
}
