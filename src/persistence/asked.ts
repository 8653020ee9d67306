import { type Mailbox, newMailbox } from '../rules/account.ts'
import type { Email } from '../rules/email.ts'
import { type Address, newAddress, refusingBudget, type Send, withSend } from '../rules/identity.ts'
import type { App } from './apps.ts'
import { addressKey } from './identities.ts'
import { addressPut, asMailbox, mailboxKey } from './mailboxes.ts'
import { keptOf, type Room, sendLimitsOf } from './room.ts'
import type { Put, Stored } from './store/store.ts'

/** An address of an app. */
export type Where = Email & { app: App }
/** What lies at an address, and whether one more letter may go there. `base`: the record of the address without its +tag. */
export type Found = { address: Address; base: Address | null; mailbox: Mailbox; refusing: { resetMs: number } | null }
/** What an address remembers of a letter; nothing of one that it only would have got. */
type Sent = Partial<Pick<Send, 'number' | 'letter' | 'link' | 'account'>>

/** Letters that anybody may ask for: one budget for all public routes, in the address's own record. */
export function createAsked({ env, policy }: Pick<Room, 'env' | 'policy'>) {
  const sendLimits = policy.limits && sendLimitsOf(policy.limits)
  const kept = keptOf(policy)
  const asAddress = (record: Stored | null | undefined) => (record?.value as Address | undefined) ?? newAddress()

  return {
    keysOf: ({ canonical, untagged, app }: Where) => [
      addressKey(canonical),
      mailboxKey(canonical, app.id),
      ...(untagged === canonical ? [] : [addressKey(untagged)]),
    ],

    /** @param records of `keysOf` */
    found({ canonical, untagged, app }: Where, [own, mailbox, other]: readonly (Stored | null | undefined)[]): Found {
      const address = asAddress(own)
      const base = untagged === canonical ? null : asAddress(other)
      const refusing = refusingBudget(address, base, null, sendLimits, env.now())
      return { address, base, mailbox: asMailbox(mailbox) ?? newMailbox(app.id, canonical), refusing }
    },

    /** One letter was asked for, whether anybody gets it or not. */
    counted({ canonical, untagged, app }: Where, { address, base }: Found, sent: Sent = {}): Put[] {
      const now = env.now()
      const send: Send = { at: now, app: app.id, number: '', ...sent, public: true }
      return [
        addressPut(canonical, withSend(address, send, kept), policy, now),
        ...(base ? [addressPut(untagged, withSend(base, { ...send, tagged: true }, kept), policy, now)] : []),
      ]
    },
  }
}

export const limited = ({ resetMs }: { resetMs: number }) => ({ kind: 'limited' as const, waitMs: resetMs, allowances: [] })
