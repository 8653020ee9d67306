import assert from 'node:assert/strict'
import { test } from 'node:test'
import { people } from '../support/people.ts'
import { timedCalls } from '../support/stopwatch.ts'
import { type World, world } from '../support/world.ts'

/** Fails only where both hold: a gap between the medians that somebody far away could measure, and no chance that it is one. */
const GAP_MS = 3
const P = 1e-6
const CALLS = 300
/** Over the gap for each password, so that one hash more or less is seen. */
const cost = { memory: 16_384, time: 1, parallelism: 1 }
const CLASSES = ['unknown', 'pending', 'verified'] as const
type Class = (typeof CLASSES)[number]

/** Two-sided Mann–Whitney U by its normal approximation, ties at their mean rank. */
function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, mine: true })), ...b.map((value) => ({ value, mine: false }))].sort(
    (x, y) => x.value - y.value,
  )
  let ranks = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (to < all.length && all[to]!.value === all[from]!.value) to++
    const mine = all.slice(from, to).filter((one) => one.mine).length
    ranks += mine * ((from + to + 1) / 2)
    from = to
  }
  const u = ranks - (a.length * (a.length + 1)) / 2
  const mean = (a.length * b.length) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  return upperTail(Math.abs(u - mean) / deviation) * 2
}
/** Of the standard normal distribution (Abramowitz and Stegun 26.2.17, good to 7.5e-8; beyond 5 its asymptotic series, 26.2.12). */
function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 5) return (density / z) * (1 - 1 / z ** 2 + 3 / z ** 4)
  const t = 1 / (1 + 0.2316419 * z)
  return density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
}
const median = (values: readonly number[]) => values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)]!

const addressOf = (kind: Class, i: number) => `${kind[0]}${String(i).padStart(3, '0')}@example.com`

/** Somebody else signed up at the pending and the verified addresses. */
async function settle(here: World) {
  const { signedUp, member } = people(here)
  for (let from = 0; from < CALLS; from += 20) {
    const some = Array.from({ length: 20 }, (_, i) => from + i)
    await Promise.all(some.flatMap((i) => [signedUp(addressOf('pending', i)), member(addressOf('verified', i))]))
  }
  await here.delivered()
}

/** How long each call of each class took, in ms: one after the other, the classes in every order in turn. */
async function timed(here: World, path: string, bodyOf: (email: string) => object): Promise<Record<Class, number[]>> {
  const kinds = Array.from({ length: CALLS }, (_, i) => {
    const turned = CLASSES.map((_, at) => CLASSES[(at + i) % 3]!)
    return i % 2 ? turned : turned.toReversed()
  })
  const calls = kinds.flatMap((row, i) => row.map((kind) => ({ path, body: bodyOf(addressOf(kind, i)) })))
  const answers = await timedCalls(here.url, calls)
  assert.equal(new Set(answers.map(({ status }) => status)).size, 1, 'answered alike')
  const times: Record<Class, number[]> = { unknown: [], pending: [], verified: [] }
  for (const [i, kind] of kinds.flat().entries()) times[kind].push(answers[i]!.ms)
  return times
}

test('unknown, pending and verified addresses take as long to log in, verify, resend and register', { timeout: 300_000 }, async (t) => {
  const here = await world(t, { settings: { SELLO_LIMITS: 'off' }, cost })
  await settle(here)
  await here.env.leap(20 * 60_000)
  const mine = 'the password of this visitor'
  // In this order none of them changes what an address is for the next one.
  const phases: [name: string, path: string, bodyOf: (email: string) => object][] = [
    ['login', '/v1/login', (email) => ({ email, password: mine })],
    ['verify, no code, with a password', '/v1/verify-email', (email) => ({ email, code: '00000', password: mine })],
    ['resend', '/v1/resend', (email) => ({ email })],
    ['verify, a code', '/v1/verify-email', (email) => ({ email, code: '00000' })],
    ['register', '/v1/register', (email) => ({ email, password: mine })],
  ]
  const leaks: string[] = []
  for (const [name, path, bodyOf] of phases) {
    const times = await timed(here, path, bodyOf)
    for (const kind of ['pending', 'verified'] as const) {
      const gap = median(times[kind]) - median(times.unknown)
      const p = mannWhitney(times[kind], times.unknown)
      const told = `${name}: ${kind} ${median(times[kind]).toFixed(2)} ms, unknown ${median(times.unknown).toFixed(2)} ms, gap ${gap.toFixed(2)} ms, p ${p.toExponential(1)}`
      console.log(told)
      if (Math.abs(gap) > GAP_MS && p < P) leaks.push(told)
    }
  }
  assert.deepEqual(leaks, [])
})

test('the comparison of times sees a difference, and none where there is none', () => {
  const noise = (i: number) => 10 + ((i * 7919) % 1000) / 250
  const some = Array.from({ length: CALLS }, (_, i) => noise(i))
  const others = Array.from({ length: CALLS }, (_, i) => noise(i + 1234))
  assert.ok(mannWhitney(some, others) > 1e-3)
  assert.ok(
    mannWhitney(
      some,
      others.map((ms) => ms + GAP_MS),
    ) < P,
  )
  assert.ok(Math.abs(mannWhitney([1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16]) - 7.8e-4) < 1e-4, 'z = 3.36')
  assert.equal(mannWhitney([1, 1, 1], [1, 1, 1]).toFixed(3), '1.000')
})
