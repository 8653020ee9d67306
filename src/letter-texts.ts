import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Locale, locales } from './i18n/i18n.ts'
import { type AllTexts, judgeTexts, type LetterTexts } from './i18n/letter-texts.ts'
import type { Mistake, Parse } from './parsers.ts'

const RIGHT = 'es.json, ru.json and en.json, or some of them'

/**
 * The folder of SELLO_LETTER_TEXTS: `es.json`, `ru.json`, `en.json`, any of them; and folders of that kind named by an application's
 * id, whose texts go before the common ones. What begins with a dot, or ends otherwise, is passed over.
 */
export const letterTexts: Parse<AllTexts> = (folder) => {
  const mistakes: Mistake[] = []
  const all = readFolder(folder, '', mistakes)
  const apps = foldersIn(folder, mistakes).map((app) => [app, readFolder(join(folder, app), `${app}/`, mistakes)] as const)
  if (mistakes.length === 0 && [all, ...apps.map(([, texts]) => texts)].every((texts) => Object.keys(texts).length === 0))
    mistakes.push({ wrong: 'names a folder without texts', right: RIGHT })
  const [first, ...more] = mistakes
  return first ? { ...first, more } : { value: { all, apps: Object.fromEntries(apps) } }
}

/** @param place what stands before a file's name where a mistake is told */
function readFolder(folder: string, place: string, mistakes: Mistake[]): { [L in Locale]?: LetterTexts } {
  const files = tried(() => readdirSync(folder), place, mistakes).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  const entries = files.flatMap((file) => {
    const locale = locales.find((known) => file === `${known}.json`)
    if (locale) return [[locale, readTexts(join(folder, file), place + file, locale, mistakes)]]
    mistakes.push({ wrong: `has ${place}${file}, which is no language of letters`, right: RIGHT })
    return []
  })
  return Object.fromEntries(entries)
}

function foldersIn(folder: string, mistakes: Mistake[]): string[] {
  const names = readableNames(folder).filter((name) => !name.startsWith('.') && statSync(join(folder, name)).isDirectory())
  for (const name of names.filter((one) => !/^app_\w+$/.test(one)))
    mistakes.push({ wrong: `has a folder ${name}, which is no application’s id`, right: 'app_…, as ./sello apps list shows it' })
  return names.filter((name) => /^app_\w+$/.test(name))
}

function readTexts(path: string, file: string, locale: Locale, mistakes: Mistake[]): LetterTexts {
  const [text] = tried(() => [readFileSync(path, 'utf8')], file, mistakes)
  if (text === undefined) return {}
  try {
    const given: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    const found = judgeTexts(given, locale)
    mistakes.push(...found.map(({ path: key, wrong, right }) => ({ wrong: `in ${file}${key ? `, ${key}` : ''}: ${wrong}`, right })))
    return given as LetterTexts
  } catch {
    mistakes.push({ wrong: `in ${file}: is not JSON`, right: '{"codeLetter": {"heading": "…"}}' })
    return {}
  }
}

/** What was read, or nothing and a mistake. */
function tried<T>(read: () => T[], place: string, mistakes: Mistake[]): T[] {
  try {
    return read()
  } catch (error) {
    const what = place === '' ? 'names a folder' : `has ${place}`
    mistakes.push({ wrong: `${what} that cannot be read (${(error as NodeJS.ErrnoException).code})`, right: '/etc/sello/letters' })
    return []
  }
}

/** Nothing where the folder cannot be read, which was told before. */
function readableNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
