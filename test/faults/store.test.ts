import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { change, fill, logOf, valuesOf } from '../store/shorthand.ts'
import { folder } from '../support/folder.ts'
import { start } from '../support/process.ts'

const HOLDER = fileURLToPath(import.meta.resolve('../store/holder.ts'))
const MB = 1024 * 1024

const numbers = (lines: readonly string[], word: string) =>
  lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]))
const isWhole = async (store: Store, partition: string, n: number) =>
  (await valuesOf(store, partition, `a${n}`, `b${n}`)).every((value) => value !== null)

test('what was acknowledged survives kill -9, and nothing is there by half', async (t) => {
  let acknowledged = 0
  for (let round = 0; round < 10; round++) {
    const path = join(folder(t), 'sello.db')
    const holder = start(t, process.execPath, [HOLDER, path, 'write'])
    await holder.line((line) => line.startsWith('ack'))
    const afterMs = Math.random() * 250
    await wait(afterMs)
    await holder.kill()
    const store = openSqlite(path)
    const acks = numbers(holder.lines, 'ack')
    const logs = { '07': new Set(await logOf(store, '07')), '93': new Set(await logOf(store, '93')) }
    const place = (n: number) => (n % 2 ? '07' : '93')
    const lost = acks.filter((n) => !logs[place(n)].has(n))
    assert.deepEqual(lost, [], `round ${round}, killed ${afterMs} ms after the first acknowledgement`)
    for (const partition of ['07', '93'] as const) {
      const written = [...logs[partition]] as number[]
      for (const n of written) assert.ok(await isWhole(store, partition, n), `round ${round}: half of ${n} is missing`)
      assert.equal((await store.depth(partition, 'q')).length, 2 * written.length)
      const [count] = await valuesOf(store, partition, 'count')
      assert.ok((count as number) >= acks.filter((n) => place(n) === partition).length)
      assert.ok((count as number) <= written.length)
    }
    await store.close()
    acknowledged += acks.length
  }
  assert.ok(acknowledged > 500, `only ${acknowledged} acknowledgements in ten rounds`)
})

test('a store whose first opening was killed can be opened', async (t) => {
  for (const afterMs of [45, 60, 75, 90, 105]) {
    const path = join(folder(t), 'sello.db')
    const holder = start(t, process.execPath, [HOLDER, path, 'hold'])
    await wait(afterMs)
    await holder.kill()
    const store = openSqlite(path)
    await fill(store, '07', [{ key: 'k', value: 1 }])
    await store.close()
  }
})

test('a full disk: writes are refused whole, and go on when there is room', async (t) => {
  const path = join(folder(t), 'sello.db')
  // No file of this process may grow past 8192 blocks (4 or 8 MB, as the shell counts). Node ignores SIGXFSZ: the write fails.
  const holder = start(t, '/bin/sh', ['-c', 'ulimit -S -f 8192; exec "$@"', 'sh', process.execPath, HOLDER, path, 'fill'])
  let row = 0
  const isStuck = (line: string) => {
    row = line.startsWith('refused') ? row + 1 : 0
    return row > 30
  }
  assert.match(await holder.line(isStuck), /disk I\/O error|disk is full/)
  const before = holder.lines.length
  const raised = spawnSync('prlimit', ['--pid', String(holder.child.pid), '--fsize=unlimited'])
  if (!raised.error) {
    assert.equal(raised.status, 0, String(raised.stderr))
    let fresh = 0
    await holder.line((line) => line.startsWith('ack') && holder.lines.indexOf(line) >= before && ++fresh > 20)
  }
  await holder.kill()

  const store = openSqlite(path)
  t.after(() => store.close())
  const log = new Set(await logOf(store, '07'))
  const acks = numbers(holder.lines, 'ack')
  const refused = numbers(holder.lines, 'refused')
  assert.deepEqual(numbers(holder.lines, 'phantom'), [], 'what was refused could be read')
  assert.ok(acks.length > 40 && refused.length > 30, `${acks.length} acknowledged, ${refused.length} refused`)
  for (const n of acks) assert.ok(log.has(n) && (await isWhole(store, '07', n)), `${n} was acknowledged and is not whole`)
  for (const n of refused) {
    assert.deepEqual([log.has(n), ...(await valuesOf(store, '07', `a${n}`, `b${n}`))], [false, null, null], `${n} was refused and is there`)
  }
  await fill(store, '07', [{ key: 'after', value: 1 }])
})

test('the write-ahead log begins anew under load that never pauses', async (t) => {
  const path = join(folder(t), 'sello.db')
  const store = openSqlite(path)
  t.after(() => store.close())
  const size = () => statSync(`${path}-wal`).size
  // SQLite does not write a page again that is as it was, so each value differs from the one before it under its key.
  const different = (n: number) => String.fromCharCode(97 + (n % 26)).repeat(16 * 1024)
  let written = 0
  let largest = 0
  let slowestMs = 0
  const writer = async (_: unknown, i: number) => {
    for (let n = 0; written < 384 * MB; n++) {
      const value = different(n)
      written += value.length
      const began = performance.now()
      await store.commit('07', change({ version: `${i}/${n}`, puts: [{ key: `k${i}/${n % 30}`, value }] }))
      slowestMs = Math.max(slowestMs, performance.now() - began)
      if (n % 8 === 0) largest = Math.max(largest, size())
    }
  }
  await Promise.all(Array.from({ length: 64 }, writer))
  assert.ok(largest < 300 * MB, `it grew to ${largest / MB} MB; left alone it would have grown to 480`)
  assert.ok(slowestMs < 2000, `a commit waited ${slowestMs} ms`)
  await fill(store, '07', [{ key: 'after', value: 1 }])
})

test('while a stranger holds the file, writes are refused after one wait, not after one for each', async (t) => {
  const path = join(folder(t), 'sello.db')
  const store = openSqlite(path)
  t.after(() => store.close())
  const stranger = new DatabaseSync(path)
  t.after(() => stranger.close())
  stranger.exec('BEGIN IMMEDIATE')
  const began = performance.now()
  const puts = (i: number) => [{ key: `k${i}`, value: i }]
  const results = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => store.commit('07', change({ puts: puts(i) }))))
  const tookMs = performance.now() - began
  for (const result of results) assert.match(String(result.status === 'rejected' && result.reason), /database is locked/)
  assert.ok(tookMs < 5000, `it took ${tookMs} ms`)
  assert.deepEqual(await valuesOf(store, '07', 'k0', 'k4'), [null, null])
  stranger.exec('ROLLBACK')
  await fill(store, '07', puts(0))
})
