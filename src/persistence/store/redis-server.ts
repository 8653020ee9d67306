import { setTimeout as wait } from 'node:timers/promises'
import { outsideCalls } from '../../call.ts'
import type { RedisUrl } from '../../redis-url.ts'
import {
  type Access,
  type Address,
  dial,
  inWords,
  isRefusal,
  type Judgement,
  judge,
  type Reply,
  textOf,
  type Wire,
} from './redis-client.ts'

const TICK_MS = 10_000
const AGAIN_MS = [50, 200, 500, 1000]
/** A connection on which nothing was answered for so long is given up: the other side may be gone without a word. */
const SILENT_MS = 3000
/** A call that waited less of its time-out than this does not show that nobody answers. */
const FAIR_SHARE = 0.9
/** How much earlier a script refuses than its caller gives up: the way there and back, and what two clocks may differ. */
const MARGIN_MS = 300

export type ServerEvent = (event: 'lost' | 'back', detail: string) => void
export type Keeping = Access & { kind: RedisUrl['kind']; production: boolean; timeoutMs: number; onEvent: ServerEvent }

const unsures = new WeakSet<object>()
const unsure = (message: string, cause?: unknown) => {
  const error = new Error(message, { cause })
  unsures.add(error)
  return error
}
/** Nobody knows whether it was done: the connection ended, or no answer came in time. */
export const isUnsure = (error: unknown) => unsures.has(error as Error)

export type Server = {
  /** host:port, as it was last found */
  name(): string
  isUp(): boolean
  /** Rejects at once while the server is down or silent, and at `endsAt` (performance.now) at the latest. */
  call(args: string[], endsAt: number): Promise<Reply>
  /** When a script has to refuse, in the server's clock: some time before `endsAt`. */
  deadline(endsAt: number): string
  /** Compares the clocks again. */
  measure(endsAt: number): Promise<void>
  /** The first connection. @throws with the reason why it cannot be used */
  open(): Promise<Judgement>
  /** Connects in the background, as often as it takes. */
  start(): void
  judgement(): Judgement | null
  close(): void
}

/**
 * Keeps a connection to one server: judges it whenever it connects, refuses at once while it is down or silent, and comes back by itself.
 * @param locate where the server is now
 */
export function keepServer(locate: () => Promise<Address>, keeping: Keeping): Server {
  const { kind, production, timeoutMs, connectMs } = keeping
  let address: Address | null = null
  let wire: Wire | null = null
  let judged: Judgement | null = null
  let why = new Error('not connected yet')
  let isSilent = false
  let isClosed = false
  let answeredAt = 0
  let told: 'lost' | 'back' = 'back'
  /** The server's clock (Unix, ms) minus performance.now(): never too much, so that no deadline is too late. */
  let offset = 0
  const name = () => (address ? textOf(address) : 'the master')
  const tick = setInterval(() => void look(), TICK_MS).unref()

  function tell(event: 'lost' | 'back', detail: string) {
    if (event !== told) outsideCalls(() => keeping.onEvent(event, detail))
    told = event
  }

  async function connect(): Promise<Judgement> {
    address = await locate()
    const fresh: Wire = await dial(address, keeping, (error) => lose(fresh, inWords(error)))
    const timer = setTimeout(() => fresh.cut(), connectMs)
    try {
      const judgement = await judge(fresh, kind, production)
      offset = await offsetOf(fresh.send)
      if (isClosed) throw new Error('the store is closed')
      judged = judgement
    } catch (error) {
      fresh.cut()
      throw new Error(inWords(error), { cause: error })
    } finally {
      clearTimeout(timer)
    }
    answeredAt = performance.now()
    isSilent = false
    wire = fresh
    tell('back', name()) // before anybody can ask anything on it
    return judged
  }

  function lose(of: Wire, reason: string) {
    if (wire !== of) return
    wire = null
    why = new Error(`${name()}: ${reason}`)
    of.cut()
    if (isClosed) return
    tell('lost', why.message)
    void outsideCalls(reconnect)
  }

  async function reconnect() {
    for (let attempt = 0; !isClosed; attempt++) {
      await wait(AGAIN_MS[Math.min(attempt, AGAIN_MS.length - 1)], undefined, { ref: false })
      if (isClosed) return
      try {
        await connect()
        return
      } catch (error) {
        why = new Error(`${name()}: ${(error as Error).message}`, { cause: error })
      }
    }
  }

  /** Now and then: is it still fit, is it still where it was, what time is it there? */
  async function look() {
    const looked = wire
    if (!looked || isSilent) return
    const timer = setTimeout(() => hush(looked, timeoutMs), timeoutMs)
    try {
      judged = await judge(looked, kind, production)
      offset = await offsetOf(looked.send)
      clearTimeout(timer)
      const found = await locate().catch(() => address!)
      if (textOf(found) !== name()) lose(looked, `the master is now ${textOf(found)}`)
    } catch (error) {
      lose(looked, inWords(error))
    } finally {
      clearTimeout(timer)
    }
  }

  /** No answer came: refuse at once until the next one does. One question is under way, whose answer is waited for some seconds. */
  function hush(on: Wire, waitedMs: number) {
    if (wire !== on || isSilent) return
    isSilent = true
    tell('lost', `${name()} does not answer`)
    const timer = setTimeout(() => lose(on, 'it does not answer'), Math.max(50, SILENT_MS - waitedMs))
    outsideCalls(() => offsetOf(on.send)).then(
      (measured) => {
        clearTimeout(timer)
        if (wire !== on) return
        offset = measured
        isSilent = false
        tell('back', name())
      },
      () => clearTimeout(timer), // its end was told already
    )
  }

  function call(args: string[], endsAt: number): Promise<Reply> {
    if (!wire) return Promise.reject(why)
    if (isSilent) return Promise.reject(new Error(`${name()} does not answer`))
    const on = wire
    const askedAt = performance.now()
    return new Promise((resolve, reject) => {
      let isOver = false
      const giveUp = () => {
        if (isOver) return
        const waitedMs = performance.now() - Math.max(answeredAt, askedAt)
        if (waitedMs >= timeoutMs * FAIR_SHARE) hush(on, waitedMs) // a caller in a hurry says nothing of the server
        reject(unsure(`${name()} did not answer in time`))
      }
      // When it was this process that stood still, the answer is there by now and is read first.
      const timer = setTimeout(() => setImmediate(giveUp), Math.max(0, endsAt - askedAt))
      on.send(args).then(
        (reply) => {
          isOver = true
          clearTimeout(timer)
          answeredAt = performance.now()
          resolve(reply)
        },
        (error: Error) => {
          isOver = true
          clearTimeout(timer)
          if (!isRefusal(error)) return reject(unsure(`${name()}: the connection ended before the answer`, error))
          answeredAt = performance.now()
          reject(error)
          if (error.message.startsWith('READONLY')) lose(on, 'it became a replica')
        },
      )
    })
  }

  return {
    name,
    isUp: () => wire !== null && !isSilent,
    call,
    deadline: (endsAt) => String(Math.floor(endsAt - marginOf(endsAt) + offset)),
    async measure(endsAt) {
      offset = await offsetOf((args) => call(args, endsAt))
    },
    open: connect,
    start() {
      told = 'lost' // so that its first connection is told: it may be a replica that was promoted
      void outsideCalls(reconnect)
    },
    judgement: () => judged,
    close() {
      isClosed = true
      clearInterval(tick)
      why = new Error('the store is closed')
      const open = wire
      wire = null
      open?.cut()
    },
  }
}

const marginOf = (endsAt: number) => Math.min(MARGIN_MS, (endsAt - performance.now()) / 2)

async function offsetOf(send: Wire['send']): Promise<number> {
  const [seconds, micros] = (await send(['TIME'])) as [string, string]
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) - performance.now()
}
