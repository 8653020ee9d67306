import type { Event } from './identity.ts'

/** How long a holder may work on a letter before others may take it; it renews in time. */
export const LEASE_MS = 30_000

export type LetterKind =
  | 'number'
  | 'code'
  | 'registered'
  | 'welcome'
  | 'reset'
  | 'email_change'
  | 'password_changed'
  | 'email_changed'
  | 'deleted'
  | 'signed_in'

/** The row of a letter. Times in ms. */
export type Row = {
  v: 2
  id: string
  kind: LetterKind
  app: string
  to: string
  locale: 'es' | 'ru' | 'en'
  /** The key of the record that it is about: the identity's, or the mailbox's. */
  about: string
  /** What only the letter may tell, sealed; gone once it was handed over for good, null where there is nothing. */
  sealed: string | null
  requestedAt: number
  deadlineAt: number
  attempts: number
  /** The dueAt with which it was put back to wait; null when it was born in its maker's hands. */
  waitsUntil: number | null
  events: Event[]
}

/** The first rows were all of numbers. */
type RowV1 = Omit<Row, 'v' | 'kind' | 'about'> & { v: 1; number: string }
export function readRow(value: unknown): Row {
  const row = value as Row | RowV1
  if (row.v === 2) return row
  const { number, ...rest } = row
  return { ...rest, v: 2, kind: 'number', about: number }
}

/** In flight: somebody holds a lease on it, other than its own waiting time. */
export function isInFlight(row: { dueAt: number | null; value: unknown } | null, now: number): boolean {
  return row !== null && row.dueAt !== null && row.dueAt > now && row.dueAt !== readRow(row.value).waitsUntil
}

/**
 * Milliseconds to wait after the n-th deferral of one letter (n from 1): 5 s doubling to 5 min, each ± 20 % jitter.
 * @param fraction uniform in [0, 1)
 * @see RFC 5321 §4.5.4.1, which speaks of 30 minutes and days: wrong for a secret that lives minutes or hours
 */
export function backoff(attempt: number, fraction: number): number {
  const base = Math.min(5_000 * 2 ** (attempt - 1), 300_000)
  return Math.round(base * (0.8 + 0.4 * fraction))
}

/** Milliseconds for which nothing is sent after the n-th failure in a row of the mail server itself: 1 s doubling to 10 s. */
export function pauseAfter(failures: number, fraction: number): number {
  return Math.round(Math.min(1_000 * 2 ** (failures - 1), 10_000) * (0.8 + 0.2 * fraction))
}
