import assert from 'node:assert/strict'
import { PASSWORD, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { type Answer, HOUR, MINUTE, type World, world } from '../support/world.ts'

const EMAIL = 'ana@example.com'
const NO_LIMITS = { SELLO_LIMITS: 'off' }
const told = ({ status, body }: Answer) => `${status} ${String(body.error ?? body.code ?? '')}`.trim()
type Shown = { id: string; createdAt: string; usedAt: string; expiresAt: string; current: boolean }
type SignedIn = { access: string; refresh: string }

/** Somebody with an account, and the calls of a page that shows where it is in use. */
async function member(here: World, email = EMAIL, sent: Record<string, string> = {}, letters = 1) {
  const person = people(here, sent)
  const { code, flow } = await person.signedUp(email, PASSWORD, letters)
  assert.equal((await person.verify({ email, code, flow })).status, 200)
  await here.inbox(email, letters + 1)
  const signed = (method: string, path: string, body?: object) => (by: SignedIn) =>
    person.call(method, path, body, { authorization: `Bearer ${by.access}` })
  return {
    ...person,
    async signIn(): Promise<SignedIn> {
      const { body } = await person.login({ email, password: PASSWORD })
      return { access: String(body.access_token), refresh: String(body.refresh_token) }
    },
    list: async (by: SignedIn) => (await signed('GET', '/v1/account/sessions')(by)).body as unknown as Shown[],
    listing: signed('GET', '/v1/account/sessions'),
    end: (by: SignedIn, id: string) => signed('DELETE', `/v1/account/sessions/${encodeURIComponent(id)}`)(by),
    endOthers: signed('DELETE', '/v1/account/sessions'),
    update: (by: SignedIn, body: object) => signed('PATCH', '/v1/account', body)(by),
    refresh: (by: SignedIn) => person.call('POST', '/v1/token', { grant_type: 'refresh_token', refresh_token: by.refresh }),
  }
}
type Member = Awaited<ReturnType<typeof member>>

async function assertOver({ account, listing, refresh, endOthers, update }: Member, ...all: SignedIn[]) {
  for (const one of all) {
    assert.equal(told(await account(one.access)), '401 token_invalid')
    assert.equal(told(await listing(one)), '401 token_invalid')
    assert.equal(told(await endOthers(one)), '401 token_invalid')
    assert.equal(told(await update(one, { locale: 'ru' })), '401 token_invalid')
    assert.equal(told(await refresh(one)), '400 invalid_grant')
  }
}

test('sessions are listed newest first with the calling one marked; one is ended, then one’s own', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const ana = await member(here)
  const first = await ana.signIn()
  const began = here.env.now()
  await here.env.leap(MINUTE)
  const second = await ana.signIn()
  await here.env.leap(MINUTE)
  const third = await ana.signIn()
  await ana.refresh(first)
  const listed = await ana.list(second)
  assert.deepEqual(
    listed.map(({ current }) => current),
    [false, true, false],
  )
  assert.equal(listed.length, 3)
  for (const [i, one] of listed.entries()) {
    assert.match(one.id, /^ses_\d\d[0-9A-Za-z]{22}$/)
    assert.deepEqual(Object.keys(one), ['id', 'createdAt', 'usedAt', 'expiresAt', 'current'])
    assert.ok(i === 0 || one.createdAt < listed[i - 1]!.createdAt)
  }
  const oldest = listed[2]!
  assert.ok(Math.abs(Date.parse(oldest.createdAt) - began) < MINUTE, 'the oldest one')
  assert.ok(Date.parse(oldest.usedAt) - Date.parse(oldest.createdAt) >= 2 * MINUTE, 'when it was refreshed')

  assert.equal(told(await ana.end(third, oldest.id)), '204')
  await assertOver(ana, first)
  assert.equal(told(await ana.end(third, oldest.id)), '404 session_unknown', 'it is over')
  assert.deepEqual(
    (await ana.list(third)).map(({ id }) => id),
    [listed[0]!.id, listed[1]!.id],
  )
  assert.equal(told(await ana.end(third, listed[0]!.id)), '204', 'its own')
  await assertOver(ana, third)
  assert.equal((await ana.list(second)).length, 1)
})

test('all others are ended at once, and nothing of another account or app', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const ana = await member(here)
  const bea = await member(here, 'bea@example.com')
  const hers = await bea.signIn()
  const added = await here.persistence.admin.addApp({ name: 'shop' })
  assert.ok(added.kind === 'done')
  const elsewhere = await member(here, EMAIL, { 'sello-app': added.app.id }, 3)
  const there = await elsewhere.signIn()
  const all = [await ana.signIn(), await ana.signIn(), await ana.signIn()]
  const own = all.pop()!
  const [herSession] = await bea.list(hers)
  for (const id of [herSession!.id, 'ses_00nobody', '..%2f', `ses_99${'a'.repeat(22)}`])
    assert.equal(told(await ana.end(own, id)), '404 session_unknown', id)
  assert.equal(told(await ana.endOthers(own)), '204')
  await assertOver(ana, ...all)
  const left = await ana.list(own)
  assert.deepEqual(
    left.map(({ current }) => current),
    [true],
  )
  assert.equal(told(await ana.endOthers(own)), '204', 'there is none')
  assert.equal(told(await ana.refresh(own)), '200')
  assert.equal(told(await bea.listing(hers)), '200')
  assert.equal(told(await elsewhere.listing(there)), '200')
})

test('sign-ins and refreshes while all others are ended: who was there is out, who came later is in', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const ana = await member(here)
  const older = await Promise.all(Array.from({ length: 5 }, () => ana.signIn()))
  const own = await ana.signIn()
  const [ended, refreshed, ...newer] = await Promise.all([
    ana.endOthers(own),
    ana.refresh(older[0]!),
    ana.signIn(),
    ana.signIn(),
    ana.signIn(),
  ])
  assert.equal(told(ended as Answer), '204')
  assert.match(told(refreshed as Answer), /^(200|400 invalid_grant)$/)
  await assertOver(ana, ...older)
  const listed = await ana.list(own)
  const alive = await Promise.all((newer as SignedIn[]).map(({ access }) => ana.account(access)))
  assert.equal(listed.length, 1 + alive.filter(({ status }) => status === 200).length, 'the list has those that live and no others')
  assert.ok(listed.some(({ current }) => current))
})

test('to end sessions one must have signed in within fifteen minutes, however fresh the token is', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const ana = await member(here)
  const other = await ana.signIn()
  const own = await ana.signIn()
  const { body } = await ana.listing(own)
  const [, { id }] = body as unknown as [Shown, Shown]
  await here.env.leap(15 * MINUTE + 1000)
  const { body: fresh } = await ana.refresh(own)
  const late = { access: String(fresh.access_token), refresh: String(fresh.refresh_token) }
  assert.equal(told(await ana.endOthers(late)), '401 reauthentication_required')
  assert.equal(told(await ana.end(late, id)), '401 reauthentication_required')
  assert.equal(told(await ana.listing(late)), '200', 'to look is no matter')
  assert.equal(told(await ana.account(other.access)), '200')
  const again = await ana.signIn()
  assert.equal(told(await ana.endOthers(again)), '204')
  await assertOver(ana, other, late)
})

test('the language of letters: chosen, shown, kept', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const ana = await member(here)
  const own = await ana.signIn()
  const before = (await ana.account(own.access)).body
  const answer = await ana.update(own, { locale: 'RU-ru' })
  assert.deepEqual([answer.status, answer.body], [200, { ...before, locale: 'ru' }])
  assert.deepEqual((await ana.account(own.access)).body, { ...before, locale: 'ru' })
  for (const body of [{}, { locale: 'fr' }, { locale: null }, { locale: 'es', email: 'x@example.com' }])
    assert.equal(told(await ana.update(own, body)), '400 invalid_request')
  assert.equal(told(await ana.call('PATCH', '/v1/account', { locale: 'es' })), '401 token_invalid')
  await ana.logout({ refresh_token: own.refresh })
  const later = await ana.signIn()
  assert.equal((await ana.account(later.access)).body.locale, 'ru')
  await here.env.leap(HOUR)
  assert.equal(told(await ana.update(later, { locale: 'es' })), '200', 'that is no matter of a fresh sign-in')
})
