import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What Sello measures of itself, in Prometheus' text format. No label ever holds an address, an id or a secret. */
export type Metrics = {
  request(op: string, outcome: string, ms: number): void
  letter(result: string, ms: number): void
  /** A transaction of the store, with so many commits in it. */
  transaction(jobs: number, outcome: 'committed' | 'failed'): void
  retry(): void
  /** A password was hashed. */
  hash(ms: number): void
  render(): Promise<string>
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** @param outbox asked at each scrape; `droppedLines` likewise */
export function createMetrics(sources: {
  outbox?: (() => Promise<{ length: number; overdueMs: number }>) | undefined
  droppedLines: () => number
}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'sello_requests_total',
    help: 'Requests by operation and outcome',
    labelNames: ['op', 'outcome'],
    registers,
  })
  const latency = new Histogram({ name: 'sello_request_seconds', help: 'Time to answer', labelNames: ['op'], buckets: SECONDS, registers })
  const letters = new Counter({ name: 'sello_letters_total', help: 'Tries to send a letter, by result', labelNames: ['result'], registers })
  const sending = new Histogram({
    name: 'sello_letter_seconds',
    help: 'Time of one try to send',
    buckets: [...SECONDS, 5, 10, 30],
    registers,
  })
  const transactions = new Counter({
    name: 'sello_store_transactions_total',
    help: 'Transactions of the store',
    labelNames: ['outcome'],
    registers,
  })
  const commits = new Counter({
    name: 'sello_store_commits_total',
    help: 'Commits in those transactions',
    labelNames: ['outcome'],
    registers,
  })
  const retries = new Counter({ name: 'sello_store_retries_total', help: 'Commits that lost a race and were decided again', registers })
  const hashes = new Histogram({
    name: 'sello_password_seconds',
    help: 'Time of one argon2id, without the wait for its turn',
    buckets: SECONDS,
    registers,
  })
  new Gauge({
    name: 'sello_log_lines_dropped',
    help: 'Log lines dropped because nobody read them',
    registers,
    collect() {
      this.set(sources.droppedLines())
    },
  })
  if (sources.outbox) gaugeOutbox(sources.outbox, registers)
  /** Labels are looked up once; there are as many as operations times outcomes. */
  const known = new Map<string, { count: Counter.Internal; time: Histogram.Internal<string> }>()
  return {
    request(op, outcome, ms) {
      const name = `${op} ${outcome}`
      let found = known.get(name)
      if (!found) {
        found = { count: requests.labels({ op, outcome }), time: latency.labels({ op }) }
        known.set(name, found)
      }
      found.count.inc()
      found.time.observe(ms / 1000)
    },
    letter(result, ms) {
      letters.inc({ result })
      sending.observe(ms / 1000)
    },
    transaction(jobs, outcome) {
      transactions.inc({ outcome })
      commits.inc({ outcome }, jobs)
    },
    retry: () => retries.inc(),
    hash: (ms) => hashes.observe(ms / 1000),
    render: () => registry.metrics(),
  }
}

/** A scrape while the store is away goes without these two. */
function gaugeOutbox(outbox: () => Promise<{ length: number; overdueMs: number }>, registers: Registry[]) {
  const overdue = new Gauge({
    name: 'sello_outbox_overdue_seconds',
    help: 'How long the longest overdue letter waits past its time',
    registers,
  })
  new Gauge({
    name: 'sello_outbox_letters',
    help: 'Letters waiting or in flight',
    registers,
    async collect() {
      const depth = await outbox().catch(() => null)
      this.set(depth?.length ?? Number.NaN)
      overdue.set(depth ? depth.overdueMs / 1000 : Number.NaN)
    },
  })
}
