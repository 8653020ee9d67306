import type { FastifyInstance } from 'fastify'

/**
 * Addresses that only lead on: where password managers look for the page that changes a password (W3C, A Well-Known URL for Changing
 * Passwords), and, where no inbox is there to be shown, the beginning.
 */
export function serveWays(app: FastifyInstance, hasInbox: boolean) {
  const lead = (path: string, to: string) =>
    app.get(path, { config: { op: 'leadOn' } }, async (_, reply) =>
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).redirect(to, 303),
    )
  lead('/.well-known/change-password', '/account/password')
  if (!hasInbox) lead('/', '/login')
}
