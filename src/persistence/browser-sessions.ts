import type { AccountHeld } from '../contract/browsers.ts'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import type { Account } from '../rules/account.ts'
import { FRESH_MS } from '../rules/account-life.ts'
import { isLive, noted, type Session, withoutSession } from '../rules/session.ts'
import { accountKey, accountPut, asAccount, partitionOfHandle, sessionKey } from './mailboxes.ts'
import type { Room } from './room.ts'
import { isCookieOf, readCookie } from './session-cookies.ts'
import { asSession, sessionPut, showSession } from './session-records.ts'
import type { Partition } from './store/store.ts'
import { EPOCH_KEY, type View } from './store/transact.ts'

type Operations = Pick<Client<typeof persistence>, 'openSession' | 'closeSession'>
type Live = { session: Session; account: Account; home: Partition }

/** The sessions that browsers hold by a cookie. Every page asks the store: what ended anywhere has ended here. */
export function createBrowserSessions({ env, store, secrets, apps, epochOf, inTurn, transact }: Room): Operations {
  async function find(cookie: string): Promise<Live | null> {
    const named = readCookie(cookie)
    const home = named && partitionOfHandle(named.session)
    if (!named || !home) return null
    const [first, record, found] = await store.read(home, [EPOCH_KEY, sessionKey(named.session), accountKey(named.account)])
    const [session, account] = [asSession(record), asAccount(found)]
    if (!session || !account || !isCookieOf(secrets, session, cookie)) return null
    return isLive(session, account, epochOf(first), env.now()) ? { session, account, home } : null
  }

  /** The store keeps the later of two uses; one that ended meanwhile stays away. */
  const note = ({ session: { id }, home }: Live) =>
    inTurn(sessionKey(id), () =>
      transact(home, async ({ read }) => {
        const [record] = await read(sessionKey(id))
        const session = asSession(record)
        const next = session && noted(session, env.now())
        return { outcome: null, puts: next && next !== session ? [sessionPut(next)] : [] }
      }),
    )

  const held = ({ id, email, createdAt, locale, verifiedAt, change }: Account, epoch: number): AccountHeld => {
    const isOpen = change !== null && change.epoch === epoch && env.now() < change.expiresAt
    return { id, email, createdAt, locale, verifiedAt, change: isOpen ? { email: change.email, expiresAt: change.expiresAt } : null }
  }

  return {
    async openSession({ cookie }) {
      const live = await find(cookie)
      if (!live || !(await apps.forAccounts(live.session.app))) return { kind: 'token_invalid' }
      const { session, account } = live
      if (noted(session, env.now()) !== session) await note(live)
      const isFresh = env.now() - session.createdAt <= FRESH_MS
      return { kind: 'open', session: showSession(session, account), account: held(account, session.epoch), isFresh }
    },

    async closeSession({ cookie }) {
      const live = await find(cookie)
      if (!live) return { kind: 'ended' }
      const { session, home } = live
      const end = async (view: View) => {
        const [record] = await view.read(accountKey(session.account), sessionKey(session.id))
        const account = asAccount(record)
        const puts = account ? [accountPut(withoutSession(account, session.id))] : []
        return { outcome: null, puts, deletes: [sessionKey(session.id)] }
      }
      await inTurn(accountKey(session.account), () => inTurn(sessionKey(session.id), () => transact(home, end)))
      return { kind: 'ended' }
    },
  }
}
