import type { Guesses } from './challenge.ts'
import { type Allowance, type Window, waitFor } from './limits.ts'

export type Happening = 'queued' | 'handed_over' | 'deferred' | 'accepted' | 'failed' | 'checked' | 'replaced' | 'revoked' | 'expired'
/** `reply`: what the mail server said, for the operator; `detail`: its class and enhanced status code, for the app. Times in ms. */
export type Event = { at: number; event: Happening; detail?: string; reply?: string }
export type Status = 'revoked' | 'replaced' | 'checked' | 'expired' | 'failed' | 'sent' | 'queued'

/** An answer kept for a repeated Idempotency-Key; `key` and `body` are MACs. */
export type CheckAnswer = { key: string; body: string; until: number; jti: string; at: number; receipt: string | null }

/** The record under the number's MAC: one identity, from its registration to a day after its expiry. Times in ms. */
export type Identity = {
  v: 1
  id: string
  app: string
  email: string
  /** The app's token, sealed. */
  token: string
  epoch: number
  letter: string
  /** The key of the one that it replaced: an erasure follows them. Absent in older records, and where there was none. */
  older?: string
  createdAt: number
  expiresAt: number
  checkedAt: number | null
  replacedAt: number | null
  revokedAt: number | null
  /** Its own story; that of its letter is in the letter's row as long as that row is this letter's. */
  events: Event[]
  answers: CheckAnswer[]
}

/** The record of one canonical address, over all apps. `sends` is its budget and its history, oldest first. */
export type Address = {
  v: 1
  sends: Send[]
  /** By app id: the newest identity, and the key of its record. */
  current: Record<string, { id: string; number: string }>
  answers: { app: string; key: string; body: string; number: string; until: number }[]
  /** Wrong codes; absent while there was none. */
  guesses?: Guesses
}
/** One letter, or one that an address nobody signed up with would have got. */
export type Send = {
  at: number
  app: string
  /** Of a number: the key of its identity. Of another letter: that of its row; '' without a letter. */
  number: string
  /** The id of such another letter. */
  letter?: string
  /** What its link leads to: the key, which the sign-up that it is of may forget earlier. */
  link?: string
  /** Who asked for it, where that is an account at another address. */
  account?: string
  /** To a +tag of this address, remembered here for the limit over all of them. */
  tagged?: true
  /** Anybody may have asked for it, not the app alone. */
  public?: true
  /** Outside every budget. */
  notice?: true
}

/** `asked`: the budget of app routes is each app's own, that of public routes is one for all. */
export type SendLimits = { perApp: Window[]; asked: Window[]; inAll: Window[]; untagged: Window[] } & Kept
/** How many sends an address remembers, and how long at least: as the longest window asks. */
export type Kept = { keep: number; keepMs: number }

const DAY = 24 * 60 * 60 * 1000
/** A status stays readable this long after the number's expiry. */
export const READABLE_MS = DAY
/** An Idempotency-Key of a registration answers again this long; of a check, ten minutes. */
export const REGISTER_ANSWER_MS = DAY
export const CHECK_ANSWER_MS = 10 * 60 * 1000
const DEFERRALS_KEPT = 10
/** What comes first of two things in the same millisecond. */
const ORDER: readonly Happening[] = ['queued', 'handed_over', 'deferred', 'accepted', 'failed', 'checked', 'replaced', 'revoked', 'expired']

export const newAddress = (): Address => ({ v: 1, sends: [], current: {}, answers: [] })

/** Whether the number still opens something. A voided epoch (failover, restore) kills every older number. */
export function isLive(identity: Identity, epoch: number, use: 'once' | 'until-expiry', now: number): boolean {
  if (identity.revokedAt !== null || identity.replacedAt !== null || now >= identity.expiresAt || identity.epoch !== epoch) return false
  return use === 'until-expiry' || identity.checkedAt === null
}

/**
 * The first that holds: revoked, replaced, checked, expired, failed, sent, queued.
 * @param events the identity's and its letter's
 */
export function statusOf(identity: Identity, events: readonly Event[], epoch: number, now: number): Status {
  if (identity.revokedAt !== null) return 'revoked'
  if (identity.replacedAt !== null) return 'replaced'
  if (identity.checkedAt !== null) return 'checked'
  if (now >= identity.expiresAt || identity.epoch !== epoch) return 'expired'
  if (events.some(({ event }) => event === 'failed')) return 'failed'
  return events.some(({ event }) => event === 'accepted') ? 'sent' : 'queued'
}

/** What happened, in order; that nobody used it in time is derived, never stored. */
export function timelineOf(identity: Identity, events: readonly Event[], now: number): Event[] {
  const unused = identity.checkedAt === null && identity.replacedAt === null && identity.revokedAt === null
  const expired: Event[] = unused && now >= identity.expiresAt ? [{ at: identity.expiresAt, event: 'expired' }] : []
  return [...events, ...expired].sort((a, b) => a.at - b.at || ORDER.indexOf(a.event) - ORDER.indexOf(b.event))
}

/** A story and what happened since; of many deferrals the newest ten are kept. */
export function withEvents(story: readonly Event[], ...events: readonly Event[]): Event[] {
  const all = [...story, ...events]
  const deferrals = all.filter(({ event }) => event === 'deferred').length - DEFERRALS_KEPT
  let dropped = 0
  return all.filter(({ event }) => event !== 'deferred' || ++dropped > deferrals)
}

/**
 * Whether one more letter may go to this address.
 * @param untagged the record of the address without its +tag, when that is another one
 * @returns the budget that refuses it the longest, full again in `resetMs`; null = it may go
 */
export function refusingBudget(
  address: Address,
  untagged: Address | null,
  /** null: anybody, by a public route. */
  app: string | null,
  limits: SendLimits | null,
  now: number,
): Allowance | null {
  if (limits === null) return null
  const counted = (sends: Send[] = []) => sends.filter(({ notice }) => !notice)
  const own = counted(address.sends).filter(({ tagged }) => !tagged)
  const budgets: [name: string, sends: Send[], windows: readonly Window[]][] = [
    app === null
      ? ['public-sends', own.filter((send) => send.public), limits.asked]
      : ['address-sends', own.filter((send) => send.app === app && !send.public), limits.perApp],
    ['address-total', own, limits.inAll],
    ['untagged-sends', counted(untagged?.sends), untagged ? limits.untagged : []],
  ]
  const refusing = budgets.flatMap(([name, sends, windows]) => {
    const times = sends.map(({ at }) => at)
    return windows.map((window) => ({ name, ...window, remaining: 0, resetMs: waitFor(times, [window], now) }))
  })
  return refusing.reduce<Allowance | null>((most, one) => (one.resetMs > (most?.resetMs ?? 0) ? one : most), null)
}

/** The address after a letter; what has left every window and every story is dropped. */
export function withSend(address: Address, send: Send, { keep, keepMs }: Kept): Address {
  const since = send.at - Math.max(2 * DAY, keepMs)
  const sends = [...address.sends.filter(({ at }) => at > since), send]
  return { ...address, sends: sends.slice(-keep) }
}

/** The address after a new identity; answers to repeats that nobody may expect any more are dropped. */
export function withIdentity(address: Address, { app, id }: Identity, number: string, { keep }: Kept, now: number): Address {
  return {
    ...address,
    current: { ...address.current, [app]: { id, number } },
    answers: address.answers.filter(({ until }) => until > now).slice(-keep),
  }
}

/** Wrong codes are remembered for long, so that guessing goes on where it stopped. */
const GUESSES_KEPT_MS = 400 * DAY
/** When an address's record is rubbish. @param until what lies here is read until then */
export const addressSweepAt = (address: Address, until: number, { keepMs }: Kept, now: number): number =>
  Math.max(until, now + keepMs, address.guesses ? now + GUESSES_KEPT_MS : 0)

export type Check = { app: string; email: string | null; tokenMatches: boolean; epoch: number; use: 'once' | 'until-expiry'; now: number }

/**
 * Judges a number that was sent back. Wrong, foreign, expired, used and replaced are one outcome.
 * @returns the record to store, or null when nothing matches
 * @see seed 001, "envia numero de autenticación para comprobar identidad"
 */
export function check(identity: Identity | null, input: Check): Identity | null {
  if (identity === null || identity.app !== input.app || !isLive(identity, input.epoch, input.use, input.now)) return null
  if (!input.tokenMatches || (input.email !== null && input.email !== identity.email)) return null
  if (identity.checkedAt !== null) return identity
  return { ...identity, checkedAt: input.now, events: withEvents(identity.events, { at: input.now, event: 'checked' }) }
}

/** The number dies because a newer one was registered, also a used one: another setting might let it live. The dead keep their story. */
export function replace(identity: Identity, now: number): Identity | null {
  if (identity.replacedAt !== null || identity.revokedAt !== null || now >= identity.expiresAt) return null
  return { ...identity, replacedAt: now, events: withEvents(identity.events, { at: now, event: 'replaced' }) }
}

/** The number dies because its app says so; again is no error and no change. */
export function revoke(identity: Identity, now: number): Identity | null {
  if (identity.revokedAt !== null || identity.replacedAt !== null || now >= identity.expiresAt) return null
  return { ...identity, revokedAt: now, events: withEvents(identity.events, { at: now, event: 'revoked' }) }
}

export const isReadable = (identity: Identity, now: number): boolean => now < identity.expiresAt + READABLE_MS
/** Rubbish a day after nobody can read it any more. */
export const sweepAtOf = (identity: Identity): number => identity.expiresAt + READABLE_MS + DAY
