import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')
const sources = globSync('src/**/*.ts', { cwd: root }).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** What every room but rules, contract and i18n may use besides its own list. */
const base = ['src/problem.ts', 'src/call.ts', 'src/log.ts', 'src/loopback.ts', 'src/redis-url.ts', 'src/trust.ts']
/** Only their types. */
const baseTypes = ['src/env.ts', 'src/config.ts']
const rooms: Record<string, { rooms: string[]; packages: string[] }> = {
  rules: { rooms: [], packages: [] },
  i18n: { rooms: [], packages: [] },
  contract: { rooms: [], packages: ['typebox'] },
  http: { rooms: ['contract'], packages: ['fastify', 'typebox', 'typebox/compile', 'undici'] },
  persistence: { rooms: ['rules', 'contract'], packages: ['@node-rs/argon2', '@node-rs/bcrypt', '@redis/client'] },
  messaging: { rooms: ['contract', 'i18n'], packages: ['nodemailer/lib/smtp-connection'] },
  gateway: { rooms: ['contract', 'i18n', 'http'], packages: ['fastify', 'jose', 'typebox'] },
  cli: { rooms: ['contract'], packages: [] },
  roles: { rooms: ['gateway', 'persistence', 'messaging', 'contract', 'http', 'i18n', 'rules'], packages: ['fastify'] },
}
/** Packages that one file alone may import. */
const owners: Record<string, string> = {
  jose: 'src/gateway/tokens.ts',
  'nodemailer/lib/smtp-connection': 'src/messaging/mail.ts',
  'node:sqlite': 'src/persistence/store/sqlite-file.ts',
  '@node-rs/argon2': 'src/persistence/password-worker.ts',
  '@node-rs/bcrypt': 'src/persistence/foreign-worker.ts',
  '@redis/client': 'src/persistence/store/redis-client.ts',
  'prom-client': 'src/metrics.ts',
  pino: 'src/log.ts',
}
const exceptions = new Set([
  'src/persistence/store/checkpoint.ts imports node:sqlite',
  'src/cli/keys.ts imports src/persistence/secrets.ts',
])
const roomOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1] ?? null

type Import = { from: string; typeOnly: boolean }
function importsOf({ path, text }: { path: string; text: string }): Import[] {
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)]
  const dynamic = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)].map(([, from]) => ({ from: from!, typeOnly: false }))
  const fixed = found.map(([, type, from]) => ({ from: from!, typeOnly: type !== undefined }))
  return [...fixed, ...dynamic].map(({ from, typeOnly }) => ({
    from: from.startsWith('.') ? normalize(join(dirname(path), from)) : from,
    typeOnly,
  }))
}

test('rooms import only what they may', () => {
  const wrong: string[] = []
  for (const source of sources) {
    const room = roomOf(source.path)
    if (!room) continue
    const allowed = rooms[room]
    assert.ok(allowed, `src/${room}/ is not a room of the house`)
    for (const { from, typeOnly } of importsOf(source)) {
      const other = roomOf(from)
      const pure = ['rules', 'i18n', 'contract'].includes(room)
      const fine =
        other === room ||
        (other !== null && allowed.rooms.includes(other)) ||
        (!from.startsWith('src/') && (allowed.packages.includes(from) || (from.startsWith('node:') && !pure))) ||
        (!pure && (base.includes(from) || (baseTypes.includes(from) && typeOnly))) ||
        (['cli', 'roles'].includes(room) && from.startsWith('src/') && other === null)
      if (!fine && !exceptions.has(`${source.path} imports ${from}`)) wrong.push(`${source.path} may not import ${from}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('only house.ts knows two services', () => {
  const services = ['gateway', 'persistence', 'messaging']
  /** A role's file belongs to the service that it starts. */
  const serviceOf = (path: string) => /^src\/roles\/(\w+)\.ts$/.exec(path)?.[1] ?? roomOf(path)
  const knowing = sources.filter((source) => {
    const known = [source.path, ...importsOf(source).map(({ from }) => from)].map(serviceOf)
    return services.filter((service) => known.includes(service)).length > 1
  })
  assert.deepEqual(
    knowing.map(({ path }) => path),
    ['src/house.ts'],
  )
})

test('what belongs to one file is imported by that file alone', () => {
  for (const [name, owner] of Object.entries(owners)) {
    const users = sources.filter((source) => importsOf(source).some(({ from }) => from === name)).map(({ path }) => path)
    const others = users.filter((path) => path !== owner && !exceptions.has(`${path} imports ${name}`))
    assert.deepEqual(others, [], `${name} belongs to ${owner}`)
    assert.ok(users.includes(owner), `${owner} does not import ${name}`)
  }
})

test('only env.ts reads the clock and makes randomness', () => {
  const banned = /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\brandomUUID\(|\brandomBytes\(|\brandomInt\(|\bgetRandomValues\(/
  const wrong = sources.filter(({ path, text }) => path !== 'src/env.ts' && banned.test(text)).map(({ path }) => path)
  assert.deepEqual(wrong, [])
})

test('rules are pure: no waiting, no clock, no environment', () => {
  const impure = /\bawait\b|\basync\b|\bPromise\b|\bprocess\.|\bsetTimeout\b|\bperformance\b|\bDate\b/
  const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  const wrong = sources.filter(({ path, text }) => path.startsWith('src/rules/') && impure.test(code(text))).map(({ path }) => path)
  assert.deepEqual(wrong, [])
})

test('the environment is read in one place', () => {
  const wrong = sources.filter(({ text }) => /process\.env/.test(text)).map(({ path }) => path)
  // snippets.ts writes programs for others, which read their own.
  assert.deepEqual(wrong.sort(), ['src/cli/keys.ts', 'src/gateway/web/snippets.ts', 'src/main.ts'])
})

test('errors leave by one exit', () => {
  const wrong = sources.filter(({ path, text }) => path !== 'src/problem.ts' && /\btoResponse\(/.test(text)).map(({ path }) => path)
  assert.deepEqual(wrong, ['src/http/server.ts'])
})

test('Problem and the errors of the command line are the only classes', () => {
  const classes = sources.flatMap(({ text }) => [...text.matchAll(/^(?:export )?class (\w+)/gm)].map(([, name]) => name))
  assert.deepEqual(classes.sort(), ['ConfigMistakes', 'Problem', 'Refused', 'Usage'])
})

test('files stay small enough to be read at once', () => {
  const long = sources
    .filter(({ text }) => text.split('\n').length > 251)
    .map(({ path, text }) => `${path}: ${text.split('\n').length - 1}`)
  assert.deepEqual(long, [])
})

test('what runs in a browser is written by hand, but for what is made from it, and imports nothing', () => {
  const scripts = globSync('src/**/*.js', { cwd: root }).sort()
  assert.deepEqual(scripts, [
    'src/gateway/pages/page.client.js',
    'src/gateway/web/docs.client.js',
    'src/gateway/web/docs.script.js',
    'src/gateway/web/inbox.client.js',
  ])
  for (const path of [...scripts, 'src/gateway/web/snippets.ts'])
    assert.doesNotMatch(readFileSync(join(root, path), 'utf8'), /^import .*'/m, path)
  for (const path of scripts.filter((one) => !one.endsWith('docs.script.js')))
    assert.ok(readFileSync(join(root, path), 'utf8').split('\n').length <= 251, path)
})

test('nothing imports in a circle', () => {
  const graph = new Map(
    sources.map((source) => [source.path, importsOf(source).filter(({ from, typeOnly }) => from.startsWith('src/') && !typeOnly)]),
  )
  const done = new Set<string>()
  const visit = (path: string, way: string[]): void => {
    assert.ok(!way.includes(path), `a circle: ${[...way, path].join(' → ')}`)
    if (done.has(path)) return
    for (const { from } of graph.get(path) ?? []) visit(from, [...way, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
})

/** A scoped package's name has two parts. */
const packageOf = (from: string) =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')

test('every package that is used is asked for, and nothing else is', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
  const used = new Set(
    sources
      .flatMap((source) => importsOf(source).map(({ from }) => from))
      .filter((from) => !from.startsWith('src/') && !from.startsWith('node:')),
  )
  assert.deepEqual([...new Set([...used].map(packageOf))].sort(), Object.keys(dependencies).sort())
  for (const version of Object.values(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/)
})
