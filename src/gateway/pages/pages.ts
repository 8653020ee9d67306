import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clock, inCall } from '../../call.ts'
import type { Brand, PageRules } from '../../contract/brands.ts'
import type { LinkView } from '../../contract/browsers.ts'
import { parametersOf, readForms } from '../../http/forms.ts'
import { isFromOurPage } from '../../http/same-site.ts'
import { localeOf, negotiate } from '../../i18n/i18n.ts'
import { Problem, problems, retryAfterOf } from '../../problem.ts'
import type { House } from '../gateway.ts'
import type { Html } from '../web/html.ts'
import { isFormToken, openJar } from './jar.ts'
import { layout } from './layout.ts'
import { createVisit, type Handlers, type Signed, type Visit } from './visit.ts'

/** Passwords are hashed in some of these calls. */
const PAGE_MS = 5000
/** Besides those of each form. */
const ALWAYS = ['app', 'return', 'lang', 'form', 'token', 'next']

/** What a visitor sees. `problem`: what was refused, whose status and `Retry-After` the page has; `to`: elsewhere, by 303. */
export type Shown = { title: string; body: Html; kind?: Stamp; wide?: boolean; problem?: Problem; isError?: boolean }
export type Stamp = { series: 'number' | 'code' | 'link' | 'reset' | 'note'; word: string; value: string; unit: string; franked?: string }
export type Outcome = Shown | { to: string; headers?: Record<string, string> } | { reply: (reply: FastifyReply) => FastifyReply }
/**
 * Whose app a page is of. `named`: the one that the address names; `flow`: that of the sign-up in the cookie; `link`: that of the letter's
 * link; `session`: the signed-in person's, and whoever is not signed in is sent there first.
 */
type Of = 'named' | 'flow' | 'link' | 'session'
export type PageRoute = {
  path: string
  of: Of
  op: string
  /** Names of the fields that its form, and its query, may have. */
  fields?: readonly string[]
  /** Whether it shows something else to whoever is signed in. */
  wantsSession?: boolean
  get?: (visit: Visit) => Promise<Outcome>
  post?: (visit: Visit) => Promise<Outcome>
}

/** Where no app is known. */
export const NOBODY: Brand = { app: '', name: 'Sello', accent: null, logo: null, logoSize: null, returns: [] }
const NO_RULES: PageRules = { passwordMin: 8, codeDigits: 4, codeTtlMs: 0, linkTtlMs: 0, undoTtlMs: 0 }

/** Puts pages on a part of a server of their own, which takes forms and nothing else. */
export function servePages(app: FastifyInstance, house: House, handlers: Handlers, routes: readonly PageRoute[]) {
  app.register(async (part) => {
    part.removeAllContentTypeParsers()
    readForms(part)
    for (const route of routes) {
      const config = { op: route.op }
      if (route.get) part.get(route.path, { config }, (request, reply) => answer(request, reply, route, route.get!))
      if (route.post) part.post(route.path, { config }, (request, reply) => answer(request, reply, route, route.post!))
    }
  })

  const answer = (request: FastifyRequest, reply: FastifyReply, route: PageRoute, work: NonNullable<PageRoute['get']>) =>
    inCall({ requestId: request.id, until: clock() + PAGE_MS }, async () => {
      const secure = house.publicUrl().startsWith('https:')
      const jar = openJar(request.headers.cookie, secure, house.newId)
      const fields = fieldsOf(request, route)
      if (request.method === 'POST') judgeOrigin(request, fields, jar.browser, house)
      const wish = localeOf(fields.get('lang'))
      if (wish && wish !== jar.locale) jar.setLocale(wish)
      const found = await place(route, fields, jar, house)
      if ('to' in found) return send(reply, jar.headers(), { to: found.to })
      const locale = wish ?? jar.locale ?? found.signed?.account.locale ?? negotiate(request.headers['accept-language']) ?? house.locale
      const named = fields.get('app') ?? (found.isDefault ? null : found.brand.app)
      const visit = createVisit({ request, house, jar, handlers, fields, locale, named, ...found })
      const outcome = await work(visit)
      return send(reply, jar.headers(), outcome, visit)
    })
}

type Place = Pick<Visit, 'brand' | 'rules' | 'returnTo' | 'signed' | 'link'> & { isDefault: boolean }

/** The app that a page is of, and what it is about. */
async function place(
  { of, path, wantsSession = false }: PageRoute,
  fields: ReadonlyMap<string, string>,
  jar: ReturnType<typeof openJar>,
  house: House,
): Promise<Place | { to: string }> {
  const { persistence } = house
  let app: string | null = fields.get('app') ?? null
  let signed: Signed | null = null
  let link: LinkView | null = null
  if (of === 'flow') app = jar.flow?.app ?? app
  if ((of === 'session' || wantsSession) && jar.session !== null) {
    const open = await persistence.openSession({ cookie: jar.session })
    if (open.kind === 'open') {
      const { session, account, isFresh } = open
      const { id, app, authAt } = session
      signed = { session, access: { session: id, account: account.id, app, authAt }, account, isFresh }
    }
  }
  if (of === 'session') {
    if (!signed) return { to: `/login?${new URLSearchParams({ ...(app ? { app } : {}), next: path })}` }
    app = signed.session.app
  }
  const token = fields.get('token')
  if (of === 'link' && token) {
    const found = await persistence.showLink({ token: token.slice(0, 256), flow: jar.flow?.flow ?? null })
    link = found.kind === 'found' ? found.link : null
    app = link?.app ?? app
  }
  const returnTo = fields.get('return')
  const found = await persistence.showBrand({ app, ...(returnTo ? { returnTo } : {}) })
  if (found.kind === 'found') return { ...found, signed, link }
  if (of !== 'link') throw new Problem('not_found')
  return { brand: NOBODY, isDefault: true, rules: NO_RULES, returnTo: null, signed, link: null }
}

/** @throws Problem for a form that is none, or says something twice */
function fieldsOf(request: FastifyRequest, { fields = [] }: PageRoute): ReadonlyMap<string, string> {
  const known = [...ALWAYS, ...fields]
  const query = new Map(
    Object.entries(request.query as Record<string, unknown>).filter(
      (pair): pair is [string, string] => known.includes(pair[0]) && typeof pair[1] === 'string',
    ),
  )
  if (request.method !== 'POST') return query
  const form = parametersOf(request.body ?? null, known)
  if (typeof form === 'string') throw new Problem('invalid_request')
  return new Map([...query, ...form])
}

/** A form is taken only from a page that was made for this very browser. */
function judgeOrigin(request: FastifyRequest, fields: ReadonlyMap<string, string>, browser: string, house: House) {
  const origin = new URL(house.publicUrl()).origin
  if (!isFromOurPage(request.headers, origin) || !isFormToken(fields.get('form') ?? null, browser)) throw new Problem('form_stale')
}

function send(reply: FastifyReply, cookies: string[], outcome: Outcome, visit?: Visit) {
  reply.headers(guards(visit?.brand ?? NOBODY, visit?.house.publicUrl() ?? ''))
  if (cookies.length > 0) reply.header('set-cookie', cookies)
  if ('to' in outcome) return reply.headers(outcome.headers ?? {}).redirect(outcome.to, 303)
  if ('reply' in outcome) return outcome.reply(reply)
  const { problem } = outcome
  if (problem) {
    const retryAfter = retryAfterOf(problem)
    reply.code(problems[problem.code].status)
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  }
  return reply.type('text/html; charset=utf-8').send(layout(visit!, outcome))
}

/** Nothing from elsewhere, no script or style that stands in a page, in nobody's frame. Sign-in may lead on to the app's own URLs. */
export function guards({ returns }: Pick<Brand, 'returns'>, publicUrl: string): Record<string, string> {
  const targets = ["'self'", ...new Set(returns.map((url) => new URL(url).origin))].join(' ')
  return {
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // Forms of ours carry their origin, and nobody else learns an address with a token in it.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
