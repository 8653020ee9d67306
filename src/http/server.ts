import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Server } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Env } from '../env.ts'
import type { Line, Log } from '../log.ts'
import { Problem, type ProblemBody, type ProblemCode, toResponse } from '../problem.ts'
import { endEvents, isEventStream } from './events.ts'

/** Larger bodies are refused unread. */
const BODY_BYTES = 64 * 1024
const INTERNAL_BODY_BYTES = 1024 * 1024
/** What these refuse stood in `Authorization` (RFC 6750 §3.1); other 401 are about the body. */
const CREDENTIALS = new Set<ProblemCode>(['api_key_invalid', 'token_invalid', 'service_key_invalid'])
const REQUEST_ID = /^req_[0-9A-Za-z]{22}$/

export type Requested = { op: string; outcome: string } & Pick<Line, 'app' | 'identity' | 'letter' | 'to' | 'detail'> & { error?: unknown }

declare module 'fastify' {
  interface FastifyRequest {
    /** What the log line and the metrics will say of this request. */
    done: Requested
  }
  interface FastifyContextConfig {
    op?: string
    quiet?: boolean
  }
  interface FastifyInstance {
    /** What is shown instead of a problem document, where the server has pages; null: the document will do. */
    errorPage: ((request: FastifyRequest, problem: ProblemBody) => { html: string; headers: Record<string, string> } | null) | null
  }
}

type Options = {
  env: Env
  log: Log
  /** Called once for each answer. */
  measure: (op: string, outcome: string, ms: number) => void
  /** The refusal's sentence in the caller's language. */
  detailOf: (code: ProblemCode, headers: IncomingHttpHeaders) => string
  /** PEM; without it the server speaks plain HTTP. */
  tls?: { key: string; cert: string } | null
  /** For other services of ours: larger bodies, and the request keeps the id that it came with. */
  internal?: boolean
}

/**
 * A server with Sello's manners: JSON in UTF-8 only, bounded bodies and times, an id and one log line for every request, one exit for
 * errors (RFC 9457), 405 with `Allow` for a known path.
 */
export function createServer({ env, log, measure, detailOf, tls = null, internal = false }: Options): FastifyInstance {
  const newId = () => `req_${env.id()}`
  const idOf = ({ headers }: IncomingMessage) => {
    const given = String(headers['x-request-id'] ?? '')
    return REQUEST_ID.test(given) ? given : newId()
  }
  const app = Fastify({
    ...(tls ? { https: { ...tls, minVersion: 'TLSv1.2' as const } as never } : {}),
    logger: false,
    genReqId: internal ? idOf : newId,
    bodyLimit: internal ? INTERNAL_BODY_BYTES : BODY_BYTES,
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: (error, request, reply) => {
      void answerError(error, request, reply) // before any route, so no hook tells of it
      measure('unknown', request.done.outcome, reply.elapsedTime)
      log.info({ ...request.done, requestId: request.id, status: reply.statusCode })
    },
    requestTimeout: 15_000,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 10_000 },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler(error, socket) {
      if (!socket.writable) return
      const tooLarge = (error as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW'
      const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'
      const requestId = newId()
      const { body } = toResponse(new Problem('invalid_request'), requestId, () => 'The request is not HTTP that can be read.')
      const text = JSON.stringify({ ...body, status: tooLarge ? 431 : 400 })
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nX-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      )
    },
  })
  app.server.maxConnections = 10_000
  readStrictJson(app)

  const routes: { method: string; matches: RegExp }[] = []
  app.addHook('onRoute', ({ method, path }) => {
    const matches = new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-zA-Z]+/g, '[^/]+')}$`)
    for (const one of [method].flat()) routes.push({ method: one, matches })
  })

  app.decorateRequest('done')
  app.decorate('errorPage', null)
  app.addHook('onRequest', async (request, reply) => {
    request.done = { op: request.routeOptions.config.op ?? 'unknown', outcome: 'done' }
    reply.header('x-request-id', request.id)
  })
  app.addHook('onSend', async (_, reply) => {
    // Once the server closes, a kept-alive connection must not keep it: its answer is the last one.
    if (!app.server.listening) reply.header('connection', 'close')
  })
  app.addHook('onResponse', (request, reply, next) => {
    const { op, outcome } = request.done
    const ms = Math.round(reply.elapsedTime * 10) / 10
    const isStream = isEventStream(reply)
    if (!isStream) measure(op, outcome, reply.elapsedTime)
    const line: Line = { ...request.done, requestId: request.id, status: reply.statusCode, ms }
    if (reply.statusCode >= 500 || (isStream && line.error)) log.error(line)
    else if (!(request.routeOptions.config.quiet && reply.statusCode === 200)) log.info(line)
    next()
  })
  app.addHook('preClose', async () => endEvents(app))

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const methods = [...new Set(routes.filter(({ matches }) => matches.test(path)).map(({ method }) => method))]
    if (methods.length === 0) throw new Problem('not_found')
    reply.header('allow', methods.join(', '))
    throw new Problem('method_not_allowed')
  })

  app.setErrorHandler(answerError)

  /** The one exit for errors, also for those that come before any route. */
  async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
    const { problem, status, body, retryAfter } = toResponse(asProblem(error), request.id, (code) => detailOf(code, request.headers))
    request.done = {
      ...(request.done ?? { op: 'unknown' }),
      outcome: problem.code,
      ...(status >= 500 ? { error: problem.cause ?? problem } : {}),
    }
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
    if (status === 401) {
      const isRefused = CREDENTIALS.has(problem.code) && request.headers.authorization !== undefined
      reply.header('www-authenticate', isRefused ? 'Bearer error="invalid_token"' : 'Bearer realm="sello"')
    }
    reply.header('x-request-id', request.id).header('cache-control', 'no-store')
    const page = app.errorPage?.(request, body)
    if (page) return reply.code(status).headers(page.headers).type('text/html; charset=utf-8').send(page.html)
    return reply.code(status).type('application/problem+json; charset=utf-8').send(JSON.stringify(body))
  }
  return app
}

/**
 * Ends a server without a failed request: it ends its event streams, takes no new connection, answers what comes on those that it
 * has with `Connection: close`, and leaves idle ones to their clients for `idleMs`; after `graceMs` whatever is left is cut.
 */
export async function drain(app: FastifyInstance, sleep: Env['sleep'], idleMs: number, graceMs: number) {
  const done = new AbortController()
  endEvents(app)
  if (app.server.listening) Server.prototype.close.call(app.server, () => done.abort()) // http's own would cut idle connections at once
  await sleep(Math.min(idleMs, graceMs), done.signal)
  app.server.closeIdleConnections()
  await sleep(Math.max(0, graceMs - idleMs), done.signal)
  app.server.closeAllConnections()
  await app.close()
}

/** Bodies are `application/json` in well-formed UTF-8, not compressed; keys that would reach a prototype are refused. */
function readStrictJson(app: FastifyInstance) {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isPlainUtf8(request.headers)) return done(new Problem('content_type_unsupported'))
    if (body.length === 0) return done(null, undefined)
    if (!isUtf8(body)) return done(new Problem('invalid_request', { fields: [{ field: '', code: 'utf8_invalid', hint: 'Send UTF-8' }] }))
    void parse(request, body.toString('utf8'), done)
  })
}

/** Not compressed, and of no other charset. */
export const isPlainUtf8 = (headers: IncomingHttpHeaders): boolean =>
  (headers['content-encoding'] ?? 'identity') === 'identity' && isUtf8Type(headers['content-type'] ?? '')

/** No other charset than UTF-8 is named (RFC 8259 §8.1). */
const isUtf8Type = (type: string): boolean =>
  type
    .split(';')
    .slice(1)
    .map((parameter) => parameter.trim().toLowerCase())
    .every((parameter) => !parameter.startsWith('charset') || /^charset="?utf-?8"?$/.test(parameter))

/** What the HTTP library refuses by itself, in our words. */
export function asProblem(error: unknown): unknown {
  if (error instanceof Problem) return error
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Problem('body_too_large')
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return new Problem('not_found')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Problem('content_type_unsupported')
  if (error instanceof SyntaxError || code?.startsWith('FST_ERR_CTP')) {
    return new Problem('invalid_request', { fields: [{ field: '', code: 'json_invalid', hint: 'The body is not JSON' }] })
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Problem('invalid_request')
  return error
}
