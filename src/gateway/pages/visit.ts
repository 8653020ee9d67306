import type { FastifyRequest } from 'fastify'
import type { Access, SessionView } from '../../contract/accounts.ts'
import type { Brand, PageRules } from '../../contract/brands.ts'
import type { AccountHeld, LinkView } from '../../contract/browsers.ts'
import { gateway } from '../../contract/gateway.ts'
import type { Route } from '../../contract/routes.ts'
import type { Answer, ApiHandlers, Call } from '../../http/api.ts'
import { compiled } from '../../http/compiled.ts'
import { mistakesOf } from '../../http/mistakes.ts'
import type { Locale } from '../../i18n/i18n.ts'
import { type Shell, shell } from '../../i18n/pages/shell.ts'
import { Problem } from '../../problem.ts'
import type { House } from '../gateway.ts'
import { formToken, type Jar } from './jar.ts'

type Api = typeof gateway
export type Handlers = ApiHandlers<Api>
/** Who sits there: a session of this browser's. `isFresh`: whether the sign-in is young enough for what asks for that. */
export type Signed = { session: SessionView; access: Access; account: AccountHeld; isFresh: boolean }

/** One request for a page, and what its maker needs. */
export type Visit = {
  request: FastifyRequest
  house: House
  jar: Jar
  locale: Locale
  words: Shell
  brand: Brand
  rules: PageRules
  now: number
  /** One of the app's registered URLs, where the visitor came with it. */
  returnTo: string | null
  /** Hidden in every form. */
  formToken: string
  /** Of the query, or of the form that was sent; '' when it is not there. */
  field(name: string): string
  /** Hidden in every form, and in every address of ours: what must not be lost on the way. */
  kept: Record<string, string>
  /** A page of ours, with what must not be lost on the way: the app and where to return to. */
  href(path: string, more?: Record<string, string>): string
  /** Calls a JSON route's handler as a client would, its strict body included. */
  ask<K extends keyof Api>(op: K, body: Record<string, string | undefined>, given?: Ask): Promise<Answer<Api[K]>>
  /** On pages that need them; null elsewhere, and where there are none. */
  signed: Signed | null
  link: LinkView | null
}
type Ask = { app?: string; params?: Record<string, string> }

type Given = Pick<Visit, 'request' | 'house' | 'jar' | 'locale' | 'brand' | 'rules' | 'returnTo' | 'signed' | 'link'> & {
  handlers: Handlers
  fields: ReadonlyMap<string, string>
  /** The app that the address names; null = none. */
  named: string | null
}

export function createVisit({ handlers, fields, named, ...given }: Given): Visit {
  const { request, house, jar, brand, returnTo, signed, locale } = given

  async function ask<K extends keyof Api>(op: K, sent: Record<string, string | undefined>, more: Ask = {}): Promise<Answer<Api[K]>> {
    const route: Route = gateway[op]
    const body = route.body && Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined && value !== ''))
    if (route.body) {
      const validator = compiled(route.body)
      if (!validator.Check(body)) return { refusal: new Problem('invalid_request', { fields: mistakesOf(validator, route.body, body) }) }
    }
    const app = more.app ?? brand.app
    const call: Call<Route> = {
      body: body as never,
      params: (more.params ?? {}) as never,
      apiKey: '',
      accessToken: '',
      // A session says nothing at another app.
      access: signed?.session.app === app ? signed.access : null,
      app,
      idempotencyKey: null,
      acceptLanguage: locale,
      requestId: request.id,
      browser: jar.browser,
    }
    const answer = await (handlers[op] as unknown as (call: Call<Route>) => Promise<Answer<Api[K]>>)(call)
    const refusal = 'refusal' in answer ? { outcome: answer.refusal.code } : {}
    Object.assign(request.done, { op, ...answer.told, ...refusal })
    return answer
  }

  const kept = { ...(named ? { app: named } : {}), ...(returnTo ? { return: returnTo } : {}) }
  return {
    ...given,
    kept,
    words: shell[locale],
    now: house.now(),
    formToken: formToken(jar.browser),
    field: (name) => fields.get(name) ?? '',
    href(path, more = {}) {
      const query = new URLSearchParams({ ...kept, ...more })
      return query.size > 0 ? `${path}?${query}` : path
    },
    ask,
  }
}
