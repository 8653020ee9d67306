import type { FastifyInstance, FastifyRequest } from 'fastify'
import { clock, outsideCalls } from '../call.ts'

/** What the origins are is not asked again for so long. */
const REMEMBERED_MS = 500
/** So long a browser need not ask again. */
const PREFLIGHT_SECONDS = 600
const TAKEN = 'authorization, content-type, sello-app, accept-language'
const SHOWN = 'Retry-After, X-Request-Id'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Pages of listed origins may call it and read every answer, refusals, too. `named`: origins of the app that `Sello-App` names, without
     * it of app `default`. `any`: of every app with accounts, where the app stands in a token or in the body and is not known beforehand;
     * whoever calls such a route must hold the token already, so another app's page learns nothing by it.
     */
    cors?: 'named' | 'any'
  }
}

/** The origins that apps with accounts list; `default`: the app of calls that name none. */
export type Origins = { default: string | null; apps: readonly { id: string; origins: readonly string[] }[] }

/**
 * Lets browsers call the routes of `app` whose `config.cors` says so, also those added later, and answers their preflights. Without
 * credentials: nothing here reads a cookie. A request without `Origin` asks nobody.
 * @param read what apps list; while that cannot be read, what it last was counts
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function allowOrigins(app: FastifyInstance, read: () => Promise<Origins>) {
  const origins = remembering(read)
  const methods = new Map<string, Set<string>>()

  app.addHook('onRoute', ({ method, url, config }) => {
    if (!config?.cors) return
    const known = methods.get(url)
    const taken = known ?? new Set()
    for (const one of [method].flat()) taken.add(one)
    if (known) return
    methods.set(url, taken)
    app.options(url, { config: { op: 'preflight' } }, async ({ headers: { origin } }, reply) => {
      const allowed = [...taken].join(', ')
      reply.code(204).headers({ allow: `${allowed}, OPTIONS`, vary: 'Origin' })
      // The app is not known yet: a preflight only says which headers will come.
      if (origin === undefined || !(await origins()).apps.some((one) => one.origins.includes(origin))) return
      reply.headers({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': allowed,
        'access-control-allow-headers': TAKEN,
        'access-control-max-age': String(PREFLIGHT_SECONDS),
      })
    })
  })

  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.cors && request.headers.origin !== undefined) void origins() // while the call is worked on
  })
  app.addHook('onSend', async (request, reply) => {
    if (!request.routeOptions.config.cors) return
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !listed(request, await origins()).includes(origin)) return
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': SHOWN })
  })
}

function listed({ headers, routeOptions }: FastifyRequest, origins: Origins): readonly string[] {
  if (routeOptions.config.cors === 'any') return origins.apps.flatMap((one) => one.origins)
  const id = headers['sello-app'] ?? origins.default
  return origins.apps.find((one) => one.id === id)?.origins ?? []
}

/** Whoever asks at once asks together. Never rejects. */
function remembering(read: () => Promise<Origins>): () => Promise<Origins> {
  let last: Origins = { default: null, apps: [] }
  let until = 0
  let asked: Promise<Origins> | null = null
  async function ask(): Promise<Origins> {
    last = await outsideCalls(read).catch(() => last)
    until = clock() + REMEMBERED_MS
    asked = null
    return last
  }
  return () => {
    if (clock() < until) return Promise.resolve(last)
    asked ??= ask()
    return asked
  }
}
