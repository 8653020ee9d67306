import { domainToASCII } from 'node:url'
import type { Account, Mailbox } from '../rules/account.ts'
import { type Email, readEmail } from '../rules/email.ts'
import { addressesOf, linksOf, withoutAccount, withoutAddress, withoutLetters } from '../rules/erase.ts'
import type { Address, Identity, Send } from '../rules/identity.ts'
import { readRow } from '../rules/outbox.ts'
import { asIndex, INDEX, readChanges } from './app-records.ts'
import { createDraft, type Draft, type Part } from './erase-draft.ts'
import { addressKey, mailKey } from './identities.ts'
import {
  accountKey,
  accountPut,
  addressPut,
  asAccount,
  asMailbox,
  mailboxKey,
  mailboxPut,
  partitionOfHandle,
  sessionKey,
} from './mailboxes.ts'
import { CONTROL } from './partitions.ts'
import type { Room } from './room.ts'
import { signUpMailKey } from './sign-up.ts'
import type { Partition } from './store/store.ts'

/**
 * `parts`: in the order that a crash in between does no harm to: what leads to the rest goes last. `elsewhere`: accounts that had the
 * address, or wanted it, and live at another one. `tagged`: addresses with a +tag of this one that had letters lately.
 */
export type Plan = { parts: Part[]; elsewhere: number; tagged: string[] }
type Here = Email & { home: Partition; draft: Draft }
/** What an address's own record leads to; `numbers`: the keys of its identities. */
type Known = { apps: string[]; askers: string[]; mine: Send[]; theirs: Send[]; numbers: Set<string> }

const ACCOUNT = /acc_\d\d[0-9A-Za-z]{22}/g

/** Looks for everything of an address, over all apps that ever were; nothing is changed. */
export function createErasePlan(room: Room) {
  const { env, store, policy, homeOf } = room
  const untaggedOf = (email: string) => readEmail(email, domainToASCII)!.untagged
  const homeOfEmail = (email: string) => homeOf(untaggedOf(email))

  async function appsOf(address: Address | undefined): Promise<string[]> {
    const [index] = await store.read(CONTROL, [INDEX])
    const known = [...asIndex(index).apps.map(({ id }) => id), ...(await readChanges(store)).flatMap(({ app }) => app ?? [])]
    return [...new Set([...known, ...(address?.sends ?? []).map(({ app }) => app), ...Object.keys(address?.current ?? {})])]
  }

  async function knownAt({ canonical, home, draft }: Here): Promise<Known> {
    const address = (await draft.see(home, addressKey(canonical)))[0]?.value as Address | undefined
    const sends = (address?.sends ?? []).filter(({ number }) => number !== '')
    const askers = (address?.sends ?? []).flatMap(({ account, tagged }) => (account && !tagged ? account : []))
    const mine = sends.filter(({ tagged }) => !tagged)
    const others = [...Object.values(address?.current ?? {}), ...(address?.answers ?? [])]
    const numbers = new Set([...mine.filter(({ letter }) => !letter), ...others].map(({ number }) => number))
    return { apps: await appsOf(address), askers, mine, theirs: sends.filter(({ tagged }) => tagged), numbers }
  }

  async function removeMailbox({ canonical, home, draft }: Here, { app, signUps, proven, resets }: Mailbox) {
    await draft.remove(home, 'mailboxes', mailboxKey(canonical, app))
    for (const { id, challenges } of [...signUps, ...(proven ? [proven] : [])]) {
      await draft.removeLetter(home, signUpMailKey(canonical, app, id), ...challenges.map((challenge) => challenge.id))
      await draft.remove(home, 'links', ...challenges.flatMap(({ link }) => link ?? []))
    }
    await draft.remove(home, 'links', ...resets.map(({ link }) => link))
  }

  /** With those that they replaced, however long ago: some outlive what the address remembers. */
  async function removeIdentities({ home, draft }: Here, numbers: ReadonlySet<string>) {
    const all = new Set(numbers)
    for (const number of all) {
      const [record] = await draft.see(home, number)
      const older = (record?.value as Identity | undefined)?.older
      if (older) all.add(older)
    }
    await draft.remove(home, 'identities', ...all)
  }

  /** All that lies in the address's partition. @returns its mailboxes */
  async function removeAddress(here: Here, { apps, mine, numbers }: Known): Promise<Mailbox[]> {
    const { canonical, home, draft } = here
    const keys = apps.map((app) => mailboxKey(canonical, app))
    const mailboxes = (await draft.see(home, ...keys)).map(asMailbox).filter((one) => one !== null)
    await draft.remove(home, 'addresses', addressKey(canonical))
    await removeIdentities(here, numbers)
    for (const app of apps) await draft.removeLetter(home, mailKey(canonical, app))
    for (const { number: key, letter } of mine) if (letter) await draft.removeLetter(home, key, letter)
    await draft.remove(home, 'links', ...mine.flatMap(({ link }) => link ?? []))
    for (const mailbox of mailboxes) await removeMailbox(here, mailbox)
    return mailboxes
  }

  /** Accounts that may have to do with the address: its holders, and whoever had a letter sent to it. */
  function accountsAt({ home, draft }: Here, { mine, askers }: Known, mailboxes: readonly Mailbox[]): string[] {
    const told = [...askers, ...mine.map(({ number }) => number), ...draft.goners(home, 'letters').map(({ value }) => readRow(value).about)]
    return [
      ...new Set([
        ...mailboxes.flatMap(({ account, former }) => [account ?? [], former.map(({ id }) => id)].flat()),
        ...(told.join(' ').match(ACCOUNT) ?? []),
      ]),
    ]
  }

  /** @returns those that it forgets */
  async function forgetLetters({ draft }: Here, email: string, isGone: (send: Send) => boolean): Promise<Send[]> {
    const address = await draft.standing<Address>(homeOfEmail(email), addressKey(email))
    const next = address && withoutLetters(address, isGone)
    if (next) draft.put(homeOfEmail(email), addressPut(email, next, policy, env.now()))
    return next ? address.sends.filter(isGone) : []
  }

  /** Another address that the account was at, or was on its way to. */
  async function freeAddress(here: Here, other: string, account: Account) {
    const mailbox = await here.draft.standing<Mailbox>(homeOfEmail(other), mailboxKey(other, account.app))
    const next = mailbox && withoutAccount(mailbox, account.id)
    if (next) here.draft.put(homeOfEmail(other), mailboxPut(next))
    const isAbout = (send: Send) =>
      send.account === account.id || send.number.includes(account.id) || account.letters.some(({ id }) => id === send.letter)
    for (const email of new Set([other, untaggedOf(other)])) {
      const forgotten = email === here.canonical ? [] : await forgetLetters(here, email, isAbout)
      for (const { number: key, letter } of forgotten) if (letter) await here.draft.removeLetter(homeOfEmail(email), key, letter)
    }
  }

  async function removeAccount(here: Here, at: Partition, account: Account) {
    const { draft, canonical } = here
    await draft.remove(at, 'accounts', accountKey(account.id))
    await draft.remove(at, 'sessions', ...account.sessions.map(({ id }) => sessionKey(id)))
    for (const there of new Set([at, ...addressesOf(account).map(homeOfEmail)])) await draft.remove(there, 'links', ...linksOf(account))
    for (const other of addressesOf(account)) if (other !== canonical) await freeAddress(here, other, account)
    for (const { key, id } of account.letters) await draft.removeLetter(at, key, id)
  }

  /** An account that is at another address: it stays, and cannot come back. */
  async function forgetAddress({ draft, home, canonical }: Here, at: Partition, account: Account) {
    const next = withoutAddress(account, canonical)
    if (!next) return
    draft.put(at, accountPut(next))
    const links = linksOf(account).filter((link) => !linksOf(next).includes(link))
    for (const there of new Set([at, home, homeOfEmail(account.email)])) await draft.remove(there, 'links', ...links)
    for (const { key, id, to } of account.letters) if (to === canonical) await draft.removeLetter(at, key, id)
  }

  /** @returns how many live at another address */
  async function settleAccounts(here: Here, ids: readonly string[]): Promise<number> {
    let elsewhere = 0
    for (const id of ids) {
      const at = partitionOfHandle(id)!
      const account = asAccount((await here.draft.see(at, accountKey(id)))[0])
      if (account?.email === here.canonical) await removeAccount(here, at, account)
      else if (account) await forgetAddress(here, at, account)
      if (account && account.email !== here.canonical && account.deletedAt === null) elsewhere++
    }
    return elsewhere
  }

  async function taggedOf({ home, canonical }: Here, { theirs }: Known): Promise<string[]> {
    const keys = theirs.map(({ number }) => number)
    const named = keys.flatMap((key) => /^address\/([^/]+)\//.exec(key)?.[1] ?? [])
    const registered = (await store.read(home, keys)).flatMap((record) => (record?.value as Partial<Identity> | undefined)?.email ?? [])
    return [...new Set([...named, ...registered])].filter((one) => one !== canonical)
  }

  return async function plan(email: Email): Promise<Plan> {
    const { canonical, untagged } = email
    const here: Here = { ...email, home: homeOf(untagged), draft: createDraft(store) }
    const known = await knownAt(here)
    const mailboxes = await removeAddress(here, known)
    const elsewhere = await settleAccounts(here, accountsAt(here, known, mailboxes))
    // The record of the address without its +tag remembers the letters of this one, too.
    const isOfTag = ({ number }: Send) => known.numbers.has(number) || number.startsWith(`${addressKey(canonical)}/`)
    if (untagged !== canonical) await forgetLetters(here, untagged, isOfTag)
    const rank = ({ partition, gone }: Part) => (partition === here.home ? 2 : [...gone.values()].includes('accounts') ? 1 : 0)
    const parts = here.draft.parts().sort((a, b) => rank(a) - rank(b))
    return { parts, elsewhere, tagged: await taggedOf(here, known) }
  }
}
