import type { FastifyRequest } from 'fastify'
import { localeOf, messages, negotiate } from '../../i18n/i18n.ts'
import { shell } from '../../i18n/pages/shell.ts'
import type { ProblemBody } from '../../problem.ts'
import type { House } from '../gateway.ts'
import { html } from '../web/html.ts'
import { openJar } from './jar.ts'
import { layout } from './layout.ts'
import { guards, NOBODY } from './pages.ts'
import { createVisit } from './visit.ts'

/** A browser that goes to a page; whatever calls the API gets a problem document, whoever it is. */
const wantsPage = ({ url, headers }: FastifyRequest): boolean =>
  !/^\/(v1|inbox|health)\b/.test(url) && (headers.accept ?? '').includes('text/html')

/** A refusal or fault that no page shows by itself, for whoever asked with a browser; null for everybody else. */
export function errorPage(house: House, request: FastifyRequest, { status, code, requestId }: ProblemBody) {
  if (!wantsPage(request)) return null
  const jar = openJar(request.headers.cookie, house.publicUrl().startsWith('https:'), house.newId)
  const query = Object.entries((request.query ?? {}) as Record<string, unknown>)
  const fields = new Map(query.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
  const locale = localeOf(fields.get('lang')) ?? jar.locale ?? negotiate(request.headers['accept-language']) ?? house.locale
  const { errors, errorId, retry, signIn } = shell[locale]
  const said =
    status === 404
      ? errors.missing
      : code === 'form_stale'
        ? errors.stale
        : status === 503
          ? errors.unavailable
          : status >= 500
            ? errors.failed
            : null
  const heading = said?.heading ?? shell[locale].problem
  const body = html`<h1>${heading}</h1><p class="lead">${said?.lead ?? messages[locale].problems[code as never]}</p>
${status >= 500 && html`<p class="muted small">${errorId(requestId)}</p>`}
${request.method === 'GET' && status === 503 && html`<p class="row next"><a class="btn wide" href="">${retry}</a></p>`}
${status === 404 && html`<p class="row next"><a class="btn ghost wide" href="/login">${signIn}</a></p>`}`
  const nowhere = { brand: NOBODY, rules: null as never, returnTo: null, signed: null, link: null, handlers: null as never }
  const visit = createVisit({ request, house, jar, locale, fields, named: null, ...nowhere })
  return { html: layout(visit, { title: heading, body, isError: true }), headers: guards(NOBODY, house.publicUrl()) }
}
