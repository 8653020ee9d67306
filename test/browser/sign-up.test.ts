import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { code } from '../../src/i18n/pages/code.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { signUp } from '../../src/i18n/pages/sign-up.ts'
import { assertNarrow, browserOfFile, type Locale, type Look, shoot, visitor } from '../support/browser.ts'
import { codeIn, otherThan, PASSWORD } from '../support/people.ts'
import { world } from '../support/world.ts'

const browser = browserOfFile()

/** Written down here once more: what is said must not change by mistake. */
const SAID = {
  es: { register: 'Crea tu cuenta', check: 'Mira tu correo', left: 'Te quedan 2 intentos.', done: 'Correo verificado', error: 'Error: ' },
  ru: {
    register: 'Создайте аккаунт',
    check: 'Проверьте почту',
    left: 'Осталось 2 попытки.',
    done: 'Почта подтверждена',
    error: 'Ошибка: ',
  },
  en: {
    register: 'Create your account',
    check: 'Check your email',
    left: 'You have 2 attempts left.',
    done: 'Email verified',
    error: 'Error: ',
  },
}
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })

const LOOKS: Required<Look>[] = [
  { locale: 'es', width: 360, scheme: 'light', script: true },
  { locale: 'es', width: 1280, scheme: 'dark', script: false },
  { locale: 'ru', width: 360, scheme: 'dark', script: false },
  { locale: 'ru', width: 1280, scheme: 'light', script: true },
  { locale: 'en', width: 360, scheme: 'light', script: false },
  { locale: 'en', width: 1280, scheme: 'dark', script: true },
]
for (const look of LOOKS) {
  const { locale, width, scheme, script } = look
  test(`from the form to the session [${locale}, ${width} px, ${scheme}, ${script ? 'with' : 'without'} script]`, async (t) => {
    const { url, inbox } = await world(t)
    const { page, wrong, context } = await visitor(t, browser(), url, look)
    const [words, said] = [shell[locale], SAID[locale]]
    const email = `${'a-long-name-for-a-mailbox.'.repeat(2)}${locale}@example.com`
    const fits = async (name: string) => {
      assert.equal(await page.locator('html').getAttribute('lang'), locale)
      await assertNarrow(page, name)
      await shoot(page, `${locale}-${name}-${width}-${scheme}`)
    }

    await page.goto(`${url}/register`)
    await heading(page, said.register).waitFor()
    await fits('1-register')
    await page.getByLabel(words.email).fill('ana@')
    await page.getByRole('button', { name: signUp[locale].register.submit }).click()
    await page.getByRole('alert').getByRole('heading', { name: words.problem }).waitFor()
    assert.ok((await page.title()).startsWith(said.error))
    assert.equal(await page.getByLabel(words.email).inputValue(), 'ana@')
    await fits('2-register-wrong')
    await page.getByLabel(words.email).fill(` ${email.toUpperCase()} `)
    await page.getByLabel(words.password, { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: signUp[locale].register.submit }).click()

    await heading(page, said.check).waitFor()
    await page.getByText(email).waitFor()
    assert.equal(page.url(), `${url}/verify-email`, 'the address stands in no URL')
    await fits('3-code')
    const [letter] = await inbox(email, 1)
    const right = codeIn(letter)
    assert.equal(letter!.headers['content-language'], locale)
    await enterCode(page, locale, otherThan(right))
    await page.getByRole('alert').getByText(said.left).waitFor()
    await fits('4-code-wrong')
    await enterCode(page, locale, right)

    await heading(page, said.done).waitFor()
    assert.equal(page.url(), `${url}/verified`)
    await fits('5-verified')
    await page.reload()
    await heading(page, said.done).waitFor()
    if (script) {
      await page.goBack() // to the refused code, which is asked for anew, not sent again
      await heading(page, said.done).waitFor()
    }
    await page.getByRole('link', { name: signUp[locale].verified.submit('Sello') }).click()

    await page.getByLabel(words.email).fill(email)
    await page.getByLabel(words.password, { exact: true }).fill(PASSWORD)
    await fits('6-login')
    await page.getByRole('button', { name: words.signIn }).click()
    await page.waitForURL(`${url}/account`)
    const session = (await context.cookies()).find(({ name }) => name === 'sello')!
    assert.deepEqual([session.httpOnly, session.sameSite, session.expires], [true, 'Lax', -1])
    assert.deepEqual(wrong, [])
  })
}

async function enterCode(page: Page, locale: Locale, value: string) {
  await page.getByLabel(code[locale].code.label(4)).fill(value)
  await page.getByRole('button', { name: code[locale].code.submit }).click()
}
