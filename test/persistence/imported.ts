import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { realEnv } from '../../src/env.ts'
import { accountKey, mailboxKey } from '../../src/persistence/mailboxes.ts'
import { openPartitions } from '../../src/persistence/partitions.ts'
import { createPersistence } from '../../src/persistence/persistence.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Account, Mailbox } from '../../src/rules/account.ts'
import { fill, valuesOf } from '../store/shorthand.ts'
import { HASH_CONFIG } from '../support/foreign.ts'

const MINUTE = 60_000
const keyFrom = (text: string) => createHash('sha256').update(text).digest()
type Given = { cost?: { memory: number; time: number; parallelism: number }; peppers?: string[] }

/** A store in memory with app `default`, and persistence on it with the real clock. */
export async function office(t: TestContext, { cost = { memory: 64, time: 1, parallelism: 1 } }: Given = {}) {
  const env = realEnv()
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  async function process({ peppers = ['pepper'] }: Given = {}) {
    const secrets = createSecrets(env, peppers.map(keyFrom), [keyFrom('seal')])
    const policy = {
      numberTtlMs: MINUTE,
      numberUse: 'once' as const,
      codeDigits: 4,
      codeTtlMs: MINUTE,
      codeAttempts: 3,
      linkTtlMs: MINUTE,
      undoTtlMs: MINUTE,
      refreshTtlMs: MINUTE,
      refreshGraceMs: 0,
      passwordMin: 8,
      limits: null,
    }
    const persistence = await createPersistence({ env, store, secrets, policy, developmentKeys: true, onRetry: () => {}, cost })
    t.after(() => persistence.close())
    return persistence
  }
  const here = await process()
  assert.ok(await here.apps.bootstrap('the key of app default', false))
  const app = (await here.apps.named('default'))!
  const { homeOf } = await openPartitions(store, env)
  const homeOfAddress = (email: string) => homeOf(email.replace(/\+.*@/, '@'))
  const call = { app: 'default', hashConfig: HASH_CONFIG, trustAddresses: false, locale: 'en' as 'es' | 'ru' | 'en', dryRun: false }

  /** Lines as text, or what is to be written as one. */
  async function importLines(lines: unknown[], more: Partial<typeof call> = {}, by = here) {
    const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    const answer = await by.admin.importAccounts({ ...call, ...more, lines: texts })
    assert.ok(answer.kind === 'done', answer.kind)
    return answer.results
  }
  const mailboxOf = async (email: string) => (await valuesOf(store, homeOfAddress(email), mailboxKey(email, app.id)))[0] as Mailbox | null
  const accountOf = async (id: string) => (await valuesOf(store, id.slice(4, 6), accountKey(id)))[0] as Account | null

  return {
    env,
    store,
    app: app.id,
    here,
    process,
    importLines,
    mailboxOf,
    accountOf,
    async plant(partition: string, key: string, value: unknown) {
      await fill(store, partition, [{ key, value }], env.id())
    },
    homeOfAddress,
    foreignOf: async () => (await here.apps.named('default'))!.foreign ?? [],
    login: (email: string, password: string, by = here) => by.handlers.login({ app: null, email, password }),
    /** The account of an address; fails where there is none. */
    async holder(email: string): Promise<Account> {
      const account = await accountOf((await mailboxOf(email))?.account ?? 'acc_00')
      assert.ok(account, email)
      return account
    },
  }
}

/** A line that nothing speaks against, but for what is said otherwise. */
export const line = (email: string, more: object = {}) => ({ email, password: null, emailVerified: true, ...more })
