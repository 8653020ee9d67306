// `./sello client [--out FOLDER]`: the client library as ESM with its types, and as a package for npm.
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const here = import.meta.dirname
const root = join(here, '..')

/** Builds into `dist` of that folder and packs it there. @returns the path of the package */
export function buildClient(out: string): string {
  const dist = join(out, 'dist')
  rmSync(dist, { recursive: true, force: true })
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', here, '--outDir', dist], { stdio: ['ignore', 'inherit', 'inherit'] })
  // tsc leaves `.ts` in the imports of declarations.
  for (const file of globSync('*.d.ts', { cwd: dist })) {
    const text = readFileSync(join(dist, file), 'utf8')
    writeFileSync(join(dist, file), text.replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"))
  }
  if (out !== here) for (const file of ['package.json', 'README.md']) cpSync(join(here, file), join(out, file))
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE'))
  const { version } = JSON.parse(readFileSync(join(out, 'package.json'), 'utf8')) as { version: string }
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts'], { cwd: out, stdio: ['ignore', 'ignore', 'inherit'] })
  return join(out, `sello-client-${version}.tgz`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: here } } })
  const out = resolve(values.out)
  mkdirSync(out, { recursive: true })
  process.stdout.write(`${buildClient(out)}\n`)
}
