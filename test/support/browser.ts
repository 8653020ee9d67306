import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before } from 'node:test'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

export type Locale = 'es' | 'ru' | 'en'
export type Look = { locale?: Locale; width?: number; scheme?: 'light' | 'dark'; script?: boolean }
type Cleanup = { after(done: () => Promise<void>): void }

/** One browser for all tests of a file: Debian's chromium. */
export function browserOfFile(): () => Browser {
  let browser: Browser
  before(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS })
  })
  after(() => browser.close())
  return () => browser
}

const TAGS = { es: 'es-ES', ru: 'ru-RU', en: 'en-GB' }
export const lookOf = ({ locale = 'en', width = 1280, scheme = 'light', script = true }: Look): BrowserContextOptions => ({
  locale: TAGS[locale],
  viewport: { width, height: 800 },
  colorScheme: scheme,
  javaScriptEnabled: script,
})

/** Somebody's own browser, with a page in it. `wrong` fills with what must not happen: see `watch`. */
export async function visitor(
  t: Cleanup,
  browser: Browser,
  origin: string,
  look: Look = {},
  more: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page; wrong: string[] }> {
  const context = await browser.newContext({ ...lookOf(look), ...more })
  context.setDefaultTimeout(10_000)
  t.after(() => context.close())
  const page = await context.newPage()
  return { context, page, wrong: watch(page, origin) }
}

/** What must not happen on a page: requests to others, complaints on its console, faults. That a form was refused is no complaint. */
export function watch(page: Page, origin: string): string[] {
  const wrong: string[] = []
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    const isRefusal = /status of 4\d\d/.test(message.text()) && message.location().url.split(/[?#]/)[0] === page.url().split(/[?#]/)[0]
    if (!isRefusal) wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('request', (request) => request.url().startsWith(`${origin}/`) || wrong.push(`foreign: ${request.url()}`))
  return wrong
}

const overflow = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
export async function assertNarrow(page: Page, what: string) {
  assert.equal(await overflow(page), 0, `${what}: no sideways scroll`)
}

type Found = { id: string; impact: string; nodes: { target: string[] }[] }[]

/** Nothing serious or critical that axe-core finds, size of targets included. `only`: these of its rules. */
export async function assertAccessible(page: Page, what: string, only?: string[]) {
  const rules = only ? `runOnly: ${JSON.stringify(only)}` : `rules: { 'target-size': { enabled: true } }`
  const run = `axe.run(document, { iframes: false, resultTypes: ['violations'], ${rules} }).then(({ violations }) => violations)`
  const found = (await page.evaluate(`globalThis.axe || (() => { ${axe} })();${run}`)) as Found
  const grave = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' ')}`),
    [],
    what,
  )
}

/** SHOTS names a folder for pictures, to look at. */
export async function shoot(page: Page, name: string) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
}
