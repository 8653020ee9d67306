import assert from 'node:assert/strict'
import { recorded } from '../support/dump.ts'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { placeOf, test } from '../support/places.ts'
import { HOUR, MINUTE, world } from '../support/world.ts'

const ANA = 'ana@example.com'
const NEW = 'ana@example.org'
const OTHER = 'another correct horse'

test('a forgotten password: a link, a new one, every session ends, a notice', async (t) => {
  const here = await world(t)
  const { member, login, account, forgot, reset, token } = people(here)
  await member(ANA)
  await here.inbox(ANA, 2)
  const before = (await login({ email: ANA, password: PASSWORD })).body
  await here.env.advance(MINUTE)

  const asked = await forgot({ email: ANA })
  const unknown = await forgot({ email: 'nobody@example.com' })
  assert.deepEqual([asked.status, asked.body.message], [202, unknown.body.message], 'the same for every address')
  const [letter] = await here.inbox(ANA, 3)
  const link = linkIn(letter, '/password/reset')
  assert.equal((await reset({ token: link, password: 'short' })).body.reason, 'too_short')
  assert.equal((await reset({ token: link, password: OTHER })).status, 204)
  assert.equal((await reset({ token: link, password: OTHER })).body.code, 'link_invalid', 'once')

  assert.equal((await login({ email: ANA, password: PASSWORD })).body.code, 'invalid_credentials')
  assert.equal((await login({ email: ANA, password: OTHER })).status, 200)
  assert.equal((await account(before.access_token)).body.code, 'token_invalid')
  assert.equal((await token(before.refresh_token)).body.error, 'invalid_grant')
  await here.env.advance(2000)
  const [notice] = await here.inbox(ANA, 4)
  assert.ok(linkIn(notice, '/undo'), 'with a way to take it back')
  assert.deepEqual(await here.inbox('nobody@example.com'), [])
})

test('the newest three links to a new password work, and using one kills all', async (t) => {
  const here = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  const { member, forgot, reset } = people(here)
  await member(ANA)
  await here.inbox(ANA, 2)
  const links: string[] = []
  for (let i = 0; i < 4; i++) {
    await forgot({ email: ANA })
    const [letter] = await here.inbox(ANA, 3 + i)
    links.push(linkIn(letter, '/password/reset'))
  }
  assert.equal((await reset({ token: links[0]!, password: OTHER })).body.code, 'link_invalid', 'the oldest of four')
  assert.equal((await reset({ token: links[1]!, password: OTHER })).status, 204)
  for (const link of links) assert.equal((await reset({ token: link, password: PASSWORD })).body.code, 'link_invalid')
})

test('a reset verifies an address that waited for it, and drops what others had set', async (t) => {
  const here = await world(t)
  const { signedUp, forgot, reset, login, verify, confirm } = people(here)
  const first = await signedUp(ANA, 'the password of a stranger')
  await here.env.advance(MINUTE)
  await forgot({ email: ANA })
  const [letter] = await here.inbox(ANA, 2)
  assert.equal((await reset({ token: linkIn(letter, '/password/reset'), password: OTHER })).status, 204)
  assert.equal((await login({ email: ANA, password: OTHER })).status, 200)
  assert.equal((await login({ email: ANA, password: 'the password of a stranger' })).body.code, 'invalid_credentials')
  assert.equal((await verify({ email: ANA, code: first.code, flow: first.flow })).body.code, 'code_expired')
  assert.equal((await confirm({ token: first.token, flow: first.flow })).body.code, 'link_invalid')
})

test('a changed password: the present one is needed, this session stays, all others end', async (t) => {
  const here = await world(t)
  const { member, login, account, changePassword } = people(here)
  await member(ANA)
  const [one, two] = [(await login({ email: ANA, password: PASSWORD })).body, (await login({ email: ANA, password: PASSWORD })).body]
  const wrong = await changePassword(one.access_token, { current: OTHER, password: 'yet another horse' })
  assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])
  assert.equal((await changePassword(one.access_token, { current: PASSWORD, password: 'password1' })).body.reason, 'common')
  assert.equal((await changePassword(one.access_token, { current: PASSWORD, password: OTHER })).status, 204)
  assert.equal((await account(one.access_token)).status, 200)
  assert.equal((await account(two.access_token)).body.code, 'token_invalid')
  assert.equal((await login({ email: ANA, password: OTHER })).status, 200)
})

test('another address: asked for, proven there by the account itself, told at the old one, and taken back from it', async (t) => {
  const here = await world(t)
  const { member, login, account, moveTo, confirmMove, undo } = people(here)
  await member(ANA)
  await here.inbox(ANA, 2)
  const { access_token: access } = (await login({ email: ANA, password: PASSWORD })).body
  assert.equal((await moveTo(access, { email: NEW, password: OTHER })).body.code, 'invalid_credentials')
  const asked = await moveTo(access, { email: NEW, password: PASSWORD })
  assert.deepEqual([asked.status, asked.body.email], [202, NEW])
  const [letter] = await here.inbox(NEW, 1)
  const link = linkIn(letter, '/account/email/confirm')
  assert.equal((await confirmMove({ token: link })).body.code, 'password_required', 'the mailbox alone is not enough')
  assert.equal((await confirmMove({ token: link, password: OTHER })).body.code, 'password_required')
  assert.equal((await login({ email: NEW, password: PASSWORD })).status, 401, 'not before')
  const moved = await confirmMove({ token: link }, access)
  assert.deepEqual([moved.status, moved.body], [200, { status: 'changed', email: NEW }])
  assert.equal((await confirmMove({ token: link }, access)).body.code, 'link_invalid')

  assert.equal((await login({ email: NEW, password: PASSWORD })).status, 200)
  assert.equal((await login({ email: ANA, password: PASSWORD })).body.code, 'invalid_credentials')
  assert.equal((await account(access)).body.email, NEW)

  await here.env.advance(2000)
  const [notice] = await here.inbox(ANA, 3)
  const back = linkIn(notice, '/undo')
  await here.env.leap(6 * 24 * HOUR)
  const undone = await undo({ token: back })
  assert.deepEqual([undone.status, undone.body], [200, { status: 'undone', email: ANA }])
  assert.equal((await account(access)).body.code, 'token_invalid', 'every session ended')
  for (const email of [ANA, NEW]) assert.equal((await login({ email, password: PASSWORD })).status, 401, 'and the password is void')
  const { forgot, reset } = people(here)
  await forgot({ email: ANA })
  const [fresh] = await here.inbox(ANA, 4)
  assert.equal((await reset({ token: linkIn(fresh, '/password/reset'), password: OTHER })).status, 204)
  assert.equal((await login({ email: ANA, password: OTHER })).status, 200)
})

test('without the password another address is only for whoever signed in lately', async (t) => {
  const here = await world(t)
  const { member, login, moveTo } = people(here)
  await member(ANA)
  const { access_token: access } = (await login({ email: ANA, password: PASSWORD })).body
  await here.env.leap(15 * MINUTE)
  assert.equal((await moveTo(access, { email: NEW })).status, 202)
  await here.env.advance(MINUTE)
  const late = await moveTo(access, { email: NEW })
  assert.deepEqual([late.status, late.body.code], [401, 'reauthentication_required'])
  assert.equal((await moveTo(access, { email: NEW, password: PASSWORD })).status, 202)
})

test('a taken address: asked for with the same answer, and never taken over', async (t) => {
  const here = await world(t)
  const { member, login, moveTo, signedUp, verify, confirmMove } = people(here)
  await member(ANA)
  await member('bo@example.com')
  const { access_token: access } = (await login({ email: ANA, password: PASSWORD })).body
  await here.env.advance(MINUTE)
  assert.equal((await moveTo(access, { email: 'bo@example.com', password: PASSWORD })).status, 202)
  // Free when it was asked for, somebody else's when it is confirmed.
  assert.equal((await moveTo(access, { email: NEW, password: PASSWORD })).status, 202)
  const [letter] = await here.inbox(NEW, 1)
  await here.env.advance(MINUTE)
  const { code, flow } = await signedUp(NEW, OTHER, 2)
  assert.equal((await verify({ email: NEW, code, flow })).status, 200)
  assert.equal((await confirmMove({ token: linkIn(letter, '/account/email/confirm') }, access)).body.code, 'link_invalid')
  assert.equal((await login({ email: ANA, password: PASSWORD })).status, 200)
  assert.equal((await login({ email: NEW, password: OTHER })).status, 200)
})

test('deleted: gone at once, the address is free, and the notice brings it back', async (t) => {
  const here = await world(t)
  const { member, login, account, remove, undo, forgot, reset } = people(here)
  await member(ANA)
  await here.inbox(ANA, 2)
  const { access_token: access } = (await login({ email: ANA, password: PASSWORD })).body
  assert.equal((await remove(access, { password: OTHER })).body.code, 'invalid_credentials')
  const id = (await account(access)).body.id
  assert.equal((await remove(access, { password: PASSWORD })).status, 204)
  assert.equal((await account(access)).body.code, 'token_invalid')
  assert.equal((await login({ email: ANA, password: PASSWORD })).body.code, 'invalid_credentials')
  await here.env.advance(2 * MINUTE)
  const [notice] = await here.inbox(ANA, 3)
  assert.equal((await undo({ token: linkIn(notice, '/undo') })).status, 200)
  await forgot({ email: ANA })
  const [letter] = await here.inbox(ANA, 4)
  assert.equal((await reset({ token: linkIn(letter, '/password/reset'), password: OTHER })).status, 204)
  const again = await login({ email: ANA, password: OTHER })
  assert.equal((again.body.account as { id: string }).id, id, 'the same account')
})

test('deleted and registered anew: nothing of before works, and nothing of before is there', async (t) => {
  const here = await world(t)
  const { member, login, account, remove, undo, token, signedUp, verify, forgot, reset } = people(here)
  await member(ANA)
  await here.inbox(ANA, 2)
  await here.env.advance(MINUTE)
  await forgot({ email: ANA })
  const [resetLetter] = await here.inbox(ANA, 3)
  const before = (await login({ email: ANA, password: PASSWORD })).body
  const { id } = (await account(before.access_token)).body
  assert.equal((await remove(before.access_token, { password: PASSWORD })).status, 204)
  await here.env.advance(2 * MINUTE)
  const [notice] = await here.inbox(ANA, 4)
  const { code, flow } = await signedUp(ANA, OTHER, 5)
  assert.equal((await verify({ email: ANA, code, flow })).status, 200)

  assert.equal((await undo({ token: linkIn(notice, '/undo') })).body.code, 'link_invalid')
  assert.equal((await reset({ token: linkIn(resetLetter, '/password/reset'), password: PASSWORD })).body.code, 'link_invalid')
  assert.equal((await account(before.access_token)).body.code, 'token_invalid')
  assert.equal((await token(before.refresh_token)).body.error, 'invalid_grant')
  assert.equal((await login({ email: ANA, password: PASSWORD })).body.code, 'invalid_credentials')
  const after = await login({ email: ANA, password: OTHER })
  assert.notEqual((after.body.account as { id: string }).id, id)
})

test('a sign-up that nobody proves is forgotten after three days, and swept from the store', async (t) => {
  const here = await world(t)
  const dump = recorded(here.store)
  const { signedUp, login, verify } = people(here)
  const stranger = await signedUp(ANA, 'the password of a stranger')
  assert.equal((await login({ email: ANA, password: 'the password of a stranger' })).body.code, 'email_not_verified')
  await here.env.leap(72 * HOUR)
  assert.equal((await login({ email: ANA, password: 'the password of a stranger' })).body.code, 'invalid_credentials')
  const { code } = await signedUp(ANA, PASSWORD, 2)
  assert.equal((await verify({ email: ANA, code })).status, 200, 'nobody else waits there')
  assert.equal((await login({ email: ANA, password: 'the password of a stranger' })).body.code, 'invalid_credentials')
  assert.ok(stranger.flow)
  if (placeOf(t).store !== 'sqlite') return // Redis forgets by its own clock
  await signedUp('bo@example.com', OTHER)
  await here.env.leap(5 * 24 * HOUR)
  for (let left = 1; left > 0; ) left = await here.store.sweep(here.env.now(), 500)
  const kept = (await dump.records()).filter(({ key, value }) => `${key} ${JSON.stringify(value)}`.includes('bo@example.com'))
  assert.deepEqual(
    kept.map(({ key }) => key),
    [],
  )
})

test('an operator sees what was sent about an account, too, wherever it lies', async (t) => {
  const here = await world(t)
  const { member, login, moveTo, confirmMove, forgot } = people(here)
  await member(ANA)
  await here.inbox(ANA, 2)
  await here.env.advance(MINUTE)
  await forgot({ email: ANA })
  const { access_token: access } = (await login({ email: ANA, password: PASSWORD })).body
  await moveTo(access, { email: NEW, password: PASSWORD })
  const [letter] = await here.inbox(NEW, 1)
  assert.equal((await confirmMove({ token: linkIn(letter, '/account/email/confirm') }, access)).status, 200)
  await here.env.advance(MINUTE)
  await forgot({ email: NEW })
  await here.inbox(NEW, 2)
  await here.inbox(ANA, 4)
  await here.delivered()
  const told = async (to: string) => {
    const found = await here.persistence.admin.listLetters({ to })
    assert.ok(found.kind === 'found')
    return found.letters.map(({ kind, status }) => [kind, status])
  }
  assert.deepEqual(await told(ANA), [
    ['email_changed', 'sent'],
    ['reset', 'sent'],
    ['welcome', 'sent'],
    ['code', 'sent'],
  ])
  assert.deepEqual(await told(NEW), [
    ['reset', 'sent'],
    ['email_change', 'sent'],
  ])
})
