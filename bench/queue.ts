// `./sello bench queue`: how soon a Sello in one process answers everybody else while more people sign in than it can hash for.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { override } from './benches.ts'
import { type Answer, load, post, postForm } from './load.ts'
import { type Opened, open, type StoreName, told } from './open.ts'
import type { Order, Paced } from './pace.ts'
import { addressOf, PASSWORD } from './preload.ts'
import { type Lateness, MEMBERS } from './queue-server.ts'

const CROWD = 500
const SECONDS = override('BENCH_SECONDS', 15)
const QUIET_SECONDS = Math.min(5, SECONDS)
/** Until all of the crowd wait. */
const GATHER_MS = 2000
const PER_SECOND = 200
const TARGET_MS = 50

type Seen = { paced: Paced; lateness: Lateness }

/** Prints how late the event loop, checks and introspections are with nobody signing in, and with a crowd. */
export async function measureQueue(store: StoreName) {
  const count = PER_SECOND * (QUIET_SECONDS + SECONDS)
  const server = await open('queue', store, 'sello', count, '')
  const pacer = fork(join(import.meta.dirname, 'pace.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const { key, items, port } = server.said
    const checks = items.slice(0, count).map((number) => post('/v1/identities/check', key, { number, token: 'session-42' }))
    const introspections = items.slice(count).map((token) => postForm('/v1/introspect', key, { token: token as string }))
    const watch = (seconds: number): Promise<Seen> => {
      const take = (from: string[]) => from.splice(0, seconds * PER_SECOND)
      return observe(server, pacer, { port, perSecond: PER_SECOND, lanes: { check: take(checks), introspect: take(introspections) } })
    }
    const quiet = await watch(QUIET_SECONDS)
    const crowd = gather(port)
    await wait(GATHER_MS)
    const begun = crowd.begin()
    const full = await watch(SECONDS)
    const signedIn = begun()
    const { p50, p99 } = await crowd.leave()
    tell(store, quiet, full)
    console.log(`  log-ins: ${signedIn.toFixed(1)} a second, of those answered 200 p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`)
    console.log(`  other answers: ${JSON.stringify(crowd.refused)}\n`)
  } finally {
    const gone = once(pacer, 'exit')
    pacer.disconnect()
    await Promise.all([gone, server.close()])
  }
}

async function observe(server: Opened, pacer: ReturnType<typeof fork>, order: Order): Promise<Seen> {
  server.child.send('watch')
  pacer.send(order)
  const paced = await told<Paced>(pacer)
  server.child.send('tell')
  return { paced, lateness: await told<Lateness>(server.child) }
}

/** So many people who sign in again as soon as they were answered, and after a 503 when they are told to. */
function gather(port: number) {
  let n = 0
  let done = 0
  let leaving = false
  const refused: Record<string, number> = {}
  const count = ({ status, body }: Answer) => {
    if (status === 200) return void done++
    const name = `${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? ''}`
    refused[name] = (refused[name] ?? 0) + 1
  }
  const all = load(port, CROWD, 200, (last) => {
    if (last) count(last)
    return leaving ? null : post('/v1/login', null, { email: addressOf(n++ % MEMBERS), password: PASSWORD })
  })
  all.catch(() => {}) // told when it is waited for
  return {
    refused,
    /** @returns what says how many a second have signed in since */
    begin() {
      const [before, from] = [done, performance.now()]
      return () => ((done - before) * 1000) / (performance.now() - from)
    },
    leave() {
      leaving = true
      return all
    },
  }
}

function tell(store: StoreName, quiet: Seen, full: Seen) {
  console.log(`queue, ${store}: ${CROWD} log-ins wait for ${SECONDS} s; ${PER_SECOND} checks and ${PER_SECOND} introspections a second`)
  console.log(`${''.padEnd(24)} quiet p50   p99 ms   full p50   p99 ms`)
  const row = (name: string, before: { p50: number; p99: number }, now: { p50: number; p99: number }, rest = '') => {
    const [a, b, c, d] = [before.p50, before.p99, now.p50, now.p99].map((ms) => ms.toFixed(1))
    console.log(
      `  ${name.padEnd(22)} ${a!.padStart(9)} ${b!.padStart(8)} ${c!.padStart(10)} ${d!.padStart(8)}   target p99 < ${TARGET_MS}${rest}`,
    )
  }
  row('event loop, late by', quiet.lateness, full.lateness, `; at most ${full.lateness.most.toFixed(1)}`)
  for (const [name, now] of Object.entries(full.paced)) {
    const others = Object.keys(now.refused).length > 0 ? `; other answers ${JSON.stringify(now.refused)}` : ''
    row(name, quiet.paced[name]!, now, others)
  }
}
