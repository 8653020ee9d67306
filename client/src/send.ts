import { type Reply, readReply, unreachable } from './reply.ts'

/** How calls go out; all spans in ms. */
export type Manner = {
  fetch: typeof fetch
  timeoutMs: number
  deadlineMs: number
  retries: number
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}
/** One call, the same bytes at every attempt. `expected`: the status when all went well. */
export type Call = {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  headers: Record<string, string>
  body?: string
  expected: number
  signal?: AbortSignal | undefined
}

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5000
/** A limit that ends sooner is waited for; a longer one is the caller's to know. */
const SHORT_LIMIT_MS = 5000

/**
 * Sends until there is an answer worth giving: at most `1 + retries` attempts, none of which begins after the deadline.
 * Every call is safe to repeat: a POST by its Idempotency-Key, GET and DELETE by nature.
 * @throws only the reason of `call.signal`, when the caller gave up
 */
export async function send(manner: Manner, call: Call): Promise<Reply> {
  const until = performance.now() + manner.deadlineMs
  for (let attempt = 0; ; attempt++) {
    const reply = await attemptOf(manner, call, Math.min(manner.timeoutMs, until - performance.now()))
    const waitMs = attempt < manner.retries ? waitBefore(reply, attempt) : null
    if (waitMs === null || performance.now() + waitMs >= until) return reply
    await manner.sleep(waitMs, call.signal)
    if (performance.now() >= until) return reply // it slept longer than it was to: what is known is the answer
  }
}

/** One attempt. The time covers the body as well: a server may stop in the middle of it. */
async function attemptOf(manner: Manner, call: Call, timeoutMs: number): Promise<Reply> {
  const { method, url, headers, body, expected, signal } = call
  signal?.throwIfAborted()
  const controller = new AbortController()
  const giveUp = () => controller.abort()
  const timer = setTimeout(giveUp, timeoutMs)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    // A redirect is not followed: the API key and the address belong to the place that was named.
    const init = { method, headers, redirect: 'manual', signal: controller.signal } as const
    const response = await manner.fetch(url, body === undefined ? init : { ...init, body })
    return readReply(response, await response.text(), expected)
  } catch (error) {
    signal?.throwIfAborted()
    return unreachable(controller.signal.aborted ? `No answer within ${Math.ceil(timeoutMs)} ms` : wordsOf(error))
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

/** How long to wait before the next attempt; null when another one would not help. */
function waitBefore(reply: Reply, attempt: number): number | null {
  if (reply.ok) return null
  const { code, status, retryAfterMs = 0 } = reply
  // 0: nobody answered. 502 and 504 come from what stands in front of Sello.
  const isTrouble = status === 503 || (code === 'unreachable' && [0, 502, 504].includes(status))
  const isShort = code === 'rate_limited' && retryAfterMs <= SHORT_LIMIT_MS
  if (!isTrouble && !isShort) return null
  const backoff = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS)
  // Jitter on top of what was asked for, so that callers refused together do not come back together.
  return retryAfterMs > 0 ? retryAfterMs + Math.random() * FIRST_WAIT_MS : backoff * (0.5 + Math.random() / 2)
}

/** `fetch` says only "fetch failed"; the reason lies in its cause. */
function wordsOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { code?: unknown; message?: unknown } }
  const reason = cause?.code ?? cause?.message
  return `No answer: ${String(message ?? error)}${reason === undefined ? '' : ` (${String(reason)})`}`
}

/** Ends early when the signal does. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    if (signal?.aborted) done()
  })
}
