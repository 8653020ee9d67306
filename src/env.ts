import { randomFillSync, randomInt } from 'node:crypto'

/** The only clock and the only randomness of Sello. It is handed in, so that a test can hold both in its hand. */
export type Env = {
  /** Milliseconds since the Unix epoch: wall time at start plus a monotonic clock, so a jump of the wall clock extends nothing. */
  now(): number
  /** 22 base62 characters, 130 random bits. */
  id(): string
  /** `length` (1–14) uniform decimal digits; leading zeros are kept. */
  digits(length: number): string
  /** At most 256 fresh random bytes, for keys and nonces. */
  secret(bytes: number): Buffer
  /** Uniform in [0, 1), for the jitter of delays only. */
  fraction(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The real clock and the operating system's randomness. */
export function realEnv(): Env {
  const origin = Date.now() - performance.now()
  const pool = Buffer.alloc(4096)
  let used = pool.length
  /** One call of the system serves some hundred ids; what was handed out is never handed out again. */
  const reserve = (bytes: number) => {
    if (used + bytes > pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += bytes
    return used - bytes
  }
  const byte = () => pool[reserve(1)]!
  return {
    now: () => Math.floor(origin + performance.now()),
    id() {
      let text = ''
      while (text.length < 22) {
        const value = byte()
        if (value < 248) text += BASE62[value % 62]
      }
      return text
    },
    digits: (length) => String(randomInt(10 ** length)).padStart(length, '0'),
    secret(bytes) {
      const start = reserve(bytes)
      return Buffer.from(pool.subarray(start, start + bytes))
    },
    fraction: () => randomInt(2 ** 32) / 2 ** 32,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const done = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        signal?.addEventListener('abort', done, { once: true })
      }),
  }
}
