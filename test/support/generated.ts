import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { settings } from '../../src/settings.ts'

/** Parts of documents that are made from the code, between two marks. */
const parts: { path: string; mark: string; make: () => string }[] = [{ path: 'README.md', mark: 'settings', make: settingsTable }]

/** Compares each part with what the code says; with `write` puts it there. */
export function generate(root: string, write: boolean): { path: string; stale: boolean }[] {
  return parts.map(({ path, mark, make }) => {
    const file = join(root, path)
    const text = readFileSync(file, 'utf8')
    const between = new RegExp(`(<!-- ${mark} -->\n)[\\s\\S]*?(<!-- /${mark} -->)`)
    if (!between.test(text)) return { path, stale: true }
    const right = text.replace(between, (_, before: string, after: string) => `${before}${make()}\n${after}`)
    if (right !== text && write) writeFileSync(file, right)
    return { path, stale: right !== text && !write }
  })
}

function settingsTable(): string {
  const all = Object.values(settings)
  const rows = all
    .filter(({ later }) => !later)
    .map(({ name, fallback, meaning }) => `| \`${name}\` | ${fallback === null ? '–' : `\`${fallback}\``} | ${meaning} |`)
  const later = all.filter((setting) => setting.later).map(({ name }) => `\`${name}\``)
  return `| variable | default | meaning |\n|---|---|---|\n${rows.join('\n')}\n\nAccepted and checked, but without effect in this version (start says so): ${later.join(', ')}.`
}
