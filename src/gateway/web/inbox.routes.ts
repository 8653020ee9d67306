import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../problem.ts'
import type { House } from '../gateway.ts'
import { isHere } from './here.ts'
import { inboxCss, inboxPage } from './inbox.ts'

const NEWEST = 100
const PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
/** A letter is shown as a mail program would: its own style, no script, no picture, no origin; a link opens beside it. */
const LETTER_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"

/** The built-in inbox of a development machine: a page, and `GET /inbox/messages?to=ADDRESS` for tests. */
export function serveInbox(app: FastifyInstance, { messaging, publicUrl, inbox }: Pick<House, 'messaging' | 'publicUrl' | 'inbox'>) {
  const messages = async (to?: string) => {
    const listed = await messaging.listInbox({ ...(to === undefined ? {} : { to }), limit: NEWEST })
    if (listed.kind === 'closed') throw new Problem('not_found')
    return listed.messages
  }
  const page = (path: string, op: string, show: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) =>
    app.get(path, { config: { op } }, async (request, reply) => {
      if (!isHere(request)) throw new Problem('not_allowed_here')
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
      reply.headers({ 'cross-origin-resource-policy': 'same-origin', 'content-security-policy': PAGE_POLICY })
      return show(request, reply)
    })
  const word = (request: FastifyRequest, name: string) => {
    const value = (request.query as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  }

  page('/inbox', 'showInbox', async (request, reply) => {
    const html = inboxPage({
      messages: await messages(),
      selectedId: word(request, 'id') ?? null,
      publicUrl: publicUrl(),
      inMemory: inbox === 'in memory',
    })
    return reply.type('text/html; charset=utf-8').send(html)
  })
  page('/inbox/style.css', 'showInbox', async (_, reply) => reply.type('text/css; charset=utf-8').send(inboxCss))
  page('/inbox/messages', 'listInbox', async (request, reply) => reply.send(await messages(word(request, 'to'))))
  page('/inbox/html', 'showInbox', async (request, reply) => {
    const message = (await messages()).find(({ id }) => id === word(request, 'id'))
    if (!message) throw new Problem('not_found')
    return reply.header('content-security-policy', LETTER_POLICY).type('text/html; charset=utf-8').send(message.html)
  })
  app.get('/', { config: { op: 'showInbox' } }, async (_, reply) => reply.redirect('/inbox'))
}
