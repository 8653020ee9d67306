import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder } from './support/folder.ts'
import { BATTERY } from './support/foreign.ts'
import { startSello } from './support/server.ts'

const ROOT = join(import.meta.dirname, '..')
const DOCUMENT = readFileSync(join(ROOT, 'docs/import.md'), 'utf8')

/** The lines of the `sh` block of a chapter that are run here. */
function commandsOf(chapter: string): { jq: string; importing: string[] } {
  const text = DOCUMENT.split('\n## ').find((one) => one.startsWith(`${chapter}\n`)) ?? assert.fail(chapter)
  const block = /<!-- not run: test\/docs-import\.test\.ts does[^\n]*\n```sh\n([\s\S]*?)```/.exec(text)?.[1] ?? assert.fail(chapter)
  const [jq, command, ...rest] = block.trim().split('\n')
  assert.deepEqual(rest, [])
  assert.match(command!, /^\.\/sello accounts import accounts\.jsonl/)
  return { jq: jq!, importing: command!.split(' ').slice(1) }
}

const guides: { chapter: string; imported: number; reasons: string[]; people: Record<string, string>; ids: string[] }[] = [
  {
    chapter: 'From Supabase',
    imported: 2,
    reasons: ['email_not_verified'],
    people: { 'ana@example.com': BATTERY },
    ids: ['5f1c2a3e-7a1b-4c57-9d3f-0c8f7d9a1b11', '8b8d4f0c-2f8e-4d3a-8a5e-1d2c3b4a5f22'],
  },
  {
    chapter: 'From Auth0',
    imported: 2,
    reasons: ['email_not_verified'],
    people: { 'ana@example.com': BATTERY, 'bob@example.com': BATTERY },
    ids: ['auth0|60425dc43519d90068f82973', 'auth0|euclid'],
  },
  {
    chapter: 'From Keycloak',
    imported: 3,
    reasons: ['email_not_verified'],
    people: { 'ana@example.com': BATTERY, 'bob@example.com': BATTERY },
    ids: ['4b2c8e7a-0000-4000-8000-ana000000000', '4b2c8e7a-0000-4000-8000-bob000000000', '4b2c8e7a-0000-4000-8000-eva000000000'],
  },
  {
    chapter: 'From Firebase',
    imported: 2,
    reasons: ['email_not_verified'],
    people: { 'ana@example.com': 'user1password' },
    ids: ['zLkGiwKiHxYWFZNqLS7Xk3kTz6P2', 'Ae9vYpqTzPQ0Wm6m4GQj3O7yqv12'],
  },
]

for (const { chapter, imported, reasons, people, ids } of guides) {
  test(`docs/import.md, ${chapter}: what it says makes accounts whose people sign in`, async (t) => {
    const dir = folder(t)
    cpSync(join(ROOT, 'test/fixtures/import'), dir, { recursive: true })
    const { jq, importing } = commandsOf(chapter)
    execFileSync('sh', ['-c', jq], { cwd: dir })
    const sello = await startSello(t, { SELLO_DATA_DIR: join(dir, 'data') })
    const at = importing.map((word) => (/\.(jsonl|txt)$/.test(word) ? join(dir, word) : word))
    const ran = await sello.run(...at, '--ids', join(dir, 'ids'))
    assert.equal(ran.code, 1, ran.stderr)
    const recordsOf = (name: string) =>
      readFileSync(join(dir, name), 'utf8')
        .trim()
        .split('\n')
        .map((one) => JSON.parse(one) as Record<string, unknown>)
    assert.match(ran.stdout, new RegExp(`^${imported + reasons.length} lines: ${imported} imported, ${reasons.length} refused\n`))
    assert.deepEqual(
      recordsOf('accounts.jsonl.refused.jsonl').map(({ reason }) => reason),
      reasons,
    )
    assert.deepEqual(
      recordsOf('ids').map(({ id }) => id),
      ids,
    )
    const signIn = (email: string, password: string) =>
      sello.ask({ method: 'POST', path: '/v1/login', body: { email, password }, key: null })
    for (const [email, password] of Object.entries(people)) {
      assert.equal((await signIn(email, `${password}!`)).status, 401)
      assert.equal((await signIn(email, password)).status, 200)
    }
    await sello.stop()
  })
}

test('docs/import.md names every reason and every field', () => {
  const rules = ['src/rules/import-line.ts', 'src/rules/foreign-forms.ts', 'src/cli/lines.ts', 'src/persistence/import.ts']
  const texts = rules.map((path) => readFileSync(join(ROOT, path), 'utf8'))
  const union = texts.flatMap((text) => [...text.matchAll(/^\s+\| '(\w+)'$|Reason = ([^\n]+)|problem: ([^\n]+)|reason: '(\w+)'/gm)])
  const reasons = new Set(union.flatMap((match) => [...match[0].matchAll(/'(\w+_\w+)'/g)].map(([, reason]) => reason!)))
  assert.equal(reasons.size, 15, [...reasons].join(' '))
  for (const reason of reasons) assert.ok(DOCUMENT.includes(`\`${reason}\``), reason)
  const fields = /const FIELDS = \[([^\]]+)\]/.exec(texts[0]!)![1]!.match(/\w+/g)!
  for (const field of fields) assert.ok(DOCUMENT.includes(`| \`${field}\` |`), field)
})
