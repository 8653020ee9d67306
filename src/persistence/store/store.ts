/** A mailbox's home: '00' to '99'. Every handle that Sello gives out carries it. */
export type Partition = string

/** Fixed for ever: numbers in people's mailboxes begin with their partition (docs/adr/0003). */
export const PARTITIONS: readonly Partition[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

/** The version that `read` shows of a counter: counters are added to, never compared and set. */
export const COUNTER_VERSION = '#'

export type Stored = { value: unknown; version: string; dueAt: number | null }
export type Expect = { key: string; version: string }
/** Writing a record replaces all of it: without `queue` it leaves its queue, without `sweepAt` it is kept for ever. Times in ms. */
export type Put = { key: string; value: unknown; sweepAt?: number; queue?: { name: string; dueAt: number } }
export type Change = { version: string; expect: Expect[]; puts: Put[]; deletes: string[]; log: unknown[] }
export type Claimed = { key: string; value: unknown; version: string }
export type Counter = { key: string; cost: number; limit: number; sweepAt: number }
export type Logged = { id: string; value: unknown }
export type Depth = { length: number; oldestDueAt: number | null }

/**
 * A key-value store with atomic commits inside one partition. It knows no business word, no clock and no expiry; values are JSON, the
 * names of versions and queues are one line each.
 * Every sentence here has a case in test/store/suite.ts. A store that cannot do what it is asked rejects, and has then changed
 * nothing or (a lost answer) everything.
 */
export type Store = {
  /** Values with versions, in the order asked, all from one instant; null when absent. Records past `sweepAt` may or may not be present. */
  read(partition: Partition, keys: readonly string[]): Promise<(Stored | null)[]>
  /**
   * All or nothing: deletes, then puts under the new version, then log entries. False, and nothing applied, when an expected
   * version differs ('' = must be absent). Resolves after the commit is as durable as the mode promises.
   */
  commit(partition: Partition, change: Change): Promise<boolean>
  /** At most `limit` records of `queue` with dueAt <= now, oldest first, then by key; each moves to `leaseUntil` under the new version, its value unchanged. */
  claimDue(partition: Partition, queue: string, now: number, leaseUntil: number, limit: number, version: string): Promise<Claimed[]>
  /** How many records `queue` holds, due or not, and the earliest dueAt among them. Those past `sweepAt` may or may not count, until a sweep. */
  depth(partition: Partition, queue: string): Promise<Depth>
  /**
   * Adds every cost, or none when one sum would pass its limit; returns the counts as they then stand, in the order given. A negative
   * cost gives back: no limit holds it up, and a count that it would take below 0 becomes 0. A key names its own bucket (an hour, say);
   * `sweepAt` is that of the first hit. `read` sees a counter as a record whose value is its count. Costs are whole numbers, never 0.
   */
  hit(partition: Partition, counters: readonly Counter[]): Promise<{ added: boolean; counts: number[] }>
  /** The append-only log, oldest first, after the entry with id `after` ('' = from the start): in order within a partition, no order between partitions. */
  readLog(partition: Partition, after: string, limit: number): Promise<Logged[]>
  /** Drops the entry with id `upTo` and all older ones; ids are never used again. */
  trimLog(partition: Partition, upTo: string): Promise<void>
  /** Removes at most `limit` records whose sweepAt <= now; returns how many. A store that does it by itself returns 0. */
  sweep(now: number, limit: number): Promise<number>
  close(): Promise<void>
}
