import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { type Call, type Language, languages, pathOf, snippet } from '../../src/gateway/web/snippets.ts'
import { PASSWORD, people } from '../support/people.ts'
import { API_KEY, type World, world } from '../support/world.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it shall not be filled in
/** What every language has its own trouble with: quotes, escapes, placeholders, ends of lines, letters beyond ASCII and beyond 16 bits. */
const NASTY = 'it\'s "a" `b` $HOME ${c} #{d} \\ \\u0041 %27 %s \u0007\n\r\t</pre> ñ я 😀 \u2028'
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it shall not be filled in
const KEY = 'it\'s-"$HOME`\\x'
const hard: Call = {
  method: 'POST',
  url: 'http://localhost:3000/v1/identities',
  key: null,
  headers: { 'Idempotency-Key': KEY },
  body: { email: 'ana@example.com', token: NASTY },
}
const plain: Call = { method: 'GET', url: 'http://localhost:3000/v1/identities/idn_1', key: 'sello_dev_0123' }
const signedIn: Call = { method: 'GET', url: 'http://localhost:3000/v1/account', key: null, variable: 'ACCESS_TOKEN' }

type Tool = { language: Language; file: string; command: (file: string) => [string, string[]]; isSure: boolean }
const tools: Tool[] = [
  { language: 'curl', file: 'call.sh', command: (file) => ['sh', [file]], isSure: true },
  { language: 'typescript', file: 'call.mts', command: (file) => [process.execPath, [file]], isSure: true },
  { language: 'python', file: 'call.py', command: (file) => ['python3', [file]], isSure: true },
  { language: 'php', file: 'call.php', command: (file) => ['php', [file]], isSure: false },
  { language: 'go', file: 'call.go', command: (file) => ['go', ['run', file]], isSure: false },
  { language: 'java', file: 'Call.java', command: (file) => ['java', [file]], isSure: false },
]
const version: Partial<Record<Language, string[]>> = { curl: ['curl', '--version'], go: ['go', 'version'] }
/** Those whose language is on this machine; of the others the text below is what there is to hold on to. */
const present = tools.filter(({ language, file, command }) => {
  const [name, ...args] = version[language] ?? [command(file)[0], '--version']
  return spawnSync(name!, args).status === 0
})

test('programs are word for word what they were when they were last tried in their languages', () => {
  const text = languages
    .flatMap(({ id }) => [hard, plain, signedIn].map((call) => `=== ${id} ${call.method}\n${snippet(id, call)}\n`))
    .join('')
  const file = join(import.meta.dirname, 'programs.txt')
  assert.equal(text, readFileSync(file, 'utf8'))
})

test('what is put into a path stays one segment', () => {
  for (const [id, path] of [
    ['idn_1', '/v1/identities/idn_1'],
    ['a/../b?c#d', '/v1/identities/a%2F..%2Fb%3Fc%23d'],
    ["it's", '/v1/identities/it%27s'],
    ['', '/v1/identities/'],
  ] as const) {
    assert.equal(pathOf('/v1/identities/{id}', { id }), path)
  }
})

test('the languages that everybody has are here', () => {
  assert.deepEqual(
    tools.filter((tool) => tool.isSure && !present.includes(tool)).map(({ language }) => language),
    [],
  )
})

async function play({ url, inbox, numberOf, check, show }: World, ACCESS_TOKEN: string, { language, file, command }: Tool, folder: string) {
  const run = async (call: Call) => {
    writeFileSync(join(folder, file), snippet(language, call))
    const [name, args] = command(join(folder, file))
    const env = { ...process.env, API_KEY, ACCESS_TOKEN, PYTHONIOENCODING: 'utf-8', LC_ALL: 'C.UTF-8', NO_PROXY: 'localhost' }
    const { stdout } = await promisify(execFile)(name, args, { env, timeout: 60_000 })
    const json = /\{.*\}/s.exec(stdout)?.[0]
    return { stdout, body: (json ? JSON.parse(json) : {}) as Record<string, string> }
  }
  const email = `${language}@example.com`
  const registered = await run({ ...hard, url: `${url}/v1/identities`, body: { email, token: NASTY } })
  assert.equal(registered.body.status, 'queued', registered.stdout)
  if (language !== 'curl') assert.match(registered.stdout, /^202 /)
  const again = await run({ ...hard, url: `${url}/v1/identities`, body: { email, token: NASTY } })
  assert.equal(again.body.id, registered.body.id, 'the Idempotency-Key came through')
  const [letter] = await inbox(email, 1)
  const proof = { number: numberOf(letter), email, token: NASTY }
  const checked = await run({ method: 'POST', url: `${url}/v1/identities/check`, key: API_KEY, body: proof })
  assert.equal(checked.body.token, NASTY)
  const path = url + pathOf('/v1/identities/{id}', { id: registered.body.id! })
  assert.equal((await run({ method: 'GET', url: path, key: API_KEY })).body.status, 'checked')
  await run({ method: 'DELETE', url: path, key: null })
  assert.equal((await show(registered.body.id)).body.status, 'revoked')
  const account = await run({ ...signedIn, url: `${url}/v1/account` })
  assert.equal(account.body.email, 'member@example.com', account.stdout)
  const body = { email: 'member@example.com', password: NASTY }
  const refusedLogin = await run({ method: 'POST', url: `${url}/v1/login`, body })
  assert.equal(refusedLogin.body.code, 'invalid_credentials', 'without a key, the body as it is')
  const keys = await run({ method: 'GET', url: `${url}/.well-known/jwks.json` })
  assert.ok(keys.body.keys, keys.stdout)
  const refused = await run({ method: 'POST', url: `${url}/v1/identities/check`, key: null, body: { number: '1' } })
  assert.equal(refused.body.code, 'number_malformed', 'a refusal is printed, too')
  assert.equal((await check({ number: proof.number })).body.code, 'number_unknown')
}

for (const tool of present) {
  test(`programs in ${tool.language} do what they say, whatever stands in them`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sello-programs-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const here = await world(t)
    const { member, login } = people(here)
    await member('member@example.com')
    const signIn = await login({ email: 'member@example.com', password: PASSWORD })
    await play(here, String(signIn.body.access_token), tool, folder)
  })
}
