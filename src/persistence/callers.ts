import type { Access } from '../contract/accounts.ts'
import type { Account } from '../rules/account.ts'
import { FRESH_MS } from '../rules/account-life.ts'
import { isLive, type Session } from '../rules/session.ts'
import type { App } from './apps.ts'
import { accountKey, asAccount, partitionOfHandle, sessionKey } from './mailboxes.ts'
import type { Room } from './room.ts'
import { asSession } from './session-records.ts'
import type { Stored } from './store/store.ts'
import { type Decision, EPOCH_KEY, type View } from './store/transact.ts'

/** Whoever calls with an access token, as the store has them. */
export type Caller = { app: App; account: Account; session: Session }
const ENDED = { kind: 'token_invalid' as const }
export type Ended = typeof ENDED

/** Signed-in calls: only of a session that lives, of an account that is there. Every one of them asks the store. */
export function createCallers({ env, store, apps, epochOf, inTurn, transact }: Room) {
  const keysOf = ({ session, account }: Access) => [sessionKey(session), accountKey(account)]

  /** @param records of `keysOf`, and the epoch */
  function judge(app: App, access: Access, [first, second]: readonly (Stored | null)[], epoch: number): Caller | null {
    const [session, account] = [asSession(first), asAccount(second)]
    if (!session || !account || session.account !== access.account || session.app !== app.id) return null
    return isLive(session, account, epoch, env.now()) ? { app, account, session } : null
  }

  async function find(access: Access): Promise<{ app: App; home: string } | null> {
    const home = partitionOfHandle(access.session)
    const app = home && (await apps.forAccounts(access.app))
    return app ? { app, home } : null
  }

  return {
    /** Reads once, outside of any transaction. */
    async look(access: Access): Promise<Caller | null> {
      const found = await find(access)
      if (!found) return null
      const [epoch, ...records] = await store.read(found.home, [EPOCH_KEY, ...keysOf(access)])
      return judge(found.app, access, records, epochOf(epoch))
    },

    /** A change by whoever calls, in one commit that expects session and account as they were judged. */
    async change<O>(access: Access, plan: (caller: Caller, view: View) => Promise<Decision<O>>): Promise<O | Ended> {
      const found = await find(access)
      if (!found) return ENDED
      const decide = async (view: View): Promise<Decision<O | Ended>> => {
        const caller = judge(found.app, access, await view.read(...keysOf(access)), view.epoch())
        return caller ? plan(caller, view) : { outcome: ENDED }
      }
      return inTurn(accountKey(access.account), () => transact<O | Ended>(found.home, decide))
    },
  }
}

/** Whether the person signed in lately, by the token and by the session's record: the older one counts. */
export const isFresh = ({ session }: Caller, { authAt }: Access, now: number): boolean =>
  now - Math.min(authAt, session.createdAt) <= FRESH_MS
