import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { print, type Sample, type Tools, Usage } from './tools.ts'

const WIDTHS = { phone: 360, desktop: 700 }

/** `./sello letters --render DIR`: every letter as files, and a page that shows them side by side. Nothing is sent or read. */
export async function render(folder: string, accent: string | undefined, { readConfig, sampleLetters }: Tools) {
  if (accent !== undefined && !/^#[0-9a-f]{6}$/i.test(accent)) throw new Usage("letters: --accent is a colour such as '#0a6a50'")
  const samples = await sampleLetters(readConfig('tools'), accent)
  mkdirSync(folder, { recursive: true })
  for (const { name, locale, files } of samples)
    for (const [ending, content] of Object.entries(files)) writeFileSync(join(folder, `${name}.${locale}.${ending}`), content)
  const index = join(folder, 'index.html')
  writeFileSync(index, pageOf(samples))
  print(`${samples.length} letters; to look at: ${index}`)
}

/** One row for each letter, its frames loaded when they come into sight. */
function pageOf(samples: Sample[]): string {
  const languages = [...new Set(samples.map(({ locale }) => locale))]
  const names = [...new Set(samples.map(({ name }) => name))]
  const rows = samples.map((sample) => rowOf(sample)).join('\n')
  const links = languages.map(
    (locale) => `<li>${locale}: ${names.map((name) => `<a href="#${name}.${locale}">${name}</a>`).join(' ')}</li>`,
  )
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Letters of Sello</title>
<style>
body{margin:16px;font:15px/1.5 system-ui,sans-serif;background:#555;color:#fff}a{color:#fff}
section div{display:flex;gap:12px;overflow-x:auto}iframe{flex:none;height:780px;border:0;background:#fff}h2{font-size:17px;margin:24px 0 4px}
</style>
<h1>Letters</h1>
<ul>${links.join('\n')}</ul>
${rows}
</html>
`
}

function rowOf({ name, locale, subject, files }: Sample): string {
  const file = `${name}.${locale}`
  const frame = (theme: string, [kind, width]: [string, number]) =>
    `<iframe loading="lazy" src="${file}.${theme}.html" width="${width}" title="${file}, ${theme}, ${kind}"></iframe>`
  const frames = ['light', 'dark'].flatMap((theme) => Object.entries(WIDTHS).map((width) => frame(theme, width)))
  const others = Object.keys(files).map((ending) => `<a href="${file}.${ending}">${ending}</a>`)
  return `<section id="${file}"><h2 lang="${locale}">${escaped(subject)}</h2>${name}, ${locale}: ${others.join(' ')}<div>${frames.join('')}</div></section>`
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
