import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Access, OAuthClient, SessionView } from '../../src/contract/accounts.ts'
import { accountKey, mailboxKey, sessionKey } from '../../src/persistence/mailboxes.ts'
import { openPartitions } from '../../src/persistence/partitions.ts'
import { createPasswords } from '../../src/persistence/password.ts'
import { createPersistence } from '../../src/persistence/persistence.ts'
import type { Policy } from '../../src/persistence/room.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { EPOCH_KEY } from '../../src/persistence/store/transact.ts'
import { type Account, type Mailbox, newAccount, newMailbox, type SignUp } from '../../src/rules/account.ts'
import type { Session } from '../../src/rules/session.ts'
import { fill, valuesOf } from '../store/shorthand.ts'
import { fakeEnv } from '../support/env.ts'

export const ANA = 'ana@example.com'
export const PASSWORD = 'correct horse battery'
export const API_KEY = 'the key of app default'
export const SECOND = 1000
export const DAY = 24 * 60 * 60 * SECOND
export const TTL_MS = 30 * DAY
export const GRACE_MS = 10 * SECOND
const CHEAP = { memory: 64, time: 1, parallelism: 1 }
export const keyFrom = (text: string) => createHash('sha256').update(text).digest()

type Granted = { session: SessionView; refreshToken: string }
type Options = { peppers?: string[]; graceMs?: number; store?: Store; cost?: typeof CHEAP; onHash?: () => void; policy?: Partial<Policy> }
export type World = Awaited<ReturnType<typeof world>>
export type Process = Awaited<ReturnType<World['process']>>

/** A store in memory with app `default` and Ana's account, and as many processes on it as a test opens. */
export async function world(t: TestContext) {
  const env = fakeEnv({ seed: t.fullName })
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  const { homeOf } = await openPartitions(store, env)
  let writes = 0

  async function process(options: Options = {}) {
    const { peppers = ['pepper'], graceMs = GRACE_MS, store: seen = store, cost = CHEAP, onHash = () => {} } = options
    const secrets = createSecrets(env, peppers.map(keyFrom), [keyFrom('seal')])
    const policy = {
      numberTtlMs: DAY,
      numberUse: 'once' as const,
      codeDigits: 4,
      codeTtlMs: 15 * 60 * SECOND,
      codeAttempts: 3,
      linkTtlMs: 60 * 60 * SECOND,
      undoTtlMs: 7 * DAY,
      refreshTtlMs: TTL_MS,
      refreshGraceMs: graceMs,
      passwordMin: 8,
      limits: null,
      ...options.policy,
    }
    const deps = { env, store: seen, secrets, policy, developmentKeys: true, onRetry: () => {}, onHash, cost }
    const persistence = await createPersistence(deps)
    t.after(() => persistence.close())
    const { handlers, admin } = persistence
    const login = (email = ANA, password = PASSWORD, app: string | null = null) => handlers.login({ app, email, password })
    return {
      ...handlers,
      signInAtPage: handlers.signIn,
      admin,
      apps: persistence.apps,
      sweepForEver: persistence.sweepForEver,
      login,
      async signIn(): Promise<Granted> {
        const outcome = await login()
        assert.ok(outcome.kind === 'granted', outcome.kind)
        return outcome
      },
      refresh: (token: string, client: OAuthClient = ANYBODY) => handlers.refreshSession({ client, token }),
      logout: (token: string, app: string | null = null) => handlers.logout({ app, token }),
      introspect: (token: string, client: OAuthClient = ANYBODY) => handlers.introspectToken({ client, access: null, refreshToken: token }),
      introspectAccess: (access: Access, client: OAuthClient = ANYBODY) => handlers.introspectToken({ client, access, refreshToken: null }),
      revoke: (token: string, client: OAuthClient = ANYBODY) => handlers.revokeToken({ client, access: null, refreshToken: token }),
      revokeAccess: (access: Access, client: OAuthClient = ANYBODY) => handlers.revokeToken({ client, access, refreshToken: null }),
    }
  }
  const here = await process()
  assert.ok(await here.apps.bootstrap(API_KEY, false))
  const app = (await here.apps.byId((await here.apps.authenticate(API_KEY))!.id))!.id

  const passwords = createPasswords({ env, secrets: createSecrets(env, [keyFrom('pepper')], [keyFrom('seal')]), cost: CHEAP })
  t.after(() => passwords.close())
  const credentialOf = (email: string, password: string) => passwords.hash(`${app}/${email}`, password)
  const homeOfAddress = (email: string) => homeOf(email.replace(/\+.*@/, '@'))

  async function plant(partition: string, key: string, value: unknown) {
    await fill(store, partition, [{ key, value }], `planted ${writes++}`)
  }
  const plantMailbox = (mailbox: Mailbox) => plant(homeOfAddress(mailbox.email), mailboxKey(mailbox.email, mailbox.app), mailbox)
  const plantAccount = (account: Account) => plant(account.id.slice(4, 6), accountKey(account.id), account)

  /** An account, at home where it was born, and the mailbox that leads to it. */
  async function member(email: string, home = homeOfAddress(email), parts: Partial<Account> = {}): Promise<Account> {
    const born = {
      id: `acc_${home}${env.id()}`,
      app,
      email,
      locale: 'en' as const,
      createdAt: env.now() - DAY,
      verifiedAt: env.now() - DAY,
    }
    const account: Account = { ...newAccount({ ...born, password: await credentialOf(email, PASSWORD) }), ...parts }
    await plantAccount(account)
    await plantMailbox({ ...newMailbox(account.app, email), account: account.id })
    return account
  }
  const signUpOf = async (email: string, password: string, createdAt = env.now()): Promise<SignUp> => ({
    id: env.id(),
    flow: '',
    password: await credentialOf(email, password),
    locale: 'en',
    createdAt,
    challenges: [],
  })
  const readOne = async (id: string, key: string) => (await valuesOf(store, id.slice(4, 6), key))[0]
  const accountOf = async (id: string) => (await readOne(id, accountKey(id))) as Account
  const ana = await member(ANA)

  return {
    env,
    store,
    app,
    here,
    process,
    ana,
    member,
    signUpOf,
    credentialOf,
    homeOfAddress,
    plantMailbox,
    plantAccount,
    accountOf,
    sessionOf: async (id: string) => (await readOne(id, sessionKey(id))) as Session | null,
    /** Another app of this Sello, with a key. */
    async anotherApp() {
      const added = await here.admin.addApp({ name: 'another' })
      assert.ok(added.kind === 'done')
      return { id: added.app.id, apiKey: added.apiKey }
    },
    changeAccount: async (parts: Partial<Account>) => plantAccount({ ...(await accountOf(ana.id)), ...parts }),
    /** What a failover does to a partition. */
    async beginEpoch(id: string) {
      const partition = id.slice(4, 6)
      const [record] = (await valuesOf(store, partition, EPOCH_KEY)) as [{ epoch: number }]
      await plant(partition, EPOCH_KEY, { ...record, epoch: record.epoch + 1 })
    },
  }
}

export const ANYBODY: OAuthClient = { kind: 'public', app: null }
export const accessOf = ({ session: { id, account, app, authAt } }: Granted): Access => ({ session: id, account, app, authAt })

/** Counts what is written. */
export function counting(store: Store) {
  const seen = { commits: 0 }
  const commit: Store['commit'] = (...args) => {
    seen.commits++
    return store.commit(...args)
  }
  return { seen, store: { ...store, commit } }
}

/** Does `work` right before the store is asked to write a session. */
export function beforeSessionCommit(store: Store, work: () => Promise<void>): Store {
  let done = false
  return {
    ...store,
    async commit(partition, change) {
      if (!done && change.puts.some(({ key }) => key.startsWith('session/'))) {
        done = true
        await work()
      }
      return store.commit(partition, change)
    },
  }
}
