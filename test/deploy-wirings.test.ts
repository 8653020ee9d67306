import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { type Role, readConfig } from '../src/config.ts'
import { realEnv } from '../src/env.ts'
import { openHouse } from '../src/house.ts'
import { createLog } from '../src/log.ts'
import { type Environment, fileOf, makeFiles, readCompose, readUnits, replaced } from './support/deploy.ts'
import { freePort } from './support/gate.ts'
import { startRedis } from './support/redis.ts'
import { runSello } from './support/server.ts'
import { captureSmtp } from './support/smtp.ts'

const files = mkdtempSync(join(tmpdir(), 'sello-wirings-'))
after(() => rmSync(files, { recursive: true, force: true }))
makeFiles(files)
const at = (name: string) => join(files, name)
const text = (name: string) => readFileSync(at(name), 'utf8')

const ADDRESS = { SELLO_PUBLIC_URL: 'https://id.example.com', SELLO_MAIL_FROM: 'Sello <no-reply@example.com>' }
const HERE = { SELLO_MODE: 'production', SELLO_PORT: '0', SELLO_OPS_PORT: '0' }

/** Opens services as they are given, in order, and closes them in the opposite one. */
function opener(t: TestContext) {
  const env = realEnv()
  const log = createLog({ fd: openSync(join(files, 'log'), 'a'), terminal: false }, env.now)
  const closers: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closers) await close()
  })
  return async (role: Role, environment: Environment) => {
    const house = await openHouse({ config: readConfig({ ...ADDRESS, ...environment, ...HERE }, role), env, log })
    closers.unshift(() => house.close())
    return house
  }
}

const ready = async (opsUrl: string) => (await fetch(`${opsUrl}/health/ready`)).json()

/** Makes an application by the command in `environment`, registers an address, reads the letter, checks the number. */
async function play(smtp: Awaited<ReturnType<typeof captureSmtp>>, gateway: { port: number; opsUrl: string }, environment: Environment) {
  assert.deepEqual(await ready(gateway.opsUrl), { status: 'ready', persistence: 'answers', messaging: 'answers' })
  const added = await runSello(['apps', 'add', 'shop'], { ...environment, ...HERE })
  const key = /^ {2}(sello_\w+)$/m.exec(added.stdout)?.[1] ?? assert.fail(added.stderr)
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const letter = smtp.next('ana@example.com')
  const registered = await post('/v1/identities', { email: 'ana@example.com', token: 'session-42' })
  assert.equal(registered.status, 202, JSON.stringify(registered.body))
  const { number, secure } = await letter
  const checked = await post('/v1/identities/check', { number, token: 'session-42' })
  assert.deepEqual([checked.status, checked.body.email], [200, 'ana@example.com'])
  return { secure }
}

test('as in compose.yaml: TLS everywhere by an authority of our own, Redis with its list of users', { timeout: 60_000 }, async (t) => {
  const smtp = await captureSmtp({ key: text('mailpit.key'), cert: text('mailpit.pem') })
  t.after(smtp.close)
  const port = await freePort()
  writeFileSync(
    at('redis.conf'),
    fileOf('redis.conf')
      .replaceAll('/run/secrets', files)
      .replace(/^dir .*$/m, '')
      .replace('tls-port 6379', `tls-port ${port}`),
  )
  const redis = await startRedis(t, { port, args: ['--include', at('redis.conf')], cli: ['--tls', '--cacert', at('ca.pem')] })
  assert.match(redis.cli('get', 'sello'), /NOAUTH/)
  writeFileSync(at('store-here'), text('store-url').replace('@redis:6379', `@localhost:${port}`))
  writeFileSync(at('smtp-here'), `smtp://localhost:${smtp.port}`)

  const open = opener(t)
  const { services } = readCompose()
  const settings = (name: string, more: Environment = {}): Environment => ({
    ...replaced(services[name]!.environment!, {
      '/run/secrets/store-url': at('store-here'),
      '/run/secrets/smtp-url': at('smtp-here'),
      '/run/secrets': files,
    }),
    SELLO_DATA_DIR: at('data'),
    ...more,
  })
  const persistence = await open('persistence', settings('persistence'))
  // Required anyway where the mail server is another machine.
  const messaging = await open('messaging', settings('messaging', { SELLO_SMTP_TLS: 'required' }))
  const places = {
    SELLO_PERSISTENCE_URL: `https://localhost:${persistence.port}`,
    SELLO_MESSAGING_URL: `https://localhost:${messaging.port}`,
  }
  const gateway = await open('gateway', settings('gateway', places))
  assert.deepEqual(await ready(persistence.opsUrl), { status: 'ready', store: 'answers', clock: 'answers' })
  assert.equal((await play(smtp, gateway, settings('persistence'))).secure, true, 'the letter went by TLS')

  // Whoever does not know the authority believes nobody; a certificate for another name is not believed either.
  const { SELLO_CA_FILE: _, ...stranger } = settings('gateway', places)
  const none = { status: 'not_ready', persistence: 'does not answer', messaging: 'does not answer' }
  assert.deepEqual(await ready((await open('gateway', stranger)).opsUrl), none)
  const byAddress = replaced(settings('gateway', places), { 'https://localhost': 'https://127.0.0.1' })
  assert.deepEqual(await ready((await open('gateway', byAddress)).opsUrl), none)

  const asSello = (...words: string[]) =>
    redis.cli('--user', 'sello', '--pass', text('redis-password').trim(), '--no-auth-warning', ...words)
  for (const words of [['flushall'], ['get', 'other'], ['config', 'set', 'maxmemory', '1'], ['keys', '*']])
    assert.match(asSello(...words), /NOPERM/, words.join(' '))
})

test('as in the units: Unix sockets that only their group opens, the embedded store', { timeout: 60_000 }, async (t) => {
  const smtp = await captureSmtp()
  t.after(smtp.close)
  writeFileSync(at('smtp-local'), smtp.url)
  const units = readUnits()
  const settings = (role: Role) =>
    replaced(units.find((unit) => unit.role === role)!.environment, {
      '%d/smtp-url': at('smtp-local'),
      '%d': files,
      '%S': files,
      '/run': files,
    })
  const open = opener(t)
  for (const role of ['persistence', 'messaging'] as const) {
    mkdirSync(at(`sello-${role}`), { mode: 0o750, recursive: true })
    const { url } = await open(role, settings(role))
    assert.equal(url, `unix:${at(`sello-${role}/socket`)}`)
    assert.equal(statSync(url.slice(5)).mode & 0o777, 0o660)
  }
  const gateway = await open('gateway', settings('gateway'))
  assert.equal((await play(smtp, gateway, { SELLO_DATA_DIR: at('sello-persistence') })).secure, false)
  assert.equal(statSync(at('sello-persistence/sello.sock')).mode & 0o777, 0o600)
})

test('commands reach a process whose own listener speaks https', async (t) => {
  const dataDir = at('https')
  const open = opener(t)
  const own = { SELLO_DATA_DIR: dataDir, SELLO_TLS_CERT_FILE: at('persistence.pem'), SELLO_TLS_KEY_FILE: at('persistence.key') }
  const { url } = await open('persistence', { ...secretsOf('persistence'), ...own, SELLO_HOST: '127.0.0.1', SELLO_STORE: 'sqlite:' })
  assert.match(url, /^https:/)
  const listed = await runSello(['apps', 'list'], { SELLO_DATA_DIR: dataDir })
  assert.deepEqual([listed.code, listed.stderr], [0, ''])
})

function secretsOf(role: Role): Environment {
  const unit = readUnits().find((one) => one.role === role)!.environment
  return replaced(unit, { '%d': files, '%S': files, '/run': files })
}
