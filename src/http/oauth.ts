import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { clock, inCall } from '../call.ts'
import type { OAuthClient } from '../contract/accounts.ts'
import { CALL_MS } from '../contract/contract.ts'
import { type OAuthApi, type OAuthCode, type OAuthRoute, oauthErrors } from '../contract/oauth.ts'
import { Problem, type ProblemCode, problems } from '../problem.ts'
import { type Parameters, parametersOf, readForms } from './forms.ts'
import { challengeFor, clientOf } from './oauth-client.ts'
import { asProblem, type Requested } from './server.ts'

export type OAuthRefusal = { error: OAuthCode; description: string }
/** What a handler gets: the parameters that its route knows, and who calls (on a route for anybody: nobody). */
export type OAuthCall = { parameters: Parameters; client: OAuthClient }
export type OAuthAnswer<R extends OAuthRoute> = { headers?: Record<string, string>; told?: Partial<Requested> } & (
  | { body: R['answer'] extends TSchema ? Static<R['answer']> : undefined }
  | { refusal: OAuthRefusal }
)
export type OAuthHandlers<A extends OAuthApi> = { [K in keyof A]: (call: OAuthCall) => Promise<OAuthAnswer<A[K]>> }

const NOBODY: OAuthClient = { kind: 'public', app: null }
const OTHER_METHODS = ['GET', 'PUT', 'PATCH', 'DELETE']

/**
 * Puts OAuth routes on a part of a server of their own, which also takes forms: what is taken here is taken nowhere else. Every refusal
 * is `{error, error_description}` (RFC 6749 §5.2), also of what the HTTP library refuses.
 */
export function serveOAuth<A extends OAuthApi>(app: FastifyInstance, api: A, handlers: OAuthHandlers<A>) {
  app.register(async (part) => {
    readForms(part)
    part.setErrorHandler(async (error, request, reply) => answerError(asProblem(error), request, reply))
    for (const [op, route] of Object.entries(api)) {
      const handle = handlers[op as keyof A] as (call: OAuthCall) => Promise<OAuthAnswer<OAuthRoute>>
      // A page may refresh and revoke its own tokens; who introspects holds a key, which no page has.
      const config = route.client === 'identified' ? { op, cors: 'any' as const } : { op }
      part.route({ method: route.method, url: route.path, config, handler: handlerOf(route, handle) })
      if (route.method === 'POST')
        part.route({
          method: OTHER_METHODS,
          url: route.path,
          config: { op },
          handler: async (request, reply) => refuse(request, reply.header('allow', 'POST'), 405, invalid('this address takes POST')),
        })
    }
  })
}

const invalid = (description: string): OAuthRefusal => ({ error: 'invalid_request', description })

function handlerOf(route: OAuthRoute, handle: (call: OAuthCall) => Promise<OAuthAnswer<OAuthRoute>>) {
  const known = Object.keys((route.body as { properties?: object } | undefined)?.properties ?? {})
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const told = (refusal: OAuthRefusal) => {
      if (refusal.error === 'invalid_client') reply.header('www-authenticate', challengeFor(request.headers, route.client))
      return refuse(request, reply, oauthErrors[refusal.error].status, refusal)
    }
    const parameters = parametersOf(request.body, known)
    if (typeof parameters === 'string') return told(invalid(parameters))
    const identified = route.client === 'none' ? { client: NOBODY } : clientOf(request.headers, parameters, route.client)
    if ('refusal' in identified) return told(identified.refusal)
    const call = { parameters, client: identified.client }
    const answer = await inCall({ requestId: request.id, until: clock() + CALL_MS }, () => handle(call))
    Object.assign(request.done, answer.told)
    if ('refusal' in answer) return told(answer.refusal)
    reply.headers({ ...(route.client === 'none' ? { 'access-control-allow-origin': '*' } : KEPT_BY_NOBODY), ...answer.headers })
    return reply.code(200).send(answer.body)
  }
}

/** RFC 6749 §5.1. */
const KEPT_BY_NOBODY = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** What is wrong with a call that came to no handler, or failed in one. */
const words: Partial<Record<ProblemCode, string>> = {
  body_too_large: 'the body is larger than 64 KiB',
  content_type_unsupported: 'send application/x-www-form-urlencoded or application/json in UTF-8, uncompressed',
  invalid_request: 'the body cannot be read',
}

/** The exit for errors of this part; what failed on our side is told to the log alone. */
function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const problem = error instanceof Problem ? error : new Problem('fault', {}, { cause: error })
  const { status } = problems[problem.code]
  if (status < 500) return refuse(request, reply, status === 413 ? 413 : 400, invalid(words[problem.code] ?? 'the request cannot be read'))
  const code = status === 503 ? 'temporarily_unavailable' : 'server_error'
  if (status === 503) reply.header('retry-after', '1')
  request.done = { ...request.done, error: problem.cause ?? problem }
  return refuse(request, reply, status, { error: code, description: oauthErrors[code].title })
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, { error, description }: OAuthRefusal) {
  request.done = { ...request.done, outcome: error }
  reply.code(status).headers(KEPT_BY_NOBODY)
  return reply.send({ error, error_description: description })
}
