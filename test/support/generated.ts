import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientTypes } from '../../client/generate.ts'
import { documentAt } from '../../src/gateway/web/document.ts'
import { settings } from '../../src/settings.ts'
import { challengeDocs } from './challenges.ts'
import { errorsTable, oauthErrorsTable } from './errors.ts'
import { sessionDocs } from './session-states.ts'

/** Parts of documents that are made from the code, between two marks. */
const parts: { path: string; mark: string; make: () => string }[] = [
  { path: 'README.md', mark: 'settings', make: settingsTable },
  { path: 'docs/errors.md', mark: 'errors', make: errorsTable },
  { path: 'docs/errors.md', mark: 'oauth-errors', make: oauthErrorsTable },
  { path: 'docs/accounts.md', mark: 'challenges', make: challengeDocs },
  { path: 'docs/accounts.md', mark: 'sessions', make: sessionDocs },
]

/** Files that are made as a whole, each from the code or from those above it. */
const wholes: { path: string; make: () => string }[] = [
  { path: 'docs/openapi.json', make: () => `${JSON.stringify(documentAt('http://localhost:3000'), null, 2)}\n` },
  { path: 'src/gateway/web/docs.script.js', make: docsScript },
  { path: 'client/src/types.ts', make: () => clientTypes(join(import.meta.dirname, '../..')) },
]

/** Compares each part with what the code says; with `write` puts it there. */
export function generate(root: string, write: boolean): { path: string; stale: boolean }[] {
  const put = (path: string, right: string) => {
    const file = join(root, path)
    const stale = !existsSync(file) || readFileSync(file, 'utf8') !== right
    if (stale && write) writeFileSync(file, right)
    return { path, stale: stale && !write }
  }
  const made = parts.map(({ path, mark, make }) => {
    const text = readFileSync(join(root, path), 'utf8')
    const between = new RegExp(`(<!-- ${mark} -->\n)[\\s\\S]*?(<!-- /${mark} -->)`)
    if (!between.test(text)) return { path, stale: true }
    const right = text.replace(between, (_, before: string, after: string) => `${before}${make()}\n${after}`)
    return put(path, right)
  })
  return [...made, ...wholes.map(({ path, make }) => put(path, make()))]
}

/** What the browser gets at /docs: the programs' text without its types, which Node takes out where it does not warn of it, and the rest. */
function docsScript(): string {
  const web = (name: string) => join(import.meta.dirname, '../../src/gateway/web', name)
  const code = `
    const { stripTypeScriptTypes } = require('node:module')
    process.stdout.write(stripTypeScriptTypes(require('node:fs').readFileSync(process.argv[1], 'utf8')))`
  const programs = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', code, web('snippets.ts')], {
    encoding: 'utf8',
  })
  const bare = (text: string) => text.replace(/^ *(\/\/|\/\*).*\n/gm, '')
  const tidy = programs.replace(/^export (?!type)/gm, '').replace(/[ \t]+$/gm, '')

  return `// Made from snippets.ts and docs.client.js by ./sello check --write.\n${bare(tidy)}${bare(readFileSync(web('docs.client.js'), 'utf8'))}`
}

function settingsTable(): string {
  const all = Object.values(settings)
  const rows = all
    .filter(({ later }) => !later)
    .map(({ name, fallback, meaning }) => `| \`${name}\` | ${fallback === null ? '–' : `\`${fallback}\``} | ${meaning} |`)
  const later = all.filter((setting) => setting.later).map(({ name }) => `\`${name}\``)
  return `| variable | default | meaning |\n|---|---|---|\n${rows.join('\n')}\n\nAccepted and checked, but without effect in this version (start says so): ${later.join(', ')}.`
}
