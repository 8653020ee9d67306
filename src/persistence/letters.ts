import type { LeasedLetter } from '../contract/leases.ts'
import type { Letter } from '../contract/messaging.ts'
import { READABLE_MS } from '../rules/identity.ts'
import { isInFlight, LEASE_MS, type Row, readRow } from '../rules/outbox.ts'
import { type App, DEFAULT } from './apps.ts'
import type { Secrets } from './secrets.ts'
import type { Partition, Put, Stored } from './store/store.ts'

const DAY = 24 * 60 * 60 * 1000

/** Where a newer letter waits while the one before it is in flight. */
export const nextKey = (mail: string) => `${mail}/next`
/** Where the story of an older letter is kept whose place another one took, when no other record has it. */
export const storyKey = (mail: string, letter: string) => `${mail}/${letter}`

/** What a letter with a code and a link tells besides its row; sealed in it. */
export type CodeSecret = { code: string | null; token: string; expiresAt: number; linkExpiresAt: number; replaces: number | null }

/** A row that is no longer in the queue: it keeps the story, not the secret. */
export const mailStory = (key: string, letter: Row): Put => ({
  key,
  value: { ...letter, sealed: null },
  sweepAt: letter.deadlineAt + READABLE_MS,
})

/** The row of a letter in its queue. */
export const mailRow = (key: string, letter: Row, dueAt: number): Put => ({
  key,
  value: letter,
  sweepAt: letter.deadlineAt + READABLE_MS,
  queue: { name: 'mail', dueAt },
})

/** Of an app, what its letters show. */
type Sender = Pick<App, 'id' | 'name' | 'displayName' | 'replyTo' | 'accent'>

/**
 * A letter with its secret opened, as messaging wants it; a code that is too late by now is left out.
 * @throws when it cannot be opened: its seal key is gone, say
 */
export function outgoing(row: Row, secrets: Secrets, app: Sender, now: number): Letter {
  const { id, kind, to, locale, requestedAt, deadlineAt } = row
  const named = app.name === DEFAULT ? {} : { named: true }
  const sender = { id: app.id, ...named, name: app.displayName, replyTo: app.replyTo, ...(app.accent && { accent: app.accent.light }) }
  const letter = { id, to, locale, app: sender, requestedAt }
  if (kind === 'registered' || kind === 'welcome') return { ...letter, kind }
  const secret = secrets.open('letter', id, row.sealed!)
  if (kind === 'number') return { ...letter, kind, number: secret, expiresAt: deadlineAt }
  const told = JSON.parse(secret) as CodeSecret
  if (kind === 'code') return { ...letter, kind, ...told, code: now < told.expiresAt ? told.code : null }
  return { ...letter, kind, ...told } as Letter
}

/** A letter to be queued. `secret`: what is sealed in its row; `sendNow`: its maker sends it. */
export type NewLetter = Pick<Row, 'id' | 'kind' | 'to' | 'locale' | 'about' | 'deadlineAt'> & {
  key: string
  secret: string | null
  sendNow: boolean
}
/** `at`: the view's version and its partition, the time. */
type At = { partition: Partition; version: string; now: number }

/**
 * Puts a letter in its place or, while an older one is in flight, behind it; with the right to send it when its maker wants that.
 * @param older what lies in its place
 */
export function queueLetter(secrets: Secrets, app: App, letter: NewLetter, older: Stored | null, { partition, version, now }: At) {
  const { key, secret, sendNow, ...rest } = letter
  const row: Row = {
    v: 2,
    ...rest,
    app: app.id,
    sealed: secret === null ? null : secrets.seal('letter', letter.id, secret),
    requestedAt: now,
    attempts: 0,
    waitsUntil: sendNow ? null : now,
    events: [],
  }
  if (isInFlight(older, now)) return { put: { key: nextKey(key), value: row, sweepAt: row.deadlineAt + READABLE_MS + DAY }, send: null }
  const until = sendNow ? now + LEASE_MS : now
  const send: LeasedLetter | null = sendNow ? { letter: outgoing(row, secrets, app, now), lease: { partition, key, version, until } } : null
  return { put: mailRow(key, row, until), send }
}

/** Whether the place of a letter is free for the next: nothing lies in it, or what does is settled or unsent. */
export const olderRow = (record: Stored | null | undefined): Row | null => (record ? readRow(record.value) : null)
