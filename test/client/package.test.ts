import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { clientTypes, type Document, typesOf } from '../../client/generate.ts'
import { installClient, readmeBlocks } from '../support/client.ts'
import { folder } from '../support/folder.ts'
import { startSello } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const project = await installClient({ after: (done) => process.once('exit', done) })
const installed = join(project.path, 'node_modules/@sello/client')
const modules = globSync('dist/*.js', { cwd: installed })
const blocks = readmeBlocks()

/** This Node, and an older one of the machine's when it is old enough to tell something. */
function nodes(): string[] {
  const others = (process.env.PATH ?? '').split(':').map((path) => join(path, 'node'))
  const found = [...new Set([...others, '/usr/bin/node'])].filter((path) => existsSync(path))
  const versions = new Map(
    found.map((path) => [spawnSync(path, ['-p', 'process.versions.node.split(".")[0]']).stdout.toString().trim(), path]),
  )
  versions.delete(process.versions.node.split('.')[0]!)
  return [process.execPath, ...[...versions].filter(([major]) => Number(major) >= 20).map(([, path]) => path)]
}

test('the programs of the README run as they stand, from the installed package', async (t) => {
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off' })
  const localhost = sello.url.replace('127.0.0.1', 'localhost')
  const env = { SELLO_URL: localhost, SELLO_API_KEY: sello.apiKey! }
  for (const node of nodes()) {
    assert.equal(await project.run('quick-start.mjs', blocks.get('quick-start.mjs')!, env, node), 'ana@example.com is theirs\n', node)
  }
  const { identities } = project.client.createClient({ url: localhost, apiKey: sello.apiKey! })
  const registered = await identities.register({ email: 'eva@example.com', token: 't' })
  assert.ok(registered.ok)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const [letter] = (await (await fetch(`${localhost}/inbox/messages?to=eva@example.com`)).json()) as { text: string }[]
  const checked = await identities.check({ number: /: ([\d ]+)/.exec(letter!.text)![1]! })
  assert.ok(checked.ok)
  const { aud } = JSON.parse(Buffer.from(checked.receipt.split('.')[1]!, 'base64url').toString()) as { aud: string }
  const more = { ...env, SELLO_APP_ID: aud.slice('urn:sello:receipt:'.length), RECEIPT: checked.receipt }
  for (const node of nodes()) {
    const said = await project.run('tokens.mjs', blocks.get('tokens.mjs')!, more, node)
    assert.deepEqual(said.trim().split('\n').sort(), ['401 Bearer error="invalid_token"', 'eva@example.com'], node)
  }
})

test('every block of code in the README is one that is run or type-checked', () => {
  assert.deepEqual([...blocks.keys()], ['sh', 'quick-start.mjs', 'answers.ts', 'tokens.mjs'])
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const own = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string }
  assert.equal(own.version, version, 'one version for Sello and its client')
  assert.match(blocks.get('sh')!, new RegExp(`client/sello-client-${version}\\.tgz`))
  assert.ok(blocks.get('quick-start.mjs')!.trim().split('\n').length <= 25)
})

const NARROWS = `
import { type Checked, type Client, createClient, type Registered } from '@sello/client'
import { createVerifier, expressAuth, fastifyAuth, type AccessClaims } from '@sello/client/tokens'

const client: Client = createClient({ url: 'https://id.example.com', apiKey: 'k', fetch })
export function narrow(checked: Checked, registered: Registered) {
  if (checked.ok) {
    const [email, receipt]: string[] = [checked.email, checked.receipt]
    // @ts-expect-error a success has no code
    checked.code
    return [email, receipt]
  }
  // @ts-expect-error a refusal has no receipt
  checked.receipt
  // @ts-expect-error a code that no check answers
  if (checked.code === 'identity_unknown') return []
  // @ts-expect-error not before the code is known
  checked.fields
  if (checked.code === 'invalid_request') return checked.fields.map(({ field }) => field)
  if (checked.code === 'email_required') return [checked.retryAfterMs.toFixed()]
  if (checked.code === 'unreachable') return [checked.status.toFixed()]
  if (!registered.ok && registered.code === 'numbers_exhausted') return [registered.retryAfterMs.toFixed()]
  return []
}
export async function wrongCalls() {
  // @ts-expect-error the number is a text
  await client.identities.check({ number: 1234 })
  // @ts-expect-error a token is asked for
  await client.identities.register({ email: 'ana@example.com' })
  // @ts-expect-error no such field
  await client.identities.register({ email: 'ana@example.com', token: 't', name: 'Ana' })
  const shown = await client.identities.show('idn_1')
  if (shown.ok) for (const { event } of shown.timeline) if (event === 'accepted') return shown.status satisfies 'sent' | string
  return (await client.identities.revoke('idn_1')).ok
}
const verifier = createVerifier({ issuer: 'https://id.example.com', audience: 'app_1' })
expressAuth(verifier) satisfies (req: { headers: {} }, res: Response_, next: () => void) => unknown
fastifyAuth(verifier) satisfies (request: { headers: {} }, reply: Reply_) => Promise<unknown>
type Response_ = { statusCode: number; setHeader(name: string, value: string | number): Response_; end(body?: unknown): void; locals: object }
type Reply_ = { code(status: number): Reply_; header(name: string, value: unknown): Reply_; send(body?: unknown): Reply_ }
export async function claims(token: string): Promise<AccessClaims['sub'] | 'token_invalid' | 'token_expired' | 'keys_unavailable'> {
  const judged = await verifier.verify(token)
  // @ts-expect-error claims are read-only
  if (judged.ok) judged.claims.sub = 'other'
  return judged.ok ? judged.claims.sub : judged.code
}
`

test('types: answers narrow on ok and on code, with the types of Node or of a browser', async () => {
  writeFileSync(join(project.path, 'narrows.ts'), NARROWS)
  writeFileSync(
    join(project.path, 'answers.ts'),
    `declare const process: { env: Record<string, string | undefined> }\n${blocks.get('answers.ts')}`,
  )
  const strict = [
    '--strict',
    '--noEmit',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
  ]
  const files = ['narrows.ts', 'answers.ts']
  const node = ['--lib', 'es2022', '--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), 'narrows.ts']
  for (const args of [
    ['--lib', 'es2022,dom', '--types', '', ...files],
    node,
    ['--moduleResolution', 'bundler', '--module', 'esnext', '--lib', 'es2022,dom', '--types', '', ...files],
  ]) {
    const checked = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), [...strict, ...args], { cwd: project.path })
    await checked.catch(({ stdout }: { stdout: string }) => assert.fail(`${args.join(' ')}: ${stdout}`))
  }
})

test('what is packed: no import but its own, nothing of Node, nothing else in the package', () => {
  const tops = globSync('**/*', { cwd: installed }).filter((path) => /\.\w+$|LICENSE/.test(path))
  assert.deepEqual(tops.filter((path) => !/^dist\/\w+(\.d\.ts|\.js)$/.test(path)).sort(), ['LICENSE', 'README.md', 'package.json'])
  assert.ok(modules.length >= 6)
  for (const file of [...modules, ...globSync('dist/*.d.ts', { cwd: installed })]) {
    const text = readFileSync(join(installed, file), 'utf8')
    for (const [, from] of text.matchAll(/(?:\bfrom|\bimport\(?)\s*['"]([^'"]+)['"]/g))
      assert.match(from!, /^\.\/\w+\.js$/, `${file} imports ${from}`)
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    if (file.endsWith('.js')) assert.doesNotMatch(code, /\b(process|Buffer|require|global|setImmediate|__dirname)\b/, file)
  }
  const { dependencies, sideEffects } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
  assert.deepEqual([dependencies, sideEffects], [undefined, false])
})

test('it runs where there is nothing but what the web has', async () => {
  const program = `
    import vm from 'node:vm'
    import { readFileSync } from 'node:fs'
    const has = { AbortController, AbortSignal, Headers, Response, TextDecoder, TextEncoder, URL, clearTimeout, crypto, performance, setTimeout }
    const fetch = async () => Response.json({ id: 'idn_1', email: 'a@b.c', status: 'sent', timeline: [] })
    const context = vm.createContext({ ...has, fetch })
    const modules = new Map()
    async function load(name) {
      if (!modules.has(name)) modules.set(name, new vm.SourceTextModule(readFileSync(process.argv[2] + name, 'utf8'), { context, identifier: name }))
      return modules.get(name)
    }
    for (const name of ['./client.js', './tokens.js']) {
      const module = await load(name)
      await module.link(load)
      await module.evaluate()
    }
    const { createClient } = modules.get('./client.js').namespace
    const { createVerifier } = modules.get('./tokens.js').namespace
    const shown = await createClient({ url: 'https://id.example.com', apiKey: 'k' }).identities.show('idn_1')
    const judged = await createVerifier({ issuer: 'https://id.example.com', audience: 'a' }).verify('x.y.z')
    console.log(shown.ok, shown.status, judged.code)
  `
  const file = join(project.path, 'edge.mjs')
  writeFileSync(file, program)
  const args = ['--experimental-vm-modules', '--no-warnings', file, `${installed}/dist/`]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  assert.equal(stdout, 'true sent token_invalid\n')
})

test('the types are those of the API document, and the generator says what it cannot say', () => {
  assert.equal(clientTypes(root), readFileSync(join(root, 'client/src/types.ts'), 'utf8'))
  const document = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')) as Document
  const changed = (change: (schema: Record<string, unknown>) => void) => {
    const copy = structuredClone(document)
    change(copy.components!.schemas!.IdentityQueued as Record<string, unknown>)
    return () => typesOf(copy)
  }
  assert.throws(
    changed((schema) => Object.assign(schema, { patternProperties: {} })),
    /keyword patternProperties/,
  )
  assert.throws(
    changed((schema) => Object.assign(schema, { $ref: '#/components/schemas/Nothing' })),
    /does not find/,
  )
  const nullable = { type: ['string', 'null'], description: 'a */ b' }
  const rich = changed((schema) =>
    Object.assign(schema, {
      properties: {
        'a-b': nullable,
        c: { type: 'array', items: { type: 'integer' } },
        d: { anyOf: [{ const: 1 }, { enum: ["it's", null] }] },
        e: { type: 'object', additionalProperties: { type: 'boolean' } },
      },
      required: ['c'],
    }),
  )()
  for (const line of [
    "'a-b'?: string | null\n",
    'c: Array<number>\n',
    "d?: 1 | 'it\\'s' | null\n",
    'e?: Record<string, boolean>\n',
    '/** a * b */\n',
  ])
    assert.ok(rich.includes(line), line)
})
