import assert from 'node:assert/strict'
import type { InboxMessage } from '../../src/contract/messaging.ts'
import { linkIn, PASSWORD, people, tokenIn } from '../support/people.ts'
import { test } from '../support/places.ts'
import { type Answer, MINUTE, type World, world } from '../support/world.ts'

const NO_LIMITS = { SELLO_LIMITS: 'off' }
const OLD = 'ana@example.com'
const NEW = 'ana@example.org'
const ELSEWHERE = 'ana@example.net'
const NEXT = 'another correct horse'
const NEWCOMERS = 'the password of a newcomer'
const told = ({ status, body }: Answer) => `${status} ${String(body.error ?? body.code ?? '')}`.trim()

/** What is there of before, and what is tried of it afterwards. */
const THINGS = [
  'this session',
  'this refresh token',
  'another session',
  'another refresh token',
  'a browser’s cookie',
  'its id for DELETE',
  'the password',
  'a reset link',
  'an email-change link',
  'an undo link',
  'the code',
  'the confirm link, with flow',
  'the confirm link, with newPassword',
] as const
type Thing = (typeof THINGS)[number]
const EVENTS = [
  'password change',
  'reset',
  'email change',
  'undo',
  'sign-out of all others',
  'a newer email-change request',
  'delete',
  'delete and re-registration',
] as const
type EventName = (typeof EVENTS)[number]

const OVER = '401 token_invalid'
const SPENT = '400 invalid_grant'
const LATER = 'see below'
const NO_LINK = '400 link_invalid'
const WRONG = '401 invalid_credentials'
const nothing: Record<Thing, string> = {
  'this session': OVER,
  'this refresh token': SPENT,
  'another session': OVER,
  'another refresh token': SPENT,
  'a browser’s cookie': OVER,
  'its id for DELETE': OVER,
  'the password': WRONG,
  'a reset link': NO_LINK,
  'an email-change link': NO_LINK,
  'an undo link': '200',
  'the code': '400 code_expired',
  'the confirm link, with flow': NO_LINK,
  'the confirm link, with newPassword': NO_LINK,
}
/** A second visit of the sign-up's own link, which changes nothing. */
const visited = { 'the confirm link, with flow': '200' }
const here = { 'this session': '200', 'this refresh token': '200' }
const there = { 'another session': '200', 'another refresh token': '200', 'a browser’s cookie': '200', 'its id for DELETE': '204' }

/** What survives each event: all that is not named dies with it; of undo links none dies but by an older one, or its own use. */
const MATRIX: Record<EventName, Record<Thing, string>> = {
  'password change': { ...nothing, ...here, ...visited, 'its id for DELETE': '404 session_unknown' },
  reset: { ...nothing, ...visited },
  'email change': { ...nothing, ...here, ...there, 'the password': '200' },
  undo: { ...nothing, ...visited, 'an undo link': NO_LINK },
  'sign-out of all others': {
    ...nothing,
    ...here,
    ...visited,
    'its id for DELETE': '404 session_unknown',
    'the password': '200',
    'a reset link': LATER,
    'an email-change link': '200',
  },
  'a newer email-change request': { ...nothing, ...here, ...there, ...visited, 'the password': '200', 'a reset link': '204' },
  delete: nothing,
  'delete and re-registration': { ...nothing, 'an undo link': NO_LINK },
}

/** Ana has everything that can be had. */
async function before(place: World) {
  const ana = people(place)
  const newest = async (email: string, path: string): Promise<string> => {
    await place.delivered()
    const letters = await place.inbox(email)
    return letters.map((letter: InboxMessage) => linkIn(letter, path)).find((link) => link !== '') ?? ''
  }
  const { code, flow, token: confirmToken } = await ana.signedUp(OLD)
  assert.equal((await ana.verify({ email: OLD, code, flow })).status, 200)
  // The oldest undo link is one of a password change.
  const early = (await ana.login({ email: OLD, password: PASSWORD })).body
  const changed = await ana.changePassword(early.access_token, { current: PASSWORD, password: PASSWORD })
  assert.equal(changed.status, 204)
  const undoLink = await newest(OLD, '/undo')
  const mine = (await ana.login({ email: OLD, password: PASSWORD })).body
  const second = (await ana.login({ email: OLD, password: PASSWORD })).body
  const browser = { token: 'ABCDEFGHIJKLMNOPQRSTUV', name: 'Firefox', system: 'Linux' }
  const signedIn = await place.persistence.handlers.signIn({ app: null, email: OLD, password: PASSWORD, browser })
  assert.ok(signedIn.kind === 'signed_in')
  /** As a page does it. */
  const open = async () => ((await place.persistence.handlers.openSession({ cookie: signedIn.cookie })).kind === 'open' ? '200' : OVER)
  const sessions = (await ana.call('GET', '/v1/account/sessions', undefined, { authorization: `Bearer ${String(second.access_token)}` }))
    .body as unknown as { id: string; current: boolean }[]
  const session = sessions.find(({ current }) => current)!.id
  await ana.forgot({ email: OLD })
  const resetLink = await newest(OLD, '/password/reset')
  assert.equal((await ana.moveTo(mine.access_token, { email: NEW, password: PASSWORD })).status, 202)
  const moveLink = await newest(NEW, '/account/email/confirm')
  for (const link of [undoLink, resetLink, moveLink, confirmToken]) assert.notEqual(link, '')
  const { id, createdAt } = (await ana.account(mine.access_token)).body as { id: string; createdAt: string }
  await place.env.leap(MINUTE)
  const bearer = { authorization: `Bearer ${String(mine.access_token)}` }
  return { ...ana, newest, code, flow, confirmToken, undoLink, resetLink, moveLink, mine, second, open, session, id, createdAt, bearer }
}
type Ana = Awaited<ReturnType<typeof before>>

const events: Record<EventName, (ana: Ana, place: World) => Promise<Answer>> = {
  'password change': ({ changePassword, mine }) => changePassword(mine.access_token, { current: PASSWORD, password: NEXT }),
  async reset({ forgot, newest, reset, resetLink }) {
    await forgot({ email: OLD })
    const token = await newest(OLD, '/password/reset')
    assert.notEqual(token, resetLink)
    return reset({ token, password: NEXT })
  },
  async 'email change'({ moveTo, confirmMove, newest, mine }) {
    await moveTo(mine.access_token, { email: ELSEWHERE, password: PASSWORD })
    return confirmMove({ token: await newest(ELSEWHERE, '/account/email/confirm') }, mine.access_token)
  },
  undo: ({ undo, undoLink }) => undo({ token: undoLink }),
  'sign-out of all others': ({ call, bearer }) => call('DELETE', '/v1/account/sessions', undefined, bearer),
  'a newer email-change request': ({ moveTo, mine }) => moveTo(mine.access_token, { email: ELSEWHERE, password: PASSWORD }),
  delete: ({ remove, mine }) => remove(mine.access_token, { password: PASSWORD }),
  async 'delete and re-registration'(ana, place) {
    const gone = await ana.remove(ana.mine.access_token, { password: PASSWORD })
    assert.equal(gone.status, 204)
    await place.delivered()
    const { code, flow } = await ana.signedUp(OLD, NEWCOMERS, (await place.inbox(OLD)).length + 1)
    return ana.verify({ email: OLD, code, flow })
  },
}

/** Each of them is tried; those that change anything come last. */
async function tryAll(ana: Ana): Promise<Record<Thing, string>> {
  const { call, account, token, login, confirm, verify, mine, second, code, flow, confirmToken } = ana
  const refresh = async (one: Record<string, unknown>) => told(await token(one.refresh_token))
  const seen: Partial<Record<Thing, string>> = {}
  seen['this session'] = told(await account(mine.access_token))
  seen['another session'] = told(await account(second.access_token))
  seen['a browser’s cookie'] = await ana.open()
  seen['this refresh token'] = await refresh(mine)
  seen['another refresh token'] = await refresh(second)
  const addresses = await Promise.all([OLD, ELSEWHERE, NEW].map((email) => login({ email, password: PASSWORD })))
  seen['the password'] = told(addresses.find(({ status }) => status === 200) ?? addresses[0]!)
  seen['the code'] = told(await verify({ email: OLD, code, flow }))
  seen['the confirm link, with flow'] = told(await confirm({ token: confirmToken, flow }))
  seen['the confirm link, with newPassword'] = told(await confirm({ token: confirmToken, newPassword: NEXT }))
  seen['its id for DELETE'] = told(await call('DELETE', `/v1/account/sessions/${ana.session}`, undefined, ana.bearer))
  // By whoever may confirm it: the account's session, or else its password.
  const move = { token: ana.moveLink, password: PASSWORD }
  const bySession = (await account(mine.access_token)).status === 200
  seen['an email-change link'] = told(bySession ? await ana.confirmMove(move, mine.access_token) : await ana.confirmMove(move))
  // Where that one works it takes the reset links with it: they have a story of their own.
  const isMoved = seen['an email-change link'] === '200'
  seen['a reset link'] = isMoved ? LATER : told(await ana.reset({ token: ana.resetLink, password: NEXT }))
  seen['an undo link'] = told(await ana.undo({ token: ana.undoLink }))
  return seen as Record<Thing, string>
}

for (const event of EVENTS)
  test(`what works of before after: ${event}`, async (t) => {
    const place = await world(t, { settings: NO_LIMITS })
    const ana = await before(place)
    const done = await events[event](ana, place)
    assert.ok(done.status < 300, told(done))
    await place.delivered()
    const seen = await tryAll(ana)
    assert.deepEqual(seen, MATRIX[event])
    assert.deepEqual(Object.keys(MATRIX), EVENTS, 'every event has its row')
    for (const row of Object.values(MATRIX)) assert.deepEqual(Object.keys(row).sort(), [...THINGS].sort())
  })

test('what works of before after: sign-out of all others, the reset link', async (t) => {
  const place = await world(t, { settings: NO_LIMITS })
  const ana = await before(place)
  assert.equal((await events['sign-out of all others'](ana, place)).status, 204)
  assert.equal((await ana.reset({ token: ana.resetLink, password: NEXT })).status, 204)
  assert.equal(told(await ana.confirmMove({ token: ana.moveLink, password: NEXT })), NO_LINK, 'a new password ends the wish to move')
})

test('a newcomer at the address of a deleted account finds nothing of the former owner, nor does anything of hers reach the newcomer', async (t) => {
  const place = await world(t, { settings: NO_LIMITS })
  const ana = await before(place)
  const registered = await place.register({ email: OLD, token: 'of the former owner' })
  await place.delivered()
  const secrets = [ana.id, ana.createdAt, ana.session, ana.undoLink, ana.resetLink, NEW, String(registered.body.id)]
  const letters = await place.inbox(OLD)
  await place.env.leap(MINUTE)
  assert.equal((await events['delete and re-registration'](ana, place)).status, 200)
  const { body } = await ana.login({ email: OLD, password: NEWCOMERS })
  const bearer = { authorization: `Bearer ${String(body.access_token)}` }
  const get = async (path: string) => (await ana.call('GET', path, undefined, bearer)).body
  const [account, sessions, exported] = [
    await get('/v1/account'),
    await get('/v1/account/sessions'),
    (await get('/v1/account/export')) as Record<string, unknown> & {
      letters: { kind: string }[]
      identities: unknown[]
      account: { undoLinks: unknown[]; formerEmails: unknown[] }
      address: Record<string, unknown>
    },
  ]
  const text = JSON.stringify([account, sessions, exported])
  for (const secret of secrets) assert.ok(!text.includes(secret), secret)
  assert.equal((sessions as unknown as unknown[]).length, 1)
  assert.deepEqual(
    exported.letters.map(({ kind }) => kind),
    ['code', 'welcome'],
    'her own',
  )
  assert.deepEqual([exported.identities, exported.account.undoLinks, exported.account.formerEmails], [[], [], []])
  assert.equal(exported.address.sends, 2)
  assert.ok(letters.length > 3)

  await tryAll(ana)
  assert.equal((await ana.login({ email: OLD, password: NEWCOMERS })).status, 200, 'the newcomer is still in')
  assert.equal((await ana.account(body.access_token)).status, 200)
  for (const letter of letters) {
    const link = tokenIn(letter)
    if (link) assert.equal((await ana.confirm({ token: link, newPassword: NEXT })).status, 400)
  }
})
