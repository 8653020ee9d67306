import assert from 'node:assert/strict'
import type { Change } from '../../../src/persistence/store/store.ts'
import { type Case, change, FAR, fill, logOf, valuesOf, versionsOf } from '../shorthand.ts'

const expecting = (key: string, version: string) => ({ expect: [{ key, version }] })

export const commitCases: Case[] = [
  [
    'commit: an expected version must be the one that stands',
    async (store) => {
      await fill(store, '07', [{ key: 'k', value: 1 }], 'a')
      const put = { puts: [{ key: 'k', value: 2 }] }
      for (const version of ['', 'b', 'A', 'a ']) {
        assert.equal(await store.commit('07', change({ version: 'b', ...expecting('k', version), ...put })), false, `expected '${version}'`)
      }
      assert.deepEqual(await store.read('07', ['k']), [{ value: 1, version: 'a', dueAt: null }])
      assert.equal(await store.commit('07', change({ version: 'b', ...expecting('k', 'a'), ...put })), true)
      assert.deepEqual(await store.read('07', ['k']), [{ value: 2, version: 'b', dueAt: null }])
    },
  ],
  [
    "commit: '' = must be absent",
    async (store) => {
      const create = (version: string) =>
        store.commit('07', change({ version, ...expecting('k', ''), puts: [{ key: 'k', value: version }] }))
      assert.equal(await create('a'), true)
      assert.equal(await create('b'), false)
      assert.deepEqual(await valuesOf(store, '07', 'k'), ['a'])
      assert.equal(await store.commit('07', change({ version: 'c', deletes: ['k'] })), true)
      assert.equal(await create('d'), true)
    },
  ],
  [
    'commit: a version on an absent key refuses',
    async (store) => {
      assert.equal(await store.commit('07', change({ ...expecting('k', 'a'), puts: [{ key: 'k', value: 1 }] })), false)
      assert.deepEqual(await valuesOf(store, '07', 'k'), [null])
    },
  ],
  [
    'commit: a record that was deleted and made again is another one',
    async (store) => {
      await fill(store, '07', [{ key: 'k', value: 1 }], 'a')
      await store.commit('07', change({ version: 'b', deletes: ['k'] }))
      await fill(store, '07', [{ key: 'k', value: 1 }], 'c')
      assert.equal(await store.commit('07', change({ version: 'd', ...expecting('k', 'a'), deletes: ['k'] })), false)
      assert.deepEqual(await versionsOf(store, '07', 'k'), ['c'])
    },
  ],
  [
    'commit: false applies nothing, whichever expectation failed',
    async (store) => {
      const queue = { name: 'q', dueAt: FAR }
      await fill(
        store,
        '07',
        [
          { key: 'kept', value: 1, queue },
          { key: 'gone', value: 2 },
          { key: 'seen', value: 3 },
        ],
        'a',
      )
      const right = [
        { key: 'kept', version: 'a' },
        { key: 'gone', version: 'a' },
        { key: 'seen', version: 'a' },
        { key: 'new', version: '' },
      ]
      const attempt: Omit<Change, 'expect'> = {
        version: 'b',
        puts: [
          { key: 'kept', value: 9 },
          { key: 'new', value: 9, queue },
        ],
        deletes: ['gone'],
        log: ['written'],
      }
      for (const wrong of right.keys()) {
        const expect = right.map((one, i) => (i === wrong ? { ...one, version: 'other' } : one))
        assert.equal(await store.commit('07', { ...attempt, expect }), false, `expectation ${wrong}`)
      }
      const before = { version: 'a', dueAt: null }
      assert.deepEqual(await store.read('07', ['kept', 'gone', 'seen', 'new']), [
        { ...before, value: 1, dueAt: FAR },
        { ...before, value: 2 },
        { ...before, value: 3 },
        null,
      ])
      assert.deepEqual(await logOf(store, '07'), [])
      assert.deepEqual(await store.depth('07', 'q'), { length: 1, oldestDueAt: FAR })
      assert.equal(await store.commit('07', { ...attempt, expect: right }), true)
      assert.deepEqual(await valuesOf(store, '07', 'kept', 'gone', 'seen', 'new'), [9, null, 3, 9])
      assert.deepEqual(await logOf(store, '07'), ['written'])
    },
  ],
  [
    'commit: everything it puts has its version, everything else keeps its own',
    async (store) => {
      await fill(
        store,
        '07',
        [
          { key: 'a', value: 1 },
          { key: 'b', value: 1 },
        ],
        'old',
      )
      const puts = [
        { key: 'a', value: 1 },
        { key: 'c', value: 1 },
      ]
      assert.equal(await store.commit('07', change({ version: 'new', ...expecting('b', 'old'), puts })), true)
      assert.deepEqual(await versionsOf(store, '07', 'a', 'b', 'c'), ['new', 'old', 'new'])
    },
  ],
  [
    'commit: may expect without writing, and write without expecting',
    async (store) => {
      assert.equal(await store.commit('07', change({})), true)
      assert.equal(await store.commit('07', change(expecting('k', ''))), true)
      assert.equal(await store.commit('07', change(expecting('k', 'a'))), false)
      assert.equal(await store.commit('07', change({ log: ['alone'] })), true)
      assert.deepEqual(await logOf(store, '07'), ['alone'])
    },
  ],
  [
    'commit: deletes, then puts',
    async (store) => {
      await fill(store, '07', [{ key: 'k', value: 1, queue: { name: 'q', dueAt: FAR } }], 'a')
      assert.equal(await store.commit('07', change({ version: 'b', puts: [{ key: 'k', value: 2 }], deletes: ['k', 'absent'] })), true)
      assert.deepEqual(await store.read('07', ['k', 'absent']), [{ value: 2, version: 'b', dueAt: null }, null])
      assert.deepEqual(await store.depth('07', 'q'), { length: 0, oldestDueAt: null })
    },
  ],
  [
    'commit: deletes, then puts, then log entries, in the order given',
    async (store) => {
      await store.commit('07', change({ log: [1, 'two', { three: [3] }, null] }))
      await store.commit('07', change({ log: [false, 1, 1] }))
      assert.deepEqual(await logOf(store, '07'), [1, 'two', { three: [3] }, null, false, 1, 1])
    },
  ],
  [
    'commit: a deleted record leaves its queue',
    async (store) => {
      await fill(store, '07', [
        { key: 'a', value: 1, queue: { name: 'q', dueAt: FAR } },
        { key: 'b', value: 2, queue: { name: 'q', dueAt: FAR + 1 } },
      ])
      await store.commit('07', change({ deletes: ['a'] }))
      assert.deepEqual(await store.depth('07', 'q'), { length: 1, oldestDueAt: FAR + 1 })
      assert.deepEqual(await store.claimDue('07', 'q', FAR, FAR + 9, 9, 'c'), [])
      await fill(store, '07', [{ key: 'a', value: 3 }])
      assert.deepEqual(await store.depth('07', 'q'), { length: 1, oldestDueAt: FAR + 1 })
    },
  ],
  [
    'commit: a put replaces all of the record; without queue it leaves its queue, with another one it moves',
    async (store) => {
      await fill(store, '07', [{ key: 'k', value: { a: 1, b: 2 }, queue: { name: 'first', dueAt: FAR } }])
      await fill(store, '07', [{ key: 'k', value: { b: 3 }, queue: { name: 'second', dueAt: FAR + 5 } }], 'v2')
      assert.deepEqual(await store.read('07', ['k']), [{ value: { b: 3 }, version: 'v2', dueAt: FAR + 5 }])
      assert.deepEqual(await store.depth('07', 'first'), { length: 0, oldestDueAt: null })
      assert.deepEqual(await store.depth('07', 'second'), { length: 1, oldestDueAt: FAR + 5 })
      await fill(store, '07', [{ key: 'k', value: { b: 4 } }], 'v3')
      assert.deepEqual(await store.read('07', ['k']), [{ value: { b: 4 }, version: 'v3', dueAt: null }])
      assert.deepEqual(await store.depth('07', 'second'), { length: 0, oldestDueAt: null })
      assert.deepEqual(await store.claimDue('07', 'second', FAR + 99, FAR + 100, 9, 'v4'), [])
    },
  ],
  [
    'commit: what cannot be written rejects and changes nothing',
    async (store) => {
      const circle: Record<string, unknown> = {}
      circle.self = circle
      const attempts: Partial<Change>[] = [
        {
          puts: [
            { key: 'good', value: 1 },
            { key: 'bad', value: 1n },
          ],
        },
        {
          puts: [
            { key: 'good', value: 1 },
            { key: 'bad', value: circle },
          ],
        },
        { puts: [{ key: 'good', value: 1 }], log: ['fine', 1n] },
      ]
      for (const attempt of attempts) {
        const neighbour = store.commit('07', change({ puts: [{ key: 'neighbour', value: 1 }], log: ['neighbour'] }))
        await assert.rejects(async () => store.commit('07', change({ ...attempt, deletes: ['neighbour'] })))
        assert.equal(await neighbour, true)
      }
      assert.deepEqual(await valuesOf(store, '07', 'good', 'bad', 'neighbour'), [null, null, 1])
      assert.deepEqual(await logOf(store, '07'), ['neighbour', 'neighbour', 'neighbour'])
    },
  ],
]
