import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { type Account, type Link, pendingOf } from '../rules/account.ts'
import { isLinkOpen, withPassword, withReset } from '../rules/account-life.ts'
import { use } from '../rules/challenge.ts'
import { readEmail } from '../rules/email.ts'
import { type Address, newAddress } from '../rules/identity.ts'
import { judgePassword } from '../rules/password.ts'
import { createAccountLetters } from './account-letters.ts'
import type { App } from './apps.ts'
import { createAsked, limited, type Where } from './asked.ts'
import { createBirth } from './birth.ts'
import { type Caller, createCallers } from './callers.ts'
import { addressKey } from './identities.ts'
import { queueLetter } from './letters.ts'
import {
  accountKey,
  accountPut,
  asAccount,
  asMailbox,
  EMAIL_WRONG,
  followLink,
  mailboxKey,
  mailboxPut,
  PASSWORD_WRONG,
  partitionOfHandle,
} from './mailboxes.ts'
import type { Room } from './room.ts'
import { sessionPut, sessionsOver } from './session-records.ts'
import type { Partition } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

type Recovery = Pick<Client<typeof persistence>, 'forgotPassword' | 'resetPassword' | 'changePassword'>
type Asked = Awaited<ReturnType<Recovery['forgotPassword']>>
type Reset = Awaited<ReturnType<Recovery['resetPassword']>>
type Changed = Awaited<ReturnType<Recovery['changePassword']>>
type Place = Where & { partition: Partition }

/** A new password: by a link for whoever forgot the old one, or by whoever knows it. */
export function createRecovery(room: Room): Recovery {
  const { env, secrets, policy, apps, passwords } = room
  const { keysOf, found, counted } = createAsked(room)
  const letters = createAccountLetters(room)
  const callers = createCallers(room)
  const { welcome } = createBirth(room)

  /** Counted at the address, whether anybody is there or not; then the account is told, which may live elsewhere. */
  async function forgot(place: Place, sendNow: boolean, view: View): Promise<Decision<Asked & { account?: string }>> {
    const { app, canonical, partition } = place
    const here = found(place, await view.read(...keysOf(place)))
    if (here.refusing) return { outcome: limited(here.refusing) }
    const { mailbox } = here
    const now = env.now()
    const outcome = { kind: 'asked' as const, app: app.id, email: canonical, send: null }
    if (mailbox.account !== null) {
      const home = partitionOfHandle(mailbox.account)
      if (home !== partition) return { outcome: { ...outcome, account: mailbox.account }, puts: counted(place, here) }
      const [record] = await view.read(accountKey(mailbox.account))
      const told = tellReset(app, asAccount(record), canonical, sendNow, view)
      return { outcome: { ...outcome, send: told?.send ?? null }, puts: [...counted(place, here), ...(told?.puts ?? [])] }
    }
    const newest = pendingOf(mailbox, now).at(-1)
    if (!newest) return { outcome, puts: counted(place, here) }
    const made = letters.newLink(app.id, { of: 'reset', account: null, email: canonical }, partition, policy.linkTtlMs, view.epoch())
    const key = `${addressKey(canonical)}/mail/${app.id}/reset/${made.link.id}`
    const letter = {
      key,
      id: made.link.id,
      kind: 'reset' as const,
      to: canonical,
      locale: newest.locale,
      about: mailboxKey(canonical, app.id),
      deadlineAt: made.link.expiresAt,
      secret: JSON.stringify({ token: made.token, expiresAt: made.link.expiresAt }),
      sendNow,
    }
    const { put, send } = queueLetter(secrets, app, letter, null, { partition, version: view.version, now })
    const waiting = { ...mailbox, resets: withReset(mailbox.resets, made.link, now) }
    return {
      outcome: { ...outcome, send },
      puts: [...counted(place, here, { number: key, letter: made.link.id, link: made.link.link }), mailboxPut(waiting), made.put, put],
    }
  }

  /** @returns null when the account does not have that address (any more) */
  function tellReset(app: App, account: Account | null, email: string, sendNow: boolean, view: View) {
    if (!account || account.email !== email || account.deletedAt !== null) return null
    const partition = partitionOfHandle(account.id)!
    const made = letters.newLink(app.id, { of: 'reset', account: account.id, email }, partition, policy.linkTtlMs, view.epoch())
    const secret = { token: made.token, expiresAt: made.link.expiresAt }
    const told = letters.tell(app, account, 'reset', email, made.link, secret, sendNow, view)
    const next = { ...told.account, resets: withReset(account.resets, made.link, env.now()) }
    return { send: told.send, puts: [accountPut(next), made.put, ...told.puts] }
  }

  const isOpen = (links: readonly Link[], key: string, epoch: number) => links.some((link) => isLinkOpen(link, key, epoch, env.now()))

  async function resetAccount(app: App, id: string, key: string, password: string, view: View): Promise<Decision<Reset>> {
    const [record] = await view.read(accountKey(id))
    const account = asAccount(record)
    if (!account || account.deletedAt !== null || !isOpen(account.resets, key, view.epoch())) return { outcome: { kind: 'link_invalid' } }
    const told = letters.notify(app, withPassword(account, password, null), 'password_changed', account.email, {}, view)
    const outcome = { kind: 'done' as const, app: app.id, email: account.email }
    return { outcome, puts: [accountPut(told.account), ...told.puts], deletes: sessionsOver(account) }
  }

  /** The mailbox is proven by it: the account is born with this password, whatever those who signed up had set. */
  async function resetPending(place: Place, key: string, password: string, view: View): Promise<Decision<Reset>> {
    const { app, canonical } = place
    const [own, box] = await view.read(addressKey(canonical), mailboxKey(canonical, app.id))
    const mailbox = asMailbox(box)
    const newest = mailbox && pendingOf(mailbox, env.now()).at(-1)
    if (!newest || mailbox.account !== null || !isOpen(mailbox.resets, key, view.epoch())) return { outcome: { kind: 'link_invalid' } }
    const taker = { ...newest, flow: '', password, challenges: newest.challenges.map((one) => use(one, env.now())) }
    const address = (own?.value as Address | undefined) ?? newAddress()
    const born = welcome(place, mailbox, taker, null, address, { sendNow: false, browser: null }, view)
    return { ...born, outcome: { kind: 'done', app: app.id, email: canonical } }
  }

  function change({ app, session, account }: Caller, matched: string, password: string, view: View): Decision<Changed> {
    if (account.password !== matched) return { outcome: { kind: 'invalid_credentials' } }
    const isHere = ({ mac }: { mac: string }) => mac === session.browser?.mac
    const next = { ...withPassword(account, password, session.id), browsers: (account.browsers ?? []).filter(isHere) }
    const told = letters.notify(app, next, 'password_changed', account.email, {}, view)
    return {
      outcome: { kind: 'done', app: app.id, email: account.email },
      puts: [accountPut(told.account), sessionPut({ ...session, round: next.round }), ...told.puts],
      deletes: sessionsOver(account, session.id),
    }
  }

  return {
    async forgotPassword({ app: id, email: text, sendNow }) {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'app_unknown' }
      const email = readEmail(text, domainToASCII)
      if (!email) return { kind: 'invalid', fields: [EMAIL_WRONG] }
      const place: Place = { ...email, app, partition: room.homeOf(email.untagged) }
      const { account, ...asked } = await room.inTurn(`address/${email.untagged}`, () =>
        room.transact(place.partition, (view) => forgot(place, sendNow, view)),
      )
      if (!account || asked.kind !== 'asked') return asked
      const send = await room.inTurn(accountKey(account), () =>
        room.transact(partitionOfHandle(account)!, async (view) => {
          const [record] = await view.read(accountKey(account))
          const told = tellReset(app, asAccount(record), email.canonical, sendNow, view)
          return { outcome: told?.send ?? null, puts: told?.puts ?? [] }
        }),
      )
      return { ...asked, send }
    },

    async resetPassword({ app: id, token, password }) {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'app_unknown' }
      if (!password.isWellFormed()) return { kind: 'invalid', fields: [PASSWORD_WRONG] }
      const found = await followLink(room, app.id, token)
      if (found?.pointer.of !== 'reset') return { kind: 'link_invalid' }
      const { pointer, key, partition } = found
      const reason = judgePassword(password, { min: policy.passwordMin, email: pointer.email, app: app.displayName })
      if (reason) return { kind: 'password_rejected', reason }
      const credential = await passwords.hash(`${app.id}/${pointer.email}`, password)
      const { account } = pointer
      if (account !== null)
        return room.inTurn(accountKey(account), () => room.transact(partition, (view) => resetAccount(app, account, key, credential, view)))
      const email = readEmail(pointer.email, domainToASCII)!
      return room.inTurn(`address/${email.untagged}`, () =>
        room.transact(partition, (view) => resetPending({ ...email, app, partition }, key, credential, view)),
      )
    },

    async changePassword({ access, current, password }) {
      const found = await callers.look(access)
      if (!found) return { kind: 'token_invalid' }
      const { app, account } = found
      if (!password.isWellFormed() || !current.isWellFormed()) return { kind: 'invalid', fields: [PASSWORD_WRONG] }
      const reason = judgePassword(password, { min: policy.passwordMin, email: account.email, app: app.displayName })
      if (reason) return { kind: 'password_rejected', reason }
      const scope = `${app.id}/${account.email}`
      const own = account.password === null ? [] : [account.password]
      if ((await passwords.match(scope, current, own)).length === 0) return { kind: 'invalid_credentials' }
      const credential = await passwords.hash(scope, password)
      return callers.change<Changed>(access, async (caller, view) => change(caller, own[0]!, credential, view))
    },
  }
}
