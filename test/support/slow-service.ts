// A service in a process of its own whose one operation takes its time and then writes: node slow-service.ts
import { openSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import Type from 'typebox'
import { leftMs } from '../../src/call.ts'
import { serve } from '../../src/http/serve.ts'
import { createServer } from '../../src/http/server.ts'
import { createLog } from '../../src/log.ts'
import { guard } from '../../src/persistence/store/guard.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { fakeEnv } from './env.ts'

export const KEY = 'k'.repeat(32)
const none = Type.Object({})
export const contract = {
  /** Writes `key` after `ms`, and says how long it then still had. */
  slow: {
    path: '/slow',
    input: Type.Object({ key: Type.String(), ms: Type.Number() }),
    output: Type.Object({ leftMs: Type.Number() }),
    deadlineMs: 5000,
    renewed: true,
  },
  /** Stands still, as a process that was stopped does. */
  stall: { path: '/stall', input: Type.Object({ ms: Type.Number() }), output: none, deadlineMs: 5000 },
  written: { path: '/written', input: none, output: Type.Object({ keys: Type.Array(Type.String()) }) },
  probe: { path: '/probe', input: none, output: none },
} as const

async function main() {
  const env = fakeEnv()
  const log = createLog({ fd: openSync('/dev/null', 'a'), terminal: false }, env.now)
  const app = createServer({ env, log, measure() {}, detailOf: (code) => code, internal: true })
  const store = guard(openSqlite(':memory:'))
  const asked: string[] = []
  serve(
    app,
    contract,
    {
      async slow({ key, ms }) {
        asked.push(key)
        await wait(ms)
        const left = leftMs()
        await store.commit('00', { version: env.id(), expect: [], puts: [{ key, value: 1 }], deletes: [], log: [] })
        return { leftMs: left }
      },
      async stall({ ms }) {
        for (const end = performance.now() + ms; performance.now() < end; );
        return {}
      },
      async written() {
        const found = await store.read('00', asked)
        return { keys: asked.filter((_, i) => found[i] !== null) }
      },
      probe: async () => ({}),
    },
    [KEY],
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
}

if (import.meta.main) await main()
