import type { Access } from '../contract/accounts.ts'
import type { gateway } from '../contract/gateway.ts'
import type { ApiHandlers } from '../http/api.ts'
import { localeOf } from '../i18n/i18n.ts'
import { Problem } from '../problem.ts'
import { createAccessOf } from './callers.ts'
import type { House } from './gateway.ts'
import { iso } from './refusals.ts'

type Life = Pick<ApiHandlers<typeof gateway>, 'listSessions' | 'endSession' | 'endOtherSessions' | 'updateAccount' | 'exportAccount'>

/** What a signed-in person sees and ends: where the account is in use, its language, everything that is stored. */
export function createAccountLife({ persistence, tokens, now }: House): Life {
  const find = createAccessOf({ tokens, now })
  const accessOf = (call: Parameters<typeof find>[0]): Access => {
    const access = find(call)
    if (!access) throw new Problem('token_invalid')
    return access
  }

  async function end(call: Parameters<typeof find>[0], session: string | null) {
    const access = accessOf(call)
    const outcome = await persistence.endSessions({ access, session })
    if (outcome.kind !== 'ended') return { refusal: new Problem(outcome.kind) }
    return { body: undefined, told: { outcome: 'ended', app: access.app } }
  }

  return {
    async listSessions(call) {
      const access = accessOf(call)
      const outcome = await persistence.listSessions({ access })
      if (outcome.kind !== 'found') return { refusal: new Problem(outcome.kind) }
      const body = outcome.sessions.map(({ id, createdAt, usedAt, expiresAt, current }) => ({
        id,
        createdAt: iso(createdAt),
        usedAt: iso(usedAt),
        expiresAt: iso(expiresAt),
        current,
      }))
      return { body, told: { outcome: 'shown', app: access.app } }
    },

    endSession: (call) => end(call, call.params.id),
    endOtherSessions: (call) => end(call, null),

    async updateAccount(call) {
      const access = accessOf(call)
      const outcome = await persistence.updateAccount({ access, locale: localeOf(call.body.locale)! })
      if (outcome.kind !== 'found') return { refusal: new Problem(outcome.kind) }
      const { id, email, createdAt, locale } = outcome.account
      const body = { id, email, emailVerified: true, createdAt: iso(createdAt), locale }
      return { body, told: { outcome: 'updated', app: access.app } }
    },

    async exportAccount(call) {
      const access = accessOf(call)
      const outcome = await persistence.exportAccount({ access })
      if (outcome.kind !== 'found') return { refusal: new Problem(outcome.kind) }
      return { body: outcome.document, told: { outcome: 'exported', app: access.app } }
    },
  }
}
