import type { AccessClaims, Unverified, Verified } from './tokens.ts'

// No framework is imported: these are the few members that Express and Fastify have anyway.
type Verifies = { verify(token: string): Promise<Verified<AccessClaims>> }
type Asked = { headers: { authorization?: string | undefined } }
type ExpressResponse = { statusCode: number; setHeader(name: string, value: string): unknown; end(body: string): unknown }
type FastifyReply = { code(status: number): unknown; header(name: string, value: string): unknown; send(body: string): unknown }

type Rejection = { status: number; headers: Record<string, string>; body: string }
/** A request that came through. */
export type Authenticated<R> = R & { auth: AccessClaims }

/** Express 4 and 5: `app.use('/api', expressAuth(verifier))`; afterwards `req.auth` has the claims. */
export function expressAuth(verifier: Verifies) {
  return async (req: Asked, res: ExpressResponse, next: (error?: unknown) => void): Promise<void> => {
    const judged = await judge(verifier, req).catch((error: unknown) => ({ error }))
    if ('error' in judged) return next(judged.error)
    if ('auth' in judged) {
      Object.assign(req, judged)
      return next()
    }
    res.statusCode = judged.status
    for (const [name, value] of Object.entries(judged.headers)) res.setHeader(name, value)
    res.end(judged.body)
  }
}

/** Fastify: `app.addHook('onRequest', fastifyAuth(verifier))`, or `onRequest` of one route; afterwards `request.auth` has the claims. */
export function fastifyAuth(verifier: Verifies) {
  return async (request: Asked, reply: FastifyReply): Promise<unknown> => {
    const judged = await judge(verifier, request)
    if ('auth' in judged) {
      Object.assign(request, judged)
      return undefined
    }
    reply.code(judged.status)
    for (const [name, value] of Object.entries(judged.headers)) reply.header(name, value)
    // What an asynchronous hook gives back ends the request.
    return reply.send(judged.body)
  }
}

async function judge(verifier: Verifies, { headers }: Asked): Promise<{ auth: AccessClaims } | Rejection> {
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization ?? '')?.[1]
  // RFC 6750 §3: who sent no token is told the scheme, and no error.
  if (token === undefined) return rejection(401, 'token_missing', 'Send an access token', { 'www-authenticate': 'Bearer realm="sello"' })
  const verified = await verifier.verify(token)
  return verified.ok ? { auth: verified.claims } : rejectionOf(verified)
}

/** Why exactly a token is refused is for the log of whoever asks the verifier, not for its bearer. */
function rejectionOf({ code }: Unverified): Rejection {
  if (code === 'keys_unavailable') return rejection(503, code, 'The token cannot be verified at present', { 'retry-after': '1' })
  return rejection(401, 'token_invalid', 'The access token is not valid', { 'www-authenticate': 'Bearer error="invalid_token"' })
}

function rejection(status: number, code: string, title: string, headers: Record<string, string>): Rejection {
  const body = JSON.stringify({ type: `urn:sello:problem:${code}`, title, status, code })
  return { status, headers: { ...headers, 'cache-control': 'no-store', 'content-type': 'application/problem+json' }, body }
}
