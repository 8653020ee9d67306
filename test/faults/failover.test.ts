import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folder } from '../support/folder.ts'
import { startRedis } from '../support/redis.ts'
import { runSello, type Sello, startSello, until } from '../support/server.ts'

/** The number in the newest letter to an address. */
async function mailed(sello: Sello, to: string): Promise<string | null> {
  const letters = (await (await fetch(`${sello.url}/inbox/messages?to=${to}`)).json()) as { text: string }[]
  return /(\d{4} \d{4} \d{4})/.exec(letters[0]?.text ?? '')?.[1] ?? null
}
/** The first answer that the store had a part in. */
const until503Ends = (ask: () => Promise<{ status: number }>) =>
  until('the store to be back', 15_000, async () => {
    const answer = await ask()
    return answer.status === 503 ? null : answer
  })

test('a replica that is promoted without the last writes: what was used stays used, and everybody can begin anew', async (t) => {
  const master = await startRedis(t)
  const replica = await startRedis(t, { args: ['--replicaof', '127.0.0.1', String(master.port)] })
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_STORE: master.url })
  await sello.register('ana@example.com')
  const number = await until('the letter', 15_000, () => mailed(sello, 'ana@example.com'))
  await until('the replica to have it', 5000, async () => replica.cli('DBSIZE') === master.cli('DBSIZE'))

  replica.cli('REPLICAOF', 'NO', 'ONE') // from here on it misses what its former master acknowledges
  assert.equal((await sello.check(number)).status, 200)
  await master.kill()
  assert.equal(replica.cli('CONFIG', 'SET', 'port', String(master.port)), 'OK') // and now it is the one that is asked
  assert.equal((await until503Ends(() => sello.check(number))).status, 404)
  await until('a word in the log', 15_000, async () => sello.logs().some(({ outcome }) => outcome === 'history_changed'))

  await sello.register('eva@example.com')
  await until('the letter', 15_000, () => mailed(sello, 'eva@example.com'))
  assert.equal((await sello.check((await mailed(sello, 'eva@example.com'))!)).status, 200)
})

test('a server that is killed and starts again from its log voids nothing', async (t) => {
  const redis = await startRedis(t)
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_STORE: redis.url })
  await sello.register('ana@example.com')
  await until('the letter', 15_000, () => mailed(sello, 'ana@example.com'))
  await redis.kill()
  await redis.restart()
  await until503Ends(() => sello.register('bea@example.com'))
  assert.equal((await sello.check((await mailed(sello, 'ana@example.com'))!)).status, 200)
  assert.ok(!sello.logs().some(({ outcome }) => outcome === 'history_changed'))
})

test('a server that starts again from an older file voids what lives: what was used since stays used', async (t) => {
  const redis = await startRedis(t)
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_STORE: redis.url })
  await sello.register('ana@example.com')
  const number = await until('the letter', 15_000, () => mailed(sello, 'ana@example.com'))
  const older = redis.copyFiles()
  await until('the store to be ready', 5000, async () => (await sello.readiness()) === 200) // a sign of life after the copy
  assert.equal((await sello.check(number)).status, 200)
  await redis.kill()
  redis.putFiles(older)
  await redis.restart()
  assert.equal((await until503Ends(() => sello.check(number))).status, 404)
  await until('a word in the log', 15_000, () => sello.logs().some(({ outcome }) => outcome === 'history_changed'))
})

test('where the last second may be lost, a start of the server voids what lives', async (t) => {
  const redis = await startRedis(t, { args: ['--appendfsync', 'everysec'] })
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_STORE: redis.url })
  await sello.register('ana@example.com')
  const number = await until('the letter', 15_000, () => mailed(sello, 'ana@example.com'))
  await redis.kill()
  await redis.restart()
  assert.equal((await until503Ends(() => sello.check(number))).status, 404)
})

test('a master that falls silent under calls, and a replica in its place: judged all the same', async (t) => {
  const master = await startRedis(t)
  const replica = await startRedis(t, { args: ['--replicaof', '127.0.0.1', String(master.port)] })
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_STORE: master.url })
  await sello.register('ana@example.com')
  const number = await until('the letter', 15_000, () => mailed(sello, 'ana@example.com'))
  await until('the replica to have it', 5000, () => replica.cli('DBSIZE') === master.cli('DBSIZE'))
  replica.cli('REPLICAOF', 'NO', 'ONE')
  assert.equal((await sello.check(number)).status, 200)
  master.stop()
  // Under calls, whose deadlines pass: what follows must not end with them.
  for (let i = 0; i < 3; i++) assert.equal((await sello.check('000000000000')).status, 503)
  await master.kill()
  assert.equal(replica.cli('CONFIG', 'SET', 'port', String(master.port)), 'OK')
  assert.equal((await until503Ends(() => sello.check(number))).status, 404)
})

test('a store that is emptied under a running Sello is neither believed nor refilled', async (t) => {
  const redis = await startRedis(t)
  const sello = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_STORE: redis.url })
  assert.equal((await sello.register('ana@example.com')).status, 202)
  redis.cli('FLUSHALL')
  await until('the key to be looked up anew', 3000, async () => (await sello.register('bo@example.com')).status === 503)
  await until('not ready', 3000, async () => (await sello.readiness()) === 503)
  const second = await startSello(t, { SELLO_DATA_DIR: folder(t), SELLO_STORE: redis.url }) // makes a new one of it
  assert.equal((await second.register('ana@example.com')).status, 202)
  assert.equal((await sello.register('ana@example.com')).status, 503, 'the first one still knows that it is another')
  assert.equal(await sello.readiness(), 503)
})

test('without SELLO_STORE nobody begins an empty store beside the one on Redis', async (t) => {
  const redis = await startRedis(t)
  const settings = { SELLO_DATA_DIR: folder(t) }
  const sello = await startSello(t, { ...settings, SELLO_STORE: redis.url })
  await sello.stop()
  for (const words of [['apps', 'list'], ['start']]) {
    const { code, stderr } = await runSello(words, settings)
    assert.equal(code, 1)
    assert.match(stderr, /^sello: the store of this data folder is Redis: give SELLO_STORE/)
  }
})
