import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Env } from '../../src/env.ts'

/** An Env whose clock stands still until it is moved, and whose randomness repeats. */
export type FakeEnv = Env & {
  /**
   * Moves the clock by `ms`. Sleeps that fall due end in the order of their time (then of their start), the clock showing that
   * time; what they wake runs on before the next one ends, and may sleep again within the same span.
   */
  advance(ms: number): Promise<void>
  /** Moves the clock by `ms` at once, as after a machine slept: what falls due in between ends together, at the new time. */
  leap(ms: number): Promise<void>
  readonly clock: {
    readonly now: number
    /** How many sleep. */
    readonly sleeping: number
    /** When the next one wakes; null when none sleeps. */
    readonly nextAt: number | null
  }
}

type Options = {
  /** What is woken speaks over sockets: it gets some real time besides turns of the event loop. */
  remote?: boolean
  /** Where the clock starts, in ms. */
  now?: number
  seed?: number | string
  /** Scripts the next digits; undefined leaves them to the seed. */
  digitsFrom?: (length: number) => string | undefined
}

type Sleep = { at: number; wake: () => void }

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Turns of the event loop that what was woken gets before the clock moves on: enough for a few commits one after the other. */
const TURNS = 8
const REMOTE_MS = 10

export function fakeEnv({ now: start = 1_800_000_000_000, seed = 1, remote = false, digitsFrom }: Options = {}): FakeEnv {
  const sleeps: Sleep[] = []
  const byte = stream(String(seed))
  let now = start
  let advancing = Promise.resolve()

  const next = () => sleeps.reduce<Sleep | null>((first, sleep) => (first && first.at <= sleep.at ? first : sleep), null)
  const forget = (sleep: Sleep) => {
    const place = sleeps.indexOf(sleep)
    if (place >= 0) sleeps.splice(place, 1)
  }

  async function settle() {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn()
    if (remote) await new Promise((resolve) => setTimeout(resolve, REMOTE_MS))
  }

  async function run(ms: number) {
    const until = now + ms
    await settle()
    for (let due = next(); due && due.at <= until; due = next()) {
      now = Math.max(now, due.at)
      due.wake()
      await settle()
    }
    now = until
    await settle()
  }

  const pick = (alphabet: string, length: number) => {
    const fair = 256 - (256 % alphabet.length)
    let text = ''
    while (text.length < length) {
      const value = byte()
      if (value < fair) text += alphabet[value % alphabet.length]
    }
    return text
  }

  return {
    now: () => now,
    id: () => pick(BASE62, 22),
    digits: (length) => digitsFrom?.(length) ?? pick('0123456789', length),
    secret: (bytes) => Buffer.from(Array.from({ length: bytes }, byte)),
    fraction: () => (byte() * 2 ** 16 + byte() * 2 ** 8 + byte()) / 2 ** 24,
    async sleep(ms, signal) {
      if (signal?.aborted) return
      if (ms <= 0) return nextTurn()
      await new Promise<void>((resolve) => {
        const wake = () => {
          forget(sleep)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleep = { at: now + ms, wake }
        sleeps.push(sleep)
        signal?.addEventListener('abort', wake, { once: true })
      })
    },
    leap(ms) {
      advancing = advancing.then(async () => {
        await settle()
        now += ms
        await run(0)
      })
      return advancing
    },
    advance(ms) {
      advancing = advancing.then(() => run(ms))
      return advancing
    },
    clock: {
      get now() {
        return now
      },
      get sleeping() {
        return sleeps.length
      },
      get nextAt() {
        return next()?.at ?? null
      },
    },
  }
}

/** Bytes that look random and are the same for the same seed. */
function stream(seed: string): () => number {
  let block = Buffer.alloc(0)
  let used = 0
  let blocks = 0
  return () => {
    if (used === block.length) {
      block = createHash('sha256').update(`${seed}/${blocks++}`).digest()
      used = 0
    }
    return block[used++]!
  }
}
