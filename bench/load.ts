import { connect } from 'node:net'

export type Load = { requests: number; seconds: number; perSecond: number; p50: number; p99: number; refused: Record<number, number> }
export type Answer = { status: number; head: string; body: string }
type Line = { ask(request: string): void; end(): void }
type Listener = { ready(line: Line): void; answered(answer: Answer, line: Line): void; closed(error?: Error): void }

/** A bare HTTP/1.1 client, so that it takes as little as possible of the machine that it measures: a kept-alive connection, a request at a time. */
export function dial(port: number, { ready, answered, closed }: Listener): Line {
  const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1')
  const line: Line = { ask: (request) => void socket.write(request), end: () => void socket.end() }
  let buffer = ''
  socket.on('connect', () => ready(line))
  socket.on('error', closed)
  socket.on('close', () => closed())
  socket.on('data', (chunk: string) => {
    buffer += chunk
    const end = buffer.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = buffer.slice(0, end + 2)
    const total = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (buffer.length < total) return
    const body = buffer.slice(end + 4, total)
    buffer = buffer.slice(total)
    answered({ status: Number(head.slice(9, 12)), head, body }, line)
  })
  return line
}

/**
 * Closed-loop load, bounded in requests: each connection asks again when it was answered, after a 503 when its Retry-After is over.
 * Times in ms, of the answers with status `wanted`.
 * @param next the bytes of the next request, told what this connection was answered last; null ends the run
 */
export async function load(port: number, connections: number, wanted: number, next: (last: Answer | null) => string | null): Promise<Load> {
  const times: number[] = []
  const refused: Record<number, number> = {}
  const started = performance.now()
  const converse = () =>
    new Promise<void>((resolve, reject) => {
      let asked = 0
      const ask = (line: Line, last: Answer | null) => {
        const request = next(last)
        if (request === null) return line.end()
        asked = performance.now()
        line.ask(request)
      }
      const answered = (answer: Answer, line: Line) => {
        if (answer.status === wanted) times.push(performance.now() - asked)
        else refused[answer.status] = (refused[answer.status] ?? 0) + 1
        const waitMs = answer.status === 503 ? retryAfterMs(answer) : 0
        if (waitMs > 0) setTimeout(ask, waitMs, line, answer)
        else ask(line, answer)
      }
      dial(port, { ready: (line) => ask(line, null), answered, closed: (error) => (error ? reject(error) : resolve()) })
    })
  await Promise.all(Array.from({ length: connections }, converse))
  const seconds = (performance.now() - started) / 1000
  return { requests: times.length, seconds, perSecond: times.length / seconds, ...spread(times), refused }
}

const retryAfterMs = ({ head }: Answer) => Number(/retry-after: (\d+)/i.exec(head)?.[1] ?? 0) * 1000

/** Of the times that half of all, and one in a hundred, exceed. */
export function spread(times: readonly number[]): { p50: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

/** The bytes of a JSON request. @param key null = none is sent */
export const post = (path: string, key: string | null, body: unknown): string => bytes(path, key, 'application/json', JSON.stringify(body))

/** The bytes of a form. */
export const postForm = (path: string, key: string | null, body: Record<string, string>): string =>
  bytes(path, key, 'application/x-www-form-urlencoded', new URLSearchParams(body).toString())

function bytes(path: string, key: string | null, type: string, text: string): string {
  const authorization = key === null ? '' : `Authorization: Bearer ${key}\r\n`
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${authorization}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}
