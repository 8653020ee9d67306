import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { numbersOf } from './support/example.ts'
import { folder } from './support/folder.ts'
import { startSello } from './support/server.ts'

const ROOT = join(import.meta.dirname, '..')
const BLOCK_MS = 60_000
/** What a reader puts in the place of: the key that `start` printed, and the number of Ana's letter. */
const PLACEHOLDERS = { key: 'sello_dev_…', number: '8675 4273 2476', place: 'localhost:3000' }
/** What a reader copies from the answers before: the code of Ana's newest letter, and what begins like this. */
const CODE = '"code":"4892"'
const COPIED = { flow: /flw_\w+/g, access_token: /eyJ[\w-]+…/g, refresh_token: /rt_[\w.-]+…/g }
/** What a reader copies from the link of a letter: which page it leads to. */
const LINKS = {
  '/password/reset': '17dMx5Qe8sVb2LhTn0wYkR3C',
  '/account/email/confirm': '17pRw8Zc4uJf6NgXa1mBtS9D',
  '/undo': '17kYt3Gv7oHd5PqWe2nCsU0F',
}
const ANA = 'ana@example.com'
const MOVED = 'ana@example.org'
const START = './sello start'

const documents = globSync(['README*.md', 'docs/*.md'], { cwd: ROOT }).sort()
const RUN = ['sh', 'ts', 'js', 'json']
const SHOWN = ['text', 'mermaid', 'ini']

/** Uses what the modules of a document define, which by themselves would only be loaded. */
const useMailbox = `
import assert from 'node:assert/strict'
import { mailNumber, proveMailbox } from './mailbox.js'
const session = { email: 'driver@example.com', token: 'random-enough-for-a-test' }
assert.equal((await mailNumber(session)).status, 'queued')
let letters = []
while (letters.length === 0) letters = await (await fetch('INBOX/messages?to=' + session.email)).json()
const number = /: ([\\d ]+)/.exec(letters[0].text)[1]
assert.deepEqual(await proveMailbox({ ...session, token: 'another' }, number), { refused: 'number_unknown' })
const proven = await proveMailbox(session, number)
assert.equal(proven.email, session.email)
`
const useReceipt = `
const { readReceipt } = await import('./receipt.js')
assert.equal((await readReceipt(proven.receipt, 'APP', session.token)).email, session.email)
await assert.rejects(readReceipt(proven.receipt, 'APP', 'another token'))
await assert.rejects(readReceipt(proven.receipt, 'app_another', session.token))
`
const drivers: Record<string, string> = { 'README.md': useMailbox + useReceipt, 'README.es.md': useMailbox, 'README.ru.md': useMailbox }

/** A fenced block. `notRun`: why, as the comment right before it says: `<!-- not run: … -->`. */
type Block = { language: string; text: string; line: number; notRun: string | null }

function blocksOf(document: string): Block[] {
  const lines = readFileSync(join(ROOT, document), 'utf8').split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at]!.startsWith('```')) continue
    const end = lines.indexOf('```', at + 1)
    assert.ok(end > at, `${document}:${at + 1} is not closed`)
    const before = lines.slice(0, at).findLast((line) => line.trim() !== '') ?? ''
    const notRun = /^<!-- not run: (.{10,}) -->$/.exec(before)?.[1] ?? null
    blocks.push({ language: lines[at]!.slice(3), text: lines.slice(at + 1, end).join('\n'), line: at + 1, notRun })
    at = end
  }
  return blocks
}

for (const document of documents) {
  const blocks = blocksOf(document)
  test(`${document}: every block says what it is`, () => {
    for (const { language, line } of blocks) assert.ok([...RUN, ...SHOWN].includes(language), `${document}:${line} is "${language}"`)
  })
  const claims = blocks.filter(({ language, notRun }) => RUN.includes(language) && notRun === null)
  if (claims.length > 0) test(`${document}: what claims to run does`, (t) => play(t, document, blocks))
}

test('the pages that begin with commands are among those that are run', () => {
  for (const name of [
    'README.md',
    'README.es.md',
    'README.ru.md',
    'docs/quick-start.md',
    'docs/errors.md',
    'docs/from-twilio-verify.md',
    'docs/accounts.md',
  ]) {
    const run = blocksOf(name).filter(({ language, notRun }) => language === 'sh' && notRun === null)
    assert.ok(run.length > 0, name)
  }
})

test('links between the documents lead somewhere', () => {
  const files = [...documents, 'CONTRIBUTING.md', 'examples/external-server/README.md']
  const dead = files.flatMap((document) => {
    const text = readFileSync(join(ROOT, document), 'utf8')
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => join(dirname(document), target!))
    return targets.filter((target) => globSync(target, { cwd: ROOT }).length === 0).map((target) => `${document} → ${target}`)
  })
  assert.deepEqual(dead, [])
})

test('the three READMEs show the same commands and answers', () => {
  const shown = (name: string) => blocksOf(name).filter(({ language }) => language !== 'mermaid')
  const bare = ({ language, text }: Block) =>
    `${language}\n${text.replaceAll(/"locale":"\w\w"|locale: '\w\w'|\s*(#|(?<!:)\/\/|\/\*\*).*$/gm, '')}`
  const [es, ru] = [shown('README.es.md').map(bare), shown('README.ru.md').map(bare)]
  assert.deepEqual(es, ru)
  assert.deepEqual(es, shown('README.md').slice(0, es.length).map(bare))
})

/** Follows a document from its first line to its last, in a folder of its own, against a Sello of its own. */
async function play(t: TestContext, document: string, blocks: Block[]) {
  const desk = folder(t)
  symlinkSync(join(ROOT, 'node_modules'), join(desk, 'node_modules'))
  symlinkSync(join(ROOT, 'sello'), join(desk, 'sello'))
  writeFileSync(join(desk, 'package.json'), '{"type":"module"}')
  writeFileSync(join(desk, 'state'), '')
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_LIMIT_PUBLIC_SENDS: '5/1h' }) // readers take a minute between letters
  const place = `localhost:${new URL(sello.url).port}`
  if (!blocks.some(({ text }) => text === START)) writeFileSync(join(desk, 'state'), `export API_KEY=${sello.apiKey}\n`)

  const filledIn = async (text: string) => {
    const number = text.includes(PLACEHOLDERS.number) ? (await numbersOf(sello.url, ANA, 1))[0]! : ''
    const code = text.includes(CODE) ? `"code":"${await codeOf(sello.url, ANA)}"` : ''
    const links = Object.entries(LINKS).filter(([, shown]) => text.includes(shown))
    const tokens = await Promise.all(links.map(async ([page, shown]) => [shown, await linkOf(sello.url, page)] as const))
    const copied = Object.entries(COPIED).reduce((all, [name, shown]) => all.replaceAll(shown, answers[name] ?? '$&'), text)
    return tokens
      .reduce((all, [shown, token]) => all.replaceAll(shown, token), copied)
      .replaceAll(PLACEHOLDERS.key, sello.apiKey!)
      .replaceAll(PLACEHOLDERS.place, place)
      .replaceAll(PLACEHOLDERS.number, number)
      .replaceAll(CODE, code)
  }
  const answers: Record<string, string> = {}
  let last = { stdout: '', line: 0 }
  let scripts = 0
  for (const [at, { language, text, line, notRun }] of blocks.entries()) {
    const here = `${document}:${line}`
    if (notRun !== null) continue
    if (language === 'json') {
      sameShape(JSON.parse(text), JSON.parse(last.stdout), `${here} is not what the block at ${last.line} answers`)
    } else if (language === 'text' && blocks[at - 1]?.language === 'sh' && blocks[at - 1]!.notRun === null) {
      assert.equal(last.stdout.trim(), text.trim(), `${here} is not what the block at ${last.line} prints`)
    } else if (language === 'sh' && text !== START) {
      const ran = await run(desk, 'sh', ['-c', `. ./state\nset -aeu\n${await filledIn(text)}\nexport -p >state`])
      assert.equal(ran.code, 0, `${here} ended with ${ran.code}: ${ran.stderr}${ran.stdout}`)
      const isShown = blocks[at + 1]?.language === 'json'
      assert.ok(isShown || !/"code":"/.test(ran.stdout), `${here} was refused: ${ran.stdout}`)
      if (isShown) Object.assign(answers, JSON.parse(ran.stdout))
      last = { stdout: ran.stdout, line }
    } else if (language === 'ts' || language === 'js') {
      const name = /^\/\/ ([\w-]+\.[jt]s)$/m.exec(text)?.[1] ?? `script-${++scripts}.${language}`
      writeFileSync(join(desk, name), await filledIn(text))
      if (blocks.some((other) => other.language === 'sh' && other.text.includes(`node ${name}`))) continue
      const ran = await run(desk, process.execPath, [name])
      assert.equal(ran.code, 0, `${here} ended with ${ran.code}: ${ran.stderr}`)
    }
  }
  const driver = drivers[document]
  if (driver) {
    const [, app] = /(app_\w+)/.exec((await sello.run('apps', 'list')).stdout)!
    writeFileSync(join(desk, 'driver.js'), driver.replaceAll('INBOX', `http://${place}/inbox`).replaceAll('APP', app!))
    const ran = await run(desk, process.execPath, ['driver.js'])
    assert.equal(ran.code, 0, `what ${document} defines does not do what it says: ${ran.stderr}`)
  }
  if (globSync('*.ts', { cwd: desk }).length > 0) hasRightTypes(desk, document)
}

/** The code of the newest letter. */
const codeOf = (url: string, to: string) => lookedFor(url, to, ([newest]) => /: (\d{4,8})\n/.exec(newest?.text ?? '')?.[1])
/** The token of the newest link to this page. */
const linkOf = (url: string, page: string) =>
  lookedFor(url, page === '/account/email/confirm' ? MOVED : ANA, (letters) =>
    letters.map(({ text }) => text.split(`${page}?token=`)[1]?.split(/\s/)[0]).find(Boolean),
  )

async function lookedFor(url: string, to: string, find: (letters: { text: string }[]) => string | undefined): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const found = find((await (await fetch(`${url}/inbox/messages?to=${to}`)).json()) as { text: string }[])
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no such letter came to ${to}`)
}

async function run(desk: string, command: string, args: string[]) {
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: desk }
  const state = readFileSync(join(desk, 'state'), 'utf8')
  const key = /API_KEY='?(sello_dev_\w+)/.exec(state)?.[1]
  const child = spawn(command, args, { cwd: desk, env: { ...env, ...(key ? { API_KEY: key } : {}) }, timeout: BLOCK_MS })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  await once(child, 'close')
  return { code: child.exitCode, ...said }
}

/** The answer that a document shows has the fields of the real one; numbers and `code` are those of the real one, too. */
function sameShape(shown: unknown, real: unknown, message: string, name = '') {
  if (Array.isArray(shown) && Array.isArray(real)) return sameShape(shown[0], real[0], message, name)
  if (typeof shown === 'object' && shown !== null) {
    assert.ok(typeof real === 'object' && real !== null, message)
    assert.deepEqual(Object.keys(real), Object.keys(shown), message)
    for (const [key, value] of Object.entries(shown)) sameShape(value, (real as Record<string, unknown>)[key], message, key)
    return
  }
  assert.equal(typeof real, typeof shown, `${message}: ${name}`)
  const isExact =
    (typeof shown === 'number' && name !== 'refresh_expires_in') || ['code', 'email', 'token', 'title', 'type', 'detail'].includes(name)
  if (isExact) assert.equal(real, shown, `${message}: ${name}`)
}

/** The TypeScript of a document under the settings of this repository. */
function hasRightTypes(desk: string, document: string) {
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object }
  writeFileSync(join(desk, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', desk], { encoding: 'utf8' })
  assert.equal(status, 0, `${document}: ${stdout}`)
}
