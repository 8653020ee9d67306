import { connect, type Socket } from 'node:net'

export type Load = { requests: number; seconds: number; perSecond: number; p50: number; p99: number; refused: Record<number, number> }

/**
 * Closed-loop load over kept-alive connections, bounded in requests: each connection asks again when it was answered. A bare HTTP/1.1
 * client, so that it takes as little as possible of the machine that it measures. Times in ms.
 * @param next the bytes of the next request; null ends the run
 */
export async function load(port: number, connections: number, wanted: number, next: () => string | null): Promise<Load> {
  const times: number[] = []
  const refused: Record<number, number> = {}
  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, () => converse(port, next, times, refused, wanted)))
  const seconds = (performance.now() - started) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { requests: times.length, seconds, perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), refused }
}

function converse(
  port: number,
  next: () => string | null,
  times: number[],
  refused: Record<number, number>,
  wanted: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1').setNoDelay(true)
    let asked = 0
    let buffer = ''
    const ask = () => {
      const request = next()
      if (request === null) return socket.end()
      asked = performance.now()
      socket.write(request)
    }
    socket.setEncoding('latin1')
    socket.on('connect', ask)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.on('data', (chunk: string) => {
      buffer += chunk
      const end = buffer.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = /content-length: (\d+)/i.exec(buffer.slice(0, end + 2))
      const total = end + 4 + Number(length?.[1] ?? 0)
      if (buffer.length < total) return
      times.push(performance.now() - asked)
      const status = Number(buffer.slice(9, 12))
      if (status !== wanted) refused[status] = (refused[status] ?? 0) + 1
      buffer = buffer.slice(total)
      ask()
    })
  })
}

/** The bytes of a JSON request. */
export const post = (path: string, key: string, body: unknown): string => {
  const text = JSON.stringify(body)
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}
