import { domainToASCII } from 'node:url'
import type { LinkView, SignUpView } from '../contract/browsers.ts'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import type { Account, Link, Mailbox, SignUp } from '../rules/account.ts'
import { isLinkOpen, undoOf } from '../rules/account-life.ts'
import { isLinkLive } from '../rules/challenge.ts'
import { readEmail } from '../rules/email.ts'
import { readRow } from '../rules/outbox.ts'
import { createAsked, type Where } from './asked.ts'
import { accountKey, asAccount, asMailbox, followLink, type LinkPointer, mailboxKey, partitionOfHandle } from './mailboxes.ts'
import type { Room } from './room.ts'
import { signUpMailKey } from './sign-up.ts'
import type { Stored } from './store/store.ts'
import { EPOCH_KEY } from './store/transact.ts'

type Operations = Pick<Client<typeof persistence>, 'showLink' | 'showSignUp'>
type Shown = Omit<LinkView, 'of' | 'app' | 'email'>
const OVER: Shown = { state: 'over', expiresAt: 0, at: null, isHis: false, change: null }

/** What pages show before anybody does anything. Nothing here changes anything, whoever asks and however often. */
export function createPageViews(room: Room): Operations {
  const { env, store, secrets, apps, epochOf, homeOf } = room
  const asked = createAsked(room)

  const signUpLink = (
    mailbox: Mailbox | null,
    pointer: LinkPointer & { of: 'sign-up' },
    flows: readonly string[],
    epoch: number,
  ): Shown => {
    const now = env.now()
    const signUp = [...(mailbox?.signUps ?? []), ...(mailbox?.proven ? [mailbox.proven] : [])].find(({ id }) => id === pointer.signUp)
    const challenge = signUp?.challenges.find(({ id }) => id === pointer.challenge)
    if (!signUp || !challenge) return OVER
    const isHis = flows.includes(signUp.flow)
    const shown = { ...OVER, expiresAt: challenge.linkExpiresAt, isHis }
    if (signUp === mailbox?.proven) return mailbox.account === null ? shown : { ...shown, state: 'used', at: usedAtOf(signUp) }
    if (isLinkLive(challenge, epoch, now)) return { ...shown, state: 'open' }
    return { ...shown, state: challenge === signUp.challenges[0] ? 'over' : 'replaced' }
  }

  const openLink = (links: readonly Link[], key: string, epoch: number): Shown => {
    const link = links.find((one) => isLinkOpen(one, key, epoch, env.now()))
    return link ? { ...OVER, state: 'open', expiresAt: link.expiresAt } : OVER
  }

  const undoLink = (account: Account | null, key: string): Shown => {
    const undo = account && undoOf(account, key, env.now())
    return undo ? { ...OVER, state: 'open', expiresAt: undo.expiresAt, at: undo.at, change: undo.of } : OVER
  }

  async function judge(pointer: LinkPointer, key: string, flows: readonly string[]): Promise<Shown> {
    const holder = pointer.of === 'sign-up' ? null : pointer.account
    const home = holder === null ? homeOf(readEmail(pointer.email, domainToASCII)!.untagged) : partitionOfHandle(holder)!
    const place = holder === null ? mailboxKey(pointer.email, pointer.app) : accountKey(holder)
    const [first, record] = await store.read(home, [EPOCH_KEY, place])
    const epoch = epochOf(first)
    if (pointer.of === 'sign-up') return signUpLink(asMailbox(record), pointer, flows, epoch)
    if (holder === null) return openLink(asMailbox(record)?.resets ?? [], key, epoch)
    const account = asAccount(record)
    if (pointer.of === 'undo') return undoLink(account, key)
    if (!account || account.deletedAt !== null) return OVER
    // The account is there: by this link, which only that mailbox had.
    if (pointer.of === 'email_change' && account.email === pointer.email) return { ...OVER, state: 'used', at: account.arrivedAt }
    return openLink(pointer.of === 'reset' ? account.resets : account.change ? [account.change] : [], key, epoch)
  }

  const shownSignUp = (signUp: SignUp, mailbox: Mailbox, letter: Stored | null, resendAt: number): SignUpView => {
    const { id, digits, attempts, maxAttempts, createdAt, expiresAt } = signUp.challenges[0]!
    const isProven = signUp === mailbox.proven && mailbox.account !== null
    return {
      verifiedAt: isProven ? usedAtOf(signUp) : null,
      digits,
      attemptsLeft: Math.max(0, maxAttempts - attempts),
      maxAttempts,
      sentAt: createdAt,
      expiresAt,
      resendAt,
      letter: letterState(letter, id),
    }
  }

  return {
    async showLink({ token, flow }) {
      const found = await followLink(room, null, token)
      const app = found && (await apps.forAccounts(found.pointer.app))
      if (!found || !app) return { kind: 'link_invalid' }
      const { pointer, key } = found
      const shown = await judge(pointer, key, flow === null ? [] : secrets.macs('flow', flow))
      return { kind: 'found', link: { of: pointer.of, app: app.id, email: pointer.email, ...shown } }
    },

    async showSignUp({ app: id, email: text, flow }) {
      const app = await apps.forAccounts(id)
      const email = readEmail(text, domainToASCII)
      if (!app || !email) return { kind: 'unknown' }
      const where: Where = { ...email, app }
      const partition = homeOf(email.untagged)
      const [first, ...records] = await store.read(partition, [EPOCH_KEY, ...asked.keysOf(where)])
      epochOf(first)
      const { mailbox, refusing } = asked.found(where, records)
      const flows = secrets.macs('flow', flow)
      const mine = [...mailbox.signUps, ...(mailbox.proven ? [mailbox.proven] : [])].find((one) => flows.includes(one.flow))
      if (!mine?.challenges[0]) return { kind: 'unknown' }
      const [letter] = await store.read(partition, [signUpMailKey(email.canonical, app.id, mine.id)])
      return { kind: 'found', signUp: shownSignUp(mine, mailbox, letter ?? null, env.now() + (refusing?.resetMs ?? 0)) }
    },
  }
}

/** When it was proven: by one of its challenges, or, where something else proved the mailbox, as its last one was voided. */
const usedAtOf = ({ challenges, createdAt }: SignUp): number => Math.max(createdAt, ...challenges.map(({ usedAt }) => usedAt ?? 0))

/** What became of the newest letter. */
function letterState(record: Stored | null, id: string): SignUpView['letter'] {
  const row = record && readRow(record.value)
  if (row?.id !== id) return row ? 'queued' : 'sent'
  const last = row.events.at(-1)?.event
  if (last === 'failed' || last === 'deferred') return last
  return last === 'accepted' ? 'sent' : 'queued'
}
