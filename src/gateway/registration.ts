import type { gateway } from '../contract/gateway.ts'
import type { ApiHandlers } from '../http/api.ts'
import { localeOf, negotiate } from '../i18n/i18n.ts'
import { Problem } from '../problem.ts'
import { domainOf } from './domains.ts'
import type { House } from './gateway.ts'
import { iso, rateLimitHeaders, refusalOf } from './refusals.ts'

type Registration = Pick<ApiHandlers<typeof gateway>, 'registerIdentity' | 'showIdentity' | 'revokeIdentity'>

/** Controlador de registro (seed 001): persistence makes the number, messaging mails it; the answer does not wait for SMTP. */
export function createRegistration({ persistence, mail, locale }: House): Registration {
  return {
    async registerIdentity({ apiKey, body: { email, token, locale: wish }, idempotencyKey, acceptLanguage }) {
      const domain = domainOf(email)
      const sendNow = mail.reserve(domain)
      const made = persistence.registerIdentity({
        apiKey,
        email,
        token,
        locale: localeOf(wish) ?? negotiate(acceptLanguage) ?? locale,
        localeWish: wish ?? '',
        idempotencyKey,
        sendNow,
      })
      const outcome = await made.finally(() => sendNow && mail.release(domain))
      const headers = rateLimitHeaders(outcome)
      if (outcome.kind !== 'registered') return { refusal: refusalOf(outcome), headers }
      if (outcome.send) mail.send(outcome.send)
      const { id, createdAt, expiresAt } = outcome
      return {
        body: { id, email: outcome.email, status: 'queued', createdAt: iso(createdAt), expiresAt: iso(expiresAt) },
        headers,
        told: {
          outcome: 'queued',
          app: outcome.app,
          identity: id,
          to: outcome.email,
          ...(outcome.send ? { letter: outcome.send.letter.id } : {}),
        },
      }
    },

    async showIdentity({ apiKey, params: { id } }) {
      const outcome = await persistence.showIdentity({ apiKey, id })
      if (outcome.kind === 'unknown') return { refusal: new Problem('identity_unknown') }
      if (outcome.kind !== 'found') return { refusal: refusalOf(outcome) }
      const { createdAt, expiresAt, timeline, ...rest } = outcome.identity
      const told = timeline.map(({ at, event, detail }) => ({ at: iso(at), event, ...(detail ? { detail } : {}) }))
      const body = { ...rest, createdAt: iso(createdAt), expiresAt: iso(expiresAt), timeline: told }
      return { body: body as typeof body & { timeline: never[] }, told: { outcome: rest.status, identity: id } }
    },

    async revokeIdentity({ apiKey, params: { id } }) {
      const outcome = await persistence.revokeIdentity({ apiKey, id })
      if (outcome.kind === 'unknown') return { refusal: new Problem('identity_unknown') }
      if (outcome.kind !== 'revoked') return { refusal: refusalOf(outcome) }
      return { body: undefined, told: { outcome: 'revoked', identity: id } }
    },
  }
}
