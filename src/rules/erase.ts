import type { Account, Mailbox } from './account.ts'
import type { Address, Send } from './identity.ts'

/** Every key that a link of the account leads to. */
export const linksOf = ({ resets, change, undos, letters }: Account): string[] =>
  [...resets, ...(change ? [change] : []), ...undos, ...letters].flatMap(({ link }) => link ?? [])

/** Every address that an account was at, is on its way to, or had letters sent to. */
export function addressesOf({ email, change, move, undos, letters }: Account): string[] {
  const others = [change?.email, move?.email, ...undos.map((undo) => undo.email), ...letters.map(({ to }) => to)]
  return [...new Set([email, ...others.filter((one) => one !== undefined)])]
}

/**
 * An account that is at another address, as if it had never had to do with this one: it cannot come back to it.
 * @returns null when it does not know the address
 */
export function withoutAddress(account: Account, email: string): Account | null {
  if (!addressesOf(account).includes(email)) return null
  return {
    ...account,
    change: account.change?.email === email ? null : account.change,
    move: account.move?.email === email ? null : account.move,
    undos: account.undos.filter((undo) => undo.email !== email),
    letters: account.letters.filter(({ to }) => to !== email),
  }
}

/** An address that this account does not hold, and does not come back to; null when it is so already. */
export function withoutAccount(mailbox: Mailbox, id: string): Mailbox | null {
  if (mailbox.account !== id && !mailbox.former.some((one) => one.id === id)) return null
  const held = mailbox.account === id ? { account: null, proven: null } : {}
  return { ...mailbox, ...held, former: mailbox.former.filter((one) => one.id !== id) }
}

/**
 * The record of an address without what leads to letters that are gone; when they were sent stays, as it counts.
 * @returns null when there is none
 */
export function withoutLetters(address: Address, isGone: (send: Send) => boolean): Address | null {
  if (!address.sends.some(isGone)) return null
  const bare = ({ letter: _letter, link: _link, account: _account, ...send }: Send): Send => ({ ...send, number: '' })
  return { ...address, sends: address.sends.map((send) => (isGone(send) ? bare(send) : send)) }
}
