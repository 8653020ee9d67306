import type { gateway } from '../contract/gateway.ts'
import type { ApiHandlers } from '../http/api.ts'
import { messages, negotiate } from '../i18n/i18n.ts'
import { Problem } from '../problem.ts'
import { createAccessOf } from './callers.ts'
import type { House } from './gateway.ts'
import { createMailing } from './mailing.ts'
import { refusalOf } from './refusals.ts'

type Recovery = Pick<ApiHandlers<typeof gateway>, 'forgotPassword' | 'resetPassword' | 'changePassword' | 'undoChange'>
type Departures = Pick<ApiHandlers<typeof gateway>, 'deleteAccount' | 'requestEmailChange' | 'confirmEmailChange'>

/** A new password, and what takes changes back. */
export function createRecovery(house: House): Recovery {
  const { persistence, locale } = house
  const accessOf = createAccessOf(house)
  const mailing = createMailing(house)
  return {
    async forgotPassword({ app, body: { email }, acceptLanguage }) {
      const outcome = await mailing(email, (sendNow) => persistence.forgotPassword({ app, email, sendNow }))
      if (outcome.kind !== 'asked') return { refusal: refusalOf(outcome) }
      const message = messages[negotiate(acceptLanguage) ?? locale].resetAsked
      return { body: { message, email: outcome.email }, told: { outcome: 'asked', app: outcome.app, to: outcome.email } }
    },
    async resetPassword({ app, body: { token, password } }) {
      const outcome = await persistence.resetPassword({ app, token, password })
      if (outcome.kind !== 'done') return { refusal: refusalOf(outcome) }
      return { body: undefined, told: { outcome: 'reset', app: outcome.app, to: outcome.email } }
    },
    async changePassword({ body: { current, password }, ...call }) {
      const access = accessOf(call)
      if (!access) return { refusal: new Problem('token_invalid') }
      const outcome = await persistence.changePassword({ access, current, password })
      if (outcome.kind !== 'done') return { refusal: refusalOf(outcome) }
      return { body: undefined, told: { outcome: 'changed', app: outcome.app, to: outcome.email } }
    },
    async undoChange({ app, body: { token } }) {
      const outcome = await persistence.undoChange({ app, token })
      if (outcome.kind !== 'done') return { refusal: refusalOf(outcome) }
      return { body: { status: 'undone', email: outcome.email }, told: { outcome: 'undone', app: outcome.app, to: outcome.email } }
    },
  }
}

/** The account leaves, for another address or for good. */
export function createDepartures(house: House): Departures {
  const { persistence, locale } = house
  const accessOf = createAccessOf(house)
  const mailing = createMailing(house)
  return {
    async deleteAccount({ body: { password }, ...call }) {
      const access = accessOf(call)
      if (!access) return { refusal: new Problem('token_invalid') }
      const outcome = await persistence.deleteAccount({ access, password })
      if (outcome.kind !== 'done') return { refusal: refusalOf(outcome) }
      return { body: undefined, told: { outcome: 'deleted', app: outcome.app, to: outcome.email } }
    },
    async requestEmailChange({ body: { email, password = null }, acceptLanguage, ...call }) {
      const access = accessOf(call)
      if (!access) return { refusal: new Problem('token_invalid') }
      const outcome = await mailing(email, (sendNow) => persistence.requestEmailChange({ access, password, email, sendNow }))
      if (outcome.kind !== 'asked') return { refusal: refusalOf(outcome) }
      const message = messages[negotiate(acceptLanguage) ?? locale].moveAsked(outcome.email)
      return { body: { message, email: outcome.email }, told: { outcome: 'asked', app: outcome.app, to: outcome.email } }
    },
    async confirmEmailChange({ app, body: { token, password = null }, ...call }) {
      const access = accessOf(call)
      if (call.accessToken !== '' && !access) return { refusal: new Problem('token_invalid') }
      const outcome = await persistence.confirmEmailChange({ app, token, access, password })
      if (outcome.kind !== 'done') return { refusal: refusalOf(outcome) }
      return { body: { status: 'changed', email: outcome.email }, told: { outcome: 'moved', app: outcome.app, to: outcome.email } }
    },
  }
}
