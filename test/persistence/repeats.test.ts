import assert from 'node:assert/strict'
import { test } from 'node:test'
import { earlierOf, isSameBody, repeatOf } from '../../src/persistence/repeats.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { fakeEnv } from '../support/env.ts'

const env = fakeEnv()
const [older, newer, seal] = [env.secret(32), env.secret(32), env.secret(32)]

test('a repeat is known when another pepper has come first meanwhile, and by nothing else', () => {
  const before = repeatOf(createSecrets(env, [older], [seal]), 'order-1', ['ana@example.com', 't'])!
  const kept = [{ key: before.keys[0]!, body: before.bodies[0]!, until: 10 }]
  const rotated = createSecrets(env, [newer, older], [seal])
  const again = repeatOf(rotated, 'order-1', ['ana@example.com', 't'])!
  assert.equal(earlierOf(again, kept, 9), kept[0])
  assert.ok(isSameBody(again, kept[0]!))
  assert.equal(earlierOf(again, kept, 10), undefined, 'too late')
  assert.ok(!isSameBody(repeatOf(rotated, 'order-1', ['ana@example.com', 'u'])!, kept[0]!))
  assert.equal(earlierOf(repeatOf(rotated, 'order-2', ['ana@example.com', 't']), kept, 9), undefined)
  assert.equal(earlierOf(repeatOf(createSecrets(env, [newer], [seal]), 'order-1', []), kept, 9), undefined)
  assert.equal(earlierOf(repeatOf(rotated, null, []), kept, 9), undefined)
})
