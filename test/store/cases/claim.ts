import assert from 'node:assert/strict'
import type { Store } from '../../../src/persistence/store/store.ts'
import { type Case, change, FAR, fill, valuesOf, versionsOf } from '../shorthand.ts'

/** Queues `key` at FAR + dueAt. */
const due = (key: string, dueAt: number, name = 'q') => ({ key, value: { of: key }, queue: { name, dueAt: FAR + dueAt } })

async function claim(store: Store, now: number, limit = 100, version = 'claimed', leaseUntil = now + 1000): Promise<string[]> {
  return (await store.claimDue('07', 'q', FAR + now, FAR + leaseUntil, limit, version)).map(({ key }) => key)
}

export const claimCases: Case[] = [
  [
    'claimDue: records with dueAt <= now, the value unchanged, under the new version, leased',
    async (store) => {
      await fill(store, '07', [{ key: 'k', value: { n: [1, null] }, sweepAt: FAR + 99, queue: { name: 'q', dueAt: FAR } }], 'old')
      const claimed = await store.claimDue('07', 'q', FAR, FAR + 30, 10, 'new')
      assert.deepEqual(claimed, [{ key: 'k', value: { n: [1, null] }, version: 'new' }])
      assert.deepEqual(await store.read('07', ['k']), [{ value: { n: [1, null] }, version: 'new', dueAt: FAR + 30 }])
      assert.deepEqual(await store.depth('07', 'q'), { length: 1, oldestDueAt: FAR + 30 })
    },
  ],
  [
    'claimDue: dueAt = now is due, dueAt = now + 1 is not',
    async (store) => {
      await fill(store, '07', [due('before', 9), due('now', 10), due('after', 11)], 'old')
      assert.deepEqual(await claim(store, 10), ['before', 'now'])
      assert.deepEqual(await versionsOf(store, '07', 'before', 'now', 'after'), ['claimed', 'claimed', 'old'])
      assert.deepEqual((await store.read('07', ['after']))[0]?.dueAt, FAR + 11)
    },
  ],
  [
    'claimDue: at most limit, oldest first, then by key',
    async (store) => {
      await fill(store, '07', [due('d', 2), due('z', 1), due('b', 2), due('a', 3), due('c', 2), due('a2', 2)])
      assert.deepEqual(await claim(store, 5, 3), ['z', 'a2', 'b'])
      assert.deepEqual(await claim(store, 5, 1), ['c'])
      assert.deepEqual(await claim(store, 5, 9), ['d', 'a'])
      assert.deepEqual(await claim(store, 5, 9), [])
    },
  ],
  [
    'claimDue: by key means by its bytes in UTF-8',
    async (store) => {
      const keys = ['A', 'Z', 'a', 'aa', 'b', 'ñ', 'я', '邮', '\uff5e', '😀']
      await fill(
        store,
        '07',
        keys.toReversed().map((key) => due(key, 0)),
      )
      assert.deepEqual(await claim(store, 0), keys)
    },
  ],
  [
    'claimDue: a leased record is not claimed again until its lease ends',
    async (store) => {
      await fill(store, '07', [due('k', 0)])
      assert.deepEqual(await claim(store, 5, 9, 'one', 35), ['k'])
      assert.deepEqual(await claim(store, 5, 9, 'two'), [])
      assert.deepEqual(await claim(store, 34, 9, 'two'), [])
      assert.deepEqual(await versionsOf(store, '07', 'k'), ['one'])
      assert.deepEqual(await claim(store, 35, 9, 'two'), ['k'])
      assert.deepEqual(await versionsOf(store, '07', 'k'), ['two'])
    },
  ],
  [
    'claimDue: who lost his lease settles nothing',
    async (store) => {
      await fill(store, '07', [due('k', 0)])
      await claim(store, 0, 9, 'late', 10)
      await claim(store, 10, 9, 'holder', 20)
      const settle = (version: string) => store.commit('07', change({ version: 'end', expect: [{ key: 'k', version }], deletes: ['k'] }))
      assert.equal(await settle('v1'), false)
      assert.equal(await settle('late'), false)
      assert.equal(await settle('holder'), true)
      assert.deepEqual(await store.depth('07', 'q'), { length: 0, oldestDueAt: null })
    },
  ],
  [
    'claimDue: other queues and other partitions are untouched',
    async (store) => {
      await fill(store, '07', [due('mine', 0), due('other', 0, 'q2'), due('longer', 0, 'q/'), { key: 'unqueued', value: 1 }], 'old')
      await fill(store, '08', [due('foreign', 0)], 'old')
      await fill(store, '70', [due('mine', 0)], 'old')
      assert.deepEqual(await claim(store, 99), ['mine'])
      assert.deepEqual(await versionsOf(store, '07', 'mine', 'other', 'longer', 'unqueued'), ['claimed', 'old', 'old', 'old'])
      assert.deepEqual(await versionsOf(store, '08', 'foreign'), ['old'])
      assert.deepEqual(await versionsOf(store, '70', 'mine'), ['old'])
      assert.deepEqual(await store.claimDue('08', 'q2', FAR + 99, FAR + 100, 9, 'x'), [])
    },
  ],
  [
    'claimDue: a put gives the record back, at its new time',
    async (store) => {
      await fill(store, '07', [due('k', 0)])
      await claim(store, 0, 9, 'claimed', 30)
      assert.equal(
        await store.commit('07', change({ version: 'back', expect: [{ key: 'k', version: 'claimed' }], puts: [due('k', 5)] })),
        true,
      )
      assert.deepEqual(await claim(store, 4), [])
      assert.deepEqual(await claim(store, 5), ['k'])
    },
  ],
  [
    'claimDue: of many who ask at once, each record goes to one',
    async (store) => {
      const keys = Array.from({ length: 60 }, (_, i) => `k${String(i).padStart(2, '0')}`)
      await fill(
        store,
        '07',
        keys.map((key, i) => due(key, i % 7)),
      )
      const claims = await Promise.all(Array.from({ length: 12 }, (_, i) => claim(store, 10, 8, `holder${i}`)))
      assert.ok(claims.every((some) => some.length <= 8))
      assert.deepEqual(claims.flat().toSorted(), keys)
      const versions = await versionsOf(store, '07', ...keys)
      for (const [i, some] of claims.entries()) for (const key of some) assert.equal(versions[keys.indexOf(key)], `holder${i}`)
    },
  ],
  [
    'claimDue: a queue that nobody filled is empty',
    async (store) => {
      assert.deepEqual(await claim(store, 0), [])
      assert.deepEqual(await valuesOf(store, '07', 'q'), [null])
    },
  ],
  [
    'depth: how many records, due or not, and the earliest dueAt among them',
    async (store) => {
      assert.deepEqual(await store.depth('07', 'q'), { length: 0, oldestDueAt: null })
      await fill(store, '07', [due('a', 7), due('b', 3), due('c', 5), due('other', 1, 'q2')])
      await fill(store, '08', [due('a', 0)])
      assert.deepEqual(await store.depth('07', 'q'), { length: 3, oldestDueAt: FAR + 3 })
      assert.deepEqual(await store.depth('08', 'q'), { length: 1, oldestDueAt: FAR })
      assert.deepEqual(await store.depth('09', 'q'), { length: 0, oldestDueAt: null })
      await claim(store, 4, 9, 'claimed', 6)
      assert.deepEqual(await store.depth('07', 'q'), { length: 3, oldestDueAt: FAR + 5 })
      await fill(store, '07', [due('c', 50)])
      assert.deepEqual(await store.depth('07', 'q'), { length: 3, oldestDueAt: FAR + 6 })
    },
  ],
]
