import assert from 'node:assert/strict'
import { PASSWORD, type People, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { type Answer, API_KEY, HOUR, type World, world } from '../support/world.ts'

const EMAIL = 'ana@example.com'
const NO_LIMITS = { SELLO_LIMITS: 'off' }
const GRACE_MS = 10_000
const together = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))
const told = ({ status, body }: Answer) => `${status} ${String(body.error ?? body.code ?? '')}`.trim()
type Tokens = { access: string; refresh: string }
const tokensOf = ({ body }: Answer): Tokens => ({ access: String(body.access_token), refresh: String(body.refresh_token) })

/** The calls of a signed-in person's application. */
function calls({ call }: People) {
  const post = (path: string, body: object, headers?: Record<string, string>) => call('POST', path, body, headers)
  return {
    refresh: (token: string) => post('/v1/token', { grant_type: 'refresh_token', refresh_token: token }),
    revoke: (token: string) => post('/v1/revoke', { token }),
    isActive: async (token: string) => (await post('/v1/introspect', { token }, { authorization: `Bearer ${API_KEY}` })).body.active,
  }
}

async function member(here: World) {
  const ana = people(here)
  await ana.member(EMAIL)
  const signIn = async () => tokensOf(await ana.login({ email: EMAIL, password: PASSWORD }))
  return { ...ana, ...calls(ana), signIn }
}

/** Nothing of a session that has ended opens anything. */
async function assertOver({ account, refresh, isActive }: Awaited<ReturnType<typeof member>>, ...all: Tokens[]) {
  for (const tokens of all) {
    assert.equal(told(await account(tokens.access)), '401 token_invalid')
    assert.equal(told(await refresh(tokens.refresh)), '400 invalid_grant')
    assert.deepEqual([await isActive(tokens.access), await isActive(tokens.refresh)], [false, false])
  }
}

test('log in, refresh, the same successor again, log out: then nothing of it works, and another sign-in is as it was', async (t) => {
  const here = await world(t)
  const ana = await member(here)
  const [first, other] = [await ana.signIn(), await ana.signIn()]
  await here.env.leap(HOUR)
  const answer = await ana.refresh(first.refresh)
  assert.equal(answer.status, 200)
  const second = tokensOf(answer)
  const again = tokensOf(await ana.refresh(first.refresh))
  assert.equal(again.refresh, second.refresh)
  for (const { access } of [first, second, again]) assert.equal((await ana.account(access)).status, 200)

  const out = await ana.logout({ refresh_token: second.refresh })
  assert.deepEqual([out.status, out.body], [204, {}])
  await assertOver(ana, first, second, again)
  for (const token of [second.refresh, first.refresh, 'nobody’s'])
    assert.equal((await ana.logout({ refresh_token: token })).status, 204, 'twice, or of nobody')
  assert.equal((await ana.account(other.access)).status, 200)
  assert.equal((await ana.refresh(other.refresh)).status, 200)
})

test('fifty refreshes of one token at once: one successor; the older one, found after the grace, ends them all', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const ana = await member(here)
  let newest = await ana.signIn()
  const older: Tokens[] = []
  for (let round = 0; round < 3; round++) {
    older.push(newest)
    const answers = await together(50, () => ana.refresh(newest.refresh))
    assert.deepEqual([...new Set(answers.map(told))], ['200'])
    const given = answers.map(tokensOf)
    assert.equal(new Set(given.map(({ refresh }) => refresh)).size, 1)
    assert.equal(new Set(given.map(({ access }) => access)).size, 50, 'each has an access token of its own')
    newest = given[0]!
  }
  await here.env.leap(GRACE_MS)
  assert.equal(await ana.isActive(newest.refresh), true)
  assert.equal(told(await ana.refresh(older.at(-1)!.refresh)), '400 invalid_grant')
  await assertOver(ana, newest, ...older)
})

test('log-out among refreshes, all at once: whatever they were given is over', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const ana = await member(here)
  for (let round = 0; round < 3; round++) {
    const first = await ana.signIn()
    const answers = await together(20, (i) => (i === 10 ? ana.logout({ refresh_token: first.refresh }) : ana.refresh(first.refresh)))
    assert.deepEqual(
      answers.map(told).filter((text) => !['200', '204', '400 invalid_grant'].includes(text)),
      [],
    )
    await assertOver(ana, first, ...answers.filter(({ status }) => status === 200).map(tokensOf))
  }
})
