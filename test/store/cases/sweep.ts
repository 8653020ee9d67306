import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { type Case, FAR, fill, valuesOf } from '../shorthand.ts'

const rubbish = (key: string, sweepAt: number) => ({ key, value: key, sweepAt })

export const sweepCases: Case[] = [
  [
    'sweep: removes records whose sweepAt <= now and returns how many, or leaves them alone and returns 0',
    async (store) => {
      await fill(store, '07', [rubbish('before', FAR - 1), rubbish('now', FAR), rubbish('after', FAR + 1), { key: 'kept', value: 'kept' }])
      await fill(store, '99', [rubbish('elsewhere', FAR)])
      const removed = await store.sweep(FAR, 100)
      const left = await valuesOf(store, '07', 'before', 'now', 'after', 'kept')
      if (removed === 0) return assert.deepEqual(left, ['before', 'now', 'after', 'kept'])
      assert.equal(removed, 3)
      assert.deepEqual(left, [null, null, 'after', 'kept'])
      assert.deepEqual(await valuesOf(store, '99', 'elsewhere'), [null])
      assert.equal(await store.sweep(FAR, 100), 0)
    },
  ],
  [
    'sweep: at most limit at a time',
    async (store) => {
      const keys = Array.from({ length: 10 }, (_, i) => `k${i}`)
      await fill(
        store,
        '07',
        keys.map((key) => rubbish(key, FAR)),
      )
      for (const expected of [4, 4, 2, 0]) {
        const removed = await store.sweep(FAR + 5, 4)
        if (removed === 0 && expected === 4) return
        assert.equal(removed, expected)
      }
      assert.ok((await valuesOf(store, '07', ...keys)).every((value) => value === null))
    },
  ],
  [
    'sweep: what is swept has left its queue and can be made anew',
    async (store) => {
      await fill(store, '07', [{ ...rubbish('k', FAR), queue: { name: 'q', dueAt: FAR } }])
      if ((await store.sweep(FAR, 100)) === 0) return
      assert.deepEqual(await store.depth('07', 'q'), { length: 0, oldestDueAt: null })
      assert.deepEqual(await store.claimDue('07', 'q', FAR + 9, FAR + 99, 9, 'c'), [])
      assert.equal(
        await store.commit('07', {
          version: 'n',
          expect: [{ key: 'k', version: '' }],
          puts: [{ key: 'k', value: 1 }],
          deletes: [],
          log: [],
        }),
        true,
      )
    },
  ],
  [
    'sweep: a record that is past its sweepAt is gone after it; a put without sweepAt is kept for ever',
    async (store) => {
      const soon = Date.now() + 40
      await fill(store, '07', [rubbish('gone', soon), rubbish('kept', soon), rubbish('prolonged', soon), rubbish('shortened', FAR)])
      await fill(store, '07', [{ key: 'kept', value: 'kept' }, rubbish('prolonged', FAR), rubbish('shortened', soon)])
      await wait(soon - Date.now() + 20)
      await store.sweep(Date.now(), 100)
      assert.deepEqual(await valuesOf(store, '07', 'gone', 'kept', 'prolonged', 'shortened'), [null, 'kept', 'prolonged', null])
    },
  ],
  [
    'sweep: a claim changes nothing about when a record is swept',
    async (store) => {
      const soon = Date.now() + 40
      await fill(store, '07', [
        { ...rubbish('swept', soon), queue: { name: 'q', dueAt: 5 } },
        { key: 'kept', value: 'kept', queue: { name: 'q', dueAt: 5 } },
      ])
      assert.equal((await store.claimDue('07', 'q', 5, FAR, 9, 'c')).length, 2)
      await wait(soon - Date.now() + 20)
      await store.sweep(Date.now(), 100)
      assert.deepEqual(await valuesOf(store, '07', 'swept', 'kept'), [null, 'kept'])
      assert.deepEqual(await store.depth('07', 'q'), { length: 1, oldestDueAt: FAR })
    },
  ],
]
