import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { clock, outsideCalls } from '../../call.ts'
import type { SignUpView } from '../../contract/browsers.ts'
import { sendEvents } from '../../http/events.ts'
import { Problem } from '../../problem.ts'
import type { House } from '../gateway.ts'
import { openJar } from './jar.ts'

const EVERY_MS = 2000
/** Tabs of one sign-up: the streams that a server has are for everybody. */
const TABS = 5
/** Nobody waits longer than a link lives. */
const LONGEST_MS = 60 * 60 * 1000

/** What a page shows of its letter: nothing while it goes its way, so that it has gone is no news. */
export const shownOf = ({ letter }: SignUpView) => (letter === 'queued' ? 'sent' : letter)

/**
 * News for the page that waits for a code: `verified` once its own sign-up is proven, `letter` when the letter's way is known. By the
 * flow in the cookie alone, and it opens nothing: whoever holds the flow learns what a reload would show.
 */
export function serveSignUpEvents(app: FastifyInstance, { persistence, publicUrl, newId }: House) {
  const open = new Map<string, number>()
  const count = (flow: string, by: number) => {
    const tabs = (open.get(flow) ?? 0) + by
    if (tabs > 0) open.set(flow, tabs)
    else open.delete(flow)
  }
  app.get('/verify-email/events', { config: { op: 'pageEvents', quiet: true } }, (request, reply) => {
    const { flow } = openJar(request.headers.cookie, publicUrl().startsWith('https:'), newId)
    if (!flow || flow.flow === null) throw new Problem('not_found')
    const ask = { app: flow.app, email: flow.email, flow: flow.flow }
    if ((open.get(ask.flow) ?? 0) >= TABS) throw new Problem('busy')
    reply.headers({ 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' })
    return sendEvents(request, reply, (send, signal) => {
      count(ask.flow, 1)
      const watching = outsideCalls(async () => {
        const until = clock() + LONGEST_MS
        // What the page showed when it was made, so that nothing is missed between the page and its stream.
        let { shown } = request.query as { shown?: unknown }
        while (!signal.aborted && clock() < until) {
          const found = await persistence.showSignUp(ask).catch(() => null) // away for a moment: the page waits on
          if (found?.kind === 'unknown') break
          if (found?.signUp.verifiedAt != null) return send('verified', '')
          const known = found && shownOf(found.signUp)
          if (known && shown !== undefined && shown !== known) send('letter', known)
          shown = known ?? shown
          await pause(EVERY_MS, undefined, { signal }).catch(() => {})
        }
        send('over', '')
      })
      return watching.finally(() => count(ask.flow, -1))
    })
  })
}
