import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ABSENT, createCache, type Row } from '../../src/persistence/store/cache.ts'

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('write', 'remove'), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('roll back', 'forget') }) },
)

test('the cache says what the file says, or nothing, however little room it has', () => {
  let known = 0
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60, size: 'max' }), (capacity, steps) => {
      const cache = createCache(capacity, 1e9)
      const file = new Map<string, Row>()
      const open = new Map<string, Row>()
      for (const [i, one] of steps.entries()) {
        if ('key' in one) {
          const truth = open.get(one.key) ?? file.get(one.key) ?? ABSENT
          const said = cache.get(one.key)
          if (open.has(one.key)) assert.deepEqual(said, truth, 'an open transaction sees its own writes')
          if (said) assert.deepEqual(said, truth)
          if (said) known++
          if (one.do === 'read') {
            if (!said) cache.keep(one.key, truth)
            continue
          }
          const row = one.do === 'remove' ? ABSENT : { version: `v${i}`, value: String(i), dueAt: i % 2 ? i : null }
          open.set(one.key, row)
          cache.write(one.key, row)
          continue
        }
        // What is forgotten is what may or may not have reached the file.
        const isInFile = one.do === 'commit' || (one.do === 'forget' && i % 2 === 0)
        if (isInFile) for (const [name, row] of open) file.set(name, row)
        open.clear()
        if (one.do === 'commit') cache.committed()
        else if (one.do === 'forget') cache.forget()
        else cache.rolledBack()
      }
    }),
    { numRuns: 1000 },
  )
  assert.ok(known > 1000, `it knew only ${known} times`)
})

test('a few large rows are forgotten like many small ones', () => {
  const cache = createCache(1000, 100)
  const row = (key: string): Row => ({ version: key, value: 'x'.repeat(60), dueAt: null })
  const held = () => ['a', 'b', 'c', 'd', 'e', 'f'].filter((one) => cache.get(one)).length
  for (const one of ['a', 'b', 'c', 'd', 'e', 'f']) cache.keep(one, row(one))
  assert.equal(cache.get('a'), undefined)
  assert.deepEqual(cache.get('f'), row('f'))
  assert.ok(held() <= 4, `${held()} of them at 60 characters each`)
})
