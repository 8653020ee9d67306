import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { folder } from '../support/folder.ts'
import { BATTERY, FIREBASE, HASH_CONFIG, VECTORS } from '../support/foreign.ts'
import { startRedis } from '../support/redis.ts'
import { type Ran, runSello, type Sello, type Settings, startSello, until } from '../support/server.ts'

const ROOT = join(import.meta.dirname, '../..')
const BCRYPT = VECTORS.find(({ name }) => name === 'bcrypt $2b$')!.given as string
const line = (email: string, more: object = {}) => JSON.stringify({ email, password: BCRYPT, emailVerified: true, ...more })
const linesIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => JSON.parse(one) as Record<string, unknown>)
const signIn = (sello: Sello, email: string, password: string) =>
  sello.ask({ method: 'POST', path: '/v1/login', body: { email, password }, key: null })
const importing = (settings: Settings, ...args: string[]): Promise<Ran> => runSello(['accounts', 'import', ...args], settings, 120_000)

/** An import under way; nothing comes in but `input`. */
function begin(settings: Settings, args: string[], input?: string) {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/sello'), ...settings }
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'accounts', 'import', ...args], { cwd: ROOT, env })
  if (input !== undefined) child.stdin.end(input)
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  const ended = once(child, 'close').then(async () => ({
    code: child.exitCode,
    signal: child.signalCode,
    stdout: await stdout,
    stderr: await stderr,
  }))
  return { child, ended }
}
const isBegun = (path: string) => existsSync(path) && statSync(path).size > 0
const people = (count: number) => `${Array.from({ length: count }, (_, i) => line(`person${i}@example.com`, { id: `u${i}` })).join('\n')}\n`
const counted = ({ stdout }: { stdout: string }) => {
  const of = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(stdout)?.[1] ?? 0)
  return { lines: of('lines'), imported: of('imported'), already: of('were there'), refused: of('refused') }
}

describe('accounts import', { concurrency: 2, timeout: 300_000 }, () => {
  test('beside a running Sello: what a file may hold, the report, and a sign-in over HTTP', async (t) => {
    const dir = folder(t)
    const settings = { SELLO_DATA_DIR: join(dir, 'data') }
    const sello = await startSello(t, settings)
    const file = join(dir, 'accounts.jsonl')
    const lines = [
      `\ufeff${line('ana@example.com', { id: 'u1' })}\r`,
      '\r',
      line('ana@example.com', { id: 'u2' }),
      '{"email":"bob@example.com"',
      line(`${'x'.repeat(20_000)}@example.com`),
      line('bob@example.com', { emailVerified: false }),
      line('eva@example.com', { password: FIREBASE }),
      line('leo@example.com', { password: BCRYPT.replace('$05$', '$31$') }),
      line('zoe@example.com', { password: null }),
    ]
    writeFileSync(file, Buffer.concat([Buffer.from(`${lines.join('\n')}\n"`), Buffer.from([0xff]), Buffer.from('"')]))
    const [report, ids, config] = [`${file}.refused.jsonl`, join(dir, 'ids.jsonl'), join(dir, 'hash.txt')]
    const { signerKey, saltSeparator, rounds, memCost } = HASH_CONFIG
    writeFileSync(
      config,
      `hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: ${signerKey},\n  base64_salt_separator: ${saltSeparator},\n  rounds: ${rounds},\n  mem_cost: ${memCost},\n}\n`,
    )

    const trial = await importing(settings, file, '--dry-run', '--hash-config', config, '--ids', ids)
    assert.equal(trial.code, 1, trial.stderr)
    // Who comes twice is not noticed as long as nobody comes once.
    assert.match(trial.stdout, /^10 lines: 4 would be imported, 5 refused\nWhich and why: .*accounts\.jsonl\.refused\.jsonl\n$/)
    assert.ok(!existsSync(ids))

    const ran = await importing(settings, file, '--hash-config', config, '--ids', ids)
    assert.equal(ran.code, 1, ran.stderr)
    assert.match(ran.stdout, /^10 lines: 3 imported, 6 refused\nWhich and why: /)
    assert.equal(ran.stderr, '')
    assert.deepEqual(
      linesIn(report).map((one) => [one.line, one.reason]),
      [
        [3, 'address_taken'],
        [4, 'not_json'],
        [5, 'too_long'],
        [6, 'email_not_verified'],
        [8, 'hash_too_costly'],
        [10, 'not_utf8'],
      ],
    )
    assert.equal(statSync(report).mode & 0o777, 0o600)
    assert.doesNotMatch(readFileSync(report, 'utf8'), /\$2b|@|lSrfV15|D3mHdCr44/)
    assert.deepEqual(
      linesIn(ids).map(({ line, id }) => [line, id]),
      [
        [1, 'u1'],
        [7, null],
        [9, null],
      ],
    )
    for (const { account } of linesIn(ids)) assert.match(String(account), /^acc_\d\d\w{22}$/)

    for (const [email, password] of [
      ['ana@example.com', BATTERY],
      ['eva@example.com', 'user1password'],
    ] as const) {
      assert.equal((await signIn(sello, email, `${password}.`)).status, 401)
      for (const round of [1, 2]) assert.equal((await signIn(sello, email, password)).status, 200, `${email}, ${round}`)
    }
    assert.equal((await signIn(sello, 'zoe@example.com', BATTERY)).status, 401)
    // The same once more: nothing is made twice, and what was refused is told again.
    const again = await importing(settings, file, '--hash-config', config, '--report', join(dir, 'again'))
    assert.match(again.stdout, /^10 lines: 0 imported, 3 were there from an earlier run, 6 refused\nWhich and why: .*again\n$/)
    assert.equal(linesIn(join(dir, 'again')).length, 6)
    assert.match((await sello.run('apps', 'history')).stdout, /accounts imported/)
    await sello.stop()
    const words = sello.stdout() + sello.stderr()
    const files = readdirSync(settings.SELLO_DATA_DIR).map((name) => readFileSync(join(settings.SELLO_DATA_DIR, name), 'latin1'))
    for (const secret of ['D3mHdCr44', 'lSrfV15', signerKey.slice(0, 20), BATTERY]) {
      assert.ok(![words, ...files].some((one) => one.includes(secret)), secret)
    }
    assert.ok(
      files.some((one) => one.includes('"imported"')),
      'the accounts are in these files',
    )
  })

  test('on the store itself, from a pipe, for an app by name; what the command does not know', async (t) => {
    const settings = { SELLO_DATA_DIR: join(folder(t), 'data') }
    const refused = async (code: number, why: RegExp, ...args: string[]) => {
      const ran = await importing(settings, ...args)
      assert.equal(ran.code, code, ran.stdout)
      assert.match(ran.stderr, why)
      assert.doesNotMatch(ran.stderr, /\n {4}at /)
    }
    const file = join(folder(t), 'one.jsonl')
    writeFileSync(file, line('ana@example.com'))
    await refused(1, /there is no app "default"/, file)
    assert.equal((await runSello(['apps', 'add', 'Shop 1'], settings)).code, 0)
    const piped = await begin(settings, ['-', '--app', 'Shop 1'], people(700)).ended
    assert.equal(piped.code, 0, piped.stderr)
    assert.equal(piped.stdout, '700 lines: 700 imported, 0 refused\n')
    await refused(1, /cannot be read \(ENOENT\)/, `${file}.none`)
    await refused(1, /is no file/, settings.SELLO_DATA_DIR)
    await refused(2, /would replace the file itself/, file, '--report', file)
    await refused(2, /--locale is es, ru or en/, file, '--locale', 'de')
    await refused(1, /has not all of base64_signer_key/, file, '--hash-config', file)
    await refused(2, /one file/)
    await refused(2, /Unknown option/, file, '--force')
    assert.match((await runSello(['accounts', 'export'], settings)).stderr, /accounts has no "export"/)
    assert.match((await runSello(['accounts', '--help'], settings)).stdout, /--trust-addresses/)
    assert.equal(readFileSync(file, 'utf8'), line('ana@example.com'))
  })

  test('killed in the middle, it goes on by the same command; no line is made twice and none is left out', async (t) => {
    const dir = folder(t)
    const settings = { SELLO_DATA_DIR: join(dir, 'data') }
    const sello = await startSello(t, settings)
    const [file, ids] = [join(dir, 'people.jsonl'), join(dir, 'ids')]
    const count = 30_000
    writeFileSync(file, people(count))
    const first = begin(settings, [file, '--ids', ids])
    await until('the first accounts', 20_000, () => isBegun(ids))
    first.child.kill('SIGKILL')
    assert.equal((await first.ended).signal, 'SIGKILL')

    rmSync(ids)
    const second = begin(settings, [file, '--ids', ids])
    await until('the next accounts', 20_000, () => isBegun(ids))
    second.child.kill('SIGINT')
    const stopped = await second.ended
    assert.deepEqual([stopped.code, stopped.signal], [130, null])
    assert.match(stopped.stdout, /\nStopped\. The same command goes on from here\.\n$/)
    const until2 = counted(stopped)
    assert.ok(until2.already > 0 && until2.lines < count && until2.refused === 0, stopped.stdout)
    assert.equal(linesIn(ids).length, until2.lines, 'what is told is what is there')

    rmSync(ids)
    const third = begin(settings, [file, '--ids', ids])
    await until('some more accounts', 20_000, () => isBegun(ids))
    await sello.kill()
    const cut = await third.ended
    assert.equal(cut.code, 1)
    assert.match(cut.stderr, /sello: /)

    const last = await importing(settings, file, '--ids', ids) // on the store itself
    assert.equal(last.code, 0, last.stderr)
    const { lines, imported, already } = counted(last)
    assert.deepEqual([lines, imported + already], [count, count])
    assert.ok(already >= until2.lines)
    const made = linesIn(ids)
    assert.equal(new Set(made.map(({ account }) => account)).size, count)
    const after = await startSello(t, settings)
    for (const email of ['person0@example.com', `person${count - 1}@example.com`])
      assert.equal((await signIn(after, email, BATTERY)).status, 200)
    await after.stop()
  })

  test('on Redis: into the store itself, then beside two processes of it', async (t) => {
    const redis = await startRedis(t)
    const dir = folder(t)
    const settings = { SELLO_DATA_DIR: join(dir, 'data'), SELLO_STORE: redis.url }
    assert.equal((await runSello(['apps', 'add', 'default'], settings)).code, 0)
    const file = join(dir, 'people.jsonl')
    writeFileSync(file, people(3000))
    assert.deepEqual(counted(await importing(settings, file)), { lines: 3000, imported: 3000, already: 0, refused: 0 })
    const [sello, other] = [await startSello(t, settings), await startSello(t, settings)]
    writeFileSync(file, people(4000))
    assert.deepEqual(counted(await importing(settings, file)), { lines: 4000, imported: 1000, already: 3000, refused: 0 })
    for (const [one, email] of [
      [sello, 'person1@example.com'],
      [other, 'person3999@example.com'],
    ] as const) {
      assert.equal((await signIn(one, email, `${BATTERY}.`)).status, 401)
      assert.equal((await signIn(one, email, BATTERY)).status, 200)
    }
    await Promise.all([sello.stop(), other.stop()])
  })

  test('Ctrl-C while nothing comes in', async (t) => {
    const settings = { SELLO_DATA_DIR: join(folder(t), 'data') }
    assert.equal((await runSello(['apps', 'add', 'default'], settings)).code, 0)
    const ids = join(folder(t), 'ids')
    const { child, ended } = begin(settings, ['-', '--ids', ids])
    child.stdin.write(people(2000))
    await until('the first accounts', 20_000, () => isBegun(ids))
    child.kill('SIGINT')
    const { code, stdout } = await ended
    assert.equal(code, 130)
    assert.match(stdout, /Stopped/)
    assert.equal(linesIn(ids).length, counted({ stdout }).imported)
  })

  test('a hundred thousand lines within a heap that could not hold a part of them', async (t) => {
    const dir = folder(t)
    const settings = { SELLO_DATA_DIR: join(dir, 'data') }
    const sello = await startSello(t, settings)
    const file = join(dir, 'people.jsonl')
    const made = spawnSync(process.execPath, [join(ROOT, 'bench/import-lines.ts'), '100000'], { maxBuffer: 1e9 })
    writeFileSync(file, made.stdout)
    const small = { ...settings, NODE_OPTIONS: '--max-old-space-size=64' }
    const { child, ended } = begin(small, [file])
    let rss = 0
    const watch = setInterval(() => {
      rss = Math.max(rss, Number(spawnSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' }).stdout) / 1024)
    }, 200)
    const ran = await ended
    clearInterval(watch)
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /^100000 lines: 100000 imported, 0 refused\n/)
    t.diagnostic(`${rss.toFixed()} MiB at most`)
    await sello.stop()
    // Nor by the store itself, where every line is there already.
    const again = await begin(small, [file]).ended
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stdout, /^100000 lines: 0 imported, 100000 were there/)
  })
})
