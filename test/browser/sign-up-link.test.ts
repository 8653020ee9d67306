import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { code } from '../../src/i18n/pages/code.ts'
import { link } from '../../src/i18n/pages/link.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { signUp } from '../../src/i18n/pages/sign-up.ts'
import { assertNarrow, browserOfFile, type Look, shoot, visitor } from '../support/browser.ts'
import { PASSWORD, people, tokenIn } from '../support/people.ts'
import { guest } from '../support/sign-up-pages.ts'
import { type World, world } from '../support/world.ts'

const browser = browserOfFile()
const EMAIL = 'ana@example.com'
const HIS = 'a password of my own'

/** Another person's or another device's browser. */
async function open(t: TestContext, { url }: World, look: Look = {}) {
  const seen = await visitor(t, browser(), url, { locale: 'es', ...look })
  return { ...seen, ...guest(seen.page, url) }
}
type Opened = Awaited<ReturnType<typeof open>>

const password = ({ page }: Opened) => page.getByLabel(shell.es.password, { exact: true })
/** Whether the API takes this password: 200, 403 while the address is not proven, 401. */
const judge = async (place: World, of: string) => (await people(place).login({ email: EMAIL, password: of })).status
/** The page that waits asks every two seconds, whatever our clock says. */
const movesOn = ({ page }: Opened, { url }: World) => page.waitForURL(`${url}/verified`, { timeout: 15_000 })

test('a link that a scanner follows changes nothing; elsewhere the right password confirms, and the page that waits goes on', async (t) => {
  const place = await world(t)
  const { url, inbox } = place
  const ana = await open(t, place)
  await ana.signUp(EMAIL)
  const [letter] = await inbox(EMAIL, 1)
  const href = `${url}/confirm?token=${tokenIn(letter)}`

  const scanner = await open(t, place, { width: 360, scheme: 'dark' })
  await scanner.page.clock.install()
  for (let visits = 0; visits < 3; visits++) {
    await scanner.page.goto(href)
    await scanner.page.clock.runFor(10_000)
  }
  assert.equal((await scanner.context.request.head(href)).status(), 200)
  assert.deepEqual((await scanner.context.cookies()).map(({ name }) => name).sort(), ['sello-browser'])
  assert.equal(await judge(place, PASSWORD), 403, 'still waits')
  await scanner.heading(link.es.heading)
  await assertNarrow(scanner.page, 'link')
  await shoot(scanner.page, 'es-11-link-elsewhere-360-dark')

  const phone = await open(t, place)
  await phone.page.goto(href)
  await phone.page.getByText(EMAIL).waitFor()
  await phone.press(link.es.submit)
  await phone.alert(shell.es.passwordMissing)
  await password(phone).fill('not the password')
  await phone.press(link.es.submit)
  await phone.alert(shell.es.passwordWrong)
  await shoot(phone.page, 'es-12-link-wrong-1280-light')
  await phone.page.reload()
  await phone.heading(link.es.heading)
  assert.equal(await password(phone).inputValue(), '')
  await password(phone).fill(PASSWORD)
  await phone.press(link.es.submit)
  await phone.heading(signUp.es.verified.heading)

  await movesOn(ana, place)
  await ana.heading(signUp.es.verified.heading)
  await scanner.page.reload()
  await scanner.heading(link.es.used.heading)
  await shoot(scanner.page, 'es-13-link-used-360-dark')
  assert.equal(await judge(place, PASSWORD), 200)
  for (const { wrong } of [ana, scanner, phone]) assert.deepEqual(wrong, [])
})

test('without script the page that waits goes on when it is loaded again; its own browser confirms by one press', async (t) => {
  const place = await world(t)
  const ana = await open(t, place, { script: false, width: 360 })
  await ana.signUp(EMAIL)
  const [letter] = await place.inbox(EMAIL, 1)
  const tab = await ana.context.newPage()
  await tab.goto(`${place.url}/confirm?token=${tokenIn(letter)}`)
  await tab.getByRole('heading', { level: 1, name: link.es.heading }).waitFor()
  assert.equal(await tab.locator('input:visible').count(), 0)
  await shoot(tab, 'es-14-link-own-360-light')
  await tab.getByRole('button', { name: link.es.submit }).click()
  await tab.getByRole('heading', { level: 1, name: signUp.es.verified.heading }).waitFor()
  await ana.page.getByRole('link', { name: code.es.code.reload }).click()
  await ana.heading(signUp.es.verified.heading)
  assert.deepEqual(ana.wrong, [])
})

test('whom a stranger signed up takes the address over; the stranger learns nothing, and his password is dead', async (t) => {
  const place = await world(t)
  const stranger = await open(t, place)
  await stranger.signUp(EMAIL)
  const [letter] = await place.inbox(EMAIL, 1)
  const owner = await open(t, place, { width: 360 })
  await owner.page.goto(`${place.url}/confirm?token=${tokenIn(letter)}`)
  const own = owner.page.getByLabel(link.es.ownLabel)
  await own.fill('password1')
  await owner.press(link.es.ownSubmit)
  await owner.alert(shell.es.passwordRejected.common)
  await shoot(owner.page, 'es-15-link-own-wrong-360-light')
  await own.fill(HIS)
  await owner.press(link.es.ownSubmit)
  await owner.heading(signUp.es.verified.heading)

  // His sign-up is nobody's any more, as after three days: he may begin anew, and is told nothing.
  await stranger.page.goto(`${place.url}/verify-email`)
  assert.equal(stranger.page.url(), `${place.url}/resend`)
  assert.doesNotMatch((await stranger.page.locator('main').textContent())!, /verificad|confirmad/)
  assert.deepEqual([await judge(place, PASSWORD), await judge(place, HIS)], [401, 200])
  for (const { wrong } of [stranger, owner]) assert.deepEqual(wrong, [])
})
