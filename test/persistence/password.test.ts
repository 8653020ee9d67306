import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { argon2Sync, createHmac } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type Call, inCall } from '../../src/call.ts'
import { realEnv } from '../../src/env.ts'
import { type Cost, createPasswords, type Passwords } from '../../src/persistence/password.ts'
import { createSecrets, derive, keyId } from '../../src/persistence/secrets.ts'
import { Problem } from '../../src/problem.ts'
import { folder } from '../support/folder.ts'

const [P1, P2] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const SMALL: Cost = { memory: 8, time: 1, parallelism: 1 }
const ANA = 'app_1/ana@example.com'
const RIGHT = 'correct horse battery'

type Options = { peppers?: Buffer[]; cost?: Cost | null; threads?: number; queue?: number }

/** Real threads, on a small cost unless `cost` says otherwise; null is the real one. `ran` is how many argon2id ran. */
function open(t: TestContext, { peppers = [P1], cost = SMALL, ...rest }: Options = {}): Passwords & { readonly ran: number } {
  const env = realEnv()
  let ran = 0
  const onHash = (ms: number) => {
    assert.ok(ms >= 0)
    ran++
  }
  const passwords = createPasswords({ env, secrets: createSecrets(env, peppers, [P1]), ...rest, ...(cost ? { cost } : {}), onHash })
  t.after(() => passwords.close())
  return {
    ...passwords,
    get ran() {
      return ran
    },
  }
}

/** The threads that start while the test runs. */
function started(t: TestContext): Worker[] {
  const workers: Worker[] = []
  const note = (worker: Worker) => workers.push(worker)
  process.on('worker', note)
  t.after(() => process.off('worker', note))
  return workers
}

const code = (problem: string) => (error: unknown) => error instanceof Problem && error.code === problem

/** The credential as another implementation makes it: Node's own argon2id. */
function elsewhere(password: string, { memory, time, parallelism }: Cost, scope = ANA, pepper = P1): string {
  const hmac = (purpose: string, text: string) =>
    createHmac('sha256', derive(pepper, `mac/${purpose}`))
      .update(text)
      .digest()
  const [salt, nonce] = [hmac('password-salt', scope).subarray(0, 16), Buffer.alloc(16, 7)]
  const output = argon2Sync('argon2id', {
    message: hmac('password', password),
    nonce: salt,
    memory,
    passes: time,
    parallelism,
    tagLength: 32,
  })
  const mac = createHmac('sha256', nonce).update(output).digest()
  return ['argon2id', keyId(pepper), memory, time, parallelism, ...[salt, nonce, mac].map((part) => part.toString('base64url'))].join('$')
}

test('the right password opens, at the real cost; what is stored says how', async (t) => {
  const passwords = open(t, { cost: null })
  const stored = await passwords.hash(ANA, RIGHT)
  assert.match(stored, /^argon2id\$[0-9a-f]{8}\$19456\$2\$1\$[\w-]{22}\$[\w-]{22}\$[\w-]{43}$/)
  assert.deepEqual(await passwords.match(ANA, RIGHT, [stored]), [0])
  assert.deepEqual(await passwords.match(ANA, `${RIGHT}.`, [stored]), [])
  assert.equal(passwords.isOutdated(stored), false)
  assert.equal(passwords.ran, 3)
  const theirs = elsewhere(RIGHT, { memory: 19_456, time: 2, parallelism: 1 })
  assert.deepEqual(await passwords.match(ANA, RIGHT, [theirs]), [0])
  assert.equal(theirs.split('$')[5], stored.split('$')[5])
})

test('what is nearly the password is another one', async (t) => {
  const passwords = open(t)
  const others: [string, string][] = [
    [`${'x'.repeat(72)}a${'x'.repeat(7)}`, `${'x'.repeat(72)}b${'x'.repeat(7)}`],
    ['before\0after', 'before\0other'],
    ['before\0after', 'before'],
    [RIGHT, 'Correct horse battery'],
    [RIGHT, `${RIGHT} `],
    ['ａbcdefgh', 'abcdefgh'],
    ['', ' '],
  ]
  for (const [one, other] of others) {
    const stored = await passwords.hash(ANA, one)
    assert.deepEqual(await passwords.match(ANA, one, [stored]), [0], JSON.stringify(one))
    assert.deepEqual(await passwords.match(ANA, other, [stored]), [], JSON.stringify([one, other]))
  }
})

test('two spellings of one password open the same', async (t) => {
  const passwords = open(t)
  const [nfc, nfd] = ['contrase\u00f1a segur\u00e1', 'contrasen\u0303a segura\u0301']
  assert.deepEqual(await passwords.match(ANA, nfd, [await passwords.hash(ANA, nfc)]), [0])
  assert.deepEqual(await passwords.match(ANA, nfc, [await passwords.hash(ANA, nfd)]), [0])
})

test('over 256 code points nothing opens, and nothing is hashed', async (t) => {
  const passwords = open(t)
  const long = '🦊'.repeat(256)
  const stored = [await passwords.hash(ANA, long), await passwords.hash(ANA, `${long}x`)]
  assert.deepEqual(await passwords.match(ANA, long, stored), [0])
  assert.equal(passwords.ran, 3)
  assert.deepEqual(await passwords.match(ANA, `${long}x`, stored), [])
  assert.equal(passwords.ran, 3)
})

test('equal passwords do not look equal', async (t) => {
  const passwords = open(t)
  const same = await Promise.all([ANA, ANA, 'app_1/bob@example.com', 'app_2/ana@example.com'].map((scope) => passwords.hash(scope, RIGHT)))
  const part = (at: number) => same.map((stored) => stored.split('$')[at])
  assert.equal(new Set(part(5)).size, 3, 'the salt is of the holder')
  assert.equal(part(5)[0], part(5)[1])
  assert.equal(new Set(part(6)).size, 4)
  assert.equal(new Set(part(7)).size, 4)
})

test('however many credentials an address has, one argon2id judges them', async (t) => {
  const passwords = open(t)
  const words = ['one', 'two', RIGHT, 'four', RIGHT, 'six']
  const stored = await Promise.all(words.map((word) => passwords.hash(ANA, word)))
  for (let count = 0; count <= stored.length; count++) {
    const before = passwords.ran
    const opened = await passwords.match(ANA, RIGHT, stored.slice(0, count))
    assert.deepEqual(
      opened,
      [2, 4].filter((index) => index < count),
    )
    assert.equal(passwords.ran - before, 1, `${count} credentials`)
  }
})

test('what is no credential opens nothing, and takes as long as any', async (t) => {
  const cost = { memory: 64, time: 3, parallelism: 2 }
  const passwords = open(t, { cost })
  const stored = await passwords.hash(ANA, RIGHT)
  const [, pepper, , , , ...bytes] = stored.split('$')
  const at = (...parts: (string | number)[]) => ['argon2id', ...parts, ...bytes].join('$')
  const strays: Record<string, string> = {
    nothing: '',
    'another word': 'a secret',
    'another pepper': at('00000000', 64, 3, 2),
    'another function': stored.replace('argon2id', 'argon2i'),
    'cut short': stored.slice(0, -1),
    longer: `${stored}A`,
    'a line more': `${stored}\n`,
    'a part more': `${stored}$`,
    'a leading zero': at(pepper!, '064', 3, 2),
    'less memory than argon2 needs': at(pepper!, 15, 3, 2),
    'no memory': at(pepper!, 0, 3, 2),
    'too much memory': elsewhere(RIGHT, { memory: 8, time: 1, parallelism: 1 }).replace('$8$', '$262145$'),
    'more memory than there is': at(pepper!, 9_999_999, 3, 2),
    'too many passes': elsewhere(RIGHT, { memory: 64, time: 11, parallelism: 2 }),
    'too many lanes': elsewhere(RIGHT, { memory: 256, time: 1, parallelism: 17 }),
  }
  for (const [name, stray] of Object.entries(strays)) {
    const before = passwords.ran
    assert.deepEqual(await passwords.match(ANA, RIGHT, [stray]), [], name)
    assert.equal(passwords.ran - before, 1, name)
    assert.equal(passwords.isOutdated(stray), true, name)
    assert.deepEqual(await passwords.match(ANA, RIGHT, [stray, stored, stray]), [1], name)
    assert.equal(passwords.ran - before, 2, name)
  }
  for (const most of [
    { memory: 64, time: 10, parallelism: 2 },
    { memory: 256, time: 1, parallelism: 16 },
  ])
    assert.deepEqual(await passwords.match(ANA, RIGHT, [elsewhere(RIGHT, most)]), [0], 'the most that is executed')
  for (const wrong of [
    { ...cost, time: 11 },
    { ...cost, memory: 15 },
    { ...cost, memory: 262_145 },
    { ...cost, parallelism: 0 },
  ])
    assert.throws(() => open(t, { cost: wrong }), JSON.stringify(wrong))
})

test('without its pepper a credential opens to nothing', async (t) => {
  const stored = await open(t).hash(ANA, RIGHT)
  assert.deepEqual(await open(t, { peppers: [P2] }).match(ANA, RIGHT, [stored]), [])
  const claimed = stored.replace(keyId(P1), keyId(P2))
  assert.deepEqual(await open(t, { peppers: [P2] }).match(ANA, RIGHT, [claimed]), [])
  assert.deepEqual(await open(t).match(ANA, RIGHT, [stored, claimed]), [0])
})

test('a new pepper: old credentials open and are outdated until it alone is left', async (t) => {
  const old = await open(t).hash(ANA, RIGHT)
  const both = open(t, { peppers: [P2, P1] })
  assert.equal(both.isOutdated(old), true)
  const fresh = await both.hash(ANA, RIGHT)
  assert.equal(both.isOutdated(fresh), false)
  const before = both.ran
  assert.deepEqual(await both.match(ANA, RIGHT, [fresh, old, fresh, old]), [0, 1, 2, 3])
  assert.equal(both.ran - before, 2, 'one for each generation')
  assert.deepEqual(await both.match(ANA, 'wrong', [fresh, old]), [])
  assert.deepEqual(await open(t, { peppers: [P2] }).match(ANA, RIGHT, [fresh, old]), [0])
})

test('a new cost: old credentials open at theirs and are outdated', async (t) => {
  const old = await open(t).hash(ANA, RIGHT)
  for (const cost of [
    { ...SMALL, memory: 16 },
    { ...SMALL, time: 2 },
    { memory: 16, time: 1, parallelism: 2 },
  ]) {
    const now = open(t, { cost })
    assert.equal(now.isOutdated(old), true)
    const fresh = await now.hash(ANA, RIGHT)
    assert.equal(now.isOutdated(fresh), false)
    assert.deepEqual(await now.match(ANA, RIGHT, [old, fresh]), [0, 1])
    assert.equal(now.ran, 3)
  }
})

test('a full queue refuses the next one, says for how long, and loses none of the others', async (t) => {
  const passwords = open(t, { threads: 1, queue: 3, cost: null })
  assert.deepEqual(passwords.load(), { waiting: 0, waitMs: 0 })
  const taken = ['one', 'two', 'three', 'four'].map((word) => passwords.hash(ANA, word))
  const { waiting, waitMs } = passwords.load()
  assert.equal(waiting, 3)
  assert.ok(waitMs > 0 && Number.isInteger(waitMs))
  await assert.rejects(passwords.hash(ANA, 'five'), (error: Problem) => code('busy')(error) && error.extras.retryAfterMs === waitMs)
  const stored = await Promise.all(taken)
  assert.equal(passwords.ran, 4)
  assert.deepEqual(passwords.load(), { waiting: 0, waitMs: 0 })
  assert.deepEqual(await passwords.match(ANA, 'four', stored), [3])
})

test('however many log-ins wait, a sign-up is next, and the other way round', async (t) => {
  for (const many of ['match', 'hash'] as const) {
    const passwords = open(t, { threads: 1, queue: 20 })
    const one = many === 'match' ? 'hash' : 'match'
    const ask = (what: 'match' | 'hash') => (what === 'hash' ? passwords.hash(ANA, RIGHT) : passwords.match(ANA, RIGHT, []))
    const served: string[] = []
    const flood = Array.from({ length: 21 }, () => ask(many).then(() => served.push(many)))
    await assert.rejects(ask(many), code('busy'))
    const late = ask(one).then(() => served.push(one))
    await Promise.all([...flood, late])
    assert.deepEqual(served.slice(0, 3), [many, one, many])
    assert.equal(served.length, 22)
  }
})

test('who came first is served first', async (t) => {
  const passwords = open(t, { threads: 1 })
  const served: number[] = []
  await Promise.all(Array.from({ length: 10 }, (_, i) => passwords.match(ANA, RIGHT, []).then(() => served.push(i))))
  assert.deepEqual(served, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a job whose caller is gone by its turn is dropped, not hashed', async (t) => {
  const passwords = open(t, { threads: 1 })
  const call = (): Call => ({ requestId: 'r', until: Number.POSITIVE_INFINITY })
  const [going, staying] = [call(), call()]
  const first = passwords.hash(ANA, 'first')
  const gone = assert.rejects(
    inCall(going, () => passwords.hash(ANA, 'gone')),
    code('unavailable'),
  )
  const stays = inCall(staying, () => passwords.hash(ANA, 'stays'))
  const last = passwords.hash(ANA, 'last')
  going.until = 0
  await gone
  assert.deepEqual(await passwords.match(ANA, 'stays', await Promise.all([first, stays, last])), [1])
  assert.equal(passwords.ran, 4)
  await assert.rejects(
    inCall(going, () => passwords.match(ANA, 'gone', [])),
    code('unavailable'),
  )
  assert.equal(passwords.ran, 4)
})

test('threads start with the first job, and no more of them than may', async (t) => {
  const workers = started(t)
  const passwords = open(t, { threads: 2 })
  assert.equal(workers.length, 0)
  await passwords.hash(ANA, 'one')
  await passwords.hash(ANA, 'two')
  assert.equal(workers.length, 1, 'an idle one is used first')
  await Promise.all(Array.from({ length: 20 }, (_, i) => passwords.hash(ANA, `${i}`)))
  assert.equal(workers.length, 2)
  const never = open(t)
  await never.close()
  assert.equal(workers.length, 2)
})

test('a thread that dies fails its job alone, and another takes its place', async (t) => {
  const workers = started(t)
  const passwords = open(t, { threads: 1 })
  const doomed = passwords.hash(ANA, 'doomed')
  const behind = ['one', 'two'].map((word) => passwords.hash(ANA, word))
  process.nextTick(() => workers[0]!.terminate())
  await assert.rejects(doomed, code('fault'))
  const stored = await Promise.all(behind)
  assert.deepEqual(await passwords.match(ANA, 'two', stored), [1])
  assert.equal(workers.length, 2)
  await workers[1]!.terminate()
  assert.deepEqual(await passwords.match(ANA, 'one', stored), [0], 'one that died idle is missed by nobody')
  assert.equal(workers.length, 3)
})

test('close: what is at work is finished, who waits is refused, and nobody comes after', async (t) => {
  const passwords = open(t, { threads: 1 })
  const running = passwords.hash(ANA, RIGHT)
  const waiting = [passwords.hash(ANA, 'one'), passwords.match(ANA, 'two', [])].map((job) => assert.rejects(job, code('unavailable')))
  const closing = [passwords.close(), passwords.close()]
  await assert.rejects(passwords.hash(ANA, 'late'), code('unavailable'))
  await Promise.all(waiting)
  assert.match(await running, /^argon2id\$/)
  await Promise.all(closing)
  assert.equal(passwords.ran, 1)
  assert.deepEqual(passwords.load(), { waiting: 0, waitMs: 0 })
  await assert.rejects(passwords.match(ANA, 'later', []), code('unavailable'))
})

test('close: a thread that dies meanwhile holds nothing up', async (t) => {
  const workers = started(t)
  const passwords = open(t, { threads: 1 })
  const doomed = assert.rejects(passwords.hash(ANA, RIGHT), code('fault'))
  const closing = passwords.close()
  process.nextTick(() => workers[0]!.terminate())
  await Promise.all([doomed, closing])
})

test('the clear password is in no credential and goes to no thread', async (t) => {
  const passwords = open(t)
  const post = t.mock.method(Worker.prototype, 'postMessage') // looked at, and passed on
  const shapes = (['utf8', 'hex', 'base64', 'base64url', 'latin1'] as const).map((shape) => Buffer.from(RIGHT).toString(shape))
  const stored = await passwords.hash(ANA, RIGHT)
  await passwords.match(ANA, RIGHT, [stored])
  for (const shape of shapes) assert.ok(!stored.includes(shape.slice(0, 8)))
  assert.equal(post.mock.callCount(), 2)
  for (const { arguments: sent } of post.mock.calls) {
    const work = sent[0] as { input: Uint8Array; salt: Uint8Array }[]
    assert.deepEqual(Object.keys(work[0]!).sort(), ['input', 'memory', 'parallelism', 'salt', 'time'])
    assert.deepEqual([work.length, work[0]!.input.length, work[0]!.salt.length], [1, 32, 16])
    for (const { buffer, length } of [work[0]!.input, work[0]!.salt]) {
      assert.ok(!Buffer.from(buffer).includes(RIGHT))
      assert.equal(buffer.byteLength, length, 'no memory of others goes along')
    }
  }
})

test('the threads step back for everything else, which keeps its priority', async (t) => {
  const before = getPriority()
  await open(t, { threads: 1 }).hash(ANA, RIGHT)
  assert.equal(getPriority(), before)
  if (!existsSync('/proc/self/task')) return // elsewhere a thread has no priority of its own
  const nice = readdirSync('/proc/self/task').map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  })
  assert.ok(Math.max(...nice) >= 10, nice.join(' '))
})

test('a process that has nothing else to do ends, and not before its passwords are judged', (t) => {
  const at = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src', path))
  const program = `
    import { createPasswords } from ${at('persistence/password.ts')}
    import { createSecrets } from ${at('persistence/secrets.ts')}
    import { realEnv } from ${at('env.ts')}
    const env = realEnv()
    const passwords = createPasswords({ env, secrets: createSecrets(env, [Buffer.alloc(32)], [Buffer.alloc(32)]), threads: 1 })
    for (const word of ['one', 'two', 'three']) passwords.hash('a/b', word).then(() => console.log(word))`
  const path = join(folder(t), 'program.ts')
  writeFileSync(path, program)
  const said = execFileSync(process.execPath, [path], { encoding: 'utf8', timeout: 30_000 })
  assert.deepEqual(said.trim().split('\n'), ['one', 'two', 'three'])
})
