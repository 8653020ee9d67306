import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { end, isLive, isRefreshable, refresh, type Session, sessionSweepAt, withoutSession, withSession } from '../../src/rules/session.ts'
import { account, EPOCH, GRACE_MS, NOW, type Outcome, session, sessionTable } from '../support/session-states.ts'

const DAY = 86_400_000

test('a session and a refresh token of it, in every state', () => {
  const right: [state: string, refreshed: Outcome, active: boolean, live: boolean][] = [
    ['the newest token', 'rotated', true, true],
    ['the one before, within the grace', 'again', true, true],
    ['the one before, after the grace', 'reused', false, true],
    ['an older one, within its grace', 'refused', false, true],
    ['an older one, after its grace', 'reused', false, true],
    ['one of a session that has ended', 'dead', false, false],
    ['one of a session that is too old', 'dead', false, false],
    ['one from before all sessions of the account were ended', 'dead', false, false],
    ['one from before a failover or a restore', 'dead', false, false],
    ['one of an account that is gone', 'dead', false, false],
  ]
  assert.deepEqual(
    sessionTable().map(({ state, refreshed, active, live }) => [state, refreshed, active, live]),
    right,
  )
})

test('isLive: each of its conditions by itself, at its edge', () => {
  const live = (s: Partial<Session> = {}, a: Parameters<typeof account>[0] | null = {}, epoch = EPOCH, now = NOW) =>
    isLive(session(s), a && account(a), epoch, now)
  assert.equal(live(), true)
  assert.equal(live({ expiresAt: NOW + 1 }), true)
  assert.equal(live({ expiresAt: NOW }), false)
  assert.equal(live({ endedAt: NOW + 1 }), false, 'ended by a clock that is ahead')
  assert.equal(live({}, {}, EPOCH + 1), false)
  assert.equal(live({}, { round: 1 }), false)
  assert.equal(live({ round: 1 }), false)
  assert.equal(live({}, { id: 'acc_07b' }), false)
  assert.equal(live({}, { app: 'app_2' }), false)
  assert.equal(live({}, null), false)
})

test('refresh: the newest token moves the session one generation on, and writes down when', () => {
  const before = session()
  const refreshed = refresh(before, 3, GRACE_MS, NOW)
  assert.deepEqual(refreshed, {
    kind: 'rotated',
    next: { ...before, generation: 4, rotations: [...before.rotations, NOW], usedAt: NOW },
  })
  assert.deepEqual(before, session(), 'what was handed in is as it was')
})

test('refresh: the grace counts from the first rotation, to the millisecond, and a repeat does not extend it', () => {
  const rotated = session({ generation: 1, rotations: [NOW] })
  assert.equal(refresh(rotated, 0, GRACE_MS, NOW).kind, 'again')
  assert.equal(refresh(rotated, 0, GRACE_MS, NOW + GRACE_MS - 1).kind, 'again')
  assert.equal(refresh(rotated, 0, GRACE_MS, NOW + GRACE_MS).kind, 'reused')
})

test('refresh: without a grace the second one is reuse, also by a clock that is behind', () => {
  const rotated = session({ generation: 1, rotations: [NOW] })
  for (const now of [NOW - 5000, NOW, NOW + 1]) assert.equal(refresh(rotated, 0, 0, now).kind, 'reused')
  assert.equal(refresh(rotated, 0, GRACE_MS, NOW - 5000).kind, 'again')
})

test('refresh: reuse ends the session, and changes nothing else of it', () => {
  const before = session()
  assert.deepEqual(refresh(before, 0, GRACE_MS, NOW), { kind: 'reused', next: { ...before, endedAt: NOW } })
})

test('refresh: a token that the store has lost the making of is refused', () => {
  assert.deepEqual(refresh(session(), 4, GRACE_MS, NOW), { kind: 'refused' })
  assert.equal(isRefreshable(session(), 4, GRACE_MS, NOW), false)
})

test('refresh: what a session remembers of its rotations is bounded; a token from before them is reuse', () => {
  let here = session({ generation: 0, rotations: [] })
  for (let i = 0; i < 40; i++) {
    const refreshed = refresh(here, here.generation, GRACE_MS, NOW + i)
    assert.ok(refreshed.kind === 'rotated')
    here = refreshed.next
  }
  assert.deepEqual([here.generation, here.rotations.length], [40, 16])
  assert.deepEqual(
    here.rotations,
    Array.from({ length: 16 }, (_, i) => NOW + 24 + i),
  )
  const kinds = [39, 38, 24, 23].map((generation) => refresh(here, generation, GRACE_MS, NOW + 40).kind)
  assert.deepEqual(kinds, ['again', 'refused', 'refused', 'reused'])
})

test('refresh: however tokens come and time goes, one line of successors; after reuse nothing works', () => {
  const plan = fc.record({
    graceMs: fc.constantFrom(0, 1, 10, 100),
    calls: fc.array(fc.record({ back: fc.nat(4), waitMs: fc.constantFrom(0, 0, 1, 4, 9, 10, 11, 99, 100) }), {
      minLength: 1,
      maxLength: 60,
    }),
  })
  const reached = new Set<string>()
  const property = fc.property(plan, ({ graceMs, calls }) => {
    let here = session({ generation: 0, rotations: [] })
    let now = NOW
    let ended = false
    /** When each generation's successor was handed out first: what a holder of all tokens that ever were would know. */
    const firstAt: number[] = []
    for (const { back, waitMs } of calls) {
      now += waitMs
      const generation = Math.max(0, firstAt.length - back)
      const live = isLive(here, account(), EPOCH, now)
      assert.equal(live, !ended)
      if (!live) continue
      const refreshed = refresh(here, generation, graceMs, now)
      reached.add(refreshed.kind)
      const next = 'next' in refreshed ? refreshed.next : here
      const isGraced = generation < firstAt.length && now < firstAt[generation]! + graceMs
      if (refreshed.kind === 'rotated' || refreshed.kind === 'again') {
        assert.equal(next.generation, generation + 1, 'the successor of a generation is always the same one')
        assert.ok(generation === firstAt.length || isGraced, 'nothing but the newest, or what is within its grace')
        firstAt[generation] ??= now
      }
      if (refreshed.kind === 'refused') assert.ok(isGraced && generation < firstAt.length - 1)
      if (refreshed.kind === 'reused') assert.ok(!isGraced && generation < firstAt.length)
      ended = refreshed.kind === 'reused'
      here = next
      assert.equal(here.generation, firstAt.length)
      const worth = firstAt.map((_, g) => g).filter((g) => refresh(here, g, graceMs, now).kind === 'rotated')
      assert.deepEqual(worth, [], 'none but the newest token moves the session on')
      assert.deepEqual([here.nonce, here.expiresAt, here.createdAt], [session().nonce, session().expiresAt, session().createdAt])
    }
  })
  fc.assert(property, { numRuns: 500 })
  assert.deepEqual([...reached].sort(), ['again', 'refused', 'reused', 'rotated'])
})

test('end: the first time stands', () => {
  assert.equal(end(session(), NOW).endedAt, NOW)
  assert.equal(end(session({ endedAt: NOW - 5 }), NOW).endedAt, NOW - 5)
})

test('a session is rubbish a day after its end, never before', () => {
  assert.equal(sessionSweepAt(session()), NOW + 2 * DAY)
})

test('withSession: the newest last, without those that are too old', () => {
  const sessions = [
    { id: 'ses_07old', expiresAt: NOW },
    { id: 'ses_07x', expiresAt: NOW + 1 },
  ]
  const next = withSession(account({ sessions }), session(), NOW)
  assert.deepEqual(next, { account: account({ sessions: [sessions[1]!, { id: 'ses_07s', expiresAt: NOW + DAY }] }), over: [] })
})

test('withSession: beyond a hundred the oldest makes room', () => {
  const sessions = Array.from({ length: 100 }, (_, i) => ({ id: `ses_07${i}`, expiresAt: NOW + DAY }))
  const { account: next, over } = withSession(account({ sessions }), session(), NOW)
  assert.deepEqual(over, ['ses_070'])
  assert.deepEqual([next.sessions.length, next.sessions[0]?.id, next.sessions.at(-1)?.id], [100, 'ses_071', 'ses_07s'])
  assert.deepEqual(withSession(account({ sessions: sessions.slice(1) }), session(), NOW).over, [])
})

test('withoutSession: that one and no other', () => {
  const sessions = ['ses_07a', 'ses_07s', 'ses_07b'].map((id) => ({ id, expiresAt: NOW + DAY }))
  assert.deepEqual(
    withoutSession(account({ sessions }), 'ses_07s').sessions.map(({ id }) => id),
    ['ses_07a', 'ses_07b'],
  )
})
