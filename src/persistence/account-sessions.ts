import type { SessionShown } from '../contract/account-life.ts'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import type { Account } from '../rules/account.ts'
import { isLive, type Session, withoutSession } from '../rules/session.ts'
import { type Caller, createCallers, isFresh } from './callers.ts'
import { accountPut, sessionKey } from './mailboxes.ts'
import type { Room } from './room.ts'
import { asSession } from './session-records.ts'
import type { Stored } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

type Operations = Pick<Client<typeof persistence>, 'listSessions' | 'endSessions' | 'updateAccount'>
type EndedSome = Awaited<ReturnType<Operations['endSessions']>>

/** Where an account is signed in, and what its holder changes without a letter. */
export function createAccountSessions(room: Room): Operations {
  const { env, store } = room
  const callers = createCallers(room)

  /** Those of these records that live, newest first. */
  const live = (records: readonly (Stored | null)[], account: Account, epoch: number): Session[] =>
    records
      .map(asSession)
      .filter((session) => session !== null)
      .filter((session) => isLive(session, account, epoch, env.now()))
      .toReversed()

  const keysOf = ({ sessions }: Account) => sessions.map(({ id }) => sessionKey(id))

  /** Their records go in the commit in which the account forgets them, so that no sign-in in between is lost. */
  function ending(account: Account, over: readonly Session[]): Decision<EndedSome> {
    const next = over.reduce((left, { id }) => withoutSession(left, id), account)
    const puts = over.length > 0 ? [accountPut(next)] : []
    return { outcome: { kind: 'ended' }, puts, deletes: over.map(({ id }) => sessionKey(id)) }
  }

  async function endOne({ account }: Caller, id: string, view: View): Promise<Decision<EndedSome>> {
    const isListed = account.sessions.some((one) => one.id === id)
    const [session] = isListed ? live(await view.read(sessionKey(id)), account, view.epoch()) : []
    return session ? ending(account, [session]) : { outcome: { kind: 'session_unknown' } }
  }

  async function endOthers({ account, session: { id: own } }: Caller, view: View): Promise<Decision<EndedSome>> {
    const all = live(await view.read(...keysOf(account)), account, view.epoch())
    return ending(
      account,
      all.filter(({ id }) => id !== own),
    )
  }

  return {
    async listSessions({ access }) {
      const caller = await callers.look(access)
      if (!caller) return { kind: 'token_invalid' }
      const { account, session } = caller
      const records = await store.read(session.id.slice(4, 6), keysOf(account))
      const sessions = live(records, account, session.epoch).map((one): SessionShown => {
        const { id, createdAt, usedAt, expiresAt, browser } = one
        const shown = browser ? { name: browser.name, system: browser.system } : null
        return { id, createdAt, usedAt, expiresAt, current: id === session.id, browser: shown }
      })
      return { kind: 'found', sessions }
    },

    endSessions: ({ access, session }) =>
      callers.change<EndedSome>(access, async (caller, view) => {
        if (!isFresh(caller, access, env.now())) return { outcome: { kind: 'reauthentication_required' } }
        return session === null ? endOthers(caller, view) : endOne(caller, session, view)
      }),

    updateAccount: ({ access, locale }) =>
      callers.change<Awaited<ReturnType<Operations['updateAccount']>>>(access, async ({ account }) => {
        const { id, email, createdAt } = account
        const outcome = { kind: 'found' as const, account: { id, email, createdAt, locale } }
        return { outcome, puts: locale === account.locale ? [] : [accountPut({ ...account, locale })] }
      }),
  }
}
