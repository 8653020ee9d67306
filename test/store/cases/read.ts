import assert from 'node:assert/strict'
import { type Case, change, FAR, fill, valuesOf } from '../shorthand.ts'

const hostile = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":null,"":[]}')
const VALUES: Record<string, unknown> = {
  null: null,
  false: false,
  zero: 0,
  'an empty text': '',
  'an empty list': [],
  'an empty object': {},
  'lists in lists': [[], [[]], [{}], [null, [1, [2, [3]]]]],
  'whole numbers': [1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1_800_000_000_000],
  'other numbers': [0.1, -2.5e-9, 1e21, 1.7976931348623157e308, 0.30000000000000004],
  'digits as text': ['007', '1e3', 'null'],
  unicode: ['ñ', 'n\u0303', 'Привет', '𝒳😀', '\u0000\u0001\u2028', '\ufeffx', '"\\/\b\f\n\r\t'],
  'a lone surrogate': ['\ud83d', '\ude00x'],
  'hostile names': hostile,
  'unicode names': { ключ: 1, 'a b': 2, 'a.b': 3, '😀': 4, '1': 5, '': 6 },
  'order of names': { b: 1, a: 2, c: 3 },
}

const KEYS = [
  'a',
  'A',
  'aa',
  'a/',
  'a/b',
  'a b',
  'a*',
  'a?',
  'a%',
  'a_',
  '{a}',
  '{a',
  'a:b',
  "a'b",
  'a"b',
  'a\nb',
  '-a',
  '0',
  '00',
  '00/a',
  'ñ',
  'n\u0303',
  'ключ',
  '邮箱',
  '😀',
  '\uff5e',
  '__proto__',
  'constructor',
  'toString',
  'length',
  'x'.repeat(1024),
]

export const readCases: Case[] = [
  [
    'read: values with versions, null when absent',
    async (store) => {
      assert.deepEqual(await store.read('07', ['a']), [null])
      await fill(store, '07', [{ key: 'a', value: { n: 1 } }], 'first')
      assert.deepEqual(await store.read('07', ['a']), [{ value: { n: 1 }, version: 'first', dueAt: null }])
      await fill(store, '07', [{ key: 'a', value: { n: 2 }, queue: { name: 'q', dueAt: FAR } }], 'second')
      assert.deepEqual(await store.read('07', ['a', 'b']), [{ value: { n: 2 }, version: 'second', dueAt: FAR }, null])
    },
  ],
  [
    'read: in the order asked, as often as asked',
    async (store) => {
      await fill(
        store,
        '07',
        ['a', 'b', 'c'].map((key) => ({ key, value: key })),
      )
      assert.deepEqual(await valuesOf(store, '07', 'c', 'x', 'a', 'b', 'a', 'x'), ['c', null, 'a', 'b', 'a', null])
      assert.deepEqual(await store.read('07', []), [])
      const many = Array.from({ length: 300 }, (_, i) => ['a', 'b', 'c', 'x'][(i * 7) % 4]!)
      assert.deepEqual(
        await valuesOf(store, '07', ...many),
        many.map((key) => (key === 'x' ? null : key)),
      )
    },
  ],
  [
    'read: all from one instant',
    async (store) => {
      const both = (n: number) => ['left', 'right'].map((key) => ({ key, value: n }))
      await fill(store, '07', both(0))
      const writes = Array.from({ length: 60 }, (_, n) => store.commit('07', change({ version: `w${n}`, puts: both(n + 1) })))
      let reading = true
      const seen = new Set<unknown>()
      const readers = Array.from({ length: 4 }, async () => {
        while (reading) {
          const [left, right] = await store.read('07', ['left', 'right'])
          assert.deepEqual(left, right)
          seen.add(left?.value)
          await new Promise(setImmediate)
        }
      })
      await Promise.all(writes)
      reading = false
      await Promise.all(readers)
      assert.deepEqual(await valuesOf(store, '07', 'left', 'right'), [60, 60])
      assert.ok(seen.size > 0)
    },
  ],
  [
    'read: a value comes back as the same JSON',
    async (store) => {
      await fill(
        store,
        '07',
        Object.entries(VALUES).map(([key, value]) => ({ key, value })),
      )
      const found = await store.read('07', Object.keys(VALUES))
      for (const [i, [name, value]] of Object.entries(VALUES).entries()) {
        assert.equal(JSON.stringify(found[i]?.value), JSON.stringify(value), name)
      }
      assert.equal(({} as { polluted?: boolean }).polluted, undefined)
    },
  ],
  [
    'read: values of 64 KiB and more, each as it was',
    async (store) => {
      const values = [65_535, 65_536, 65_537, 300_000].map((length, i) => 'aб😀\n'[i]!.repeat(length))
      await fill(
        store,
        '07',
        values.map((value, i) => ({ key: `large${i}`, value: { value } })),
      )
      const found = await valuesOf(store, '07', 'large0', 'large1', 'large2', 'large3')
      for (const [i, value] of values.entries()) assert.ok((found[i] as { value: string }).value === value, `value ${i}`)
    },
  ],
  [
    'read: no two keys are one, whatever they are made of',
    async (store) => {
      await fill(
        store,
        '07',
        KEYS.map((key, i) => ({ key, value: i })),
      )
      assert.deepEqual(
        await valuesOf(store, '07', ...KEYS),
        KEYS.map((_, i) => i),
      )
      assert.deepEqual(await valuesOf(store, '07', 'hasOwnProperty', 'valueOf', 'b', '7/a', 'record'), [null, null, null, null, null])
    },
  ],
  [
    'partitions: the same key is another record in each',
    async (store) => {
      await fill(store, '00', [{ key: 'k', value: 'zero' }], 'vz')
      await fill(store, '99', [{ key: 'k', value: 'last' }], 'vl')
      assert.deepEqual(await valuesOf(store, '00', 'k'), ['zero'])
      assert.deepEqual(await valuesOf(store, '99', 'k'), ['last'])
      assert.deepEqual(await valuesOf(store, '09', 'k'), [null])
      assert.equal(await store.commit('09', change({ expect: [{ key: 'k', version: 'vz' }], puts: [{ key: 'k', value: 1 }] })), false)
      assert.equal(await store.commit('00', change({ deletes: ['k'] })), true)
      assert.deepEqual(await valuesOf(store, '99', 'k'), ['last'])
    },
  ],
]
