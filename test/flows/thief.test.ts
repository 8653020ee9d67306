import assert from 'node:assert/strict'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { placeOf, places, test } from '../support/places.ts'
import { HOUR, MINUTE, type World, world } from '../support/world.ts'

const NO_LIMITS = { SELLO_LIMITS: 'off' }
const ACTS = [
  'asks for a new password',
  'changes the password',
  'moves the account to himself',
  'moves it on',
  'deletes it',
  'takes back what he can',
  'registers the address',
] as const
type Act = (typeof ACTS)[number]
const THIEFS = 'the password of the thief'
const OWNERS = 'a new password of the owner'
const WEEK = 7 * 24 * HOUR

/** Every order of his acts; he moves on only from where he moved to. */
function evenings(): Act[][] {
  const orders = (left: readonly Act[]): Act[][] =>
    left.length === 0 ? [[]] : left.flatMap((act) => orders(left.filter((other) => other !== act)).map((rest) => [act, ...rest]))
  return orders(ACTS).filter((acts) => acts.indexOf('moves the account to himself') < acts.indexOf('moves it on'))
}

test('the thief’s evening: whatever he does in whatever order, the owner takes it back for seven days, by her own mailbox alone', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const all = evenings()
  assert.equal(all.length, 2520)
  // Another part of them in every place, the most in the first.
  const place = places.indexOf(placeOf(t))
  const [stride, from] = place === 0 ? [83, 0] : [997, 7 * place]
  const chosen = all.filter((_, i) => i % stride === from)
  for (const [i, acts] of chosen.entries()) await play(here, acts, i)
})

async function play(here: World, acts: Act[], n: number) {
  const owner = `ana${n}@example.com`
  const his = [`thief${n}@example.net`, `thief${n}@example.org`] as const
  const told = acts.join(', ')
  const { member, login, account, token, forgot, reset, undo, changePassword, moveTo, confirmMove, remove, register, verify } = people(here)
  const linksIn = async (email: string, path: string) => {
    await here.delivered()
    return (await here.inbox(email)).map((letter) => linkIn(letter, path)).filter((link) => link !== '')
  }
  await member(owner)
  const { id } = (await login({ email: owner, password: PASSWORD })).body.account as { id: string }
  const thief = { password: PASSWORD, sessions: [(await login({ email: owner, password: PASSWORD })).body], flow: '' }
  const session = () => thief.sessions.at(-1)!.access_token

  /** However he lost his session: by a password that he knows, or by one that he sets with a letter to a mailbox of his. */
  async function gettingIn() {
    if ((await account(session())).status === 200) return
    for (const email of his) {
      await forgot({ email })
      const [link] = await linksIn(email, '/password/reset')
      if (link && (await reset({ token: link, password: THIEFS })).status === 204) thief.password = THIEFS
    }
    for (const email of [owner, ...his]) {
      const { status, body } = await login({ email, password: thief.password })
      if (status === 200) thief.sessions.push(body)
    }
  }
  async function moves(email: string) {
    await moveTo(session(), { email, password: thief.password })
    const [link] = await linksIn(email, '/account/email/confirm')
    if (link) await confirmMove({ token: link }, session())
  }
  const play: Record<Act, () => Promise<unknown>> = {
    'asks for a new password': () => forgot({ email: owner }),
    async 'changes the password'() {
      const { status } = await changePassword(session(), { current: thief.password, password: THIEFS })
      if (status === 204) thief.password = THIEFS
    },
    'moves the account to himself': () => moves(his[0]),
    'moves it on': () => moves(his[1]),
    'deletes it': () => remove(session(), { password: thief.password }),
    async 'takes back what he can'() {
      for (const email of his) for (const link of await linksIn(email, '/undo')) await undo({ token: link })
    },
    async 'registers the address'() {
      thief.flow = String((await register({ email: owner, password: THIEFS })).body.flow)
    },
  }
  let firstAt = 0
  for (const act of acts) {
    await gettingIn()
    const at = here.env.now()
    await play[act]()
    await here.delivered()
    if (firstAt === 0 && (await here.inbox(owner)).some((letter) => linkIn(letter, '/undo') !== '')) firstAt = at
    await here.env.leap(MINUTE)
  }
  await gettingIn()
  const [more, ...rest] = [await linksIn(his[0], '/undo'), await linksIn(his[1], '/undo')]
  const hisUndos = [...more, ...rest.flat()]
  const hisResets = (await Promise.all(his.map((email) => linksIn(email, '/password/reset')))).flat()
  const hisMoves = (await Promise.all(his.map((email) => linksIn(email, '/account/email/confirm')))).flat()

  // She comes home from her holidays at the last moment.
  const oldest = (await linksIn(owner, '/undo')).at(-1)!
  await here.env.leap(firstAt + WEEK - 1000 - here.env.now())
  const back = await undo({ token: oldest })
  assert.deepEqual([back.status, back.body.email], [200, owner], told)

  for (const link of hisUndos) assert.equal((await undo({ token: link })).body.code, 'link_invalid', told)
  for (const link of hisResets) assert.equal((await reset({ token: link, password: THIEFS })).body.code, 'link_invalid', told)
  for (const link of hisMoves) assert.equal((await confirmMove({ token: link, password: thief.password })).body.code, 'link_invalid', told)
  for (const one of thief.sessions) {
    assert.equal((await account(one.access_token)).body.code, 'token_invalid', told)
    assert.equal((await token(one.refresh_token)).body.error, 'invalid_grant', told)
  }
  const before = await Promise.all(his.map(async (email) => (await here.inbox(email)).length))
  for (const email of his) await forgot({ email })
  await here.delivered()
  const after = await Promise.all(his.map(async (email) => (await here.inbox(email)).length))
  assert.deepEqual(after, before, `no letter for him: ${told}`)

  await forgot({ email: owner })
  const [link] = await linksIn(owner, '/password/reset')
  assert.equal((await reset({ token: link, password: OWNERS })).status, 204, told)
  const signedIn = await login({ email: owner, password: OWNERS })
  assert.equal((signedIn.body.account as { id: string }).id, id, told)
  for (const email of [owner, ...his])
    for (const password of [PASSWORD, THIEFS]) assert.notEqual((await login({ email, password })).status, 200, told)
  const code = await verify({ email: owner, code: '0000', ...(thief.flow ? { flow: thief.flow } : {}) })
  assert.notEqual(code.status, 200, told)
}

test('the oldest wins: the thief’s undo never beats the owner’s, in either order', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const { member, login, undo, moveTo, confirmMove } = people(here)
  for (const [i, who] of (['owner first', 'thief first'] as const).entries()) {
    const [owner, ...his] = [`ana${i}@example.com`, `thief${i}@example.net`, `thief${i}@example.org`] as const
    await member(owner)
    const { access_token: access } = (await login({ email: owner, password: PASSWORD })).body
    for (const email of his) {
      await moveTo(access, { email, password: PASSWORD })
      await here.delivered()
      assert.equal((await confirmMove({ token: linkIn((await here.inbox(email))[0], '/account/email/confirm') }, access)).status, 200)
    }
    await here.delivered()
    const notices = [owner, his[0]].map(async (email) => linkIn((await here.inbox(email))[0], '/undo'))
    const [owners, thiefs] = await Promise.all(notices)
    const order = who === 'owner first' ? [owners, thiefs] : [thiefs, owners]
    const answers = [await undo({ token: order[0] }), await undo({ token: order[1] })]
    assert.deepEqual(
      answers.map(({ body }) => body.email ?? body.code),
      who === 'owner first' ? [owner, 'link_invalid'] : [his[0], owner],
    )
  }
})

test('however many changes he makes, her oldest undo works, and the last one at her address', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const { member, login, undo, moveTo, confirmMove, changePassword } = people(here)
  for (const which of ['the oldest', 'the last']) {
    const [owner, his] = [`${which.replace(' ', '.')}@example.com`, `${which.replace(' ', '.')}@example.net`]
    await member(owner)
    const { access_token: access } = (await login({ email: owner, password: PASSWORD })).body
    for (let i = 0; i < 25; i++) {
      assert.equal((await changePassword(access, { current: PASSWORD, password: PASSWORD })).status, 204)
      if (i === 0) await here.delivered() // letters of one moment come in any order
      if (i === 0) await here.env.leap(MINUTE)
    }
    await here.env.leap(6 * 24 * HOUR)
    const again = (await login({ email: owner, password: PASSWORD })).body.access_token
    const move = async (email: string) => {
      await moveTo(again, { email, password: PASSWORD })
      await here.delivered()
      const letter = (await here.inbox(email)).find((one) => linkIn(one, '/account/email/confirm') !== '')
      assert.equal((await confirmMove({ token: linkIn(letter, '/account/email/confirm') }, again)).status, 200)
    }
    await move(his)
    for (let i = 0; i < 25; i++) await changePassword(again, { current: PASSWORD, password: PASSWORD })
    await here.delivered()
    const hers = (await here.inbox(owner)).map((letter) => linkIn(letter, '/undo')).filter((link) => link !== '')
    if (which === 'the last') await here.env.leap(6 * 24 * HOUR)
    const back = await undo({ token: which === 'the last' ? hers[0] : hers.at(-1) })
    assert.deepEqual([back.status, back.body.email], [200, owner], which)
  }
})
