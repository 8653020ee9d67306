import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Case, change, fill } from '../shorthand.ts'

export const closeCases: Case[] = [
  [
    'close: rejects everything asked for afterwards',
    async (store) => {
      await fill(store, '07', [{ key: 'k', value: 1, queue: { name: 'q', dueAt: 1 } }])
      await store.close()
      const counters = [{ key: 'c', cost: 1, limit: 1, sweepAt: 1 }]
      await assert.rejects(store.read('07', ['k']), 'read')
      await assert.rejects(store.commit('07', change({})), 'commit')
      await assert.rejects(store.claimDue('07', 'q', 1, 2, 3, 'v'), 'claimDue')
      await assert.rejects(store.depth('07', 'q'), 'depth')
      await assert.rejects(store.hit('07', counters), 'hit')
      await assert.rejects(store.readLog('07', '', 1), 'readLog')
      await assert.rejects(store.trimLog('07', '1'), 'trimLog')
      await assert.rejects(store.sweep(1, 1), 'sweep')
    },
  ],
  [
    'close: answers what was asked for before, and may be called again',
    async (store) => {
      const asked = Array.from({ length: 300 }, (_, i) => store.commit('07', change({ puts: [{ key: `k${i}`, value: i }] })))
      const closing = store.close()
      assert.ok((await Promise.all(asked)).every(Boolean))
      await closing
      await store.close()
      await nextTurn()
      await nextTurn()
    },
  ],
]
