import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Account, newMailbox, type Undo } from '../../src/rules/account.ts'
import { onItsWay, released, reserved, undone, withPassword, withUndo } from '../../src/rules/account-life.ts'
import { account, NOW } from '../support/session-states.ts'

const undo = (n: number, email: string): Undo => ({
  link: `link/${n}`,
  of: 'password_changed',
  email,
  at: NOW + n,
  expiresAt: NOW + 1000 + n,
})
const many = (email: (n: number) => string, count: number) =>
  Array.from({ length: count }, (_, n) => n).reduce<Account>((one, n) => withUndo(one, undo(n, email(n)), NOW).account, account())
const links = ({ undos }: Account) => undos.map(({ link }) => Number(link.slice(5)))

test('of very many undos an address keeps the oldest ones and the newest', () => {
  const full = many(() => 'ana@example.com', 25)
  assert.deepEqual(links(full), [...Array.from({ length: 19 }, (_, n) => n), 24])
  const his = withUndo(full, undo(25, 'thief@example.com'), NOW)
  assert.equal(his.isKept, false)
  assert.deepEqual(links(his.account), links(full), 'another address takes no place')
  const mixed = many((n) => (n < 19 ? 'ana@example.com' : 'thief@example.com'), 30)
  assert.deepEqual(
    links(mixed),
    Array.from({ length: 20 }, (_, n) => n),
    'the only one is the oldest',
  )
  assert.deepEqual(links(withUndo(full, undo(26, 'ana@example.com'), NOW + 1005).account), [...links(full).slice(6), 26], 'late ones go')
})

test('an undo takes all later ones with it, and one that expired on the way all of them', () => {
  const some = many(() => 'ana@example.com', 5)
  assert.deepEqual(links(undone(some, { link: 'link/2' })), [0, 1])
  assert.deepEqual(links(undone(some, { link: 'link/gone' })), [])
})

test('a new password ends the wish to move', () => {
  const change = { id: 'let_1', link: 'link/1', createdAt: NOW, expiresAt: NOW + 1, epoch: 1, email: 'ana@example.org' }
  assert.equal(withPassword(account({ change }), 'credential', null).change, null)
})

test('an address is reserved and released by ways in their order: a late step of an older one changes nothing', () => {
  const first = onItsWay(account(), { phase: 'reserve', email: 'ana@example.org', undo: null }, NOW)
  const later = onItsWay({ ...first, move: null }, { phase: 'reserve', email: 'ana@example.org', undo: null }, NOW)
  assert.deepEqual([first.ways, later.ways, first.move?.at], [1, 2, NOW])
  const free = newMailbox('app_1', 'ana@example.org')
  const held = reserved(free, later)!
  assert.deepEqual([held.account, held.way], [later.id, 2])
  assert.equal(reserved(held, first), held)
  assert.equal(reserved(held, { id: 'acc_07b', ways: 9 }), null)
  assert.equal(released(held, later.id, 1, NOW), held, 'by a way before it came')
  assert.equal(released(held, later.id, 2, NOW), held, 'by the way on which it came')
  assert.equal(released(held, 'acc_07b', 3, NOW), held)
  assert.equal(released(held, later.id, 3, NOW).account, null)
})
