import { AsyncLocalStorage } from 'node:async_hooks'
import { Worker } from 'node:worker_threads'
import { leftMs, outsideCalls } from '../call.ts'
import { Problem } from '../problem.ts'

/** argon2id's parameters: `memory` in KiB, `time` in passes, `parallelism` in lanes. */
export type Cost = { memory: number; time: number; parallelism: number }
/** One argon2id of `input` (a MAC, 32 bytes). */
export type Computation = Cost & { input: Uint8Array; salt: Uint8Array }
/** Whether a password opens a hash that another system made, as `writeForeign` writes it: the output is one byte, 1 or 0. */
export type Trial = { foreign: string; password: Uint8Array }
export type Work = Computation | Trial
/** 32 bytes, or a trial's one, and how long the thread took for them. */
export type Computed = { output: Uint8Array; ms: number }

type Job = { work: Work[]; left: () => number; resolve: (done: Uint8Array[]) => void; reject: (problem: Problem) => void }
type Thread = { worker: Worker; job: Job | null }

/** What is hashed to be stored, and what to be compared: each waits in a line of its own, and the threads serve them in turns. */
export type Purpose = 'new' | 'known'

export type Threads = {
  /**
   * Resolves to the outputs in the order asked. However many log-ins wait, a sign-up is next, and the other way round.
   * @throws busy (with retryAfterMs) when too many wait; unavailable when the caller waits no more once its turn comes, or after
   *   `close`; fault when the thread died
   */
  run(purpose: Purpose, work: Work[]): Promise<Uint8Array[]>
  /** How many wait, and how long a new one would, in ms. */
  load(): { waiting: number; waitMs: number }
  /** Who waits is refused; what a thread is at is finished. */
  close(): Promise<void>
}

/** Callers wait five seconds: whoever would wait longer than this is refused at once. */
const PATIENCE_MS = 4000
/** How much the newest measurement counts in the estimate. */
const WEIGHT = 0.1

/**
 * Up to `limit` threads, each with one job at a time, behind two queues in order of arrival. A thread starts when it is needed first, stays,
 * and keeps no process alive while it has nothing to do.
 * @param queue how many may wait in each; `guessMs`: how long a job takes, before one was measured; `onWork` is told of each piece of work, in ms
 */
export function createThreads(options: {
  limit: number
  queue: number
  guessMs: number
  onWork: (work: Work, ms: number) => void
}): Threads {
  const { limit, queue, onWork } = options
  const threads = new Set<Thread>()
  const lines: Record<Purpose, Job[]> = { new: [], known: [] }
  let last: Purpose = 'known'
  let averageMs = options.guessMs
  let closing: Promise<void> | null = null
  let onIdle = () => {}

  const isBusy = () => threads.size >= limit && [...threads].every(({ job }) => job !== null)
  const waiting = () => lines.new.length + lines.known.length
  const waitMs = () => (waiting() > 0 || isBusy() ? Math.ceil(((waiting() + 1) * averageMs) / limit) : 0)
  /** The lines are served in turns: before one of this line go those of its own, and as many of the other. */
  function waitOf(purpose: Purpose) {
    const place = lines[purpose].length + 1
    const others = lines[purpose === 'new' ? 'known' : 'new'].length
    return Math.ceil(((place + Math.min(place, others)) * averageMs) / limit)
  }

  /** The next in the line whose turn it is, or, when nobody stands there, in the other. */
  function take(): Job {
    const other = last === 'new' ? 'known' : 'new'
    last = lines[other].length > 0 ? other : last
    return lines[last].shift()!
  }

  function start(): Thread {
    const thread: Thread = { worker: new Worker(new URL('./password-worker.ts', import.meta.url)), job: null }
    let cause: unknown = 'a thread for passwords ended'
    thread.worker.on('message', (done: Computed[]) => finish(thread, done))
    thread.worker.on('error', (error) => {
      cause = error // its exit follows
    })
    thread.worker.on('exit', () => {
      threads.delete(thread)
      thread.job?.reject(new Problem('fault', {}, { cause }))
      thread.job = null
      next()
    })
    threads.add(thread)
    return thread
  }

  function finish(thread: Thread, done: Computed[]) {
    const job = thread.job
    thread.job = null
    thread.worker.unref()
    const ms = done.reduce((sum, one) => sum + one.ms, 0)
    averageMs += WEIGHT * (ms - averageMs)
    job?.resolve(done.map(({ output }) => output))
    next()
    for (const [i, one] of done.entries()) onWork(job!.work[i]!, one.ms)
  }

  /** Gives threads what waits, until one of both runs out. */
  function next() {
    while (waiting() > 0 && !isBusy()) {
      const job = take()
      if (job.left() > 0) give(job)
      else job.reject(new Problem('unavailable', {}, { cause: 'nobody waits for this password any more' }))
    }
    if ([...threads].every(({ job }) => job === null)) onIdle()
  }

  function give(job: Job) {
    const thread = [...threads].find((one) => one.job === null) ?? outsideCalls(start)
    thread.job = job
    thread.worker.ref()
    thread.worker.postMessage(job.work.map(alone))
  }

  async function end() {
    for (const { reject } of [...lines.new.splice(0), ...lines.known.splice(0)]) reject(closed())
    await new Promise<void>((resolve) => {
      onIdle = resolve
      next()
    })
    await Promise.all([...threads].map(({ worker }) => worker.terminate()))
  }
  const closed = () => new Problem('unavailable', {}, { cause: 'passwords are closed' })

  return {
    run(purpose, work) {
      if (closing) return Promise.reject(closed())
      if (isBusy() && (lines[purpose].length >= queue || waitOf(purpose) > PATIENCE_MS))
        return Promise.reject(new Problem('busy', { retryAfterMs: waitOf(purpose) }))
      return new Promise((resolve, reject) => {
        lines[purpose].push({ work, left: AsyncLocalStorage.bind(leftMs), resolve, reject })
        next()
      })
    },
    load: () => ({ waiting: waiting(), waitMs: waitMs() }),
    close() {
      closing ??= end()
      return closing
    },
  }
}

/** A message takes the memory around its bytes along: for a Buffer the pool that it shares with others, and they may be secret. */
function alone(work: Work): Work {
  if ('foreign' in work) return { foreign: work.foreign, password: new Uint8Array(work.password) }
  const { input, salt, ...cost } = work
  return { input: new Uint8Array(input), salt: new Uint8Array(salt), ...cost }
}
