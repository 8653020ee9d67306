import type { LeasedLetter } from '../contract/leases.ts'
import type { Account, Link, Undo } from '../rules/account.ts'
import { withLetter, withUndo } from '../rules/account-life.ts'
import type { LetterKind } from '../rules/outbox.ts'
import type { App } from './apps.ts'
import { queueLetter } from './letters.ts'
import { accountKey, type LinkPointer, linkKey, partitionOfHandle } from './mailboxes.ts'
import type { Room } from './room.ts'
import type { Partition, Put } from './store/store.ts'
import type { View } from './store/transact.ts'

const DAY = 24 * 60 * 60 * 1000
/** Distributes over the kinds of pointers. */
type Named<P> = P extends unknown ? Omit<P, 'v' | 'app'> : never
export type NewLink = { token: string; link: Link; put: Put }
/** A letter, when it is too late for it, and where its link leads if it has one. */
type Ends = Pick<Link, 'id' | 'expiresAt'> & Partial<Pick<Link, 'link'>>
/** An account after a letter about it was queued in the same commit. */
export type Told = { account: Account; puts: Put[]; send: LeasedLetter | null }

/** A new link of a letter: its token, what the record keeps of it, and where it leads. */
export function createLinks({ env, secrets }: Room) {
  return function newLink(app: string, to: Named<LinkPointer>, partition: Partition, lifeMs: number, epoch: number): NewLink {
    const now = env.now()
    const token = `${partition}${env.id()}`
    const key = linkKey(secrets.places('link', token)[0]!)
    const link: Link = { id: `let_${partition}${env.id()}`, link: key, createdAt: now, expiresAt: now + lifeMs, epoch }
    return { token, link, put: { key, value: { v: 1, app, ...to }, sweepAt: link.expiresAt + DAY } }
  }
}

/** Letters about an account lie with it, each in a place of its own: none takes that of another. */
export function createAccountLetters(room: Room) {
  const { env, secrets, policy } = room
  const newLink = createLinks(room)

  function tell(app: App, account: Account, kind: LetterKind, to: string, link: Ends, secret: object, sendNow: boolean, view: View): Told {
    const partition = partitionOfHandle(account.id)!
    const now = env.now()
    const key = `${accountKey(account.id)}/mail/${link.id}`
    const { id, expiresAt } = link
    const letter = {
      key,
      id,
      kind,
      to,
      locale: account.locale,
      about: accountKey(account.id),
      deadlineAt: expiresAt,
      secret: JSON.stringify(secret),
      sendNow,
    }
    const { put, send } = queueLetter(secrets, app, letter, null, { partition, version: view.version, now })
    const kept = { id, key, to, at: now, ...(link.link === undefined ? {} : { link: link.link }) }
    return { account: withLetter(account, kept), puts: [put], send }
  }

  /**
   * The notice of a change, in the commit of the change and outside every budget, with a link that takes it back.
   * @param email where it goes: the address that comes back
   * @param more what the letter says besides
   */
  function notify(app: App, account: Account, of: Undo['of'], email: string, more: object, view: View): Told {
    const now = env.now()
    const made = newLink(app.id, { of: 'undo', account: account.id, email }, partitionOfHandle(account.id)!, policy.undoTtlMs, 0)
    const undo: Undo = { link: made.link.link, of, email, at: now, expiresAt: made.link.expiresAt }
    const { account: kept, isKept } = withUndo(account, undo, now)
    const secret = { token: isKept ? made.token : null, expiresAt: undo.expiresAt, ...more }
    const told = tell(app, kept, of, email, made.link, secret, false, view)
    return { ...told, puts: [...told.puts, ...(isKept ? [made.put] : [])] }
  }

  /** The notice of a sign-in from a browser that the account did not know, in the commit of the sign-in; nothing to take back. */
  function signedIn(app: App, account: Account, from: { browser: string | null; system: string | null }, view: View): Told {
    const at = env.now()
    const letter = { id: `let_${partitionOfHandle(account.id)!}${env.id()}`, expiresAt: at + policy.undoTtlMs }
    return tell(app, account, 'signed_in', account.email, letter, { ...from, at }, false, view)
  }

  return { newLink, tell, notify, signedIn }
}
