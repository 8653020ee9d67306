import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { account } from '../../src/i18n/pages/account.ts'
import { accountTasks } from '../../src/i18n/pages/account-tasks.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { assertAccessible, assertNarrow, browserOfFile, type Look, shoot, visitor } from '../support/browser.ts'
import { linkIn, PASSWORD, people } from '../support/people.ts'
import { world } from '../support/world.ts'

const browser = browserOfFile()

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'
const OTHER_PASSWORD = 'another correct horse'
/** Written down here once more: what is said must not change by mistake. */
const SAID = {
  es: { linux: 'Firefox en Linux', phone: 'Safari en iPhone', ended: 'Sesión cerrada', gone: 'La cuenta está borrada', error: 'Error: ' },
  ru: { linux: 'Firefox, Linux', phone: 'Safari, iPhone', ended: 'Сеанс завершён', gone: 'Аккаунт удалён', error: 'Ошибка: ' },
  en: { linux: 'Firefox on Linux', phone: 'Safari on iPhone', ended: 'Session ended', gone: 'The account is deleted', error: 'Error: ' },
}

/** Ana has an account, and sits at the sign-in page that she was sent to. */
async function ana(t: TestContext, look: Required<Look>, email: string) {
  const house = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  await people(house, { 'accept-language': look.locale }).member(email)
  const words = shell[look.locale]
  const signIn = async (page: Page) => {
    await page.goto(`${house.url}/account`)
    await page.getByLabel(words.email).fill(email)
    await page.getByLabel(words.password, { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: words.signIn }).click()
    await page.getByRole('heading', { level: 1, name: email }).waitFor()
  }
  const hers = await visitor(t, browser(), house.url, look, { userAgent: FIREFOX, acceptDownloads: true })
  return { ...house, ...hers, words, signIn, said: account[look.locale], tasks: accountTasks[look.locale] }
}

/** Of pages that are made of the same parts one is enough, as it takes a second. */
const LOOKED_AT = ['1-account', '2-password-wrong', '3-language', '6-pending', '8-export', '9-delete']
const LOOKS: Required<Look>[] = [
  { locale: 'es', width: 360, scheme: 'light', script: false },
  { locale: 'ru', width: 1280, scheme: 'dark', script: true },
]
for (const look of LOOKS) {
  const { locale, width, scheme, script } = look
  test(`an account from its first session to its end [${locale}, ${width} px, ${scheme}, ${script ? 'with' : 'without'} script]`, async (t) => {
    const email = `${'a-long-name-for-a-mailbox.'.repeat(2)}${locale}@example.com`
    const fresh = `new.${email}`
    const { page, context, wrong, url, inbox, words, said, tasks, signIn } = await ana(t, look, email)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const status = (name: string) => page.getByRole('status').getByRole('heading', { name }).waitFor()
    const field = (name: string) => page.getByLabel(name, { exact: true })
    const fits = async (name: string) => {
      assert.equal(await page.locator('html').getAttribute('lang'), locale)
      await assertNarrow(page, name)
      if (script && LOOKED_AT.includes(name)) await assertAccessible(page, name)
      await shoot(page, `account-${locale}-${name}-${width}-${scheme}`)
    }

    await signIn(page)
    await page.getByText(said.alone).waitFor()
    const phone = await visitor(t, browser(), url, { ...look, script: true }, { userAgent: IPHONE })
    await signIn(phone.page)
    await page.reload()
    const here = page.getByRole('listitem').filter({ hasText: SAID[locale].linux })
    await here.getByText(said.current).waitFor()
    assert.equal(await here.getByRole('button').count(), 0)
    const there = page.getByRole('listitem').filter({ hasText: SAID[locale].phone })
    assert.equal((await there.locator('time').textContent())!.includes('UTC'), !script, 'her own time, where a script may say it')
    await fits('1-account')
    await there.getByRole('button').click()
    await status(SAID[locale].ended)
    await page.getByText(said.alone).waitFor()
    await phone.page.goto(`${url}/account`)
    assert.match(phone.page.url(), /\/login\?next=/)

    await page.getByRole('link', { name: `${said.change} ${said.changed.password}` }).click()
    await field(tasks.password.current).fill('not her password')
    await field(tasks.password.fresh).fill(OTHER_PASSWORD)
    await button(tasks.password.submit).click()
    await page.getByRole('alert').getByText(words.passwordWrong).waitFor()
    assert.ok((await page.title()).startsWith(SAID[locale].error))
    assert.equal(await field(tasks.password.current).inputValue(), '', 'a password is not sent back')
    await fits('2-password-wrong')
    await field(tasks.password.current).fill(PASSWORD)
    await field(tasks.password.fresh).fill(OTHER_PASSWORD)
    await button(tasks.password.submit).click()
    await status(said.done.password.heading)

    await page.getByRole('link', { name: `${said.change} ${said.changed.language}` }).click()
    await fits('3-language')
    await page.getByRole('radio', { name: words.name }).check()
    await button(tasks.language.submit).click()
    await status(said.done.language.heading)

    await page.getByRole('link', { name: `${said.change} ${said.changed.email}` }).click()
    await field(tasks.email.label).fill(fresh)
    await field(tasks.email.password).fill(OTHER_PASSWORD)
    await fits('4-email')
    await button(tasks.email.submit).click()
    await status(tasks.sent.heading)
    const [letter] = await inbox(fresh, 1)
    assert.equal(letter!.headers['content-language'], locale)
    await fits('5-email-sent')
    await page.getByRole('link', { name: said.toAccount }).click()
    await page.getByRole('heading', { name: said.pending.heading }).waitFor()
    await fits('6-pending')
    await page.goto(`${url}/account/email/confirm?token=${linkIn(letter, '/account/email/confirm')}`)
    await page.getByText(fresh).waitFor()
    await fits('7-confirm')
    await button(tasks.confirm.submit).click()
    await status(said.done.email.heading)
    await page.getByRole('heading', { level: 1, name: fresh }).waitFor()

    await page.getByRole('link', { name: said.export.link }).click()
    await fits('8-export')
    const [download] = await Promise.all([page.waitForEvent('download'), button(tasks.export.submit).click()])
    assert.match(download.suggestedFilename(), /^localhost-.+\.json$/)
    assert.equal(JSON.parse(await readFile(await download.path(), 'utf8')).account.email, fresh)
    assert.equal(await button(tasks.export.submit).getAttribute('aria-disabled'), null, 'it can be had again')

    await page.getByRole('link', { name: said.toAccount }).click()
    await page.getByRole('link', { name: said.remove.link }).click()
    await fits('9-delete')
    await field(tasks.remove.password).fill(OTHER_PASSWORD)
    await button(tasks.remove.submit).click()
    await page.getByRole('heading', { level: 1, name: SAID[locale].gone }).waitFor()
    await fits('10-deleted')
    assert.deepEqual(
      (await context.cookies()).filter(({ name }) => name === 'sello'),
      [],
    )
    await page.goto(`${url}/account`)
    assert.match(page.url(), /\/login\?next=/)
    assert.deepEqual([...wrong, ...phone.wrong], [])
  })
}

/** Tab until it is there, and one sees where one is. */
async function tabTo(page: Page, to: Locator) {
  for (let presses = 0; presses < 40; presses++) {
    if (await to.evaluate((element) => element === element.ownerDocument.activeElement)) break
    await page.keyboard.press('Tab')
  }
  const outline = await to.evaluate((element) => element.ownerDocument.defaultView!.getComputedStyle(element).outlineStyle)
  assert.equal(outline, 'solid', String(to))
}

test('by the keyboard alone: in, another session ended, the password changed, and out', async (t) => {
  const look: Required<Look> = { locale: 'en', width: 1280, scheme: 'light', script: true }
  const { page, url, words, said, tasks, persistence, wrong } = await ana(t, look, 'ana@example.com')
  const phone = { token: 'a'.repeat(22), name: 'Safari', system: 'iPhone' }
  await persistence.handlers.signIn({ app: null, email: 'ana@example.com', password: PASSWORD, browser: phone })
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const press = async (to: Locator, key = 'Enter') => {
    await tabTo(page, to)
    await page.keyboard.press(key)
  }
  const type = async (label: string, text: string) => {
    await tabTo(page, page.getByLabel(label, { exact: true }))
    await page.keyboard.insertText(text)
  }
  await page.goto(`${url}/account`)
  await type(words.email, 'ana@example.com')
  await type(words.password, PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'ana@example.com' }).waitFor()
  await press(page.getByRole('button', { name: `${said.end} ${SAID.en.phone}` }), 'Space')
  await page.getByRole('status').getByText(SAID.en.ended).waitFor()

  await press(link(`${said.change} ${said.changed.password}`))
  await press(page.getByRole('button', { name: tasks.password.submit }))
  await page.locator('#summary:focus').waitFor()
  await press(page.getByRole('alert').getByRole('link', { name: tasks.password.missing.current }))
  await page.locator('#current:focus').waitFor()
  await type(tasks.password.current, PASSWORD)
  await type(tasks.password.fresh, OTHER_PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText(said.done.password.heading).waitFor()

  await press(link(`${said.change} ${said.changed.language}`))
  await tabTo(page, page.getByRole('radio', { name: 'English' }))
  await page.keyboard.press('ArrowUp')
  await press(page.getByRole('button', { name: tasks.language.submit }))
  await page.getByRole('status').getByText(account.ru.done.language.heading).waitFor()
  await press(page.getByRole('button', { name: account.ru.signOut }))
  await page.waitForURL(/\/login\?/)
  assert.equal(await page.locator('html').getAttribute('lang'), 'ru')
  assert.deepEqual(wrong, [])
})
