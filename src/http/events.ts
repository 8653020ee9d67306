import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

/** Streams that one server has open at a time: each of them holds a connection. */
const STREAMS = 1000
/** Proxies cut a connection on which nothing is said, mostly after a minute. */
const HEARTBEAT_MS = 15_000
/** How soon a browser comes back after an end. */
const RETRY_MS = 1000
/** Characters that wait for a reader; one who lets more pile up is taken for gone. */
const UNREAD = 64 * 1024
/** How long an ended stream may take to reach its reader. */
const LAST_WORDS_MS = 1000

/** Sends one event. `event`: a word; `data`: short, of any lines. After the end it does nothing. */
export type Send = (event: string, data: string) => void

const servers = new WeakMap<object, { streams: Set<AbortController>; ended: boolean }>()
const stateOf = (server: object) => {
  const state = servers.get(server) ?? { streams: new Set<AbortController>(), ended: false }
  servers.set(server, state)
  return state
}

/**
 * Answers with server-sent events (HTML Standard §9.2) for as long as `run` does; `signal` aborts when the reader goes away or the
 * server ends. A fault of `run` ends the stream and is logged; the browser then comes back by itself.
 * @throws Problem `busy` when the server has as many streams as it keeps, `unavailable` once it ends: answered before any event
 */
export function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  run: (send: Send, signal: AbortSignal) => Promise<void>,
): FastifyReply {
  const { streams, ended } = stateOf(request.server.server)
  if (ended) throw new Problem('unavailable')
  if (streams.size >= STREAMS) throw new Problem('busy')
  // Its connection goes with it, so that a server which ends need not wait for the reader to let go of it.
  reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' })
  reply.type('text/event-stream; charset=utf-8')
  if (request.method === 'HEAD') return reply.send('')

  const over = new AbortController()
  const stream = new Readable({ read() {}, highWaterMark: UNREAD })
  const write = (text: string) => {
    if (!over.signal.aborted && !stream.push(text)) stream.destroy()
  }
  const heart = setInterval(() => write(':\n\n'), HEARTBEAT_MS)
  streams.add(over)
  over.signal.addEventListener('abort', () => {
    clearInterval(heart)
    streams.delete(over)
    if (!stream.destroyed) stream.push(null)
    setTimeout(() => reply.raw.writableFinished || reply.raw.destroy(), LAST_WORDS_MS).unref()
  })
  stream.once('close', () => over.abort())
  write(`retry: ${RETRY_MS}\n\n`)
  void reply.send(stream)
  run((event, data) => write(textOf(event, data)), over.signal)
    .catch((error: unknown) => {
      if (!over.signal.aborted && request.done) Object.assign(request.done, { outcome: codeOf(error), error })
    })
    .finally(() => over.abort())
  return reply
}

/** Ends every stream of a server, and refuses new ones: the beginning of its own end. */
export function endEvents({ server }: Pick<FastifyInstance, 'server'>) {
  const state = stateOf(server satisfies Server)
  state.ended = true
  for (const stream of state.streams) stream.abort()
}

/** A stream lasts as long as somebody looks, which says nothing of how fast we are. */
export const isEventStream = (reply: FastifyReply): boolean => String(reply.getHeader('content-type')).startsWith('text/event-stream')

const codeOf = (error: unknown) => (error instanceof Problem ? error.code : 'fault')

const textOf = (event: string, data: string) =>
  `event: ${event}\n${data
    .split(/\r\n?|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`
