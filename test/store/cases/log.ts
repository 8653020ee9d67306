import assert from 'node:assert/strict'
import { type Case, change, logOf } from '../shorthand.ts'

export const logCases: Case[] = [
  [
    "readLog: oldest first, '' = from the start, at most limit",
    async (store) => {
      assert.deepEqual(await store.readLog('07', '', 10), [])
      await store.commit('07', change({ log: ['a', 'b'] }))
      await store.commit('07', change({ log: ['c'] }))
      const all = await store.readLog('07', '', 10)
      assert.deepEqual(
        all.map(({ value }) => value),
        ['a', 'b', 'c'],
      )
      assert.equal(new Set(all.map(({ id }) => id)).size, 3)
      assert.ok(all.every(({ id }) => typeof id === 'string' && id !== ''))
      assert.deepEqual(await store.readLog('07', '', 2), all.slice(0, 2))
    },
  ],
  [
    'readLog: after an entry, page by page, none twice and none left out',
    async (store) => {
      for (let i = 0; i < 25; i++) await store.commit('07', change({ log: [i, { i }] }))
      const all = await store.readLog('07', '', 1000)
      assert.equal(all.length, 50)
      for (const size of [1, 7, 50, 51]) {
        const pages = []
        for (let after = ''; ; after = pages.at(-1)!.id) {
          const page = await store.readLog('07', after, size)
          assert.ok(page.length <= size)
          if (page.length === 0) break
          pages.push(...page)
        }
        assert.deepEqual(pages, all)
      }
      assert.deepEqual(await store.readLog('07', all.at(-1)!.id, 10), [])
      await store.commit('07', change({ log: ['new'] }))
      assert.deepEqual(
        (await store.readLog('07', all.at(-1)!.id, 10)).map(({ value }) => value),
        ['new'],
      )
    },
  ],
  [
    'readLog: the entries of one commit stand together, in order, whatever else happens',
    async (store) => {
      const writers = Array.from({ length: 40 }, (_, i) => i)
      await Promise.all(writers.map((i) => store.commit(i % 2 ? '07' : '08', change({ log: [`${i}a`, `${i}b`, `${i}c`] }))))
      for (const [partition, parity] of [
        ['07', 1],
        ['08', 0],
      ] as const) {
        const values = (await logOf(store, partition)) as string[]
        assert.equal(values.length, 60)
        for (let i = 0; i < values.length; i += 3) {
          const writer = values[i]!.slice(0, -1)
          assert.deepEqual(values.slice(i, i + 3), [`${writer}a`, `${writer}b`, `${writer}c`])
          assert.equal(Number(writer) % 2, parity)
        }
      }
    },
  ],
  [
    'readLog: a partition has its own log',
    async (store) => {
      await store.commit('07', change({ log: ['seven'] }))
      await store.commit('70', change({ log: ['seventy'] }))
      await store.commit('07', change({ log: ['seven again'] }))
      assert.deepEqual(await logOf(store, '07'), ['seven', 'seven again'])
      assert.deepEqual(await logOf(store, '70'), ['seventy'])
      assert.deepEqual(await logOf(store, '00'), [])
    },
  ],
  [
    'trimLog: drops the entry and all older ones, in this partition alone',
    async (store) => {
      await store.commit('08', change({ log: ['before'] }))
      await store.commit('07', change({ log: ['a', 'b', 'c', 'd'] }))
      await store.commit('08', change({ log: ['after'] }))
      const all = await store.readLog('07', '', 10)
      await store.trimLog('07', all[1]!.id)
      assert.deepEqual(await store.readLog('07', '', 10), all.slice(2))
      assert.deepEqual(await store.readLog('07', all[0]!.id, 10), all.slice(2))
      assert.deepEqual(await store.readLog('07', all[1]!.id, 1), all.slice(2, 3))
      await store.trimLog('07', all[0]!.id)
      assert.deepEqual(await store.readLog('07', '', 10), all.slice(2))
      assert.deepEqual(await logOf(store, '08'), ['before', 'after'])
    },
  ],
  [
    'trimLog: ids are never used again, and a reader who stopped anywhere goes on with what is new',
    async (store) => {
      const used = new Set<string>()
      let stopped = ''
      for (let round = 0; round < 4; round++) {
        await store.commit('07', change({ log: [`${round}a`, `${round}b`] }))
        const fresh = await store.readLog('07', stopped, 10)
        assert.deepEqual(
          fresh.map(({ value }) => value),
          [`${round}a`, `${round}b`],
        )
        for (const { id } of fresh) {
          assert.ok(!used.has(id), `id ${id} of round ${round} is an old one`)
          used.add(id)
        }
        stopped = fresh.at(-1)!.id
        await store.trimLog('07', stopped)
        assert.deepEqual(await store.readLog('07', '', 10), [])
      }
    },
  ],
]
