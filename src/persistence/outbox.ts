import type { Client } from '../contract/contract.ts'
import type { Lease, LeasedLetter } from '../contract/leases.ts'
import type { persistence } from '../contract/persistence.ts'
import { Problem } from '../problem.ts'
import { type Account, isPending, type Link, type Mailbox } from '../rules/account.ts'
import { isLinkOpen } from '../rules/account-life.ts'
import { type Event, type Identity, isLive, sweepAtOf, withEvents } from '../rules/identity.ts'
import { backoff, LEASE_MS, type LetterKind, type Row, readRow } from '../rules/outbox.ts'
import { mailRow, mailStory, nextKey, outgoing, storyKey } from './letters.ts'
import { asAccount, asMailbox } from './mailboxes.ts'
import type { Room } from './room.ts'
import { type Claimed, PARTITIONS, type Partition } from './store/store.ts'
import { EPOCH_KEY } from './store/transact.ts'

type Outbox = Pick<Client<typeof persistence>, 'claimLetters' | 'renewLetter' | 'settleLetter' | 'returnLetters' | 'outboxDepth'>
type Settled = Awaited<ReturnType<Outbox['settleLetter']>>
type Result = Parameters<Outbox['settleLetter']>[0]['result']
/** Letters that lead somewhere, as long as it is there. */
const LEADING: readonly LetterKind[] = ['number', 'code', 'registered', 'reset', 'email_change']
/** Partitions that are asked at once. */
const WIDTH = 10

/** The queue of letters, as architecture.md describes it: a letter is data in the commit that caused it. */
export function createOutbox(room: Room): Outbox {
  const { env, store, secrets, policy, apps } = room

  /** The letter with its secret opened, or null when its app is gone. */
  async function leased(row: Row, lease: Lease): Promise<LeasedLetter | null> {
    const app = await apps.byId(row.app)
    return app ? { letter: outgoing(row, secrets, app, env.now()), lease } : null
  }

  /** Not too late, nor what is used, replaced, revoked or expired: a number, a sign-up's code, a link. */
  async function isWorthSending(partition: Partition, row: Row): Promise<boolean> {
    if (env.now() >= row.deadlineAt) return false
    if (!LEADING.includes(row.kind)) return true
    const [record, epochRecord] = await store.read(partition, [row.about, EPOCH_KEY])
    const epoch = room.epochOf(epochRecord)
    const now = env.now()
    if (row.kind === 'number') {
      const identity = record?.value as Identity | undefined
      return identity?.letter === row.id && isLive(identity, epoch, policy.numberUse, now)
    }
    const isOpen = (link: Link | null | undefined) => link?.id === row.id && isLinkOpen(link, link.link, epoch, now)
    if (row.kind === 'email_change') return isOpen(asAccount(record)?.change)
    if (row.kind === 'reset') return ((record?.value as Account | Mailbox | undefined)?.resets ?? []).some(isOpen)
    return isPending(asMailbox(record), row.id, epoch, now)
  }

  /**
   * Takes a letter out of the queue, with what happened. The row keeps the story; when a newer letter waited behind it, that one takes
   * the place, in the hands of the same holder, and the story moves to the older letter's identity, or beside it.
   */
  async function finish({ partition, key, version: held }: Lease, ...happened: Event[]): Promise<Settled> {
    const behind = await room.transact<{ row: Row | null; lease: Lease } | null>(partition, async ({ read, version }) => {
      const [record, next] = await read(key, nextKey(key))
      if (record?.version !== held) return { outcome: null }
      const row = readRow(record.value)
      const events = withEvents(row.events, ...happened)
      const until = env.now() + LEASE_MS
      const lease = { partition, key, version, until }
      if (!next) return { outcome: { row: null, lease }, puts: [mailStory(key, { ...row, events })] }
      const successor = { ...readRow(next.value), waitsUntil: null }
      const puts = [mailRow(key, successor, until)]
      const deletes = [nextKey(key)]
      const ended = { row: successor, lease }
      if (row.kind !== 'number') return { outcome: ended, puts: [...puts, mailStory(storyKey(key, row.id), { ...row, events })], deletes }
      const [older] = await read(row.about)
      const identity = older?.value as Identity | undefined
      if (identity?.letter === row.id) {
        puts.push({ key: row.about, value: { ...identity, events: withEvents(events, ...identity.events) }, sweepAt: sweepAtOf(identity) })
      }
      return { outcome: ended, puts, deletes }
    })
    if (!behind) return { kind: 'late' }
    return { kind: 'settled', next: behind.row && (await sendable(behind.row, behind.lease)) }
  }

  /** The leased letter if it is worth sending; otherwise it is ended and the letter behind it is looked at. */
  async function sendable(row: Row, lease: Lease): Promise<LeasedLetter | null> {
    const happened: Event[] = []
    if (await isWorthSending(lease.partition, row)) {
      try {
        const ready = await leased(row, lease)
        if (ready) return ready
      } catch (error) {
        if (error instanceof Problem) throw error
        // Its seal key is gone, say: no later try would fare better, and no other letter may wait for it.
        happened.push({ at: env.now(), event: 'failed', reply: 'the letter cannot be opened' })
      }
    }
    const ended = await finish(lease, ...happened)
    return ended.kind === 'settled' ? ended.next : null
  }

  /** Puts the letter back to wait, unless a newer one waits behind it or the next try would come too late. */
  async function defer({ partition, key, version }: Lease, deferred: Event, counts: boolean) {
    return room.transact<'late' | 'superseded' | 'too_late' | 'deferred'>(partition, async ({ read }) => {
      const [record, next] = await read(key, nextKey(key))
      if (record?.version !== version) return { outcome: 'late' }
      const row = readRow(record.value)
      if (next) return { outcome: 'superseded' }
      const attempts = row.attempts + (counts ? 1 : 0)
      const waitsUntil = env.now() + (counts ? backoff(attempts, env.fraction()) : 0)
      if (waitsUntil >= row.deadlineAt) return { outcome: 'too_late' }
      const waiting: Row = { ...row, attempts, waitsUntil, events: withEvents(row.events, deferred) }
      return { outcome: 'deferred', puts: [mailRow(key, waiting, waitsUntil)] }
    })
  }

  /** The row is due again, as if nobody had taken it. */
  async function giveBack({ partition, key, version }: Lease, waitMs: number) {
    await room.transact(partition, async ({ read }) => {
      const [row] = await read(key)
      if (row?.version !== version) return { outcome: null }
      const letter = readRow(row.value)
      const waitsUntil = env.now() + waitMs
      return { outcome: null, puts: [mailRow(key, { ...letter, waitsUntil }, waitsUntil)] }
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
      for (let i = 0, width = 0; i < PARTITIONS.length && letters.length < limit; i += width) {
        const left = limit - letters.length
        width = Math.min(WIDTH, left, PARTITIONS.length - i)
        const share = Math.floor(left / width)
        const some = Array.from({ length: width }, (_, j) => PARTITIONS[(start + i + j) % PARTITIONS.length]!)
        const now = env.now()
        const until = now + LEASE_MS
        const claims = await Promise.all(
          some.map(async (partition) => {
            const rows = await store.claimDue(partition, 'mail', now, until, share, env.id())
            return rows.map((row: Claimed) => ({ row, lease: { partition, key: row.key, version: row.version, until } }))
          }),
        )
        // One letter's trouble is its own: its lease runs out, and it is claimed again.
        const ready = await Promise.all(claims.flat().map(({ row, lease }) => sendable(readRow(row.value), lease).catch(() => null)))
        letters.push(...ready.filter((letter) => letter !== null))
      }
      return { letters }
    },

    async renewLetter({ lease }) {
      const { partition, key } = lease
      return room.transact<Awaited<ReturnType<Outbox['renewLetter']>>>(partition, async ({ read, version }) => {
        const [row] = await read(key)
        if (row?.version !== lease.version) return { outcome: { kind: 'lost' } }
        const letter = readRow(row.value)
        const until = env.now() + LEASE_MS
        const puts = [mailRow(key, { ...letter, waitsUntil: null }, until)]
        return { outcome: { kind: 'renewed', lease: { partition, key, version, until } }, puts }
      })
    },

    async settleLetter({ lease, handedOverAt, result }) {
      const now = env.now()
      if (result.kind !== 'deferred') {
        return finish(lease, { at: handedOverAt, event: 'handed_over' }, { at: now, event: result.kind, ...detailOf(result) })
      }
      const deferred: Event = { at: now, event: 'deferred', ...detailOf(result) }
      switch (await defer(lease, deferred, result.scope === 'recipient')) {
        case 'late':
          return { kind: 'late' }
        case 'deferred':
          return { kind: 'settled', next: null }
        case 'superseded':
          return finish(lease, deferred)
        case 'too_late':
          return finish(lease, deferred, { at: now, event: 'failed', reply: 'the mail server asked to wait until it was too late' })
      }
    },

    async returnLetters({ leases, waitMs = 0 }) {
      await Promise.all(leases.map((lease) => giveBack(lease, waitMs)))
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
