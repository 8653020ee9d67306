import type { gateway } from '../contract/gateway.ts'
import type { ApiHandlers } from '../http/api.ts'
import { messages, negotiate } from '../i18n/i18n.ts'
import { Problem } from '../problem.ts'
import type { House } from './gateway.ts'
import { createMailing } from './mailing.ts'
import { refusalOf } from './refusals.ts'

type Recovery = Pick<ApiHandlers<typeof gateway>, 'forgotPassword' | 'resetPassword' | 'changePassword' | 'undoChange'>
type Departures = Pick<ApiHandlers<typeof gateway>, 'deleteAccount' | 'requestEmailChange' | 'confirmEmailChange'>

/** A new password, and what takes changes back. */
export function createRecovery(house: House): Recovery {
  const { persistence, tokens, now, locale } = house
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
    async changePassword({ accessToken, body: { current, password } }) {
      const verified = tokens.verifyAccess(accessToken, now())
      if (!verified) return { refusal: new Problem('token_invalid') }
      const outcome = await persistence.changePassword({ access: verified.access, current, password })
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
  const { persistence, tokens, now, locale } = house
  const mailing = createMailing(house)
  return {
    async deleteAccount({ accessToken, body: { password } }) {
      const verified = tokens.verifyAccess(accessToken, now())
      if (!verified) return { refusal: new Problem('token_invalid') }
      const outcome = await persistence.deleteAccount({ access: verified.access, password })
      if (outcome.kind !== 'done') return { refusal: refusalOf(outcome) }
      return { body: undefined, told: { outcome: 'deleted', app: outcome.app, to: outcome.email } }
    },
    async requestEmailChange({ accessToken, body: { email, password = null }, acceptLanguage }) {
      const verified = tokens.verifyAccess(accessToken, now())
      if (!verified) return { refusal: new Problem('token_invalid') }
      const { access } = verified
      const outcome = await mailing(email, (sendNow) => persistence.requestEmailChange({ access, password, email, sendNow }))
      if (outcome.kind !== 'asked') return { refusal: refusalOf(outcome) }
      const message = messages[negotiate(acceptLanguage) ?? locale].moveAsked(outcome.email)
      return { body: { message, email: outcome.email }, told: { outcome: 'asked', app: outcome.app, to: outcome.email } }
    },
    async confirmEmailChange({ app, accessToken, body: { token, password = null } }) {
      const verified = accessToken === '' ? null : tokens.verifyAccess(accessToken, now())
      if (accessToken !== '' && !verified) return { refusal: new Problem('token_invalid') }
      const outcome = await persistence.confirmEmailChange({ app, token, access: verified?.access ?? null, password })
      if (outcome.kind !== 'done') return { refusal: refusalOf(outcome) }
      return { body: { status: 'changed', email: outcome.email }, told: { outcome: 'moved', app: outcome.app, to: outcome.email } }
    },
  }
}
