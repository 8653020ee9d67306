import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createApps } from '../../src/persistence/apps.ts'
import { createBrands } from '../../src/persistence/brands.ts'
import { openPartitions } from '../../src/persistence/partitions.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { transact } from '../../src/persistence/store/transact.ts'
import { fakeEnv } from '../support/env.ts'

const keyFrom = (text: string) => createHash('sha256').update(text).digest()

/** App `default`, on a store in memory. */
async function office() {
  const env = fakeEnv()
  const store = openSqlite(':memory:')
  const secrets = createSecrets(env, [keyFrom('pepper')], [keyFrom('seal')])
  const { epochOf } = await openPartitions(store, env)
  const write: Parameters<typeof createApps>[0]['transact'] = (partition, plan) =>
    transact({ store, env, onRetry: () => {}, epochOf }, partition, plan)
  const { apps, handlers } = createApps({ env, store, secrets, developmentKeys: true, epochOf, transact: write })
  await apps.bootstrap('a key of the application under test', false)
  const { id } = (await apps.forAccounts(null))!
  const brands = createBrands({ store, apps, policy: { passwordMin: 8, codeDigits: 4, codeTtlMs: 1, linkTtlMs: 1, undoTtlMs: 1 } }, true)
  return { apps, handlers, env, store, id, brands }
}

test('showBrand: the app of a call, an unbranded one has its name only; one whose accounts are off is unknown', async () => {
  const { brands, handlers, env, id } = await office()
  const brand = { app: id, name: 'Sello', accent: null, logo: null, logoSize: null, returns: [] }
  assert.deepEqual(await brands.showBrand({ app: null }), { kind: 'found', brand, returnTo: null })
  assert.deepEqual(await brands.showBrand({ app: id }), { kind: 'found', brand, returnTo: null })
  assert.deepEqual(await brands.showBrand({ app: 'app_00nobody' }), { kind: 'app_unknown' })
  assert.deepEqual(await brands.showLogo({ app: id, logo: 'abc' }), { kind: 'unknown' })
  await handlers.setApp({ app: id, accounts: false })
  await env.advance(500)
  assert.deepEqual(await brands.showBrand({ app: null }), { kind: 'app_unknown' })
})
