import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What becomes of a request: it goes through; nobody answers, before or after Sello has done it; Sello does it and the connection
 * breaks, before the answer or in its middle; or a refusal comes from the front itself.
 */
export type Fate = 'forward' | 'hang' | 'hang after' | 'lose' | 'halve' | { status: number; retryAfter?: string }
export type Seen = { method: string; url: string; key: string | undefined; body: string; fate: Fate }

/** What belongs to one connection and does not go on. */
const HOP = ['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']

/** Something over HTTP in front of Sello that fails as told: one fate for each request, then all go through. */
export async function startFront(t: { after(done: () => void): void }, behind: string, fates: Fate[]) {
  const seen: Seen[] = []
  const server: Server = createServer((request, response) => void take(request, response).catch(() => response.destroy()))
  async function take(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const fate = fates[seen.length] ?? 'forward'
    const { method = '', url = '', headers } = request
    seen.push({ method, url, key: headers['idempotency-key'] as string | undefined, body, fate })
    if (fate === 'hang') return
    if (typeof fate === 'object') return refuse(response, fate)
    const sent = Object.entries(headers).filter(([name]) => !HOP.includes(name)) as [string, string][]
    const answer = await fetch(behind + url, { method, headers: sent, ...(body ? { body } : {}) })
    const text = await answer.text()
    if (fate === 'hang after') return
    if (fate === 'lose') return void response.destroy()
    const given = [...answer.headers].filter(([name]) => !HOP.includes(name))
    response.writeHead(answer.status, Object.fromEntries(given))
    if (fate === 'forward') return void response.end(text)
    response.write(text.slice(0, text.length / 2), () => response.destroy())
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function refuse(response: ServerResponse, { status, retryAfter }: { status: number; retryAfter?: string }) {
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
  response.end('<h1>a proxy</h1>')
}
