import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { folder } from '../support/folder.ts'
import { freePort } from '../support/gate.ts'
import { type Answer, type Sello, startSello, until } from '../support/server.ts'
import { captureSmtp } from '../support/smtp.ts'
import { seeded } from './ledger.ts'

const KILLS = 8
const ACCOUNTS = 6
const LIFE_MS = 800
const LETTER_MS = 300
const PASSWORD = 'correct horse battery'

/** An account as its owner knows it: every address that it ever set out for, the one that it was last seen at, and moves that were told as done. */
type Traveller = { name: string; addresses: string[]; at: string; access: string | null; moves: number; faults: string[] }
/** Each of them costs a password. */
const lately = ({ addresses }: Traveller) => addresses.slice(-15)

test('kill -9 in the middle of email changes: every account has one address, and no other is kept', { timeout: 120_000 }, async (t) => {
  const seed = randomInt(2 ** 31)
  const chance = seeded(seed)
  const smtp = await captureSmtp()
  t.after(smtp.close)
  const settings = { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off', SELLO_SMTP_URL: smtp.url, SELLO_PORT: String(await freePort()) }
  const place: { sello: Sello | null; over: boolean } = { sello: null, over: false }
  t.after(() => Object.assign(place, { sello: null, over: true }))

  const post = async (path: string, body: object) => {
    const { sello } = place
    if (!sello) return null
    // A server that dies in between answers nothing.
    return sello.ask({ method: 'POST', path, body, key: null }).catch(() => null)
  }
  const linkTo = (email: string, page: string) => {
    const letter = smtp.letters.findLast(({ envelope, text }) => envelope.to === email && text.includes(`${page}?token=`))
    return letter ? (new RegExp(`${page}\\?token=(\\S+)`).exec(letter.text)?.[1] ?? null) : null
  }
  const lettered = async (email: string, page: string) => {
    for (let waited = 0; waited < LETTER_MS; waited += 5) {
      const link = linkTo(email, page)
      if (link) return link
      await wait(5)
    }
    return null
  }
  async function born(name: string): Promise<Traveller> {
    const email = `${name}@example.com`
    await post('/v1/register', { email, password: PASSWORD })
    const token = await until('a letter', 15_000, () => linkTo(email, '/confirm'))
    assert.equal((await post('/v1/confirm', { token, password: PASSWORD }))?.status, 200)
    return { name, addresses: [email], at: email, access: null, moves: 0, faults: [] }
  }
  /** Signs in wherever the account is by now, where it was or further on; null when the server was gone. */
  async function signIn(one: Traveller): Promise<string | null> {
    const tried = one.addresses.slice(one.addresses.indexOf(one.at))
    const answers: (Answer | null)[] = []
    for (const email of tried) answers.push(await post('/v1/login', { email, password: PASSWORD }))
    if (answers.some((answer) => answer === null || answer.status === 503)) return null
    const open = tried.filter((_, i) => answers[i]!.status === 200)
    if (open.length !== 1) one.faults.push(`${tried.join(' and ')}: ${open.length} let in`)
    one.at = open[0] ?? one.at
    const answer = answers[tried.indexOf(one.at)]!
    return (answer.body as { access_token?: string }).access_token ?? null
  }
  async function moveOn(one: Traveller): Promise<boolean> {
    one.access ??= await signIn(one)
    if (!one.access) return false
    const next = `${one.name}.${one.addresses.length}@example.com`
    const { sello } = place
    const authorization = `Bearer ${one.access}`
    const asked = await sello
      ?.ask({ method: 'POST', path: '/v1/account/email', body: { email: next }, key: null, headers: { authorization } })
      .catch(() => null)
    if (asked?.status !== 202) return false
    const token = await lettered(next, '/account/email/confirm')
    if (!token) return false
    one.addresses.push(next)
    const answer = await sello
      ?.ask({ method: 'POST', path: '/v1/account/email/confirm', body: { token }, key: null, headers: { authorization } })
      .catch(() => null)
    if (answer?.status !== 200) {
      one.access = null // where it is now, the next sign-in shows
      return false
    }
    one.at = next
    one.moves++
    return true
  }

  place.sello = await startSello(t, settings)
  const all = await Promise.all(Array.from({ length: ACCOUNTS }, (_, i) => born(`ana${i}`)))
  const travelling = Promise.all(
    all.map(async (one) => {
      while (!place.over) if (!(await moveOn(one))) await wait(5)
    }),
  )
  for (let kills = 0; kills < KILLS; kills++) {
    place.sello ??= await startSello(t, settings)
    const { sello } = place
    await wait(chance() * LIFE_MS)
    place.sello = null
    await sello.kill()
  }
  place.over = true
  await travelling
  const sello = await startSello(t, settings)
  place.sello = sello
  // Whoever moves on first finishes what was left, so nobody waits for the minute in which that is looked after.
  for (const one of all) {
    const moved = await until('one more move', 20_000, () => moveOn(one))
    assert.ok(moved)
  }
  for (const one of all) {
    assert.deepEqual(one.faults, [], `seed ${seed}`)
    for (const email of lately(one)) {
      const answer = await post('/v1/login', { email, password: PASSWORD })
      assert.equal(answer?.status, email === one.at ? 200 : 401, `${email}, seed ${seed}`)
    }
    // An address that nobody holds is told what a newcomer is told.
    for (const email of lately(one).filter((address) => address !== one.at)) await post('/v1/register', { email, password: PASSWORD })
  }
  const left = all.flatMap((one) => lately(one).filter((email) => email !== one.at))
  const free = await until('a letter to every address that was left', 20_000, () => {
    const some = left.filter((email) => linkTo(email, '/confirm'))
    return some.length === left.length ? some : null
  }).catch(() => left.filter((email) => linkTo(email, '/confirm')))
  assert.deepEqual(free, left, `free, seed ${seed}`)
  const moves = all.reduce((sum, one) => sum + one.moves, 0)
  console.log(`kills ${KILLS}, moves told as done ${moves}, addresses left ${left.length}, seed ${seed}`)
  assert.ok(moves > ACCOUNTS + KILLS, 'there was load')
  await sello.stop()
})
