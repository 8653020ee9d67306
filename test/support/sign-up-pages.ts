import type { Page } from 'playwright-core'
import { code } from '../../src/i18n/pages/code.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { signUp as words } from '../../src/i18n/pages/sign-up.ts'
import type { Locale } from './browser.ts'
import { PASSWORD } from './people.ts'

/** Somebody at the pages of sign-up and sign-in, who goes by what is read there. */
export function guest(page: Page, url: string, locale: Locale = 'es') {
  const [common, waiting] = [shell[locale], code[locale]]
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const field = page.getByLabel(waiting.code.label(4))
  const status = (name: string) => page.getByRole('status').getByRole('heading', { name }).waitFor()

  async function credentials(email: string, password: string) {
    await page.getByLabel(common.email).fill(email)
    await page.getByLabel(common.password, { exact: true }).fill(password)
  }
  return {
    heading,
    press,
    /** The notice with this heading. */
    status,
    alert: (text: string) => page.getByRole('alert').getByText(text, { exact: true }).waitFor(),
    /** Of the code. */
    field,
    async signUp(email: string, password = PASSWORD, query = '') {
      await page.goto(`${url}/register${query}`)
      await credentials(email, password)
      await press(words[locale].register.submit)
      await heading(waiting.code.heading)
    },
    async enterCode(value: string) {
      await field.fill(value)
      await press(waiting.code.submit)
    },
    /** From wherever the log-in page is now, or from its beginning. */
    async signIn(email: string, password = PASSWORD, query = '') {
      if (!page.url().includes('/login')) await page.goto(`${url}/login${query}`)
      await credentials(email, password)
      await press(common.signIn)
    },
  }
}
