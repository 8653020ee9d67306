import { setTimeout as wait } from 'node:timers/promises'
import { type Dispatcher, Pool } from 'undici'
import { clock, outsideCalls, requestId } from '../call.ts'
import { CALL_MS } from '../contract/contract.ts'
import { Problem } from '../problem.ts'
import { authorities } from '../trust.ts'
import type { Remote } from './connect.ts'
import { CALL_NAME, createRenewals, RENEW, type Renewal, type Waiting } from './renewals.ts'

/** More calls at once wait for a free connection. */
const CONNECTIONS = 320
const CONNECT_MS = 500
/** An idle connection ends here, and later than that at the service: so no call meets a connection that is being closed. */
const IDLE_MS = 1000
/** So long a place that could not be reached is asked only when no other is left. */
const REST_MS = 250
/** One that hangs is asked for a sign of life this often, and has as long to give one. */
const LOOK_MS = 500
/** A call that waited less says nothing of the place. */
const FAIR_WAIT_MS = 1000
/** Every service has it, and any answer will do. */
const PROBE = '/probe'
/** What is left of a deadline for the way back. */
const MARGIN_MS = 50

/** What is asked. `renewed`: for longer than `CALL_MS`, as long as the place gives signs of life. */
export type Question = { path: string; body: string; renewed?: boolean | undefined }
/** `retryAfterMs`: where the service said so. */
export type Answer = { status: number; body: unknown; retryAfterMs?: number }
/**
 * One process of a service. `ahead`: its clock less ours. `heardAt`: when it last answered, by our clock. `hung`: a call went by
 * without a word from it; until it speaks again no call is sent to it.
 */
type Place = {
  name: string
  pool: Pool
  /** For signs of life, which must not wait for a connection behind the calls. */
  beside: Pool
  renewals: ReturnType<typeof createRenewals>
  ahead: number
  heardAt: number
  restsUntil: number
  hung: boolean
}

export type Places = {
  /** Asks one place, and the next one only when the first has certainly done nothing. */
  call<T>(question: Question, ms: number, read: (answer: Answer) => Promise<T>): Promise<T>
  /** Asks every place; what any of them answers is the answer. */
  callAll<T>(question: Question, ms: number, read: (answer: Answer) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The processes that a service consists of: they take turns, and one that is down or hung is passed over. */
export function createPlaces(target: { socket: string } | Remote): Places {
  const made =
    'socket' in target
      ? [{ name: target.socket, open: (connections: number) => poolAt(target.socket, connections) }]
      : target.urls.map((url) => ({
          name: url.href.replace(/\/$/, ''),
          open: (connections: number) => poolOf(url, target.ca, connections),
        }))
  const places = made.map(({ name, open }): Place => {
    const renewals = createRenewals(
      () => place.heardAt,
      (list, ms) => outsideCalls(() => renew(place, list, ms)),
    )
    const place: Place = { name, pool: open(CONNECTIONS), beside: open(1), renewals, ahead: 0, heardAt: 0, restsUntil: 0, hung: false }
    return place
  })
  const key = 'key' in target ? { authorization: `Bearer ${target.key}` } : {}
  let turn = 0
  let isClosed = false

  /** In the order to ask them: those that rest come last, and nobody waits for one that hangs. */
  function order(): Place[] {
    turn = (turn + 1) % places.length
    const now = clock()
    const all = places.map((_, i) => places[(turn + i) % places.length]!).filter(({ hung }) => !hung)
    const rests = ({ restsUntil }: Place) => restsUntil > now
    return [...all.filter((place) => !rests(place)), ...all.filter(rests)]
  }

  const inTheirClock = (place: Place, until: number) => Math.floor(until + place.ahead - MARGIN_MS)

  async function ask(place: Place, { path, body, renewed = false }: Question, last: number): Promise<Answer> {
    const sentAt = clock()
    const call: Waiting = { askedAt: sentAt, until: renewed ? Math.min(last, sentAt + CALL_MS) : last }
    const name = renewed ? place.renewals.hold(call, last) : null
    const patience = giveUp(call)
    try {
      const id = requestId()
      const headers = {
        'content-type': 'application/json',
        'x-sello-deadline': String(inTheirClock(place, call.until)),
        ...key,
        ...(id ? { 'x-request-id': id } : {}),
        ...(name ? { [CALL_NAME]: name } : {}),
      }
      const pool = path === RENEW ? place.beside : place.pool
      const response = await pool.request({ method: 'POST', path, headers, body, signal: patience.signal })
      const waitMs = Number(response.headers['retry-after']) * 1000
      const told = { status: response.statusCode, body: await response.body.json() }
      const answer: Answer = waitMs > 0 ? { ...told, retryAfterMs: waitMs } : told
      hear(place, response)
      return answer
    } catch (error) {
      if (isConnecting(error)) place.restsUntil = clock() + REST_MS
      const isSilent = patience.signal.aborted && place.heardAt < call.askedAt && call.until - call.askedAt >= FAIR_WAIT_MS
      if (isSilent) hang(place)
      throw error
    } finally {
      patience.end()
      if (name) place.renewals.release(name)
    }
  }

  function renew(place: Place, list: Renewal[], ms: number) {
    const calls = list.map(({ id, until }) => ({ id, until: inTheirClock(place, until) }))
    return ask(place, { path: RENEW, body: JSON.stringify({ calls }) }, clock() + ms)
  }

  function hang(place: Place) {
    if (place.hung) return
    place.hung = true
    void outsideCalls(() => lookAfter(place))
  }

  /** No call may be the one that finds out that it is back: a letter waits for its answer much longer than that may take. */
  async function lookAfter(place: Place) {
    while (place.hung && !isClosed) {
      await wait(LOOK_MS, undefined, { ref: false })
      if (place.hung && !isClosed) await ask(place, { path: PROBE, body: '{}' }, clock() + LOOK_MS).catch(() => {})
    }
  }

  return {
    async call(question, ms, read) {
      const until = clock() + ms
      let cause: unknown = 'the service does not answer, or the time for it is over'
      for (const place of ms > 0 ? order() : []) {
        // A second time only where our idea of its clock made it refuse us: it said what the right one is.
        for (let tries = 0; tries < 2 && clock() < until; tries++) {
          try {
            const answer = await ask(place, question, until)
            if (!isLate(answer)) return await read(answer)
            cause = 'the service refused the call as late'
          } catch (error) {
            if (error instanceof Problem) throw error
            cause = inWords(place, error)
            if (!isConnecting(error)) throw new Problem('unavailable', {}, { cause })
            break
          }
        }
      }
      throw new Problem('unavailable', {}, { cause })
    },
    async callAll(question, ms, read) {
      const until = clock() + ms
      const asked = places.map(async (place) => read(await ask(place, question, until)))
      await Promise.allSettled(asked)
      return Promise.any(asked).catch((cause: unknown) => {
        throw new Problem('unavailable', {}, { cause })
      })
    },
    async close() {
      isClosed = true
      await Promise.all(places.flatMap(({ pool, beside }) => [pool.destroy(), beside.destroy()]))
    },
  }
}

/** Aborts `signal` when the call's time is over, which may move until then. */
function giveUp(call: Waiting) {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    // When it was this process that stood still, the answer is there by now and is read first.
    timer = setTimeout(() => setImmediate(judge), Math.max(1, call.until - clock()))
  }
  const judge = () => {
    if (timer === undefined) return
    if (clock() < call.until) look()
    else controller.abort()
  }
  look()
  const end = () => {
    clearTimeout(timer)
    timer = undefined
  }
  return { signal: controller.signal, end }
}

/** For the log: which process it was, and what was wrong, in one line. */
function inWords({ name, heardAt }: Place, error: unknown): Error {
  const code = codeOf(error)
  const { message, name: kind } = error as Error
  const words = kind === 'AbortError' ? 'no answer in time' : (message || code).split('\n')[0]!
  const isMute = heardAt === 0 && name.startsWith('http:') && ['UND_ERR_SOCKET', 'ECONNRESET'].includes(code)
  const told = new Error(`${name}: ${words}${isMute ? '; it never answered plain http, does it speak TLS?' : ''}`, { cause: error })
  return Object.assign(told, { code })
}

function hear(place: Place, { headers }: Dispatcher.ResponseData) {
  place.heardAt = clock()
  place.hung = false
  place.restsUntil = 0
  const theirs = Number(headers['x-sello-clock'])
  if (theirs > 0) place.ahead = theirs - place.heardAt
}

const isLate = ({ status, body }: Answer) => status === 503 && (body as { code?: string }).code === 'late'

const options = { keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS }
const poolAt = (path: string, connections: number) =>
  new Pool('http://sello', { ...options, connections, connect: { socketPath: path, timeout: CONNECT_MS } })

function poolOf(url: URL, ca: string | undefined, connections: number): Pool {
  if (url.protocol === 'unix:') return poolAt(decodeURIComponent(url.pathname), connections)
  const trust = ca ? { ca: authorities(ca) } : {}
  return new Pool(url.origin, { ...options, connections, connect: { ...trust, timeout: CONNECT_MS } })
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '')

/** There was no connection yet, so nothing was sent. */
const BEFORE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])
const isConnecting = (error: unknown) => BEFORE.has(codeOf(error)) || (error as { syscall?: string }).syscall === 'connect' || isTls(error)
/** The handshake found a certificate that it does not believe. */
const isTls = (error: unknown) => /^(CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_TLS_CERT|ERR_SSL)/.test(codeOf(error))
