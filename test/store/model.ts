import type { Partition, Put, Store } from '../../src/persistence/store/store.ts'

type Row = { value: unknown; version: string; dueAt: number | null; sweepAt: number; queue: string | null }
type Room = { rows: Map<string, Row>; log: { id: number; value: unknown }[]; lastId: number }

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value))
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The contract of store.ts as plainly as it can be said: no speed, no disk, one thing after the other. */
export function openModel(): Store {
  const rooms = new Map<Partition, Room>()
  let closed = false
  const roomOf = (partition: Partition) => {
    if (closed) throw new Error('the store is closed')
    const room: Room = rooms.get(partition) ?? { rows: new Map(), log: [], lastId: 0 }
    rooms.set(partition, room)
    return room
  }
  const queued = ({ rows }: Room, queue: string) =>
    [...rows].filter(([, row]) => row.queue === queue).toSorted(([a, x], [b, y]) => x.dueAt! - y.dueAt! || byBytes(a, b))
  const rowOf = ({ value, sweepAt, queue }: Put, version: string): Row => ({
    value: copy(value),
    version,
    dueAt: queue?.dueAt ?? null,
    sweepAt: sweepAt ?? Number.POSITIVE_INFINITY,
    queue: queue?.name ?? null,
  })

  return {
    async read(partition, keys) {
      const { rows } = roomOf(partition)
      return keys.map((key) => {
        const row = rows.get(key)
        return row ? { value: copy(row.value), version: row.version, dueAt: row.dueAt } : null
      })
    },
    async commit(partition, { version, expect, puts, deletes, log }) {
      const room = roomOf(partition)
      const rows = puts.map((put) => [put.key, rowOf(put, version)] as const)
      const entries = log.map(copy)
      if (expect.some((one) => (room.rows.get(one.key)?.version ?? '') !== one.version)) return false
      for (const key of deletes) room.rows.delete(key)
      for (const [key, row] of rows) room.rows.set(key, row)
      for (const value of entries) room.log.push({ id: ++room.lastId, value })
      return true
    },
    async claimDue(partition, queue, now, leaseUntil, limit, version) {
      const due = queued(roomOf(partition), queue).filter(([, row]) => row.dueAt! <= now)
      return due.slice(0, limit).map(([key, row]) => {
        row.version = version
        row.dueAt = leaseUntil
        return { key, value: copy(row.value), version }
      })
    },
    async depth(partition, queue) {
      const rows = queued(roomOf(partition), queue)
      return { length: rows.length, oldestDueAt: rows[0]?.[1].dueAt ?? null }
    },
    async hit(partition, counters) {
      const { rows } = roomOf(partition)
      const before = counters.map(({ key }) => Number(rows.get(key)?.value ?? 0))
      const after = counters.map(({ cost }, i) => Math.max(0, before[i]! + cost))
      if (counters.some(({ cost, limit }, i) => cost > 0 && after[i]! > limit)) return { added: false, counts: before }
      for (const [i, { key, sweepAt }] of counters.entries()) {
        rows.set(key, { value: after[i], version: '#', dueAt: null, sweepAt: rows.get(key)?.sweepAt ?? sweepAt, queue: null })
      }
      return { added: true, counts: after }
    },
    async readLog(partition, after, limit) {
      const entries = roomOf(partition).log.filter(({ id }) => id > Number(after))
      return entries.slice(0, limit).map(({ id, value }) => ({ id: String(id), value: copy(value) }))
    },
    async trimLog(partition, upTo) {
      const room = roomOf(partition)
      room.log = room.log.filter(({ id }) => id > Number(upTo))
    },
    async sweep(now, limit) {
      let removed = 0
      for (const { rows } of [...rooms.keys()].map(roomOf)) {
        for (const [key, { sweepAt }] of rows) if (sweepAt <= now && removed < limit && rows.delete(key)) removed++
      }
      return removed
    },
    async close() {
      closed = true
    },
  }
}
