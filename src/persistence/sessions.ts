import type { Access, OAuthClient } from '../contract/accounts.ts'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import type { Account } from '../rules/account.ts'
import { isLive, isRefreshable, refresh, type Session, withoutSession } from '../rules/session.ts'
import type { App } from './apps.ts'
import { createLogin } from './login.ts'
import { accountKey, accountPut, asAccount, partitionOfHandle, sessionKey } from './mailboxes.ts'
import { isGenuine, type RefreshToken, readRefreshToken, writeRefreshToken } from './refresh-tokens.ts'
import type { Room } from './room.ts'
import { asSession, type Granted, grant, sessionPut, showSession } from './session-records.ts'
import { type Decision, EPOCH_KEY, type View } from './store/transact.ts'

type Operations = 'login' | 'signIn' | 'refreshSession' | 'logout' | 'introspectToken' | 'revokeToken' | 'showAccount'
type Sessions = Pick<Client<typeof persistence>, Operations>
type Refreshed = Granted | { kind: 'invalid_grant' }
type Live = { session: Session; account: Account }
/** Says whether a session is the one that is meant: its token's, its app's. */
type IsMeant = (session: Session) => boolean

/**
 * Sessions and their tokens (seeds 003, 004). Every read goes to the store: what ended anywhere has ended everywhere.
 * @see RFC 6749 §6, RFC 7009, RFC 7662
 */
export function createSessions(room: Room): Sessions {
  const { env, store, secrets, policy, apps } = room

  /**
   * Session and account, if it lives and is the one that is meant.
   * @param holder whose it should be, where that is known: both are then read at once
   */
  async function find(read: View['read'], epochOf: () => number, id: string, isMeant: IsMeant, holder?: string): Promise<Live | null> {
    const [record, known] = await read(sessionKey(id), ...(holder ? [accountKey(holder)] : []))
    const session = asSession(record)
    if (!session || !isMeant(session)) return null
    const [found] = holder ? [known] : await read(accountKey(session.account))
    const account = asAccount(found)
    return account && isLive(session, account, epochOf(), env.now()) ? { session, account } : null
  }

  const inSession = <O>(id: string, plan: (view: View) => Promise<Decision<O>>, otherwise: O): Promise<O> => {
    const partition = partitionOfHandle(id)
    if (!partition) return Promise.resolve(otherwise)
    return room.inTurn(sessionKey(id), () => room.transact(partition, plan))
  }

  /** As `find`, outside of any transaction. */
  async function look(id: string, isMeant: IsMeant, holder?: string): Promise<Live | null> {
    const partition = partitionOfHandle(id)
    if (!partition) return null
    let epoch = Number.NaN
    const read = async (...keys: string[]) => {
      const [first, ...records] = await store.read(partition, [EPOCH_KEY, ...keys])
      epoch = room.epochOf(first)
      return records
    }
    return find(read, () => epoch, id, isMeant, holder)
  }

  const ofToken =
    (app: App, token: RefreshToken): IsMeant =>
    (session) =>
      isGenuine(secrets, session, token) && session.app === app.id
  const ofAccess =
    (app: string, access: Access): IsMeant =>
    (session) =>
      session.account === access.account && session.app === app && access.app === app

  async function rotate(app: App, token: RefreshToken, view: View): Promise<Decision<Refreshed>> {
    const live = await find(view.read, view.epoch, token.session, ofToken(app, token))
    if (!live) return { outcome: { kind: 'invalid_grant' } }
    const { session, account } = live
    const refreshed = refresh(session, token.generation, policy.refreshGraceMs, env.now())
    const granted = (current: Session) => grant(current, account, writeRefreshToken(secrets, current))
    switch (refreshed.kind) {
      case 'rotated':
        return { outcome: granted(refreshed.next), puts: [sessionPut(refreshed.next)] }
      case 'again':
        return { outcome: granted(session) }
      case 'refused':
        return { outcome: { kind: 'invalid_grant' } }
      case 'reused':
        return { outcome: { kind: 'invalid_grant' }, ...ending(live) }
    }
  }

  /** Its record goes: nobody needs it to refuse its tokens, and whoever is erased must not leave it behind. */
  const ending = ({ session, account }: Live): Pick<Decision<never>, 'puts' | 'deletes'> => ({
    puts: [accountPut(withoutSession(account, session.id))],
    deletes: [sessionKey(session.id)],
  })

  /** Ends a session, if it is the one that is meant and lives. It waits for its account's turn: all sessions of one may end at once. */
  async function endSession(id: string, isMeant: IsMeant): Promise<null> {
    const found = await look(id, isMeant)
    if (!found) return null
    const plan = async (view: View) => {
      const live = await find(view.read, view.epoch, id, isMeant)
      return { outcome: null, ...(live ? ending(live) : {}) }
    }
    return room.inTurn(accountKey(found.account.id), () => inSession<null>(id, plan, null))
  }

  const endByToken = async (app: App, text: string): Promise<void> => {
    const token = readRefreshToken(text)
    if (token) await endSession(token.session, ofToken(app, token))
  }

  /** The app that calls; null when it is none, has no accounts, or did not prove that it is the one it says. */
  async function authenticate(client: OAuthClient): Promise<App | null> {
    if (client.kind === 'public') return apps.forAccounts(client.app)
    const app = await apps.authenticate(client.apiKey)
    if (!app || (client.app !== null && client.app !== app.id)) return null
    return apps.forAccounts(app.id)
  }

  return {
    ...createLogin(room),

    async refreshSession({ client, token: text }) {
      const app = await authenticate(client)
      if (!app) return { kind: 'invalid_client' }
      const token = readRefreshToken(text)
      if (!token) return { kind: 'invalid_grant' }
      return inSession<Refreshed>(token.session, (view) => rotate(app, token, view), { kind: 'invalid_grant' })
    },

    async logout({ app: id, token }) {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'app_unknown' }
      await endByToken(app, token)
      return { kind: 'ended' }
    },

    async introspectToken({ client, access, refreshToken }) {
      const app = await authenticate(client)
      if (!app) return { kind: 'invalid_client' }
      const token = refreshToken === null ? null : readRefreshToken(refreshToken)
      const live = access
        ? await look(access.session, ofAccess(app.id, access), access.account)
        : token && (await look(token.session, ofToken(app, token)))
      if (!live) return { kind: 'inactive' }
      const { session, account } = live
      if (!access && !isRefreshable(session, token!.generation, policy.refreshGraceMs, env.now())) return { kind: 'inactive' }
      return { kind: 'active', session: showSession(session, account) }
    },

    async revokeToken({ client, access, refreshToken }) {
      const app = await authenticate(client)
      if (!app) return { kind: 'invalid_client' }
      if (access) await endSession(access.session, ofAccess(app.id, access))
      if (refreshToken !== null) await endByToken(app, refreshToken)
      return { kind: 'done' }
    },

    async showAccount({ access }) {
      const app = await apps.forAccounts(access.app)
      const live = app && (await look(access.session, ofAccess(app.id, access), access.account))
      if (!live) return { kind: 'token_invalid' }
      const { id, email, createdAt, locale } = live.account
      return { kind: 'found', account: { id, email, createdAt, locale } }
    },
  }
}
