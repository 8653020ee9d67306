// A process of its own that holds a store: node holder.ts <path> hold | write | fill
//   hold   opens the store, says `open`, and keeps it until it is killed
//   write  commits numbered changes without a pause, several at a time, and says `ack <n>` after each
//   fill   commits blocks of 64 KiB under ever new keys, says `ack <n>` or `refused <n> <why>`, one a line, and
//          `phantom <n>` when what was refused can be read; goes on for ever
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { FAR } from './shorthand.ts'

const WRITERS = 8
const [path = '', task = ''] = process.argv.slice(2)
/** At once and whole: what was said before a kill was said. */
const say = (line: string) => writeSync(1, `${line}\n`)

const store = (() => {
  try {
    return openSqlite(path)
  } catch (error) {
    say(`failed ${(error as Error).message}`)
    process.exit(1)
  }
})()
say('open')

async function write() {
  let next = 0
  const writer = async () => {
    for (let n = next++; ; n = next++) {
      const partition = n % 2 ? '07' : '93'
      const value = { n, half: 'x'.repeat(n % 3000) }
      const puts = [`a${n}`, `b${n}`].map((key) => ({ key, value, queue: { name: 'q', dueAt: n } }))
      await store.commit(partition, { version: `v${n}`, expect: [{ key: `a${n}`, version: '' }], puts, deletes: [], log: [n] })
      await store.hit(partition, [{ key: 'count', cost: 1, limit: 1e9, sweepAt: FAR }])
      say(`ack ${n}`)
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
}

async function fill() {
  for (let n = 0; ; n++) {
    try {
      const puts = ['a', 'b'].map((key) => ({ key: `${key}${n}`, value: `${n}`.padEnd(32_768, 'x') }))
      await store.commit('07', { version: `v${n}`, expect: [], puts, deletes: [], log: [n] })
      say(`ack ${n}`)
    } catch (error) {
      say(`refused ${n} ${(error as Error).message}`)
      const seen = await store.read('07', [`a${n}`, `b${n}`])
      if (seen.some((record) => record !== null)) say(`phantom ${n}`)
      await wait(20)
    }
  }
}

if (task === 'hold') setInterval(() => {}, 1000)
else if (task === 'write') await write()
else await fill()
