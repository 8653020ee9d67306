import type { FastifyInstance } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { clock, inCall } from '../call.ts'
import type { Access } from '../contract/accounts.ts'
import { CALL_MS } from '../contract/contract.ts'
import type { Api, Route } from '../contract/routes.ts'
import { Problem } from '../problem.ts'
import { compiled } from './compiled.ts'
import { mistakesOf } from './mistakes.ts'
import type { Requested } from './server.ts'

type Part<S> = S extends TSchema ? Static<S> : undefined
/** What a handler gets of a request. Credentials are '' on routes that take none; `app` is that of `Sello-App`, null = app `default`. */
export type Call<R extends Route> = {
  body: Part<R['body']>
  params: Part<R['params']>
  apiKey: string
  accessToken: string
  app: string | null
  idempotencyKey: string | null
  acceptLanguage: string | undefined
  requestId: string
  /** Where a page calls: the handle of the browser, and whose session it has, in place of an access token. */
  browser?: string | null
  access?: Access | null
}
/** `told`: what the log line may say besides; `headers`: also sent when the answer is a refusal. */
export type Answer<R extends Route> = { headers?: Record<string, string>; told?: Partial<Requested> } & (
  | { body: Part<R['answer']> }
  | { refusal: Problem }
)
export type ApiHandlers<A extends Api> = { [K in keyof A]: (call: Call<A[K]>) => Promise<Answer<A[K]>> }

/** Whose pages may call what, when `allowOrigins` is on the server; app routes are for servers. */
const CORS = { public: 'named', account: 'any', either: 'any' } as const

/** Puts a contract's public routes on a server: authorisation header, strict input, the answer by its schema. */
export function serveApi<A extends Api>(app: FastifyInstance, api: A, handlers: ApiHandlers<A>) {
  for (const [op, route] of Object.entries(api)) {
    const handle = handlers[op as keyof A] as (call: Call<Route>) => Promise<Answer<Route>>
    app.route({
      method: route.method,
      url: route.path,
      config: { op, ...(Object.hasOwn(CORS, route.auth) && { cors: CORS[route.auth as keyof typeof CORS] }) },
      schema: route.answer ? { response: { [route.status]: route.answer } } : {},
      handler: async (request, reply) => {
        reply.header('cache-control', 'no-store')
        if (route.cors) reply.header('access-control-allow-origin', '*')
        const apiKey = route.auth === 'app' ? bearer(request.headers.authorization, 'api_key_invalid') : ''
        const { authorization } = request.headers
        const isSignedIn = route.auth === 'account' || (route.auth === 'either' && authorization !== undefined)
        const accessToken = isSignedIn ? bearer(authorization, 'token_invalid') : ''
        const app = route.auth === 'public' || route.auth === 'either' ? appOf(request.headers['sello-app']) : null
        const body = route.body && compiled(route.body)
        if (body && !body.Check(request.body)) throw new Problem('invalid_request', { fields: mistakesOf(body, route.body!, request.body) })
        const call: Call<Route> = {
          body: request.body as never,
          params: request.params as never,
          apiKey,
          accessToken,
          app,
          idempotencyKey: route.idempotent ? idempotencyKey(request.headers['idempotency-key']) : null,
          acceptLanguage: request.headers['accept-language'],
          requestId: request.id,
        }
        const answer = await inCall({ requestId: request.id, until: clock() + (route.deadlineMs ?? CALL_MS) }, () => handle(call))
        Object.assign(request.done, answer.told)
        if (answer.headers) reply.headers(answer.headers)
        if ('refusal' in answer) throw answer.refusal
        return reply.code(route.status).send(answer.body)
      },
    })
  }
}

/** What stands in `Authorization: Bearer …` (RFC 6750 §2.1). */
function bearer(header: string | undefined, refusal: 'api_key_invalid' | 'token_invalid'): string {
  const match = /^bearer +([\x21-\x7e]{1,4096}) *$/i.exec(header ?? '')
  if (!match) throw new Problem(refusal)
  return match[1]!
}

/** The app that a public call names; null without a name. One that cannot be is unknown like any other. */
const appOf = (header: string | string[] | undefined): string | null => (header === undefined ? null : String(header).slice(0, 64))

/** 1–255 visible ASCII characters, quoted (a structured-field string) or not. */
function idempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  const match = typeof header === 'string' ? /^"([\x21-\x7e]{1,255})"$|^([\x21-\x7e]{1,255})$/.exec(header.trim()) : null
  const key = match?.[1] ?? match?.[2]
  if (key === undefined) {
    throw new Problem('invalid_request', {
      fields: [{ field: 'Idempotency-Key', code: 'format', hint: '1 to 255 visible ASCII characters' }],
    })
  }
  return key
}
