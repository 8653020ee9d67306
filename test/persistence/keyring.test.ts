import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recognise } from '../../src/persistence/keyring.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { fakeEnv } from '../support/env.ts'

const env = fakeEnv()
const key = (n: number) => Buffer.alloc(32, n)
const secretsOf = (peppers: number[], seals: number[]) => createSecrets(env, peppers.map(key), seals.map(key))

test('a store is opened with keys that it knows, and learns those beside them', async (t) => {
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  const open = (peppers: number[], seals: number[]) => recognise(store, env, secretsOf(peppers, seals))
  await open([1], [11])
  await open([1], [11])
  await assert.rejects(open([2], [11]), /none of the keys in SELLO_PEPPER .*[0-9a-f]{8}/)
  await assert.rejects(open([1], [12]), /none of the keys in SELLO_SEAL_KEY/)
  await open([2, 1], [11, 12])
  await open([2], [12])
  await assert.rejects(open([3], [12]), /SELLO_PEPPER/)
})

test('of two processes that open a new store at once with different keys only one begins', async (t) => {
  const store = openSqlite(':memory:')
  t.after(() => store.close())
  const begun = await Promise.allSettled([1, 2].map((n) => recognise(store, env, secretsOf([n], [n + 10]))))
  assert.deepEqual(begun.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})
