import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Address,
  addressSweepAt,
  type Check,
  check,
  type Event,
  type Happening,
  type Identity,
  isLive,
  isReadable,
  newAddress,
  refusingBudget,
  replace,
  revoke,
  type Status,
  statusOf,
  sweepAtOf,
  timelineOf,
  withEvents,
  withIdentity,
  withSend,
} from '../../src/rules/identity.ts'

const DAY = 86_400_000
const BORN = 1_800_000_000_000
const DIES = BORN + DAY
const EPOCH = 3

const identity = (parts: Partial<Identity> = {}): Identity => ({
  v: 1,
  id: 'idn_071',
  app: 'app_1',
  email: 'ana@example.com',
  token: 'sealed',
  epoch: EPOCH,
  letter: 'let_071',
  createdAt: BORN,
  expiresAt: DIES,
  checkedAt: null,
  replacedAt: null,
  revokedAt: null,
  events: [{ at: BORN, event: 'queued' }],
  answers: [],
  ...parts,
})
const happened = (...events: Happening[]): Event[] => events.map((event, i) => ({ at: BORN + i, event }))

const ENDS = { revoked: { revokedAt: BORN + 9 }, replaced: { replacedAt: BORN + 8 }, checked: { checkedAt: BORN + 7 } }
const subsets = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_item, i) => bits & (2 ** i)))

test('statusOf: the first that holds, whatever else holds too', () => {
  const order: Status[] = ['revoked', 'replaced', 'checked', 'expired', 'failed', 'sent', 'queued']
  for (const holding of subsets(order.slice(0, 6))) {
    const ends = Object.entries(ENDS).filter(([name]) => holding.includes(name as Status))
    const one = identity(Object.assign({}, ...ends.map(([, end]) => end)))
    const events = happened(
      'queued',
      ...(holding.includes('failed') ? ['failed' as const] : []),
      ...(holding.includes('sent') ? ['accepted' as const] : []),
    )
    const expected = order.find((status) => holding.includes(status)) ?? 'queued'
    const late = holding.includes('expired')
    assert.equal(statusOf(one, events, EPOCH, late ? DIES : DIES - 1), expected, holding.join())
    // A voided epoch is as good as the end of its time.
    assert.equal(statusOf(one, events, late ? EPOCH + 1 : EPOCH, BORN), expected, `${holding.join()}, by epoch`)
  }
})

test('statusOf: what happens on the way to the mail server is still queued', () => {
  assert.equal(statusOf(identity(), happened('queued', 'handed_over', 'deferred', 'handed_over'), EPOCH, BORN), 'queued')
  assert.equal(statusOf(identity(), [], EPOCH, BORN), 'queued')
})

test('isLive: until the last millisecond, in its own epoch, and once or until it expires', () => {
  for (const use of ['once', 'until-expiry'] as const) {
    assert.equal(isLive(identity(), EPOCH, use, BORN), true)
    assert.equal(isLive(identity(), EPOCH, use, DIES - 1), true)
    assert.equal(isLive(identity(), EPOCH, use, DIES), false)
    assert.equal(isLive(identity(), EPOCH + 1, use, BORN), false)
    assert.equal(isLive(identity(), EPOCH - 1, use, BORN), false)
    assert.equal(isLive(identity(ENDS.revoked), EPOCH, use, BORN), false)
    assert.equal(isLive(identity(ENDS.replaced), EPOCH, use, BORN), false)
    assert.equal(isLive(identity(ENDS.checked), EPOCH, use, BORN), use === 'until-expiry')
  }
})

const right: Check = { app: 'app_1', email: 'ana@example.com', tokenMatches: true, epoch: EPOCH, use: 'once', now: BORN + 5 }
const WRONG: Record<string, { record?: Partial<Identity>; input?: Partial<Check> }> = {
  'another app': { input: { app: 'app_2' } },
  'another email': { input: { email: 'eve@example.com' } },
  'another token': { input: { tokenMatches: false } },
  used: { record: ENDS.checked },
  expired: { input: { now: DIES } },
  replaced: { record: ENDS.replaced },
  revoked: { record: ENDS.revoked },
  'a voided epoch': { input: { epoch: EPOCH + 1 } },
}

test('check: a right number is used up, once, with its event', () => {
  for (const email of ['ana@example.com', null]) {
    const one = identity()
    const checked = check(one, { ...right, email })
    assert.deepEqual(checked, { ...one, checkedAt: BORN + 5, events: [...one.events, { at: BORN + 5, event: 'checked' }] })
    assert.deepEqual(one, identity(), 'the record that was judged is not changed')
    assert.equal(check(checked, right), null)
  }
  assert.ok(check(identity(), { ...right, now: DIES - 1 }))
})

test('check: everything else refuses, alone and in any company, and all alike', () => {
  for (const wrong of subsets(Object.entries(WRONG)).filter((some) => some.length > 0)) {
    const record = Object.assign({}, ...wrong.map(([, one]) => one.record))
    const input = Object.assign({}, ...wrong.map(([, one]) => one.input))
    for (const email of 'email' in input ? [input.email] : [right.email, null]) {
      assert.equal(check(identity(record), { ...right, ...input, email }), null, wrong.map(([name]) => name).join())
    }
  }
  assert.equal(check(null, right), null)
})

test('check: until-expiry opens again and again and changes nothing, but refuses all the rest', () => {
  const used = identity(ENDS.checked)
  assert.equal(check(used, { ...right, use: 'until-expiry' }), used)
  assert.notEqual(check(identity(), { ...right, use: 'until-expiry' })?.checkedAt, null)
  for (const [name, { record, input }] of Object.entries(WRONG)) {
    if (name === 'used') continue
    assert.equal(check(identity({ ...ENDS.checked, ...record }), { ...right, use: 'until-expiry', ...input }), null, name)
  }
})

for (const [name, end, field] of [
  ['replace', replace, 'replacedAt'],
  ['revoke', revoke, 'revokedAt'],
] as const) {
  test(`${name}: ends a number that is not over, and changes nothing else about it`, () => {
    const one = identity()
    const now = BORN + 5
    assert.deepEqual(end(one, now), { ...one, [field]: now, events: [...one.events, { at: now, event: field.slice(0, -2) }] })
    assert.deepEqual(one, identity())
    assert.equal(end(identity(ENDS.checked), now)?.checkedAt, ENDS.checked.checkedAt)
    assert.ok(end(one, DIES - 1))
    assert.equal(end(one, DIES), null)
    for (const over of [ENDS.revoked, ENDS.replaced]) assert.equal(end(identity(over), now), null)
    assert.equal(end(end(one, now)!, now + 1), null)
  })
}

test('timelineOf: that nobody used it in time is added when its time is over, at the right place', () => {
  const events = happened('queued', 'handed_over', 'accepted')
  assert.deepEqual(timelineOf(identity(), events, DIES - 1), events)
  const expired = { at: DIES, event: 'expired' }
  assert.deepEqual(timelineOf(identity(), events, DIES), [...events, expired])
  assert.deepEqual(timelineOf(identity(), events, DIES + DAY), [...events, expired])
  for (const end of Object.values(ENDS)) assert.deepEqual(timelineOf(identity(end), events, DIES + 1), events)
  const late: Event = { at: DIES + 2000, event: 'failed' }
  assert.deepEqual(timelineOf(identity(), [...events, late], DIES + 3000), [...events, expired, late])
})

test('timelineOf: two stories are told as one, in the order of their times, and stay as they were', () => {
  const events: Event[] = [
    { at: BORN, event: 'queued' },
    { at: BORN + 9, event: 'checked' },
    { at: BORN + 1, event: 'handed_over' },
    { at: BORN + 1, event: 'accepted' },
  ]
  const before = structuredClone(events)
  const told = timelineOf(identity(), events, BORN + 10).map(({ event }) => event)
  assert.deepEqual(told, ['queued', 'handed_over', 'accepted', 'checked'])
  assert.deepEqual(events, before)
})

test('withEvents: everything is kept in its order, of deferrals the newest ten', () => {
  const happening = fc.constantFrom<Happening>('deferred', 'deferred', 'deferred', 'handed_over', 'accepted', 'checked')
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60, size: 'max' }), (all) => {
      const events = all.map((event, i): Event => ({ at: BORN + i, event }))
      const kept = events.reduce<Event[]>((story, event) => withEvents(story, event), [])
      const isDeferral = ({ event }: Event) => event === 'deferred'
      const newest = events.filter(isDeferral).slice(-10)
      assert.deepEqual(
        kept,
        events.filter((event) => !isDeferral(event) || newest.includes(event)),
      )
      assert.deepEqual(withEvents([], ...events), kept)
    }),
  )
})

const WINDOWS = {
  perApp: [{ count: 2, spanMs: 100 }],
  asked: [{ count: 1, spanMs: 60 }],
  inAll: [{ count: 3, spanMs: 200 }],
  untagged: [{ count: 4, spanMs: 300 }],
}
const sentAt = (...sends: [app: string, ago: number][]): Address => ({
  ...newAddress(),
  sends: sends.map(([app, ago]) => ({ at: BORN - ago, app, number: 'n' })),
})

const waitToSend = (...given: Parameters<typeof refusingBudget>) => refusingBudget(...given)?.resetMs ?? 0

test('refusingBudget: the app, all apps, and all tags of a mailbox have a budget each', () => {
  const limits = { ...WINDOWS, keep: 50, keepMs: 2 * DAY }
  const wait = (address: Address, untagged: Address | null = null) => waitToSend(address, untagged, 'app_1', limits, BORN)
  assert.equal(wait(newAddress()), 0)
  assert.equal(wait(sentAt(['app_1', 10])), 0)
  assert.equal(wait(sentAt(['app_1', 30], ['app_1', 10])), 70)
  assert.equal(wait(sentAt(['app_2', 30], ['app_1', 10])), 0)
  assert.equal(wait(sentAt(['app_2', 50], ['app_3', 30], ['app_2', 10])), 150)
  assert.equal(wait(sentAt(['app_1', 30], ['app_1', 10]), sentAt(['a', 4], ['b', 3], ['c', 2], ['d', 1])), 296)
  assert.equal(wait(newAddress(), sentAt(['a', 400], ['b', 3], ['c', 2], ['d', 1])), 0)
  assert.equal(waitToSend(sentAt(['app_1', 1], ['app_1', 1], ['app_1', 1]), null, 'app_1', null, BORN), 0)
})

test('refusingBudget: what anybody may ask for has one budget for all apps, beside those of the apps; notices are in none', () => {
  const limits = { ...WINDOWS, keep: 50, keepMs: 2 * DAY }
  const asked = (...agos: number[]): Address['sends'] => agos.map((ago) => ({ at: BORN - ago, app: 'app_2', number: '', public: true }))
  const address = (sends: Address['sends']): Address => ({ ...newAddress(), sends })
  assert.equal(waitToSend(address(asked(20)), null, null, limits, BORN), 40, 'of whatever app')
  assert.equal(waitToSend(sentAt(['app_1', 30], ['app_1', 10]), null, null, limits, BORN), 0, 'not by the apps’ own calls')
  assert.equal(waitToSend(address(asked(30, 10)), null, 'app_2', limits, BORN), 0, 'nor does it cost the apps')
  assert.equal(waitToSend(address(asked(90, 80, 70)), null, null, limits, BORN), 110, 'but all together have one')
  const notices = asked(30, 20, 10).map((send) => ({ ...send, notice: true as const }))
  assert.equal(waitToSend(address(notices), address([...notices, ...notices]), null, limits, BORN), 0)
})

const KEPT = { keep: 50, keepMs: 30 * DAY }

const sendOf = (app: string, number: string, at: number) => ({ at, app, number })

test('withSend: what a window still counts is not dropped before the window is over', () => {
  const once = withSend(newAddress(), sendOf('app_1', 'number/1', BORN), KEPT)
  const twice = withSend(once, sendOf('app_1', 'number/2', BORN + 29 * DAY), KEPT)
  const limits = { perApp: [{ count: 2, spanMs: 30 * DAY }], asked: [], inAll: [], untagged: [], ...KEPT }
  assert.equal(waitToSend(twice, null, 'app_1', limits, BORN + 29 * DAY), DAY)
  assert.deepEqual(withSend(once, sendOf('app_1', 'number/2', BORN + 30 * DAY), KEPT).sends.length, 1)
})

test('withSend, withIdentity: the newest letter stands for its app; the record never outgrows its bounds', () => {
  let address = newAddress()
  for (let i = 0; i < 200; i++) {
    const now = BORN + i * 1000
    const one = identity({ id: `idn_${i}`, app: `app_${i % 3}` })
    address = { ...address, answers: [...address.answers, { app: 'a', key: `${i}`, body: 'b', number: 'n', until: now + DAY }] }
    const before = structuredClone(address)
    const after = withIdentity(withSend(address, sendOf(one.app, `number/${i}`, now), KEPT), one, `number/${i}`, KEPT, now)
    assert.deepEqual(address, before)
    address = after
    assert.deepEqual(address.current[one.app], { id: one.id, number: `number/${i}` })
    assert.deepEqual(address.sends.at(-1), { at: now, app: one.app, number: `number/${i}` })
    assert.ok(address.sends.length <= 50 && address.answers.length <= 50)
  }
  assert.equal(address.sends.length, 50)
  assert.deepEqual(Object.keys(address.current), ['app_0', 'app_1', 'app_2'])
  const late = BORN + 60 * DAY
  const later = withIdentity(withSend(address, sendOf('app_1', 'number/x', late), KEPT), identity(), 'number/x', KEPT, late)
  assert.deepEqual([later.sends.length, later.answers.length], [1, 0])
})

test('addressSweepAt: as long as something is read there, and much longer once somebody guessed there', () => {
  assert.equal(addressSweepAt(newAddress(), BORN + DAY, KEPT, BORN), BORN + 30 * DAY)
  assert.equal(addressSweepAt(newAddress(), BORN + 40 * DAY, KEPT, BORN), BORN + 40 * DAY)
  const guessed = { ...newAddress(), guesses: { short: [], shortInRow: 1, long: [] } }
  assert.ok(addressSweepAt(guessed, BORN, KEPT, BORN) > BORN + 365 * DAY)
})

test('an identity can be read for a day after its expiry, and is rubbish a day later', () => {
  assert.equal(isReadable(identity(), DIES + DAY - 1), true)
  assert.equal(isReadable(identity(), DIES + DAY), false)
  assert.equal(sweepAtOf(identity()), DIES + 2 * DAY)
})
