// `./sello bench token`: bench/token.ts. `./sello bench [register|check] [sqlite|always|everysec]`: Sello beside its limit, and its three services beside it, in alternating
// rounds of one run; ratios are what counts.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../test/support/redis.ts'
import { type Load, load, post } from './load.ts'

const CONNECTIONS = 50
const REQUESTS = 12_000
const ROUNDS = 5
/** Ticks of /proc/PID/stat in a second. */
const TICKS = 100
const stores = ['sqlite', 'always', 'everysec'] as const
type StoreName = (typeof stores)[number]
const targets = { register: { sqlite: 0.5, redis: 0.5 }, check: { sqlite: 0.6, redis: 0.5 } }
const SPLIT_TARGET = 0.4
type Name = keyof typeof targets
type Run = Load & { cpuUs: number; rssMb: number }

const wanted = process.argv.slice(2)
if (wanted[0] === 'token' && wanted.length === 1) {
  await import('./token.ts')
  process.exit(0)
}
const names = Object.keys(targets) as Name[]
const unknown = wanted.filter((name) => !names.includes(name as Name) && !stores.includes(name as StoreName))
if (unknown.length > 0) {
  console.error(`sello: there is no benchmark ${unknown.join(' ')}; there are ${names.join(', ')}, on ${stores.join(', ')}`)
  process.exit(2)
}
const chosen = <T extends string>(all: readonly T[]) => {
  const some = all.filter((one) => wanted.includes(one))
  return some.length > 0 ? some : all
}
console.log(
  `Node ${process.version}, ${availableParallelism()} cores; ${CONNECTIONS} connections, ${ROUNDS} rounds of ${REQUESTS} requests, client (and Redis) beside server\n`,
)
/** Takes connections and never says a word. */
const silent = createServer(() => {})
  .listen(0, '127.0.0.1')
  .unref()
await once(silent, 'listening')
const silentServer = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`

const SIDES = ['limit', 'sello', 'split', 'no mail'] as const
type Side = (typeof SIDES)[number]

for (const name of chosen(names)) for (const store of chosen(stores)) await compare(name, store)

async function compare(name: Name, store: StoreName) {
  const sides = SIDES.filter((side) => side !== 'no mail' || (name === 'register' && store === 'sqlite'))
  const rounds: Record<Side, Run>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const runs: Partial<Record<Side, Run>> = {}
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) runs[side] = await measure(name, store, side)
    rounds.push(runs as Record<Side, Run>)
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  console.log(`${`${name}, ${store}`.padEnd(20)} requests/s   p50 ms   p99 ms   CPU µs/request   RSS MB`)
  for (const side of sides) {
    row(
      `  ${side}`,
      rounds.map((round) => round[side]),
    )
  }
  const tell = (side: Side, of: Side, target: number | null) => {
    const ratios = rounds.map((round) => round[side].perSecond / round[of].perSecond)
    const spread = ratios.map((ratio) => ratio.toFixed(2)).join(' ')
    console.log(`  ${side} / ${of}: ×${median(ratios).toFixed(2)} (rounds: ${spread})${target === null ? '' : `; target ×${target}`}`)
  }
  tell('sello', 'limit', targets[name][store === 'sqlite' ? 'sqlite' : 'redis'])
  tell('split', 'sello', SPLIT_TARGET)
  // The mail server is silent, so that letters wait and only the answers are measured.
  if (sides.includes('no mail')) tell('no mail', 'limit', null)
  console.log('')
}

function row(name: string, runs: Run[]) {
  const of = (key: 'perSecond' | 'p50' | 'p99' | 'cpuUs' | 'rssMb', digits = 0) => median(runs.map((run) => run[key])).toFixed(digits)
  console.log(
    `${name.padEnd(20)} ${of('perSecond').padStart(10)} ${of('p50', 1).padStart(8)} ${of('p99', 1).padStart(8)} ${of('cpuUs').padStart(16)} ${of('rssMb').padStart(8)}`,
  )
}

async function measure(name: Name, store: StoreName, side: Side): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'sello-bench-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const warm = 1000
  const preload = name === 'check' ? REQUESTS + warm : 0
  try {
    const redis =
      store === 'sqlite' ? null : await startRedis({ after: (end) => void endings.unshift(end) }, { args: ['--appendfsync', store] })
    const kind = { limit: name, sello: 'sello', split: 'split', 'no mail': 'sello' }[side]
    const args = [kind, folder, redis?.url ?? 'sqlite:', side === 'no mail' ? silentServer : '', String(preload)]
    const child = fork(join(import.meta.dirname, 'server.ts'), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const gone = once(child, 'exit')
    endings.unshift(() => child.kill('SIGTERM') && gone)
    const { port, key, numbers, pids } = await said<{ port: number; key: string; numbers: string[]; pids: number[] }>(child)
    let left = 0
    let n = 0
    const next = () => {
      if (left-- <= 0) return null
      if (name === 'check') return post('/v1/identities/check', key, { number: numbers[n++], token: 'session-42' })
      return post('/v1/identities', key, { email: `person${n++}@example.com`, token: 'session-42' })
    }
    const status = name === 'check' ? 200 : 202
    left = warm
    await load(port, CONNECTIONS, status, next)
    left = REQUESTS
    const before = cpuMs(pids)
    const result = await load(port, CONNECTIONS, status, next)
    const spent = cpuMs(pids) - before
    if (Object.keys(result.refused).length > 0) throw new Error(`${side}: unexpected answers ${JSON.stringify(result.refused)}`)
    return { ...result, cpuUs: (spent * 1000) / result.requests, rssMb: rssMb(pids) }
  } finally {
    for (const end of endings) await end()
  }
}

function sum(values: number[]) {
  return values.reduce((total, value) => total + value, 0)
}
/** Of Sello's processes together, from /proc; Redis and the client are not among them. */
function cpuMs(pids: number[]) {
  return sum(
    pids.map((pid) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
    }),
  )
}
function rssMb(pids: number[]) {
  return sum(pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024))
}

async function said<T>(child: ChildProcess): Promise<T> {
  const exited = once(child, 'exit').then(() => Promise.reject(new Error('the server to be measured ended')))
  exited.catch(() => {})
  const [message] = (await Promise.race([once(child, 'message'), exited])) as [T]
  return message
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
