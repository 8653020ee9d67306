import assert from 'node:assert/strict'
import { type Case, change, fill, logOf, valuesOf, versionsOf } from '../shorthand.ts'

export const raceCases: Case[] = [
  [
    'commit: of many at once on one key exactly one wins, and only it is seen',
    async (store) => {
      const racers = Array.from({ length: 50 }, (_, i) => `racer${i}`)
      for (const { round, before } of [
        { round: 'create', before: '' },
        { round: 'replace', before: null },
      ]) {
        const version = before ?? (await versionsOf(store, '07', 'k'))[0]!
        const won = await Promise.all(
          racers.map((name) => {
            const value = `${round} ${name}`
            return store.commit(
              '07',
              change({ version: value, expect: [{ key: 'k', version }], puts: [{ key: 'k', value }], log: [value] }),
            )
          }),
        )
        assert.equal(won.filter(Boolean).length, 1, round)
        const winner = `${round} ${racers[won.indexOf(true)]}`
        assert.deepEqual(await store.read('07', ['k']), [{ value: winner, version: winner, dueAt: null }])
        assert.equal((await logOf(store, '07')).at(-1), winner)
      }
      assert.equal((await logOf(store, '07')).length, 2)
    },
  ],
  [
    'commit: many at once on different keys all win',
    async (store) => {
      const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
      const won = await Promise.all(
        keys.map((key) => store.commit('07', change({ expect: [{ key, version: '' }], puts: [{ key, value: key }] }))),
      )
      assert.ok(won.every(Boolean))
      assert.deepEqual(await valuesOf(store, '07', ...keys), keys)
    },
  ],
  [
    'commit: two records change together or not at all, under contention',
    async (store) => {
      const amounts = (a: number, b: number) => [
        { key: 'a', value: a },
        { key: 'b', value: b },
      ]
      await fill(store, '07', amounts(500, 500), 'start')
      let moved = 0
      await Promise.all(
        Array.from({ length: 12 }, async (_, worker) => {
          for (let i = 0; i < 15; i++) {
            const [a, b] = await store.read('07', ['a', 'b'])
            const expect = [
              { key: 'a', version: a!.version },
              { key: 'b', version: b!.version },
            ]
            const puts = amounts((a!.value as number) - 1, (b!.value as number) + 1)
            if (await store.commit('07', change({ version: `${worker}/${i}`, expect, puts }))) moved++
          }
        }),
      )
      assert.ok(moved > 0)
      assert.deepEqual(await valuesOf(store, '07', 'a', 'b'), [500 - moved, 500 + moved])
    },
  ],
]
