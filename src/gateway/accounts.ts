import type { gateway } from '../contract/gateway.ts'
import type { ApiHandlers } from '../http/api.ts'
import { type Locale, localeOf, messages, negotiate } from '../i18n/i18n.ts'
import { Problem } from '../problem.ts'
import { createAccessOf } from './callers.ts'
import type { House } from './gateway.ts'
import { grantOf } from './grant.ts'
import { createMailing } from './mailing.ts'
import { iso, refusalOf } from './refusals.ts'

type Accounts = Pick<ApiHandlers<typeof gateway>, 'registerAccount' | 'resendCode' | 'verifyEmail' | 'confirmEmail'>
type Sessions = Pick<ApiHandlers<typeof gateway>, 'login' | 'logout' | 'showAccount'>

/** Sign-up and the proof of the mailbox (seeds 003, 004): what a letter has to do with is handed over after the answer. */
export function createAccounts(house: House): Accounts {
  const { persistence, locale } = house
  const languageOf = (acceptLanguage: string | undefined): Locale => negotiate(acceptLanguage) ?? locale

  const mailing = createMailing(house)
  const told = (outcome: string, { app, email }: { app: string; email: string }) => ({ outcome, app, to: email })

  return {
    async registerAccount({ app, body: { email, password, locale: wish }, acceptLanguage }) {
      const negotiated = languageOf(acceptLanguage)
      const call = { app, email, password, locale: localeOf(wish), negotiated }
      const outcome = await mailing(email, (sendNow) => persistence.registerAccount({ ...call, sendNow }))
      if (outcome.kind !== 'registered') return { refusal: refusalOf(outcome) }
      const message = messages[negotiated].signedUp(outcome.email, outcome.digits)
      return { body: { message, email: outcome.email, flow: outcome.flow }, told: told('registered', outcome) }
    },

    async resendCode({ app, body: { email, flow = null }, acceptLanguage }) {
      const outcome = await mailing(email, (sendNow) => persistence.resendCode({ app, email, flow, sendNow }))
      if (outcome.kind !== 'resent') return { refusal: refusalOf(outcome) }
      const message = messages[languageOf(acceptLanguage)].resent(outcome.email)
      return { body: { message, email: outcome.email }, told: told('resent', outcome) }
    },

    async verifyEmail({ app, body: { email, code, flow = null, password = null }, browser = null }) {
      const outcome = await mailing(email, (sendNow) => persistence.verifyEmail({ app, email, code, flow, password, browser, sendNow }))
      if (outcome.kind !== 'verified') return { refusal: refusalOf(outcome) }
      return { body: { status: 'verified', email: outcome.email }, told: told('verified', outcome) }
    },

    async confirmEmail({ app, body: { token, flow = null, password = null, newPassword = null }, browser = null }) {
      // Whose mailbox it is stands in the store alone: the welcome goes the queue's way.
      const outcome = await persistence.confirmEmail({ app, token, flow, password, newPassword, browser, sendNow: false })
      if (outcome.kind !== 'verified') return { refusal: refusalOf(outcome) }
      return { body: { status: 'verified', email: outcome.email }, told: told('verified', outcome) }
    },
  }
}

/** Sign-in (seeds 003, 004): the session is persistence's, its access tokens are made here. */
export function createSessions({ persistence, tokens, now }: House): Sessions {
  const accessOf = createAccessOf({ tokens, now })
  return {
    async login({ app, body: { email, password } }) {
      const outcome = await persistence.login({ app, email, password })
      if (outcome.kind !== 'granted') return { refusal: refusalOf(outcome) }
      const { session } = outcome
      return { body: grantOf(tokens, outcome, now()), told: { outcome: 'signed_in', app: session.app, to: session.email } }
    },

    async logout({ app, body: { refresh_token: token } }) {
      const outcome = await persistence.logout({ app, token })
      if (outcome.kind !== 'ended') return { refusal: refusalOf(outcome) }
      return { body: undefined, told: { outcome: 'ended' } }
    },

    async showAccount(call) {
      const access = accessOf(call)
      if (!access) return { refusal: new Problem('token_invalid') }
      const outcome = await persistence.showAccount({ access })
      if (outcome.kind !== 'found') return { refusal: new Problem('token_invalid') }
      const { id, email, createdAt, locale } = outcome.account
      return {
        body: { id, email, emailVerified: true, createdAt: iso(createdAt), locale },
        told: { outcome: 'shown', app: access.app },
      }
    },
  }
}
