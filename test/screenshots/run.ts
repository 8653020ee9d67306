// `./sello screenshots [DIR]`: pictures of every state of every page; `--readme`: those that README shows.
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
if (failures.length > 0) quit(`not every page has its pictures:\n  ${failures.join('\n  ')}`, 1)

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
  const attempt = async (name: string, go: () => Promise<unknown>) => {
    await go().catch((error: Error) => {
      failed.push(`${name}: ${error.message.split('\n')[0]}`)
      console.log(`  ${failed.at(-1)}`)
    })
  }
  console.log(`Pictures go to ${into}`)
  const seen = new Set<string>()
  const stageOf = (url: string, locale: Locale) => openStage(browser, { url, locale, folder: into, taken, came: (path) => seen.add(path) })
  const late: (() => Promise<void>)[] = []
  for (const locale of LOCALES) {
    for (const [name, walk] of Object.entries({ ...lateWalks, ...minuteWalks })) {
      const stage = stageOf(name in minuteWalks ? minute : usual, locale)
      await attempt(`${locale}, ${name}`, async () => {
        const go = await walk(stage)
        late.push(() => attempt(`${locale}, ${name}`, () => closing(stage, go)))
      })
    }
  }
  const ripe = performance.now() + MINUTE_MS
  for (const locale of LOCALES) {
    for (const [name, walk] of Object.entries(walks)) {
      const stage = stageOf(usual, locale)
      await attempt(`${locale}, ${name}`, () => closing(stage, () => walk(stage)))
    }
  }
  await new Promise((done) => setTimeout(done, Math.max(0, ripe - performance.now())))
  for (const go of late) await go()
  failed.push(
    ...pathsOfPages()
      .filter((path) => !seen.has(path))
      .map((path) => `no walk came to ${path}`),
  )
  writeFileSync(join(into, 'index.html'), indexOf(all))
  console.log(`${all.length * VIEWS} pictures; ${join(into, 'index.html')} shows them`)
  return failed
}

async function closing(stage: Stage, work: () => Promise<void>) {
  try {
    await work()
  } finally {
    await stage.close()
  }
}

/** Of every page that there is, as the sources name them. */
function pathsOfPages(): string[] {
  const sources = globSync(join(import.meta.dirname, '../../src/gateway/pages/*.ts')).map((file) => readFileSync(file, 'utf8'))
  return sources.flatMap((text) => [...text.matchAll(/\b(?:path:|PATH =) '(\/[^']+)'/g)].map(([, path]) => path!)).sort()
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
