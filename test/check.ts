// `./sello check`: formatting, lint, types, architecture, generated files, nothing broken since the released API. `--write` mends what
// can be mended; `--release` makes today's API the released one.
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { breaks, type Document } from './support/breaking.ts'
import { generate } from './support/generated.ts'

const root = join(import.meta.dirname, '..')
const write = process.argv.includes('--write')
const bin = (name: string) => join(root, 'node_modules/.bin', name)

const steps: [string, string, string[]][] = [
  ['formatting and lint', bin('biome'), ['check', ...(write ? ['--write'] : []), '.']],
  ['promises', bin('oxlint'), ['--type-aware', '--deny-warnings', '-c', '.oxlintrc.json', 'src', 'test', 'bench', 'client', 'examples']],
  ['types', bin('tsc'), ['-p', '.']],
  ['types of the client', bin('tsc'), ['-p', 'client', '--noEmit']],
  ['architecture', process.execPath, ['--test', '--test-reporter=dot', 'test/architecture.test.ts']],
]
let failed = 0
for (const [name, command, args] of steps) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  if (status === 0) continue
  failed++
  console.log(`${stdout}${stderr}`.trim())
}
for (const { path, stale } of generate(root, write)) {
  console.log(`${stale ? 'FAILED' : 'ok    '} ${path} ${stale ? 'is not what the code says: ./sello check --write' : 'in sync'}`)
  if (stale) failed++
}
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as Document
if (process.argv.includes('--release')) copyFileSync(join(root, 'docs/openapi.json'), join(root, 'docs/openapi.released.json'))
const broken = breaks(read('docs/openapi.released.json'), read('docs/openapi.json'))
console.log(`${broken.length === 0 ? 'ok    ' : 'FAILED'} callers of the released API`)
if (broken.length > 0) {
  failed++
  console.log(`${broken.join('\n')}\nWhere that is meant: ./sello check --release, and a word in CHANGELOG.md`)
}
process.exit(failed > 0 ? 1 : 0)
