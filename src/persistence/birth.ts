import { type Mailbox, newAccount, proven, type SignUp } from '../rules/account.ts'
import { type Address, withSend } from '../rules/identity.ts'
import { withBrowser } from '../rules/session.ts'
import type { App } from './apps.ts'
import { addressKey } from './identities.ts'
import { queueLetter } from './letters.ts'
import { accountKey, accountPut, addressPut, mailboxPut, newHandle } from './mailboxes.ts'
import { keptOf, type Room } from './room.ts'
import type { Partition, Put } from './store/store.ts'
import type { View } from './store/transact.ts'

const WELCOME_MS = 24 * 60 * 60 * 1000
/** Where an account is born. */
export type Cradle = { app: App; canonical: string; partition: Partition }

/** The account is born, with its letter, in the commit that proves the mailbox. */
export function createBirth({ env, secrets, policy }: Room) {
  const kept = keptOf(policy)

  /**
   * @param used the challenge that proved it, as used; null when something else did
   * @param asked who sends the welcome, and the handle of the browser at which it was proven, if it was one
   */
  function welcome(
    cradle: Cradle,
    mailbox: Mailbox,
    signUp: SignUp,
    used: SignUp['challenges'][number] | null,
    address: Address,
    { sendNow, browser }: { sendNow: boolean; browser: string | null },
    view: View,
  ) {
    const { app, canonical, partition } = cradle
    const now = env.now()
    const { password, locale, createdAt } = signUp
    const id = newHandle(env, 'acc', partition)
    const born = newAccount({ id, app: app.id, email: canonical, password, locale, createdAt, verifiedAt: now })
    const account = browser === null ? born : withBrowser(born, secrets.macs('browser', `${id}/${browser}`), now)
    const letter = {
      key: `${addressKey(canonical)}/mail/${app.id}/welcome/${id}`,
      id: `let_${partition}${env.id()}`,
      kind: 'welcome' as const,
      to: canonical,
      locale,
      about: accountKey(id),
      deadlineAt: now + WELCOME_MS,
      secret: null,
      sendNow,
    }
    const { put, send } = queueLetter(secrets, app, letter, null, { partition, version: view.version, now })
    const sent = withSend(address, { at: now, app: app.id, number: letter.key, letter: letter.id, notice: true }, kept)
    const puts: Put[] = [
      addressPut(canonical, sent, policy, now),
      mailboxPut(proven(mailbox, signUp, used, id, now)),
      accountPut(account),
      put,
    ]
    return { outcome: { kind: 'verified' as const, app: app.id, email: canonical, account: id, send }, puts }
  }
  return { welcome }
}
