import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoff, isInFlight, LEASE_MS, pauseAfter, type Row } from '../../src/rules/outbox.ts'

const NOW = 1_800_000_000_000
const row = (dueAt: number | null, waitsUntil: number | null) => ({ dueAt, value: { waitsUntil } as Row })

test('isInFlight: somebody holds a lease that has not ended, and it is not the waiting time of the letter itself', () => {
  const table: [what: string, row: ReturnType<typeof row> | null, expected: boolean][] = [
    ['no letter', null, false],
    ['out of the queue', row(null, null), false],
    ['in the hands of its maker', row(NOW + LEASE_MS, null), true],
    ['leased to the last millisecond', row(NOW + 1, null), true],
    ['the lease ends now', row(NOW, null), false],
    ['the lease ended', row(NOW - 1, null), false],
    ['born to be claimed', row(NOW, NOW), false],
    ['waits after a deferral', row(NOW + 5000, NOW + 5000), false],
    ['its waiting time is over', row(NOW, NOW), false],
    ['claimed after a deferral', row(NOW + LEASE_MS, NOW - 1), true],
    ['claimed after a deferral, the lease ended', row(NOW - 1, NOW - LEASE_MS), false],
    ['renewed', row(NOW + LEASE_MS, null), true],
  ]
  for (const [what, found, expected] of table) assert.equal(isInFlight(found, NOW), expected, what)
})

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const attempt = fc.integer({ min: 1, max: 2000 })

test('backoff: 5 s doubling to 5 min, each a fifth more or less', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 100].map((n) => backoff(n, 0.5)),
    [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000],
  )
  fc.assert(
    fc.property(attempt, fraction, (n, jitter) => {
      const base = Math.min(5_000 * 2 ** (n - 1), 300_000)
      const wait = backoff(n, jitter)
      assert.ok(Number.isInteger(wait) && wait >= 0.8 * base && wait <= 1.2 * base, `${wait}`)
    }),
  )
  assert.deepEqual([backoff(1, 0), backoff(1, 0.999999)], [4_000, 6_000])
})

test('pauseAfter: 1 s doubling to 10 s, never more', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 100].map((n) => pauseAfter(n, 0.999999999)),
    [1_000, 2_000, 4_000, 8_000, 10_000, 10_000],
  )
  fc.assert(
    fc.property(attempt, fraction, (n, jitter) => {
      const base = Math.min(1_000 * 2 ** (n - 1), 10_000)
      const wait = pauseAfter(n, jitter)
      assert.ok(Number.isInteger(wait) && wait >= 0.8 * base && wait <= base, `${wait}`)
    }),
  )
})
