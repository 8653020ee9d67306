import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../../src/persistence/store/store.ts'
import { type Case, change, FAR, valuesOf } from '../shorthand.ts'

const counter = (key: string, limit: number, cost = 1, sweepAt = FAR) => ({ key, cost, limit, sweepAt })
const countOf = async (store: Store, key: string, partition = '07') => (await valuesOf(store, partition, key))[0]

export const hitCases: Case[] = [
  [
    'hit: adds the cost and returns the count',
    async (store) => {
      assert.deepEqual(await store.hit('07', [counter('c', 10)]), { added: true, counts: [1] })
      assert.deepEqual(await store.hit('07', [counter('c', 10, 4)]), { added: true, counts: [5] })
      assert.deepEqual(await store.hit('07', []), { added: true, counts: [] })
    },
  ],
  [
    'hit: a sum may reach its limit and not pass it',
    async (store) => {
      assert.deepEqual(await store.hit('07', [counter('c', 3, 2)]), { added: true, counts: [2] })
      assert.deepEqual(await store.hit('07', [counter('c', 3, 2)]), { added: false, counts: [2] })
      assert.deepEqual(await store.hit('07', [counter('c', 3, 1)]), { added: true, counts: [3] })
      assert.deepEqual(await store.hit('07', [counter('c', 3, 1)]), { added: false, counts: [3] })
      assert.deepEqual(await store.hit('07', [counter('c', 4, 1)]), { added: true, counts: [4] })
      assert.deepEqual(await store.hit('07', [counter('c', 2, 1)]), { added: false, counts: [4] })
    },
  ],
  [
    'hit: a refused first hit leaves no counter',
    async (store) => {
      assert.deepEqual(await store.hit('07', [counter('c', 0)]), { added: false, counts: [0] })
      assert.deepEqual(await store.read('07', ['c']), [null])
    },
  ],
  [
    'hit: every cost or none; the counts as they then stand, in the order given',
    async (store) => {
      await store.hit('07', [counter('full', 2, 2), counter('half', 9, 4)])
      for (const order of [
        ['half', 'full', 'new'],
        ['full', 'half', 'new'],
        ['new', 'half', 'full'],
      ]) {
        const limits: Record<string, number> = { full: 2, half: 9, new: 9 }
        const counts: Record<string, number> = { full: 2, half: 4, new: 0 }
        const answer = await store.hit(
          '07',
          order.map((key) => counter(key, limits[key]!)),
        )
        assert.deepEqual(answer, { added: false, counts: order.map((key) => counts[key]) })
      }
      assert.deepEqual(await valuesOf(store, '07', 'full', 'half', 'new'), [2, 4, null])
      const answer = await store.hit('07', [counter('new', 9, 3), counter('full', 3), counter('half', 9, 5)])
      assert.deepEqual(answer, { added: true, counts: [3, 3, 9] })
    },
  ],
  [
    'hit: a negative cost gives back, past every limit, and never below 0',
    async (store) => {
      await store.hit('07', [counter('c', 5, 5)])
      assert.deepEqual(await store.hit('07', [counter('c', 5, -2)]), { added: true, counts: [3] })
      assert.deepEqual(await store.hit('07', [counter('c', 5, 2)]), { added: true, counts: [5] })
      assert.deepEqual(await store.hit('07', [counter('c', 1, -1)]), { added: true, counts: [4] }, 'its limit has sunk meanwhile')
      assert.deepEqual(await store.hit('07', [counter('c', 5, -9)]), { added: true, counts: [0] })
      assert.deepEqual(await store.hit('07', [counter('c', 5, 5)]), { added: true, counts: [5] }, 'nothing is owed')
      assert.deepEqual(await store.hit('07', [counter('new', 5, -1)]), { added: true, counts: [0] })
      assert.deepEqual(await valuesOf(store, '07', 'c', 'new'), [5, 0])
    },
  ],
  [
    'hit: a negative cost is given back with the others or not at all',
    async (store) => {
      await store.hit('07', [counter('full', 2, 2), counter('half', 9, 4)])
      assert.deepEqual(await store.hit('07', [counter('half', 9, -1), counter('full', 2)]), { added: false, counts: [4, 2] })
      assert.deepEqual(await store.hit('07', [counter('full', 2, -1), counter('half', 9, 5)]), { added: true, counts: [1, 9] })
    },
  ],
  [
    'hit: many at once that take and give back leave nothing, and never pass the limit',
    async (store) => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, async () => {
          const { added, counts } = await store.hit('07', [counter('c', 6, 2)])
          if (added) await store.hit('07', [counter('c', 6, -2)])
          return counts[0]!
        }),
      )
      assert.ok(Math.max(...answers) <= 6)
      assert.equal(await countOf(store, 'c'), 0)
    },
  ],
  [
    'hit: read sees a counter as a record whose value is its count',
    async (store) => {
      await store.hit('07', [counter('c', 2 ** 40, 2 ** 33)])
      const [found] = await store.read('07', ['c'])
      assert.equal(found?.value, 2 ** 33)
      assert.equal(found?.dueAt, null)
      assert.notEqual(found?.version, '')
      assert.equal(await store.commit('07', change({ expect: [{ key: 'c', version: '' }] })), false)
    },
  ],
  [
    'hit: many at once add up, and never pass the limit',
    async (store) => {
      const answers = await Promise.all(Array.from({ length: 60 }, () => store.hit('07', [counter('c', 20), counter('all', 1000)])))
      assert.equal(answers.filter(({ added }) => added).length, 20)
      assert.deepEqual(
        answers
          .filter(({ added }) => added)
          .map(({ counts }) => counts[0]!)
          .toSorted((a, b) => a - b),
        Array.from({ length: 20 }, (_, i) => i + 1),
      )
      assert.deepEqual(await valuesOf(store, '07', 'c', 'all'), [20, 20])
    },
  ],
  [
    'hit: a counter belongs to its partition',
    async (store) => {
      await store.hit('07', [counter('c', 9, 5)])
      assert.deepEqual(await store.hit('08', [counter('c', 9)]), { added: true, counts: [1] })
      assert.deepEqual([await countOf(store, 'c'), await countOf(store, 'c', '08')], [5, 1])
    },
  ],
  [
    'hit: sweepAt is that of the first hit',
    async (store) => {
      const soon = Date.now() + 40
      await store.hit('07', [counter('c', 9, 1, soon)])
      await store.hit('07', [counter('c', 9, 1, FAR)])
      await store.hit('07', [counter('late', 9, 1, FAR)])
      await store.hit('07', [counter('late', 9, 1, soon)])
      await wait(soon - Date.now() + 20)
      await store.sweep(Date.now(), 100)
      assert.deepEqual(await valuesOf(store, '07', 'c', 'late'), [null, 2])
      assert.deepEqual(await store.hit('07', [counter('c', 9)]), { added: true, counts: [1] })
    },
  ],
]
