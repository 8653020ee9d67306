import assert from 'node:assert/strict'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { HOUR, MINUTE, type World, world } from '../support/world.ts'

const NEXT = 'another correct horse'
/** What lies at an address; all of them are of the same length. */
const KINDS = ['unknown', 'pending', 'proven1', 'deleted', 'movedto', 'movedon'] as const
const emailOf = (kind: string) => `${kind.padEnd(7, '0')}@example.com`

/** All that a caller sees of an answer, but the time, with ids and the address masked. */
async function seen(here: World, path: string, email: string, body: object, token?: unknown) {
  const response = await fetch(here.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${String(token)}` } : {}) },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  const { requestId = '' } = JSON.parse(text) as { requestId?: string }
  const masked = [email, requestId].filter((id) => id !== '').reduce((some, id) => some.replaceAll(id, '*'), text)
  const headers = [...response.headers].map(([name, value]) => [name, ['date', 'x-request-id'].includes(name) ? value.length : value])
  return { status: response.status, body: masked, headers }
}

async function settle(here: World) {
  const { member, signedUp, login, remove, moveTo, confirmMove } = people(here)
  await signedUp(emailOf('pending'))
  for (const kind of ['proven1', 'deleted', 'movedon']) await member(emailOf(kind))
  const { body: gone } = await login({ email: emailOf('deleted'), password: PASSWORD })
  assert.equal((await remove(gone.access_token, { password: PASSWORD })).status, 204)
  const { body: mover } = await login({ email: emailOf('movedon'), password: PASSWORD })
  await moveTo(mover.access_token, { email: emailOf('movedto'), password: PASSWORD })
  await here.delivered()
  const token = linkIn((await here.inbox(emailOf('movedto')))[0], '/account/email/confirm')
  assert.equal((await confirmMove({ token }, mover.access_token)).status, 200)
  await here.delivered()
  await here.env.leap(24 * HOUR)
}

test('forgot: whatever lies at an address, the answers are the same, until the budget ends and after', async (t) => {
  const here = await world(t)
  await settle(here)
  const answers = await Promise.all(
    KINDS.map(async (kind) => {
      const all = []
      for (let i = 0; i < 12; i++) all.push(await seen(here, '/v1/password/forgot', emailOf(kind), { email: emailOf(kind) }))
      return all
    }),
  )
  for (const [i, kind] of KINDS.entries()) assert.deepEqual(answers[i], answers[0], kind)
  assert.deepEqual([...new Set(answers[0]!.map(({ status }) => status))], [202, 429])
  await here.delivered()
  const letters = await Promise.all(
    KINDS.map(async (kind) => (await here.inbox(emailOf(kind))).filter((letter) => linkIn(letter, '/password/reset')).length),
  )
  const [unknown, pending, proven, deleted, movedTo, movedOn] = letters
  assert.deepEqual([unknown, deleted, movedOn], [0, 0, 0])
  assert.ok(pending! > 0 && proven! > 0 && movedTo! > 0, 'where there is somebody')
})

test('a wish to move: whatever lies at the new address, answers, older links and the export are the same', async (t) => {
  const here = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  await settle(here)
  const { member, login, moveTo, confirmMove, call } = people(here)
  const shown = []
  for (const [i, kind] of KINDS.entries()) {
    const [email, own] = [`asker${i}@example.com`, `other${i}@example.org`]
    await member(email)
    const { access_token: access } = (await login({ email, password: PASSWORD })).body
    await moveTo(access, { email: own, password: PASSWORD })
    await here.delivered()
    const older = linkIn((await here.inbox(own))[0], '/account/email/confirm')
    assert.notEqual(older, '')
    const answers = [
      await seen(here, '/v1/account/email', emailOf(kind), { email: emailOf(kind), password: PASSWORD }, access),
      await seen(here, '/v1/account/email', emailOf(kind), { email: emailOf(kind) }, access),
    ]
    await here.delivered()
    const { body } = await call('GET', '/v1/account/export', undefined, { authorization: `Bearer ${String(access)}` })
    const { account, letters } = body as { account: { emailChange: { email: string } }; letters: { kind: string; to: string }[] }
    assert.equal(account.emailChange.email, emailOf(kind))
    const told = letters.map((letter) => `${letter.kind} to ${letter.to}`.replaceAll(email, 'me'))
    const link = await confirmMove({ token: older }, access)
    assert.equal(link.body.code, 'link_invalid', `${kind}: a newer wish replaces it`)
    shown.push({ answers, told, sessions: Object.keys(body) })
  }
  for (const [i, kind] of KINDS.entries()) assert.deepEqual(shown[i], shown[0], kind)
  const letters = await Promise.all(
    KINDS.map(async (kind) => (await here.inbox(emailOf(kind))).some((letter) => linkIn(letter, '/account/email/confirm'))),
  )
  // What led there is what moved there.
  assert.deepEqual(letters, [true, true, false, true, true, true], 'only to a free one')
})

test('notices come with every budget spent, and spend none', async (t) => {
  const here = await world(t)
  const email = 'ana@example.com'
  const { member, login, forgot, changePassword, reset, moveTo, confirmMove, remove } = people(here)
  await member(email)
  await here.env.leap(MINUTE)
  let asked = 0
  while ((await forgot({ email })).status === 202) asked++
  assert.ok(asked > 0)
  const notices = async (to = email) => {
    await here.delivered()
    return (await here.inbox(to)).filter((letter) => linkIn(letter, '/undo')).length
  }
  await here.delivered()
  const link = linkIn(
    (await here.inbox(email)).find((letter) => linkIn(letter, '/password/reset')),
    '/password/reset',
  )
  assert.equal(await notices(), 0)
  assert.equal((await reset({ token: link, password: PASSWORD })).status, 204)
  assert.equal(await notices(), 1)
  const again = (await login({ email, password: PASSWORD })).body.access_token
  assert.equal((await changePassword(again, { current: PASSWORD, password: NEXT })).status, 204)
  assert.equal(await notices(), 2)
  assert.equal((await moveTo(again, { email: 'ana@example.org', password: NEXT })).status, 202)
  await here.delivered()
  const move = linkIn((await here.inbox('ana@example.org'))[0], '/account/email/confirm')
  while ((await forgot({ email: 'ana@example.org' })).status === 202);
  assert.equal((await confirmMove({ token: move }, again)).status, 200)
  assert.equal(await notices(), 3)
  assert.equal((await remove(again, { password: NEXT })).status, 204)
  assert.equal(await notices('ana@example.org'), 1)
  assert.equal((await forgot({ email })).status, 429, 'still')
  await here.env.leap(10 * MINUTE)
  assert.equal((await forgot({ email })).status, 202, 'and no notice counted')
})
