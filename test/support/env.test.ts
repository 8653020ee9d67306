import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fakeEnv } from './env.ts'

test('the clock stands still until it is moved', async () => {
  const env = fakeEnv({ now: 1000 })
  assert.equal(env.now(), 1000)
  await env.advance(25)
  assert.equal(env.now(), 1025)
  assert.equal(env.clock.now, 1025)
})

test('sleeps end in the order of their time, each at its own, and what they wake runs in between', async () => {
  const env = fakeEnv({ now: 0 })
  const seen: string[] = []
  const say = (name: string) => seen.push(`${name}@${env.now()}`)
  const late = env.sleep(30).then(() => say('late'))
  const chain = (async () => {
    await env.sleep(10)
    say('first')
    await nextTurn()
    await env.sleep(10)
    say('second')
    await env.sleep(1000)
    say('never')
  })()
  const twin = env.sleep(10).then(() => say('twin'))
  assert.deepEqual([env.clock.sleeping, env.clock.nextAt], [3, 10])
  await env.advance(9)
  assert.deepEqual(seen, [])
  await Promise.all([env.advance(1), env.advance(50)])
  await Promise.all([late, twin])
  assert.deepEqual(seen, ['first@10', 'twin@10', 'second@20', 'late@30'])
  assert.deepEqual([env.clock.sleeping, env.clock.nextAt, env.now()], [1, 1020, 60])
  void chain
})

test('a sleep ends at once when its signal aborts, and none is left behind', async () => {
  const env = fakeEnv()
  const stop = new AbortController()
  const sleeping = env.sleep(60_000, stop.signal)
  stop.abort()
  await sleeping
  await env.sleep(60_000, stop.signal)
  await env.sleep(0)
  assert.deepEqual([env.clock.sleeping, env.clock.nextAt], [0, null])
})

test('the same seed gives the same randomness, another seed another', () => {
  const draw = (seed: number) => {
    const env = fakeEnv({ seed })
    return [env.id(), env.digits(9), env.secret(8).toString('hex'), env.fraction(), env.id()]
  }
  assert.deepEqual(draw(7), draw(7))
  for (const [i, value] of draw(7).entries()) assert.notEqual(value, draw(8)[i])
  const env = fakeEnv({ seed: 7 })
  const ids = Array.from({ length: 500 }, () => env.id())
  assert.equal(new Set(ids).size, 500)
  for (const id of ids) assert.match(id, /^[0-9A-Za-z]{22}$/)
  for (let i = 0; i < 200; i++) assert.ok(env.fraction() >= 0 && env.fraction() < 1)
})

test('digits can be scripted', () => {
  const script = ['123456789']
  const env = fakeEnv({ digitsFrom: (length) => (length === 9 ? script.shift() : undefined) })
  assert.equal(env.digits(9), '123456789')
  assert.match(env.digits(9), /^\d{9}$/)
  assert.match(env.digits(2), /^\d\d$/)
})
