import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { allowanceOf, bucketsOf, missBudget, type Window, waitFor } from '../../src/rules/limits.ts'

const NOW = 1_000
const spans = fc.array(fc.record({ count: fc.integer({ min: 1, max: 4 }), spanMs: fc.integer({ min: 1, max: 40 }) }), {
  maxLength: 3,
  size: 'max',
})
const times = fc.array(fc.integer({ min: NOW - 60, max: NOW }), { maxLength: 12, size: 'max' })

/** Tries every millisecond: the first at which no span that ends there holds its count already. */
function oracle(earlier: readonly number[], windows: readonly Window[]): number {
  for (let wait = 0; ; wait++) {
    const at = NOW + wait
    if (windows.every(({ count, spanMs }) => earlier.filter((time) => at - time < spanMs).length < count)) return wait
  }
}

test('waitFor: the first moment at which no window is full', () => {
  fc.assert(
    fc.property(times, spans, (earlier, windows) => assert.equal(waitFor(earlier, windows, NOW), oracle(earlier, windows))),
    { numRuns: 2000 },
  )
})

test('waitFor: an event leaves its window when the span is over, not before', () => {
  const windows = [{ count: 1, spanMs: 10 }]
  assert.equal(waitFor([], windows, NOW), 0)
  assert.equal(waitFor([NOW], windows, NOW), 10)
  assert.equal(waitFor([NOW - 9], windows, NOW), 1)
  assert.equal(waitFor([NOW - 10], windows, NOW), 0)
  assert.equal(waitFor([NOW], [], NOW), 0)
})

test('waitFor: whoever waits as told is let through, and never more than count within a span', () => {
  fc.assert(
    fc.property(spans, fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 25, size: 'max' }), (windows, pauses) => {
      const sent: number[] = []
      let now = NOW
      for (const pause of pauses) {
        now += pause
        now += waitFor(sent, windows, now)
        assert.equal(waitFor(sent, windows, now), 0)
        sent.push(now)
      }
      for (const { count, spanMs } of windows)
        for (const end of sent) assert.ok(sent.filter((at) => at <= end && at > end - spanMs).length <= count)
    }),
  )
})

test('waitFor: a window of none lets nothing through, ever', () => {
  for (const earlier of [[], [NOW], [NOW - 1_000_000]]) {
    for (const windows of [
      [{ count: 0, spanMs: 60 }],
      [
        { count: 5, spanMs: 10 },
        { count: 0, spanMs: 60 },
      ],
    ]) {
      const wait = waitFor(earlier, windows, NOW)
      assert.ok(wait > 0 && Number.isFinite(wait), `${earlier} ${JSON.stringify(windows)}: ${wait}`)
    }
  }
})

test('bucketsOf: one counter for each window, the same throughout its span and another one after it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 1_000_000 }), (spanMs, now) => {
      const limit = { name: 'sends', windows: [{ count: 7, spanMs }] }
      const [bucket] = bucketsOf(limit, 'app', now)
      assert.ok(bucket!.endsAt > now && bucket!.endsAt - now <= spanMs)
      assert.equal(bucket!.cost, 1)
      assert.equal(bucket!.limit, 7)
      assert.ok(bucket!.sweepAt >= bucket!.endsAt)
      const keyAt = (at: number) => bucketsOf(limit, 'app', at)[0]!.key
      assert.equal(keyAt(bucket!.endsAt - spanMs), bucket!.key)
      assert.equal(keyAt(bucket!.endsAt - 1), bucket!.key)
      assert.notEqual(keyAt(bucket!.endsAt), bucket!.key)
    }),
  )
})

test('bucketsOf: no two subjects, limits or windows share a counter', () => {
  const windows = [
    { count: 1, spanMs: 1000 },
    { count: 1, spanMs: 2000 },
    { count: 1, spanMs: 500 },
  ]
  const keys = ['sends', 'misses'].flatMap((name) =>
    ['a', 'b', 'a/1'].flatMap((subject) => bucketsOf({ name, windows }, subject, 123_456_789).map(({ key }) => key)),
  )
  assert.equal(new Set(keys).size, keys.length)
})

test('allowanceOf: the tightest window, by the part of it that is left', () => {
  const at = 90_000
  const limit = {
    name: 'sends',
    windows: [
      { count: 5, spanMs: 60_000 },
      { count: 20, spanMs: 3_600_000 },
    ],
  }
  const buckets = bucketsOf(limit, 'app', at)
  const of = (...counts: number[]) => allowanceOf(limit, buckets, counts, at)
  assert.deepEqual(of(0, 0), { name: 'sends', count: 5, spanMs: 60_000, remaining: 5, resetMs: 30_000 })
  assert.deepEqual(of(1, 1), { name: 'sends', count: 5, spanMs: 60_000, remaining: 4, resetMs: 30_000 })
  assert.deepEqual(of(1, 17), { name: 'sends', count: 20, spanMs: 3_600_000, remaining: 3, resetMs: 3_510_000 })
  assert.equal(of(3, 15).count, 20, 'five of twenty are less than two of five')
  assert.equal(of(5, 20).remaining, 0)
  assert.equal(of(9, 0).remaining, 0)
})

test('allowanceOf: a window of none is the tightest', () => {
  for (const windows of [
    [
      { count: 5, spanMs: 10 },
      { count: 0, spanMs: 60 },
    ],
    [
      { count: 0, spanMs: 60 },
      { count: 5, spanMs: 10 },
    ],
  ]) {
    const limit = { name: 'sends', windows }
    const allowance = allowanceOf(limit, bucketsOf(limit, 'app', 0), [0, 0], 0)
    assert.deepEqual([allowance.count, allowance.spanMs, allowance.remaining], [0, 60, 0])
  }
})

test('missBudget: a day of guessing hits any live number with a chance of at most 1e-3', () => {
  const table: [live: number, most: number, budget: number][] = [
    [0, 100, 100],
    [1, 100, 100],
    [1, 10_000_000, 4_166_666],
    [1_000, 10_000, 4_166],
    [10_000, 100, 100],
    [10_000, 1_000, 416],
    [41_666, 100, 100],
    [41_667, 100, 99],
    [100_000, 100, 41],
    [416_666, 100, 10],
    [416_667, 100, 0],
    [10_000_000, 100, 0],
    [5, 0, 0],
    [5, 3, 3],
  ]
  for (const [live, most, budget] of table)
    assert.equal(missBudget(live, { count: most, spanMs: 3_600_000 }), budget, `${live} live, at most ${most}`)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.nat({ max: 1e7 }), (live, most) => {
      const budget = missBudget(live, { count: most, spanMs: 3_600_000 })
      assert.ok(budget <= most && (24 * budget * live) / 1e11 <= 1e-3)
    }),
  )
})
