import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import type { Account } from '../rules/account.ts'
import { deleted, isLinkOpen, onItsWay } from '../rules/account-life.ts'
import { readEmail } from '../rules/email.ts'
import { createAccountLetters } from './account-letters.ts'
import { createAsked, type Where } from './asked.ts'
import { type Caller, createCallers, isFresh } from './callers.ts'
import { accountPut, EMAIL_WRONG, followLink, PASSWORD_WRONG, partitionOfHandle } from './mailboxes.ts'
import { type Moves, UNDER_WAY } from './moves.ts'
import type { Room } from './room.ts'
import { sessionsOver } from './session-records.ts'
import type { Decision, View } from './store/transact.ts'

type Departures = Pick<Client<typeof persistence>, 'deleteAccount' | 'requestEmailChange' | 'cancelEmailChange' | 'confirmEmailChange'>
type Deleted = Awaited<ReturnType<Departures['deleteAccount']>>
type Asked = Awaited<ReturnType<Departures['requestEmailChange']>>

/** The account leaves: for another address, or for good. */
export function createDepartures(room: Room, moves: Moves): Departures {
  const { env, policy, apps, passwords } = room
  const asked = createAsked(room)
  const letters = createAccountLetters(room)
  const callers = createCallers(room)

  /** The credential that the password opened; null when it opens none. */
  async function matched({ app, account }: Pick<Caller, 'app' | 'account'>, password: string): Promise<string | null> {
    const own = account.password === null ? [] : [account.password]
    const opened = await passwords.match(`${app.id}/${account.email}`, password, own)
    return opened.length > 0 ? own[0]! : null
  }

  /** One more letter to that address; says whether it is somebody's, and whether the letter may go. */
  const count = (where: Where, account: string) =>
    room.inTurn(`address/${where.untagged}`, () =>
      room.transact(room.homeOf(where.untagged), async (view) => {
        const here = asked.found(where, await view.read(...asked.keysOf(where)))
        if (here.refusing) return { outcome: { waitMs: here.refusing.resetMs, isTaken: false } }
        return { outcome: { waitMs: 0, isTaken: here.mailbox.account !== null }, puts: asked.counted(where, here, { account }) }
      }),
    )

  /** The wish, and the letter to the new address; an older wish's link dies, whether the address is somebody's or not. */
  async function ask(
    { app, account, session }: Caller,
    email: string,
    isTaken: boolean,
    sendNow: boolean,
    view: View,
  ): Promise<Decision<Asked | typeof UNDER_WAY>> {
    // Its end drops every wish: one that comes now would be lost.
    if (account.move) return { outcome: UNDER_WAY }
    const to = { of: 'email_change' as const, account: account.id, email }
    const made = letters.newLink(app.id, to, partitionOfHandle(session.id)!, policy.linkTtlMs, view.epoch())
    const secret = { token: made.token, expiresAt: made.link.expiresAt }
    const told = isTaken
      ? { account, puts: [], send: null }
      : letters.tell(app, account, 'email_change', email, made.link, secret, sendNow, view)
    const next: Account = { ...told.account, change: { ...made.link, email } }
    const outcome: Asked = { kind: 'asked', app: app.id, email, send: told.send }
    return { outcome, puts: [accountPut(next), ...(isTaken ? [] : [made.put]), ...told.puts] }
  }

  /** Gone at once; the address is let go on the way that follows. */
  function leave({ app, account }: Caller, credential: string, view: View): Decision<Deleted | typeof UNDER_WAY> {
    if (account.move) return { outcome: UNDER_WAY }
    if (account.password !== credential) return { outcome: { kind: 'invalid_credentials' } }
    const told = letters.notify(app, account, 'deleted', account.email, {}, view)
    const now = env.now()
    const next = onItsWay(deleted(told.account, now), { phase: 'release', email: account.email, undo: null }, now)
    const outcome = { kind: 'done' as const, app: app.id, email: account.email }
    return { outcome, puts: [accountPut(next), ...told.puts], deletes: sessionsOver(account) }
  }

  return {
    async deleteAccount({ access, password }) {
      const found = await callers.look(access)
      if (!found) return { kind: 'token_invalid' }
      if (!password.isWellFormed()) return { kind: 'invalid', fields: [PASSWORD_WRONG] }
      const credential = await matched(found, password)
      if (credential === null) return { kind: 'invalid_credentials' }
      const outcome = await moves.inTurn<Deleted>(found.account.id, () =>
        callers.change<Deleted | typeof UNDER_WAY>(access, async (caller, view) => leave(caller, credential, view)),
      )
      if (outcome.kind === 'done') await moves.run(found.account.id)
      return outcome
    },

    async requestEmailChange({ access, password, email: text, sendNow }) {
      const found = await callers.look(access)
      if (!found) return { kind: 'token_invalid' }
      const email = readEmail(text, domainToASCII)
      if (!email || email.canonical === found.account.email) return { kind: 'invalid', fields: [EMAIL_WRONG] }
      if (password === null && !isFresh(found, access, env.now())) return { kind: 'reauthentication_required' }
      if (password !== null && !password.isWellFormed()) return { kind: 'invalid', fields: [PASSWORD_WRONG] }
      if (password !== null && (await matched(found, password)) === null) return { kind: 'invalid_credentials' }
      const { app } = found
      const { waitMs, isTaken } = await count({ ...email, app }, found.account.id)
      if (waitMs > 0) return { kind: 'limited', waitMs, allowances: [] }
      return moves.inTurn<Asked>(found.account.id, () =>
        callers.change<Asked | typeof UNDER_WAY>(access, (caller, view) => ask(caller, email.canonical, isTaken, sendNow, view)),
      )
    },

    cancelEmailChange: ({ access }) =>
      callers.change<{ kind: 'cancelled' }>(access, async ({ account }) => ({
        outcome: { kind: 'cancelled' },
        puts: account.change ? [accountPut({ ...account, change: null })] : [],
      })),

    async confirmEmailChange({ app: id, token, access, password }) {
      const app = await apps.forAccounts(access?.app ?? id)
      if (!app) return { kind: 'app_unknown' }
      const link = await followLink(room, app.id, token)
      if (link?.pointer.of !== 'email_change') return { kind: 'link_invalid' }
      const { account: holder, email } = link.pointer
      const isMeant = (account: Account | null, epoch: number) =>
        account?.change != null && isLinkOpen(account.change, link.key, epoch, env.now()) && account.deletedAt === null
      const account = await moves.atHome(holder, (found, view) => ({ outcome: isMeant(found, view.epoch()) ? found : null }))
      if (!account) return { kind: 'link_invalid' }
      const bySession = access?.account === holder && (await callers.look(access)) !== null
      const credential = bySession || password === null ? null : await matched({ app, account }, password)
      if (!bySession && credential === null) return { kind: 'password_required' }
      const isBegun = await moves.inTurn(holder, () =>
        moves.atHome<boolean | typeof UNDER_WAY>(holder, (current, view) => {
          if (!current || !isMeant(current, view.epoch())) return { outcome: false }
          if (!bySession && current.password !== credential) return { outcome: false }
          if (current.move) return { outcome: UNDER_WAY }
          return {
            outcome: true,
            puts: [accountPut(onItsWay({ ...current, change: null }, { phase: 'reserve', email, undo: null }, env.now()))],
          }
        }),
      )
      if (!isBegun) return { kind: 'link_invalid' }
      const moved = await moves.run(holder)
      return moved?.email === email ? { kind: 'done', app: app.id, email } : { kind: 'link_invalid' }
    },
  }
}
