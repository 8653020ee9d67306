// `./sello screenshots [DIR]`: pictures of every state of every page; `--readme`: those that README shows.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import type { Locale } from '../../src/i18n/i18n.ts'
import { startSello } from '../support/server.ts'
import { takeReadme } from './readme.ts'
import { openStage, type Stage, type Taken, VIEWS } from './stage.ts'
import { lateWalks, minuteWalks, walks } from './walks.ts'

const CHROMIUM = '/usr/bin/chromium'
const LOCALES: readonly Locale[] = ['es', 'ru', 'en']
/** What codes live on the second Sello, and what a second letter waits for on the first, and a little. */
const MINUTE_MS = 61_000

const words = process.argv.slice(2)
const [folder, ...rest] = words.filter((word) => word !== '--readme')
if (rest.length > 0 || folder?.startsWith('-')) quit(`screenshots takes a folder or --readme, not ${words.join(' ')}`, 2)
if (!existsSync(CHROMIUM)) {
  const command = 'apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation'
  quit(`the pictures need ${CHROMIUM}. On Debian: sudo sh -c '${command}'`, 1)
}

const endings: (() => unknown)[] = []
const whole = { after: (done: () => unknown) => void endings.unshift(done) }
let failures: string[] = []
try {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--hide-scrollbars'],
  })
  whole.after(() => browser.close())
  if (words.includes('--readme')) await takeReadme(browser, await begin(), join(import.meta.dirname, '../../docs/images'))
  else failures = await takeAll(browser, folder === undefined ? mkdtempSync(join(tmpdir(), 'sello-screenshots-')) : resolve(folder))
} finally {
  for (const end of endings) await end()
}
if (failures.length > 0) quit(`${failures.length} walks did not come to their end:\n  ${failures.join('\n  ')}`, 1)

/** A Sello of its own, where people find it. */
async function begin(settings: Record<string, string> = {}): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'sello-screenshots-data-'))
  whole.after(() => rmSync(data, { recursive: true, force: true }))
  const { url } = await startSello(whole, { SELLO_DATA_DIR: data, ...settings })
  return `http://localhost:${new URL(url).port}`
}

/** @returns what went wrong, a line for each walk */
async function takeAll(browser: Browser, into: string): Promise<string[]> {
  mkdirSync(into, { recursive: true })
  const [usual, minute] = [await begin(), await begin({ SELLO_CODE_TTL: '1m' })]
  const all: Taken[] = []
  const failed: string[] = []
  const taken = (one: Taken) => {
    all.push(one)
    console.log(`  ${one.locale}  ${one.state}`)
  }
  const late: { name: string; go(): Promise<void> }[] = []
  const attempt = async (name: string, go: () => Promise<void>) => {
    await go().catch((error: Error) => {
      failed.push(`${name}: ${error.message.split('\n')[0]}`)
      console.log(`  ${failed.at(-1)}`)
    })
  }
  console.log(`Pictures go to ${into}`)
  const stages = LOCALES.map((locale) => ({ locale, on: (url: string): Stage => openStage(browser, { url, locale, folder: into, taken }) }))
  for (const { locale, on } of stages) {
    for (const [url, some] of [
      [usual, lateWalks],
      [minute, minuteWalks],
    ] as const) {
      for (const [name, walk] of Object.entries(some))
        await attempt(`${locale}, ${name}`, async () => void late.push({ name: `${locale}, ${name}`, go: await walk(on(url)) }))
    }
  }
  const ripe = performance.now() + MINUTE_MS
  for (const { locale, on } of stages)
    for (const [name, walk] of Object.entries(walks)) await attempt(`${locale}, ${name}`, () => walk(on(usual)))
  await new Promise((done) => setTimeout(done, Math.max(0, ripe - performance.now())))
  for (const { name, go } of late) await attempt(name, go)
  writeFileSync(join(into, 'index.html'), indexOf(all))
  console.log(`${all.length * VIEWS} pictures; ${join(into, 'index.html')} shows them`)
  return failed
}

function indexOf(all: readonly Taken[]): string {
  const row = ({ state, locale, files }: Taken) =>
    `<h2>${state}, ${locale}</h2><p>${files.map((file) => `<a href="${file}"><img src="${file}" alt="${file}" height="480" loading="lazy"></a>`).join(' ')}</p>`
  return `<!doctype html><meta charset="utf-8"><title>Sello: pages</title><style>body{font:1rem sans-serif}img{vertical-align:top;border:1px solid #888}</style>\n${all.map(row).join('\n')}\n`
}

function quit(why: string, code: number): never {
  console.error(`sello: ${why}`)
  process.exit(code)
}
