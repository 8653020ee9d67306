// What the walks of `./sello screenshots` stand on: a Sello, browsers, letters, and a camera.
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { InboxMessage } from '../../src/contract/messaging.ts'
import type { Locale } from '../../src/i18n/i18n.ts'
import { PASSWORD, people } from '../support/people.ts'
import { until } from '../support/server.ts'

const TAGS = { es: 'es-ES', ru: 'ru-RU', en: 'en-GB' }
const SCHEMES = ['light', 'dark'] as const
const SIZES = [
  { width: 360, height: 780 },
  { width: 1280, height: 900 },
]
/** A page that takes longer is broken. */
const LONGEST_MS = 10_000

/** How many pictures a state has in a language. */
export const VIEWS = SCHEMES.length * SIZES.length
export type Taken = { state: string; locale: Locale; files: string[] }
export type Stage = ReturnType<typeof openStage>

type Given = {
  /** Where people find it: cookies and forms are of `localhost`. */
  url: string
  locale: Locale
  folder: string
  /** Told of each state once its pictures are there. */
  taken?(one: Taken): void
  /** Told of each path of ours that a browser comes by. */
  came?(path: string): void
}

export function openStage(browser: Browser, { url, locale, folder, taken, came }: Given) {
  const own = people({ url, inbox }, { 'accept-language': locale })

  const contexts: BrowserContext[] = []

  /** The letters to an address, newest first, once there are so many. */
  async function inbox(to: string, count = 1): Promise<InboxMessage[]> {
    return until(`${count} letters to ${to}`, LONGEST_MS, async () => {
      const letters = (await (await fetch(`${url}/inbox/messages?to=${encodeURIComponent(to)}`)).json()) as InboxMessage[]
      return letters.length >= count && letters
    })
  }

  /** Somebody in front of a browser that was never here. */
  async function visitor(options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ locale: TAGS[locale], viewport: SIZES[0]!, ...options })
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(LONGEST_MS)
    page.on('request', (one) => one.isNavigationRequest() && came?.(new URL(one.url()).pathname))
    /** @throws unless the page that is come to has this status */
    async function arrived(status: number, going: () => Promise<unknown>) {
      const coming = page.waitForResponse((one) => one.request().isNavigationRequest() && (one.status() < 300 || one.status() > 399))
      const [response] = await Promise.all([coming, going()])
      await response.finished()
      await page.waitForURL(response.url(), { waitUntil: 'load' })
      if (response.status() !== status)
        throw new Error(`${new URL(response.url()).pathname} answers ${response.status()} instead of ${status}`)
    }
    return {
      page,
      /** @param path of ours, or a whole link */
      open: (path: string, status = 200) => arrived(status, () => page.goto(new URL(path, url).href)),
      async fill(values: Record<string, string>) {
        for (const [name, value] of Object.entries(values)) await page.locator(`main [name="${name}"]`).first().fill(value)
      },
      /** Presses the button of the first form that posts there. */
      press: (action: string, status = 200) =>
        arrived(status, () => page.locator(`main form[action="${action}"] .btn`).first().click({ noWaitAfter: true })),
      /** Sends it as a browser without script would, whatever its button says. */
      send: (action: string, status = 200) =>
        arrived(status, () =>
          page
            .locator(`main form[action="${action}"]`)
            .first()
            .evaluate((form) => (form as unknown as { submit(): void }).submit()),
        ),
      shot: (state: string) => shoot(page, state),
    }
  }

  async function shoot(page: Page, state: string) {
    const files: string[] = []
    for (const size of SIZES) {
      await page.setViewportSize(size)
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        files.push(`${state}.${locale}.${colorScheme}.${size.width}.png`)
        await page.screenshot({ path: join(folder, files.at(-1)!), fullPage: true })
      }
    }
    taken?.({ state, locale, files })
  }

  return {
    url,
    locale,
    visitor,
    inbox,
    people: own,
    /** Every browser of this stage is gone. */
    async close() {
      for (const context of contexts.splice(0)) await context.close()
    },
    address: (name: string) => `${name}.${locale}@example.com`,
    /** Somebody whose address is proven. */
    async member(name: string): Promise<string> {
      const email = `${name}.${locale}@example.com`
      const { flow, code } = await own.signedUp(email)
      const { status } = await own.verify({ email, code, flow })
      if (status !== 200) throw new Error(`the code of ${email} is answered ${status}`)
      return email
    },
    /** In front of the account. */
    async signedIn(email: string) {
      const one = await visitor()
      await one.open('/login')
      await one.fill({ email, password: PASSWORD })
      await one.press('/login')
      return one
    },
  }
}

/** The link of a letter to this page. @throws where it has none */
export function linkOf(letter: InboxMessage | undefined, path: string): string {
  const link = letter?.text.split('\n').find((line) => line.startsWith('http') && new URL(line).pathname === path)
  if (!link) throw new Error(`the letter has no link to ${path}`)
  return link
}
