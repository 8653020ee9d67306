import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  choose,
  isPending,
  type Mailbox,
  newMailbox,
  PENDING_MS,
  pendingOf,
  proven,
  type SignUp,
  withChallenge,
  withContest,
  withSignUp,
} from '../../src/rules/account.ts'
import type { Challenge } from '../../src/rules/challenge.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const EPOCH = 1

const challenge = (id: string, changes: Partial<Challenge> = {}): Challenge => ({
  id,
  code: `code of ${id}`,
  link: `link of ${id}`,
  digits: 4,
  attempts: 0,
  maxAttempts: 3,
  createdAt: NOW,
  expiresAt: NOW + 15 * MINUTE,
  linkExpiresAt: NOW + 60 * MINUTE,
  usedAt: null,
  epoch: EPOCH,
  ...changes,
})
const signUp = (id: string, changes: Partial<SignUp> = {}): SignUp => ({
  id,
  flow: `flow of ${id}`,
  password: `password of ${id}`,
  locale: 'es',
  createdAt: NOW,
  challenges: [challenge(`letter of ${id}`)],
  ...changes,
})
const mailbox = (...signUps: SignUp[]): Mailbox => ({ ...newMailbox('app_1', 'ana@example.com'), signUps })
const by =
  (...ids: string[]) =>
  (one: SignUp) =>
    ids.includes(one.id)
const chosen = (box: Mailbox | null, isHis: ((one: SignUp) => boolean) | null, now = NOW) => {
  const result = choose(box, isHis, EPOCH, now)
  return result.kind === 'chosen' ? [result.challenge.id, result.older] : result.kind
}

test('choose: one sign-up needs no more than its code; among several each needs its own flow or password', () => {
  const [owner, stranger] = [signUp('owner'), signUp('stranger')]
  assert.deepEqual(chosen(mailbox(owner), null), ['letter of owner', false])
  assert.deepEqual(chosen(mailbox(owner), by('owner')), ['letter of owner', false])
  assert.equal(chosen(mailbox(owner), by('another')), 'password_required', 'the proof of another sign-up is none')
  const both = mailbox(owner, stranger)
  assert.equal(chosen(both, null), 'password_required')
  assert.equal(chosen(both, by('nobody')), 'password_required')
  assert.deepEqual(chosen(both, by('owner')), ['letter of owner', true], 'the newest letter is another’s')
  assert.deepEqual(chosen(both, by('stranger')), ['letter of stranger', false])
  assert.deepEqual(chosen(both, by('owner', 'stranger')), ['letter of stranger', false], 'one password for both: the newest')
})

test('choose: what another call met is never opened by its code alone, also when nobody else waits any more', () => {
  const met = withContest(mailbox(signUp('stranger')), 'stranger')
  assert.equal(chosen(met, null), 'password_required')
  assert.deepEqual(chosen(met, by('stranger')), ['letter of stranger', false])
  const old = signUp('old', { createdAt: NOW - PENDING_MS + 1 })
  const later = withSignUp(mailbox(old), signUp('stranger'), NOW)
  assert.equal(chosen(later, null, NOW + 1), 'password_required')
  assert.deepEqual(chosen(withSignUp(mailbox(), signUp('owner'), NOW), null), ['letter of owner', false])
})

test('choose: where nothing is live no proof is asked for', () => {
  assert.equal(chosen(null, null), 'expired')
  assert.equal(chosen(mailbox(), by('owner')), 'expired')
  const late = NOW + 15 * MINUTE
  assert.equal(chosen(mailbox(signUp('owner'), signUp('stranger')), null, late), 'expired')
  assert.equal(chosen(mailbox(signUp('owner')), by('another'), late), 'expired')
  assert.deepEqual(chosen(mailbox(signUp('owner')), null, late), ['letter of owner', false], 'the code itself is judged as too late')
})

test('choose: the decoy of an address that nobody signed up with looks like a sign-up', () => {
  const decoy = withChallenge(mailbox(), null, challenge('decoy', { code: null, link: null }), NOW)
  assert.deepEqual(chosen(decoy, null), ['decoy', false])
  assert.equal(chosen(decoy, by('anybody')), 'password_required')
  assert.deepEqual(chosen(withSignUp(decoy, signUp('owner'), NOW), null), ['letter of owner', false], 'and is over when somebody does')
})

test('a sign-up is forgotten after three days, and of very many the oldest first', () => {
  const old = signUp('old', { createdAt: NOW - PENDING_MS })
  assert.deepEqual(pendingOf(mailbox(old, signUp('owner')), NOW), [signUp('owner')])
  assert.deepEqual(chosen(mailbox(old, signUp('owner')), null), ['letter of owner', false], 'then nobody else waits')
  let box = mailbox(old)
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) box = withSignUp(box, signUp(id), NOW)
  assert.deepEqual(
    box.signUps.map(({ id }) => id),
    ['b', 'c', 'd', 'e', 'f'],
  )
})

test('withChallenge: the older one counts as used, and only that sign-up is touched', () => {
  const box = withChallenge(mailbox(signUp('owner'), signUp('stranger')), 'owner', challenge('newer'), NOW + 1)
  assert.deepEqual(
    box.signUps[0]!.challenges.map(({ id, usedAt }) => [id, usedAt]),
    [
      ['newer', null],
      ['letter of owner', NOW + 1],
    ],
  )
  assert.deepEqual(box.signUps[1], signUp('stranger'))
  const often = ['1', '2', '3', '4'].reduce((one, id) => withChallenge(one, 'owner', challenge(id), NOW), box)
  assert.deepEqual(
    often.signUps[0]!.challenges.map(({ id }) => id),
    ['4', '3', '2'],
  )
})

test('proven: the account holds the address, nobody else’s password is left, and the link still knows whose it was', () => {
  const used = challenge('letter of owner', { attempts: 1 })
  const box = proven(mailbox(signUp('stranger'), signUp('owner')), signUp('owner'), used, 'acc_1', NOW + 5)
  assert.deepEqual([box.account, box.signUps, box.decoy], ['acc_1', [], null])
  assert.deepEqual([box.proven?.flow, box.proven?.password], ['flow of owner', ''])
  assert.deepEqual(
    box.proven?.challenges.map(({ id, attempts, usedAt }) => [id, attempts, usedAt]),
    [['letter of owner', 1, NOW + 5]],
  )
})

test('isPending: a letter is worth sending while its challenge is the newest of its sign-up and still leads somewhere', () => {
  const box = withChallenge(mailbox(signUp('owner')), 'owner', challenge('newer'), NOW)
  const is = (letter: string, epoch = EPOCH, now = NOW) => isPending(box, letter, epoch, now)
  assert.equal(is('newer'), true)
  assert.equal(is('letter of owner'), false)
  assert.equal(is('newer', EPOCH + 1), false)
  assert.equal(is('newer', EPOCH, NOW + 59 * MINUTE), true, 'the code is over, the link is not')
  assert.equal(is('newer', EPOCH, NOW + 60 * MINUTE), false)
  assert.equal(isPending(null, 'newer', EPOCH, NOW), false)
})
