// A process that asks at a steady pace, whether it is answered or not: a slow answer holds no later request back, and counts from when it was due.
import { type Answer, dial, spread } from './load.ts'

/** `lanes`: the bytes of requests, asked side by side. */
export type Order = { port: number; perSecond: number; lanes: Record<string, string[]> }
export type Paced = Record<string, { requests: number; p50: number; p99: number; refused: Record<number, number> }>

type Line = ReturnType<typeof dial>

/** No connection is waited for: where none is free another one is made. */
async function pace({ port, perSecond }: Order, requests: string[]): Promise<Paced[string]> {
  const times: number[] = []
  const refused: Record<number, number> = {}
  const free: Line[] = []
  const lines: Line[] = []
  const dueAt = new Map<Line, number>()
  const everyMs = 1000 / perSecond
  const started = performance.now()
  await new Promise<void>((resolve, reject) => {
    let asked = 0
    let left = requests.length
    const answered = ({ status }: Answer, line: Line) => {
      if (status === 200) times.push(performance.now() - dueAt.get(line)!)
      else refused[status] = (refused[status] ?? 0) + 1
      free.push(line)
      if (--left === 0) resolve()
    }
    const lost = (error?: Error) => reject(error ?? new Error('a connection was closed before its answer'))
    const ask = (due: number, request: string) => {
      const line = free.pop()
      if (line) {
        dueAt.set(line, due)
        return line.ask(request)
      }
      const closed = (error?: Error) => left > 0 && lost(error)
      const fresh: Line = dial(port, { ready: () => fresh.ask(request), answered, closed })
      dueAt.set(fresh, due)
      lines.push(fresh)
    }
    const clock = setInterval(() => {
      while (asked < requests.length && started + asked * everyMs <= performance.now()) ask(started + asked * everyMs, requests[asked++]!)
      if (asked === requests.length) clearInterval(clock)
    }, 1)
  })
  for (const line of lines) line.end()
  return { requests: times.length, ...spread(times), refused }
}

process.on('disconnect', () => process.exit())
process.on('message', (order: Order) => void keepTo(order))

async function keepTo(order: Order) {
  const lanes = await Promise.all(Object.entries(order.lanes).map(async ([name, all]) => [name, await pace(order, all)] as const))
  process.send!(Object.fromEntries(lanes) as Paced)
}
