import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendEvents } from '../../http/events.ts'
import { parametersOf, readForms } from '../../http/forms.ts'
import { Problem } from '../../problem.ts'
import type { House } from '../gateway.ts'
import { isHere, isOwnForm, isSurelyHere } from './here.ts'
import { type InboxPage, inboxPage } from './inbox.ts'
import { themed, viewOf } from './inbox-parts.ts'
import { inboxCss } from './inbox-style.ts'

/** What programs get, and what the page shows at once. */
const NEWEST = 100
const SHOWN = 50
const QUERY = 200
/** How often an open page's stream asks messaging whether anything changed. */
const LOOK_MS = 100
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/** A letter is shown as a mail program would: its own style, no script, no picture, no origin; a link opens beside it. */
const LETTER_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"

type Parts = Pick<House, 'messaging' | 'publicUrl' | 'inbox' | 'apiKey'>
type Show = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | FastifyReply

/** The built-in inbox of a development machine: a page, and `GET /inbox/messages?to=ADDRESS` for tests. */
export function serveInbox(app: FastifyInstance, parts: Parts) {
  const { messaging } = parts
  const script = readFileSync(new URL('inbox.client.js', import.meta.url), 'utf8')
  const get = (path: string, op: string, show: Show) =>
    app.get(path, { config: { op, quiet: op === 'watchInbox' } }, async (request, reply) => show(guarded(request, reply), reply))

  get('/inbox', 'showInbox', async (request, reply) => reply.type('text/html; charset=utf-8').send(await pageFor(request, parts)))
  get('/inbox/style.css', 'showInbox', (_, reply) => reply.type('text/css; charset=utf-8').send(inboxCss))
  get('/inbox/script.js', 'showInbox', (_, reply) => reply.type('text/javascript; charset=utf-8').send(script))
  get('/inbox/messages', 'listInbox', async (request, reply) => {
    const to = word(request, 'to')
    const { messages } = opened(await messaging.listInbox({ ...(to === undefined ? {} : { to }), limit: NEWEST }))
    return reply.send(messages.map(({ kind: _, ...message }) => message))
  })
  get('/inbox/html', 'showInbox', async (request, reply) => {
    const { message } = opened(await messaging.readInbox({ id: word(request, 'id') ?? '' }))
    reply.headers({ 'content-security-policy': LETTER_POLICY, 'referrer-policy': 'no-referrer' })
    return reply.type('text/html; charset=utf-8').send(themed(message.html, viewOf((name) => word(request, name)).theme))
  })
  get('/inbox/source', 'showInbox', async (request, reply) => {
    const { message, source } = opened(await messaging.readInbox({ id: word(request, 'id') ?? '' }))
    if (word(request, 'as') !== 'eml') return reply.type('text/plain; charset=utf-8').send(source)
    return reply.header('content-disposition', `attachment; filename="${message.id}.eml"`).type('message/rfc822').send(Buffer.from(source))
  })
  get('/inbox/events', 'watchInbox', (request, reply) =>
    sendEvents(request, reply, async (send, signal) => {
      for (let seen = ''; !signal.aborted; ) {
        const now = await messaging.watchInbox({}).catch(() => null) // away for a moment: the page waits
        if (now?.kind === 'closed') return
        if (now && now.version !== seen) send('inbox', now.version)
        seen = now?.version ?? seen
        await wait(LOOK_MS, null, { signal }).catch(() => {})
      }
    }),
  )
  app.register(async (part) => serveDeletion(part, parts))
  app.get('/', { config: { op: 'showInbox' } }, async (_, reply) => reply.redirect('/inbox'))
}

/** Forms of the page, and of nobody else's. */
function serveDeletion(part: FastifyInstance, { messaging }: Parts) {
  readForms(part)
  const post = (path: string, change: (form: ReadonlyMap<string, string>) => Promise<unknown>) =>
    part.post(path, { config: { op: 'clearInbox' } }, async (request, reply) => {
      if (!isOwnForm(guarded(request, reply))) throw new Problem('not_allowed_here')
      const form = parametersOf(request.body, ['id', 'q'])
      if (typeof form === 'string') throw new Problem('invalid_request')
      await change(form)
      const query = form.get('q')
      return reply.redirect(query ? `/inbox?${new URLSearchParams({ q: query })}` : '/inbox', 303)
    })
  post('/inbox/delete', async (form) => {
    const id = form.get('id')
    if (id === undefined) throw new Problem('invalid_request', { fields: [{ field: 'id', code: 'required', hint: 'Which letter' }] })
    return opened(await messaging.clearInbox({ id }))
  })
  post('/inbox/clear', async () => opened(await messaging.clearInbox({})))
}

async function pageFor(request: FastifyRequest, { messaging, publicUrl, inbox, apiKey }: Parts): Promise<string> {
  const id = word(request, 'id') ?? null
  const query = (word(request, 'q') ?? '').slice(0, QUERY)
  const [listed, read] = await Promise.all([
    messaging.listInbox({ ...(query && { query }), limit: SHOWN }),
    id === null ? null : messaging.readInbox({ id }),
  ])
  return inboxPage({
    ...opened(listed),
    wish: { id, query, view: viewOf((name) => word(request, name)) },
    open: read?.kind === 'open' ? read : null,
    publicUrl: publicUrl(),
    inMemory: inbox === 'in memory',
    apiKeyHint: isSurelyHere(request, publicUrl()) ? apiKey : null,
  } satisfies InboxPage)
}

/** Only for a browser on this machine; and nothing of it is kept, framed or told to other sites. */
function guarded(request: FastifyRequest, reply: FastifyReply): FastifyRequest {
  if (!isHere(request)) throw new Problem('not_allowed_here')
  // Of its own forms a browser says where they come from, which it would not under `no-referrer`.
  reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' })
  reply.headers({ 'cross-origin-resource-policy': 'same-origin', 'content-security-policy': PAGE_POLICY })
  return request
}

function opened<A extends { kind: string }>(answer: A): Extract<A, { kind: 'open' }> {
  if (answer.kind !== 'open') throw new Problem('not_found')
  return answer as Extract<A, { kind: 'open' }>
}

function word(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
