import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { folder } from '../support/folder.ts'
import { start } from '../support/process.ts'
import { change, fill, valuesOf } from './shorthand.ts'
import { storeSuite } from './suite.ts'

const HOLDER = fileURLToPath(import.meta.resolve('./holder.ts'))

const files = mkdtempSync(join(tmpdir(), 'sello-test-'))
after(() => rmSync(files, { recursive: true, force: true }))
let opened = 0

storeSuite('sqlite, in memory', async () => openSqlite(':memory:'))
storeSuite('sqlite, a file', async () => openSqlite(join(files, String(opened++), 'sello.db')))

test('group commit: many commits share few transactions', async (t) => {
  const batches: number[] = []
  const store = openSqlite(join(folder(t), 'sello.db'), (jobs, outcome) => {
    assert.equal(outcome, 'committed')
    batches.push(jobs)
  })
  t.after(() => store.close())
  await Promise.all(Array.from({ length: 500 }, (_, i) => store.commit('07', change({ puts: [{ key: `k${i}`, value: i }] }))))
  assert.equal(
    batches.reduce((sum, jobs) => sum + jobs, 0),
    500,
  )
  assert.ok(Math.max(...batches) <= 256, `a batch of ${Math.max(...batches)}`)
  assert.ok(batches.length <= 60, `${batches.length} transactions`)
})

test('group commit: when a promise resolves, its commit is in the file for everyone to see', async (t) => {
  const path = join(folder(t), 'sello.db')
  const store = openSqlite(path)
  const onlooker = new DatabaseSync(path, { readOnly: true })
  t.after(() => onlooker.close())
  t.after(() => store.close())
  const look = onlooker.prepare('SELECT value FROM record WHERE key = ?')
  const seen = await Promise.all(
    Array.from({ length: 500 }, async (_, i) => {
      await store.commit('07', change({ puts: [{ key: `k${i}`, value: i }] }))
      return look.get(`07/k${i}`)?.value
    }),
  )
  assert.deepEqual(
    seen,
    seen.map((_, i) => String(i)),
  )
})

test('group commit: a job that throws is alone in failing', async (t) => {
  const outcomes: string[] = []
  const store = openSqlite(join(folder(t), 'sello.db'), (jobs, outcome) => outcomes.push(`${outcome} ${jobs}`))
  t.after(() => store.close())
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => {
      const puts = [{ key: `k${i}`, value: i === 17 ? 17n : i }]
      return store.commit('07', change({ expect: [{ key: `k${i}`, version: '' }], puts, log: [i] }))
    }),
  )
  for (const [i, { status }] of results.entries()) assert.equal(status, i === 17 ? 'rejected' : 'fulfilled', `commit ${i}`)
  assert.deepEqual(await valuesOf(store, '07', 'k16', 'k17', 'k18', 'k39'), [16, null, 18, 39])
  assert.equal((await store.readLog('07', '', 100)).length, 39)
  assert.deepEqual(
    outcomes.filter((outcome) => outcome.startsWith('failed')),
    ['failed 1'],
  )
})

test('what was committed is there after closing and opening again, ids of a trimmed log stay used', async (t) => {
  const path = join(folder(t), 'deep', 'er', 'sello.db')
  const batches: number[] = []
  const first = openSqlite(path, (jobs) => batches.push(jobs))
  await fill(first, '07', [{ key: 'k', value: 'kept', queue: { name: 'q', dueAt: 5 } }])
  await first.commit('07', change({ log: ['a', 'b'] }))
  const old = await first.readLog('07', '', 9)
  // Until the worker, too, has the file open and has carried the log into it.
  const isCarriedOver = () => statSync(path).size > 4096 // more than the first page
  for (let i = 0; i < 300 && !isCarriedOver(); i++) await wait(20)
  assert.ok(isCarriedOver())
  const trimmed = first.trimLog('07', old[1]!.id)
  await first.close()
  await trimmed
  await nextTurn()
  assert.ok(
    batches.every((jobs) => jobs > 0),
    'no transaction was for nothing',
  )
  assert.ok(!existsSync(`${path}-wal`), 'the file is all there is')
  const second = openSqlite(path)
  t.after(() => second.close())
  assert.deepEqual(await second.read('07', ['k']), [{ value: 'kept', version: 'v1', dueAt: 5 }])
  await second.commit('07', change({ log: ['c'] }))
  const [fresh] = await second.readLog('07', old[1]!.id, 9)
  assert.equal(fresh?.value, 'c')
  assert.ok(old.every(({ id }) => id !== fresh.id))
})

test('the folder of a store is made for its owner alone', async (t) => {
  const path = join(folder(t), 'data', 'sello.db')
  await openSqlite(path).close()
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
})

test('a second opening is refused, in this process and in another, until the first is closed', async (t) => {
  const path = join(folder(t), 'sello.db')
  const store = openSqlite(path)
  t.after(() => store.close())
  assert.throws(() => openSqlite(path), /another Sello process has the store in .* open/)
  const refused = start(t, process.execPath, [HOLDER, path, 'hold'])
  assert.match(await refused.line(() => true), /^failed another Sello process has the store in .* open$/)
  await fill(store, '07', [{ key: 'k', value: 'unharmed' }])
  await store.close()
  const again = openSqlite(path)
  t.after(() => again.close())
  assert.deepEqual(await valuesOf(again, '07', 'k'), ['unharmed'])
})

test('a store is free at once when its holder was killed', async (t) => {
  const path = join(folder(t), 'sello.db')
  const holder = start(t, process.execPath, [HOLDER, path, 'hold'])
  await holder.line((line) => line === 'open')
  assert.throws(() => openSqlite(path), /another Sello process/)
  await holder.kill()
  const store = openSqlite(path)
  t.after(() => store.close())
  await fill(store, '07', [{ key: 'k', value: 1 }])
})

test('a store of a newer Sello is refused and left as it is', async (t) => {
  const path = join(folder(t), 'sello.db')
  await openSqlite(path).close()
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 2')
  assert.throws(
    () => openSqlite(path),
    /the store .*sello\.db cannot be used: it was written by a newer Sello \(schema 2, this one knows 1\)/,
  )
  newer.exec('PRAGMA user_version = 1')
  newer.close()
  const store = openSqlite(path)
  t.after(() => store.close())
  await fill(store, '07', [{ key: 'k', value: 1 }])
})

test('a damaged file is refused with its name and what is wrong, and is not touched', async (t) => {
  const path = join(folder(t), 'sello.db')
  const garbage = Buffer.from('this is no database at all. '.repeat(1000))
  writeFileSync(path, garbage)
  assert.throws(() => openSqlite(path), /the store .*sello\.db cannot be used: file is not a database/)
  assert.ok(readFileSync(path).equals(garbage))
  rmSync(path)
  mkdirSync(path)
  assert.throws(() => openSqlite(path), /the store .*sello\.db cannot be used: unable to open database file/)
  rmSync(path, { recursive: true })
  const store = openSqlite(path)
  t.after(() => store.close())
  await fill(store, '07', [{ key: 'k', value: 1 }])
})
