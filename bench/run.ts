// `./sello bench [register|check]`: Sello beside its limit, in alternating rounds of one run; ratios are what counts.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, load, post } from './load.ts'

const CONNECTIONS = 50
const REQUESTS = 12_000
const ROUNDS = 5
const targets = { register: 0.5, check: 0.6 }
type Name = keyof typeof targets
type Run = Load & { cpuUs: number; rssMb: number }

const wanted = process.argv.slice(2)
const names = Object.keys(targets) as Name[]
const unknown = wanted.filter((name) => !names.includes(name as Name))
if (unknown.length > 0) {
  console.error(`sello: there is no benchmark ${unknown.join(' ')}; there are ${names.join(', ')}`)
  process.exit(2)
}
console.log(
  `Node ${process.version}, ${availableParallelism()} cores; ${CONNECTIONS} connections, ${ROUNDS} rounds of ${REQUESTS} requests, client beside server\n`,
)
/** Takes connections and never says a word. */
const silent = createServer(() => {})
  .listen(0, '127.0.0.1')
  .unref()
await once(silent, 'listening')
const silentServer = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`

for (const name of wanted.length > 0 ? (wanted as Name[]) : names) await compare(name)

async function compare(name: Name) {
  const rounds: { sello: Run; bare: Run; held: Run | null }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? (['sello', 'bare'] as const) : (['bare', 'sello'] as const)
    const runs: Partial<Record<'sello' | 'bare', Run>> = {}
    for (const side of order) runs[side] = await measure(name, side === 'sello' ? 'sello' : name)
    const held = name === 'register' ? await measure(name, 'sello', silentServer) : null
    rounds.push({ ...(runs as { sello: Run; bare: Run }), held })
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  const ratio = median(rounds.map(({ sello, bare }) => sello.perSecond / bare.perSecond))
  const cpu = median(rounds.map(({ sello, bare }) => bare.cpuUs / sello.cpuUs))
  console.log(`${name.padEnd(10)} requests/s   p50 ms   p99 ms   CPU µs/request   RSS MB`)
  row(
    '  sello',
    rounds.map(({ sello }) => sello),
  )
  row(
    '  limit',
    rounds.map(({ bare }) => bare),
  )
  const held = rounds.flatMap((round) => (round.held ? [{ run: round.held, ratio: round.held.perSecond / round.bare.perSecond }] : []))
  if (held.length > 0) {
    row(
      '  no mail',
      held.map(({ run }) => run),
    )
    const ratioHeld = median(held.map((one) => one.ratio))
    console.log(
      `  no mail  ×${ratioHeld.toFixed(2)} of the limit: the mail server is silent, so that letters wait and only the answers are measured`,
    )
  }
  const spread = rounds.map(({ sello, bare }) => (sello.perSecond / bare.perSecond).toFixed(2)).join(' ')
  console.log(
    `  ratio    ×${ratio.toFixed(2)} of the limit in requests/s (rounds: ${spread}), ×${cpu.toFixed(2)} in CPU; target ×${targets[name]}\n`,
  )
}

function row(name: string, runs: Run[]) {
  const of = (key: 'perSecond' | 'p50' | 'p99' | 'cpuUs' | 'rssMb', digits = 0) => median(runs.map((run) => run[key])).toFixed(digits)
  console.log(
    `${name.padEnd(10)} ${of('perSecond').padStart(10)} ${of('p50', 1).padStart(8)} ${of('p99', 1).padStart(8)} ${of('cpuUs').padStart(16)} ${of('rssMb').padStart(8)}`,
  )
}

/** @param smtpUrl of a mail server; none = the built-in inbox */
async function measure(name: Name, kind: string, smtpUrl = ''): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'sello-bench-'))
  const warm = 1000
  const preload = name === 'check' ? REQUESTS + warm : 0
  const child = fork(join(import.meta.dirname, 'server.ts'), [kind, folder, smtpUrl, String(preload)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    const { port, key, numbers } = await said<{ port: number; key: string; numbers: string[] }>(child)
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
    child.send('begin')
    const result = await load(port, CONNECTIONS, status, next)
    child.send('end')
    const { cpuMs, rssMb } = await said<{ cpuMs: number; rssMb: number }>(child)
    if (Object.keys(result.refused).length > 0) throw new Error(`${kind}: unexpected answers ${JSON.stringify(result.refused)}`)
    return { ...result, cpuUs: (cpuMs * 1000) / result.requests, rssMb }
  } finally {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
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
