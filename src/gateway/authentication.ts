import type { gateway } from '../contract/gateway.ts'
import type { ApiHandlers } from '../http/api.ts'
import { Problem } from '../problem.ts'
import type { House } from './gateway.ts'
import { iso, rateLimitHeaders, refusalOf } from './refusals.ts'

type Authentication = Pick<ApiHandlers<typeof gateway>, 'checkIdentity' | 'showKeys'>

/** Controlador de autenticación (seed 001): "envia numero de autenticación para comprobar identidad". */
export function createAuthentication({ persistence, tokens }: House): Authentication {
  return {
    async checkIdentity({ apiKey, body: { number, email = null, token = null, clientIp = null }, idempotencyKey }) {
      const outcome = await persistence.checkIdentity({ apiKey, number, email, token, clientIp, idempotencyKey })
      const headers = rateLimitHeaders(outcome)
      if (outcome.kind === 'unknown') return { refusal: new Problem('number_unknown'), headers }
      if (outcome.kind !== 'checked') return { refusal: refusalOf(outcome), headers }
      const { app, id, jti, createdAt, checkedAt } = outcome
      const proven = { email: outcome.email, token: outcome.token }
      const fresh = () => tokens.receipt({ app, identity: id, ...proven, checkedAt, jti })
      // ECDSA never gives the same signature twice: a repeated call gets the receipt that was kept first.
      const receipt =
        outcome.receipt ?? (idempotencyKey === null ? fresh() : (await persistence.keepReceipt({ id, jti, receipt: fresh() })).receipt)
      return {
        body: { id, ...proven, createdAt: iso(createdAt), checkedAt: iso(checkedAt), receipt },
        headers,
        told: { outcome: 'checked', app, identity: id, to: proven.email },
      }
    },

    async showKeys() {
      return { body: { keys: tokens.publicKeys() }, headers: { 'cache-control': 'public, max-age=300' }, told: { outcome: 'shown' } }
    },
  }
}
