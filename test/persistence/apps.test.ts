import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createApps } from '../../src/persistence/apps.ts'
import { CONTROL, openPartitions } from '../../src/persistence/partitions.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Stored } from '../../src/persistence/store/store.ts'
import { transact } from '../../src/persistence/store/transact.ts'
import { fakeEnv } from '../support/env.ts'

const keyFrom = (text: string) => createHash('sha256').update(text).digest()
const KEY = 'a key of the application under test'
const ACCOUNTS = { accounts: true, origins: [] as string[] }
const UNBRANDED = { returns: [], accent: null, logo: null }

/** App `default`, on a store in memory. */
async function office() {
  const env = fakeEnv()
  const store = openSqlite(':memory:')
  const secrets = createSecrets(env, [keyFrom('pepper')], [keyFrom('seal')])
  const { epochOf } = await openPartitions(store, env)
  const write: Parameters<typeof createApps>[0]['transact'] = (partition, plan) =>
    transact({ store, env, onRetry: () => {}, epochOf }, partition, plan)
  const made = createApps({ env, store, secrets, developmentKeys: true, epochOf, transact: write })
  await made.apps.bootstrap(KEY, false)
  const { id } = (await made.apps.authenticate(KEY))!
  return { ...made, env, store, id }
}

test('forAccounts: app default without a name, every other one by its id', async () => {
  const { apps, handlers, id } = await office()
  const added = await handlers.addApp({ name: 'shop' })
  assert.ok(added.kind === 'done')
  assert.equal((await apps.forAccounts(null))?.id, id)
  assert.equal((await apps.forAccounts(id))?.name, 'default')
  assert.equal((await apps.forAccounts(added.app.id))?.name, 'shop')
  for (const wrong of ['shop', 'default', '', 'app_0012345678901234567890ab', `${id}\n`, 'app_', `app_${'0'.repeat(64)}`])
    assert.equal(await apps.forAccounts(wrong), null, wrong)
})

test('forAccounts: an app whose accounts are off is no app, within half a second; its key goes on working', async () => {
  const { apps, handlers, env, id } = await office()
  assert.equal((await apps.forAccounts(null))?.accounts, true)
  await handlers.setApp({ app: 'default', accounts: false })
  assert.equal(await apps.forAccounts(id), null, 'what was not remembered is read')
  assert.equal((await apps.forAccounts(null))?.id, id, 'what was remembered is not')
  await env.advance(500)
  assert.equal(await apps.forAccounts(null), null)
  assert.equal((await apps.authenticate(KEY))?.id, id)
  await handlers.setApp({ app: id, accounts: true })
  assert.equal((await apps.forAccounts(null))?.id, id, 'that there was none is never remembered')
})

test('forAccounts: without app default there is no app for calls that name none', async () => {
  const { apps, handlers, env } = await office()
  await handlers.removeApp({ app: 'default' })
  await env.advance(500)
  assert.equal(await apps.forAccounts(null), null)
  assert.deepEqual(await apps.origins(), { default: null, apps: [] })
})

test('forAccounts: in a store that was emptied no app is unknown', async () => {
  const { apps, store, id, env } = await office()
  const [epoch] = await store.read(CONTROL, ['epoch'])
  assert.ok(epoch)
  await store.commit(CONTROL, { version: env.id(), expect: [], puts: [], deletes: ['epoch'], log: [] })
  await assert.rejects(apps.forAccounts(id), { code: 'unavailable' })
  await assert.rejects(apps.forAccounts(null), { code: 'unavailable' })
})

test('a record from before there were accounts: they are on, and no origin is listed; a change keeps the rest', async () => {
  const { apps, handlers, store, env, id } = await office()
  const [record] = (await store.read(CONTROL, [`app/${id}`])) as [Stored]
  const { accounts, origins, returns, accent, logo, ...older } = record.value as typeof ACCOUNTS &
    typeof UNBRANDED &
    Record<string, unknown>
  assert.deepEqual({ accounts, origins, returns, accent, logo }, { ...ACCOUNTS, ...UNBRANDED })
  const puts = [{ key: `app/${id}`, value: { ...older, v: 1 } }]
  await store.commit(CONTROL, { version: env.id(), expect: [], puts, deletes: [], log: [] })
  const app = await apps.forAccounts(id)
  assert.deepEqual(app, { ...older, ...ACCOUNTS, ...UNBRANDED, v: 3 })
  const second = [{ key: `app/${id}`, value: { ...older, ...ACCOUNTS, accounts: false, v: 2 } }]
  await store.commit(CONTROL, { version: env.id(), expect: [], puts: second, deletes: [], log: [] })
  assert.deepEqual(await apps.byId(id), { ...older, ...ACCOUNTS, ...UNBRANDED, accounts: false, v: 3 })
  await store.commit(CONTROL, { version: env.id(), expect: [], puts, deletes: [], log: [] })
  const set = await handlers.setApp({ app: id, origins: ['https://a.example'] })
  assert.ok(set.kind === 'done' && set.app.accounts)
  const [changed] = (await store.read(CONTROL, [`app/${id}`])) as [Stored]
  assert.deepEqual(changed.value, { ...older, ...UNBRANDED, v: 3, accounts: true, origins: ['https://a.example'] })
})

test('origins: as given, once each, in canonical form; nothing is written when one is wrong or there are too many', async () => {
  const { apps, handlers, id } = await office()
  const set = (origins: string[]) => handlers.setApp({ app: id, origins })
  assert.equal((await set(['HTTPS://a.example:443', 'https://a.example', 'http://localhost:5173/'])).kind, 'done')
  const listed = { default: id, apps: [{ id, origins: ['https://a.example', 'http://localhost:5173'] }] }
  assert.deepEqual(await apps.origins(), listed)
  assert.deepEqual(await set(['https://b.example', 'https://b.example/x']), { kind: 'origin_invalid', origin: 'https://b.example/x' })
  const many = Array.from({ length: 21 }, (_, i) => `https://a${i}.example`)
  assert.deepEqual(await set(many), { kind: 'origins_too_many', most: 20 })
  await handlers.setApp({ app: id, displayName: 'Another' })
  assert.deepEqual(await apps.origins(), listed)
  assert.equal((await set(many.slice(1))).kind, 'done')
  await handlers.setApp({ app: id, accounts: false })
  assert.deepEqual(await apps.origins(), { default: null, apps: [] }, 'those of an app without accounts count for nothing')
  await handlers.setApp({ app: id, accounts: true, origins: [] })
  assert.deepEqual(await apps.origins(), { default: id, apps: [] })
})
