import assert from 'node:assert/strict'
import { accountKey } from '../../src/persistence/mailboxes.ts'
import { PARTITIONS } from '../../src/persistence/store/store.ts'
import type { Account } from '../../src/rules/account.ts'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { ends, places, test } from '../support/places.ts'
import { stopping } from '../support/stopping.ts'
import { type World, world } from '../support/world.ts'

const NO_LIMITS = { SELLO_LIMITS: 'off' }
const NEXT = 'another correct horse'
/** Of an address that most likely lies elsewhere, and of one that lies with the old one. */
const WAYS = [
  ['away', (n: number) => `ana${n}@example.com`, (n: number) => `ana${n}@example.org`],
  ['beside', (n: number) => `bo${n}@example.com`, (n: number) => `bo${n}+new@example.com`],
] as const
/** The steps are the same; where the addresses lie only matters to the store. */
const whereFor = (name: string) => (name === 'away' ? places : ends)

/** An account whose ways are stopped, and what can be seen of it. */
async function traveller(here: World, email: string) {
  const ana = people(here)
  await ana.member(email)
  await here.inbox(email, 2)
  const signedIn = (await ana.login({ email, password: PASSWORD })).body
  const id = (signedIn.account as { id: string }).id
  const stored = async () => (await here.store.read(id.slice(4, 6), [accountKey(id)]))[0]?.value as Account
  return {
    ...ana,
    id,
    access: signedIn.access_token,
    stored,
    /** The letters of an address once nothing is on its way any more, newest first. */
    async letters(to: string) {
      await here.delivered()
      return here.inbox(to)
    },
    /** Who is let in with this password, by address. */
    async holders(emails: string[], password = PASSWORD) {
      const answers = await Promise.all(emails.map((one) => ana.login({ email: one, password })))
      return emails.filter((_, i) => answers[i]!.status === 200)
    },
    /** To which of these addresses a link to a new password goes. */
    async reachable(emails: string[]) {
      await here.delivered()
      const before = await Promise.all(emails.map(async (one) => (await here.inbox(one)).length))
      for (const email of emails) assert.equal((await ana.forgot({ email })).status, 202)
      await here.delivered()
      const after = await Promise.all(emails.map(async (one) => (await here.inbox(one)).length))
      return emails.filter((_, i) => after[i]! > before[i]!)
    },
    /** A minute and a half: whoever looks after the unfinished ones has come by. */
    async resumed() {
      for (let tries = 0; tries < 100 && (await stored()).move !== null; tries++) {
        if (tries % 10 === 0) await here.env.leap(61_000)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.equal((await stored()).move, null, 'the way has ended')
      const depths = await Promise.all(PARTITIONS.map((partition) => here.store.depth(partition, 'moves')))
      assert.equal(
        depths.reduce((sum, { length }) => sum + length, 0),
        0,
        'nothing waits',
      )
    },
  }
}
type Traveller = Awaited<ReturnType<typeof traveller>>

/** Nobody holds the address: whoever proves it has it. */
async function assertFree({ signedUp, verify, login, letters, id }: Traveller, email: string) {
  const password = 'of a newcomer, quite long'
  const { code, flow } = await signedUp(email, password, (await letters(email)).length + 1)
  assert.equal((await verify({ email, code, flow })).status, 200, `${email} is free`)
  const { body } = await login({ email, password })
  assert.notEqual((body.account as { id: string }).id, id)
}

for (const [name, from, to] of WAYS)
  test(
    `an email change that dies after any of its steps: one address lets in, and the way is finished (${name})`,
    async (t) => {
      const here = await world(t, { settings: NO_LIMITS })
      const life = stopping(here.store)
      const deaths: boolean[] = []
      for (let steps = 1; steps <= 6; steps++) {
        const [old, fresh] = [from(steps), to(steps)]
        const ana = await traveller(here, old)
        assert.equal((await ana.moveTo(ana.access, { email: fresh, password: PASSWORD })).status, 202)
        const [letter] = await ana.letters(fresh)
        const token = linkIn(letter, '/account/email/confirm')
        life.after(steps)
        const answer = await ana.confirmMove({ token }, ana.access)
        const died = life.goOn()
        deaths.push(died)
        assert.equal(answer.status, died ? 503 : 200, `${steps}`)
        assert.deepEqual(await ana.holders([old, fresh]), [steps < 3 ? old : fresh], `after step ${steps}`)
        assert.equal((await ana.account(ana.access)).body.email, steps < 3 ? old : fresh)
        await ana.resumed()
        assert.deepEqual(await ana.holders([old, fresh]), [fresh], `in the end, after step ${steps}`)
        const [notice, ...others] = (await ana.letters(old)).filter((one) => linkIn(one, '/undo'))
        assert.ok(notice && others.length === 0, 'one notice')
        assert.equal((await ana.confirmMove({ token }, ana.access)).body.code, 'link_invalid')
        await assertFree(ana, old)
        assert.equal((await ana.holders([old, fresh], PASSWORD)).join(), fresh)
      }
      assert.deepEqual(deaths, [true, true, true, true, true, false], 'five steps')
    },
    whereFor(name),
  )

for (const [name, from, to] of WAYS)
  test(
    `an undo that dies after any of its steps: one address is reached, and the old one comes back (${name})`,
    async (t) => {
      const here = await world(t, { settings: NO_LIMITS })
      const life = stopping(here.store)
      const deaths: boolean[] = []
      for (let steps = 1; steps <= 6; steps++) {
        const [old, fresh] = [from(steps), to(steps)]
        const ana = await traveller(here, old)
        await ana.moveTo(ana.access, { email: fresh, password: PASSWORD })
        const [letter] = await ana.letters(fresh)
        assert.equal((await ana.confirmMove({ token: linkIn(letter, '/account/email/confirm') }, ana.access)).status, 200)
        const [notice] = await ana.letters(old)
        const token = linkIn(notice, '/undo')
        life.after(steps)
        const answer = await ana.undo({ token })
        const died = life.goOn()
        deaths.push(died)
        assert.equal(answer.status, died ? 503 : 200)
        assert.equal((await ana.account(ana.access)).body.code, 'token_invalid', 'at once')
        assert.deepEqual(await ana.holders([old, fresh]), [], 'nor does the password')
        assert.deepEqual(await ana.reachable([old, fresh]), [steps < 3 ? fresh : old], `after step ${steps}`)
        await ana.resumed()
        assert.deepEqual(await ana.reachable([old, fresh]), [old], `in the end, after step ${steps}`)
        assert.equal((await ana.undo({ token })).body.code, 'link_invalid', 'once')
        const reset = (await ana.letters(old)).map((one) => linkIn(one, '/password/reset')).find((link) => link !== '')
        assert.equal((await ana.reset({ token: reset, password: NEXT })).status, 204)
        assert.deepEqual(await ana.holders([old, fresh], NEXT), [old])
        for (const one of await ana.letters(fresh)) {
          const link = linkIn(one, '/password/reset')
          if (link) assert.equal((await ana.reset({ token: link, password: PASSWORD })).body.code, 'link_invalid', 'of the way')
        }
        await assertFree(ana, fresh)
      }
      assert.deepEqual(deaths, [true, true, true, true, true, false], 'five steps')
    },
    whereFor(name),
  )

test('a deletion that dies after any of its steps: nobody is let in, the address is free in the end, and the notice brings it back', async (t) => {
  const here = await world(t, { settings: NO_LIMITS })
  const life = stopping(here.store)
  const deaths: boolean[] = []
  for (let steps = 1; steps <= 4; steps++) {
    for (const isRegisteredAnew of [false, true]) {
      const email = `ana${steps}${isRegisteredAnew ? 'x' : ''}@example.com`
      const ana = await traveller(here, email)
      life.after(steps)
      const answer = await ana.remove(ana.access, { password: PASSWORD })
      const died = life.goOn()
      deaths.push(died)
      assert.equal(answer.status, died ? 503 : 204)
      assert.deepEqual(await ana.holders([email]), [])
      assert.deepEqual(await ana.reachable([email]), [])
      await ana.resumed()
      const [notice] = await ana.letters(email)
      const token = linkIn(notice, '/undo')
      if (isRegisteredAnew) await assertFree(ana, email)
      const undone = await ana.undo({ token })
      assert.equal(undone.body.code ?? undone.status, isRegisteredAnew ? 'link_invalid' : 200)
      assert.equal((await ana.stored()).deletedAt === null, !isRegisteredAnew)
    }
  }
  assert.deepEqual(deaths, [true, true, true, true, true, true, false, false], 'three steps')
})

test('an undo that dies goes on after its link has expired: what was begun in time is kept', async (t) => {
  const here = await world(t, { settings: { ...NO_LIMITS, SELLO_UNDO_TTL: '1h' } })
  const life = stopping(here.store)
  const [old, fresh] = ['ana@example.com', 'ana@example.org']
  const ana = await traveller(here, old)
  await ana.moveTo(ana.access, { email: fresh, password: PASSWORD })
  const [letter] = await ana.letters(fresh)
  await ana.confirmMove({ token: linkIn(letter, '/account/email/confirm') }, ana.access)
  const [notice] = await ana.letters(old)
  life.after(2)
  assert.equal((await ana.undo({ token: linkIn(notice, '/undo') })).status, 503)
  life.goOn()
  await here.env.leap(2 * 60 * 60_000)
  await ana.resumed()
  assert.deepEqual(await ana.reachable([old, fresh]), [old])
  await assertFree(ana, fresh)
})
