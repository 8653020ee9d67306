// `./sello bench token`: bench/token.ts; `queue`: bench/queue.ts; `pages`: bench/pages.ts. `./sello bench [NAME…] [sqlite|always|everysec]`: Sello beside its limit,
// and its three services beside it, in alternating rounds of one run; ratios are what counts.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { benches, type Name, override, SIDES, type Side } from './benches.ts'
import { type Load, load } from './load.ts'
import { open, type StoreName, silent, stores } from './open.ts'

const CONNECTIONS = 50
const ROUNDS = override('BENCH_ROUNDS', 5)
const REQUESTS = process.env.BENCH_REQUESTS === undefined ? null : override('BENCH_REQUESTS', 1)
/** Ticks of /proc/PID/stat in a second. */
const TICKS = 100
type Run = Load & { cpuUs: number; rssMb: number }

const wanted = process.argv.slice(2)
if (wanted[0] === 'token' && wanted.length === 1) {
  await import('./token.ts')
  process.exit(0)
}
const names = Object.keys(benches) as Name[]
const known = [...names, 'queue', 'pages', ...stores]
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  const list = `${names.join(', ')}, queue and pages, on ${stores.join(', ')}; alone, token`
  console.error(`sello: there is no benchmark ${unknown.join(' ')}; there are ${list}`)
  process.exit(2)
}
const chosen = <T extends string>(all: readonly T[]) => {
  const some = all.filter((one) => wanted.includes(one))
  return some.length > 0 ? some : all
}
const alone = {
  queue: async (store: StoreName) => (await import('./queue.ts')).measureQueue(store),
  pages: async (store: StoreName) => (await import('./pages.ts')).measurePages(store, ROUNDS),
}
for (const [name, measureAlone] of Object.entries(alone)) {
  if (!wanted.includes(name)) continue
  for (const store of wanted.some((one) => stores.includes(one as StoreName)) ? chosen(stores) : (['sqlite'] as const))
    await measureAlone(store)
}
if (Object.keys(alone).some((name) => wanted.includes(name)) && !names.some((name) => wanted.includes(name))) process.exit(0)
console.log(
  `Node ${process.version}, ${availableParallelism()} cores; ${CONNECTIONS} connections, ${ROUNDS} rounds, client (and Redis) beside server\n`,
)

for (const name of chosen(names)) for (const store of chosen(stores)) await compare(name, store)

async function compare(name: Name, store: StoreName) {
  const { targets, split, mails } = benches[name]
  const sides = SIDES.filter((side) => side !== 'no mail' || (mails && store === 'sqlite'))
  const rounds: Record<Side, Run>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const runs: Partial<Record<Side, Run>> = {}
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) runs[side] = await measure(name, store, side)
    rounds.push(runs as Record<Side, Run>)
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  console.log(`${`${name}, ${store}`.padEnd(24)} requests/s   p50 ms   p99 ms   CPU µs/request   RSS MB`)
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
  tell('sello', 'limit', targets?.[store === 'sqlite' ? 'sqlite' : 'redis'] ?? null)
  tell('split', 'sello', split)
  if (sides.includes('no mail')) tell('no mail', 'limit', null)
  console.log(`  ${rounds[0]!.sello.requests} requests a round\n`)
}

function row(name: string, runs: Run[]) {
  const of = (key: 'perSecond' | 'p50' | 'p99' | 'cpuUs' | 'rssMb', digits = 0) => median(runs.map((run) => run[key])).toFixed(digits)
  console.log(
    `${name.padEnd(24)} ${of('perSecond').padStart(10)} ${of('p50', 1).padStart(8)} ${of('p99', 1).padStart(8)} ${of('cpuUs').padStart(16)} ${of('rssMb').padStart(8)}`,
  )
}

async function measure(name: Name, store: StoreName, side: Side): Promise<Run> {
  const { status, asking, ...bench } = benches[name]
  const requests = REQUESTS ?? bench.requests
  const warm = Math.min(bench.warm, requests)
  const server = await open(name, store, side, requests + warm, side === 'no mail' ? await silent() : '')
  try {
    const { port, pids } = server.said
    const { next, heard } = asking(server.said)
    const ask = async (count: number) => {
      let left = count
      const result = await load(port, CONNECTIONS, status, (last) => {
        if (last) heard?.(last)
        return left-- > 0 ? next() : null
      })
      if (result.requests !== count)
        throw new Error(
          `${name}, ${side}: ${result.requests} of ${count} answered as they should; others ${JSON.stringify(result.refused)}`,
        )
      return result
    }
    await ask(warm)
    const before = cpuMs(pids)
    const result = await ask(requests)
    const spent = cpuMs(pids) - before
    return { ...result, cpuUs: (spent * 1000) / result.requests, rssMb: rssMb(pids) }
  } finally {
    await server.close()
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

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
