// The pictures of README.md and its translations: what does not change from one taking to the next, as far as a real Sello lets it.
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Locale } from '../../src/i18n/i18n.ts'
import { PASSWORD } from '../support/people.ts'
import { openStage } from './stage.ts'

const LOCALES: readonly Locale[] = ['es', 'ru', 'en']
const LARGEST = 120 * 1024
const VIEWPORT = { width: 360, height: 720 }
/** As mailboxes elsewhere see the page: without the way to this machine's inbox. */
const ELSEWHERE = { 'x-forwarded-for': '203.0.113.7' }
/** A frame that was scrolled to is drawn by a process of its own; nothing says when. */
const PAINTED_MS = 500
const SAME_TIME = `for (const time of document.querySelectorAll('time[data-local]')) time.textContent = '10:47'`

export async function takeReadme(browser: Browser, url: string, folder: string) {
  mkdirSync(folder, { recursive: true })
  for (const locale of LOCALES) {
    const stage = openStage(browser, { url, locale, folder })
    const email = { es: 'ana@example.com', ru: 'i.petrova@example.com', en: 'ana@example.org' }[locale]
    const one = await stage.visitor({ viewport: VIEWPORT, colorScheme: 'light', extraHTTPHeaders: ELSEWHERE })
    const take = async (page: Page, name: string) => {
      const file = join(folder, `${name}.${locale}.png`)
      await page.screenshot({ path: file })
      const { size } = statSync(file)
      if (size > LARGEST) throw new Error(`${file} has ${size} bytes; ${LARGEST} are the most`)
      console.log(`  ${file} ${Math.ceil(size / 1024)} KB`)
    }
    await one.open('/register')
    await one.fill({ email, password: PASSWORD })
    await take(one.page, 'sign-up')
    await one.press('/register')
    await one.page.emulateMedia({ colorScheme: 'dark' })
    await one.page.evaluate(SAME_TIME)
    await take(one.page, 'code')
    const [letter] = await stage.inbox(email)
    const { page, open } = await stage.visitor({ viewport: VIEWPORT, colorScheme: 'light' })
    await open(`/inbox?id=${letter!.id}`)
    await page.frameLocator('iframe').getByRole('heading').first().waitFor()
    await page.evaluate("scrollTo(0, document.querySelector('iframe').getBoundingClientRect().top - 96)")
    await page.waitForTimeout(PAINTED_MS)
    await take(page, 'letter')
    await stage.close()
  }
}
