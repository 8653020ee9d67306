import type { Client } from '../contract/contract.ts'
import type { Lease, LeasedLetter, persistence } from '../contract/persistence.ts'
import { type Event, type Identity, isLive, sweepAtOf, withEvents } from '../rules/identity.ts'
import { backoff, LEASE_MS, type Waiting } from '../rules/outbox.ts'
import { mailRow, nextKey, outgoing } from './identities.ts'
import type { Room } from './room.ts'
import { type Claimed, PARTITIONS, type Partition, type Put } from './store/store.ts'
import { EPOCH_KEY, type EpochRecord } from './store/transact.ts'

type Outbox = Pick<Client<typeof persistence>, 'claimLetters' | 'renewLetter' | 'settleLetter' | 'returnLetters' | 'outboxDepth'>
type Result = Parameters<Outbox['settleLetter']>[0]['result']
/** Partitions that are asked at once. */
const WIDTH = 10

/** The queue of letters, as architecture.md describes it: a letter is data in the commit that caused it. */
export function createOutbox(room: Room): Outbox {
  const { env, store, secrets, policy, apps } = room

  /** The letter with its secret opened, or null when its app is gone. */
  async function leased(letter: Waiting, lease: Lease): Promise<LeasedLetter | null> {
    const app = await apps.byId(letter.app)
    return app ? { letter: outgoing(letter, secrets.open('letter', letter.id, letter.sealed), app), lease } : null
  }

  /** A code that is used, replaced, revoked or expired is not sent: its row makes room for the letter behind it. */
  async function isWorthSending(partition: Partition, letter: Waiting): Promise<boolean> {
    const [record, epoch] = await store.read(partition, [letter.number, EPOCH_KEY])
    const identity = record?.value as Identity | undefined
    return identity?.letter === letter.id && isLive(identity, (epoch!.value as EpochRecord).epoch, policy.numberUse, env.now())
  }

  /** Ends the row of a letter: the one that waited behind it takes its place, in the hands of the same holder; otherwise the row goes. */
  function succession(key: string, waiting: Waiting | null, dueAt: number): { puts: Put[]; deletes: string[] } {
    if (!waiting) return { puts: [], deletes: [key] }
    return { puts: [mailRow(key, { ...waiting, waitsUntil: null }, dueAt)], deletes: [nextKey(key)] }
  }

  /** Ends a row, keeping `events` in the identity's story, if the lease still holds. */
  async function finish(lease: Lease, events: (letter: Waiting) => Event[]) {
    const { partition, key } = lease
    const finished = await room.transact<{ waiting: Waiting | null; lease: Lease } | null>(partition, async ({ read, version }) => {
      const [row, behind] = await read(key, nextKey(key))
      if (row?.version !== lease.version) return { outcome: null }
      const letter = row.value as Waiting
      const waiting = (behind?.value as Waiting | undefined) ?? null
      const until = env.now() + LEASE_MS
      const { puts, deletes } = succession(key, waiting, until)
      const happened = events(letter)
      const [record] = happened.length > 0 ? await read(letter.number) : []
      const identity = record?.value as Identity | undefined
      if (identity?.letter === letter.id) {
        const next = withEvents(identity, ...happened)
        puts.push({ key: letter.number, value: next, sweepAt: sweepAtOf(next) })
      }
      return { outcome: { waiting, lease: { partition, key, version, until } }, puts, deletes }
    })
    if (!finished) return { kind: 'late' as const }
    return { kind: 'settled' as const, next: finished.waiting ? await sendable(finished.waiting, finished.lease) : null }
  }

  /** The leased letter if it is worth sending; otherwise its row is ended and the letter behind it is looked at. */
  async function sendable(letter: Waiting, lease: Lease): Promise<LeasedLetter | null> {
    if (await isWorthSending(lease.partition, letter)) {
      const ready = await leased(letter, lease)
      if (ready) return ready
    }
    const ended = await finish(lease, () => [])
    return ended.kind === 'settled' ? ended.next : null
  }

  /** Puts the row back to wait, or fails it when the next try would come too late. */
  async function defer(lease: Lease, happened: Event[], counts: boolean) {
    const { partition, key } = lease
    return room.transact<'late' | 'superseded' | 'too_late' | 'deferred'>(partition, async ({ read }) => {
      const [row, behind] = await read(key, nextKey(key))
      if (row?.version !== lease.version) return { outcome: 'late' }
      const letter = row.value as Waiting
      if (behind) return { outcome: 'superseded' }
      const attempts = letter.attempts + (counts ? 1 : 0)
      const waitsUntil = env.now() + (counts ? backoff(attempts, env.fraction()) : 0)
      if (waitsUntil >= letter.deadlineAt) return { outcome: 'too_late' }
      const [record] = await read(letter.number)
      const identity = record?.value as Identity | undefined
      const puts = [mailRow(key, { ...letter, attempts, waitsUntil }, waitsUntil)]
      if (identity?.letter === letter.id)
        puts.push({ key: letter.number, value: withEvents(identity, ...happened), sweepAt: sweepAtOf(identity) })
      return { outcome: 'deferred', puts }
    })
  }

  /** The row is due again at once, as if nobody had taken it. */
  async function giveBack({ partition, key, version }: Lease) {
    await room.transact(partition, async ({ read }) => {
      const [row] = await read(key)
      if (row?.version !== version) return { outcome: null }
      const letter = row.value as Waiting
      const now = env.now()
      return { outcome: null, puts: [mailRow(key, { ...letter, waitsUntil: now }, now)] }
    })
  }

  const detailOf = ({ reply }: Result) => {
    const { code, enhanced } = reply
    const detail = code === null ? undefined : `${Math.floor(code / 100)}xx${enhanced ? ` ${enhanced}` : ''}`
    return { ...(detail ? { detail } : {}), reply: `${code ?? ''} ${reply.text}`.trim() }
  }

  return {
    async claimLetters({ limit }) {
      const letters: LeasedLetter[] = []
      const start = Number(env.digits(2))
      for (let i = 0; i < PARTITIONS.length && letters.length < limit; i += WIDTH) {
        const some = Array.from({ length: WIDTH }, (_, j) => PARTITIONS[(start + i + j) % PARTITIONS.length]!)
        const now = env.now()
        const until = now + LEASE_MS
        const share = Math.ceil((limit - letters.length) / WIDTH)
        const claims = await Promise.all(
          some.map(async (partition) => {
            const rows = await store.claimDue(partition, 'mail', now, until, share, env.id())
            return rows.map((row: Claimed) => ({ row, lease: { partition, key: row.key, version: row.version, until } }))
          }),
        )
        const ready = await Promise.all(claims.flat().map(({ row, lease }) => sendable(row.value as Waiting, lease)))
        letters.push(...ready.filter((letter) => letter !== null))
      }
      return { letters }
    },

    async renewLetter({ lease }) {
      const { partition, key } = lease
      return room.transact<Awaited<ReturnType<Outbox['renewLetter']>>>(partition, async ({ read, version }) => {
        const [row] = await read(key)
        if (row?.version !== lease.version) return { outcome: { kind: 'lost' } }
        const letter = row.value as Waiting
        const until = env.now() + LEASE_MS
        const puts = [mailRow(key, { ...letter, waitsUntil: null }, until)]
        return { outcome: { kind: 'renewed', lease: { partition, key, version, until } }, puts }
      })
    },

    async settleLetter({ lease, handedOverAt, result }) {
      const now = env.now()
      const handedOver: Event = { at: handedOverAt, event: 'handed_over' }
      if (result.kind === 'deferred') {
        const deferred: Event = { at: now, event: 'deferred', ...detailOf(result) }
        const outcome = await defer(lease, [deferred], result.scope === 'recipient')
        if (outcome === 'late') return { kind: 'late' }
        if (outcome === 'deferred') return { kind: 'settled', next: null }
        const failed: Event = { at: now, event: 'failed', reply: 'the mail server asked to wait until it was too late' }
        return finish(lease, () => (outcome === 'too_late' ? [deferred, failed] : [deferred]))
      }
      return finish(lease, () => [handedOver, { at: now, event: result.kind, ...detailOf(result) }])
    },

    async returnLetters({ leases }) {
      await Promise.all(leases.map(giveBack))
      return {}
    },

    async outboxDepth() {
      const depths = await Promise.all(PARTITIONS.map((partition) => store.depth(partition, 'mail')))
      const oldest = Math.min(...depths.map(({ oldestDueAt }) => oldestDueAt ?? Number.POSITIVE_INFINITY))
      return {
        length: depths.reduce((sum, { length }) => sum + length, 0),
        overdueMs: Math.max(0, Number.isFinite(oldest) ? env.now() - oldest : 0),
      }
    },
  }
}
