import { afterCall } from '../call.ts'
import type { Client } from '../contract/contract.ts'
import type { messaging, SendResult } from '../contract/messaging.ts'
import type { Lease, LeasedLetter, persistence } from '../contract/persistence.ts'
import type { Env } from '../env.ts'
import type { Log } from '../log.ts'
import { Problem } from '../problem.ts'

/** Letters in hand at once; what does not fit stays in the queue. */
const HANDS = 256
const CLAIM_EVERY_MS = 1000
/** A lease with less than this left is renewed, and nobody hands a letter over with less. */
const ENOUGH_LEASE_MS = 20_000
const SETTLE_TRIES = 5
/** So long letters whose conversation was cut may take to be put back. */
const SETTLED_MS = 500

/** Módulo de correos (seed 001): hands letters to messaging, says what became of them, and fetches what was left behind. */
export type Mail = {
  /** Whether a new letter can be taken into our own hands now; if so, one is kept free until `release`. */
  reserve(): boolean
  release(): void
  /** Sends a letter that is leased to us; returns at once. */
  send(letter: LeasedLetter): void
  /** Claims due letters until `signal` aborts; then waits up to `graceMs()` for those in hand and gives the rest back. */
  work(signal: AbortSignal, graceMs: () => number): Promise<void>
}

type Deps = {
  env: Env
  log: Log
  persistence: Client<typeof persistence>
  messaging: Client<typeof messaging>
  measure: (result: string, ms: number) => void
  /** How long nothing is sent after the n-th failure in a row of the mail server. */
  pauseAfter: (failures: number) => number
  /** Ends every conversation with the mail server, so that each letter in hand has a result. */
  cut: () => Promise<unknown>
}

/** A letter in hand: its lease as it now stands, a renewal or a settling that is under way (never both), and the work. */
type Hand = { lease: Lease; renewal: Promise<boolean> | null; settling: boolean; done: Promise<void> }

export function createMail({ env, log, persistence, messaging, measure, pauseAfter, cut }: Deps): Mail {
  /** By letter id. */
  const hands = new Map<string, Hand>()
  /** Hands kept free for letters that are being made. */
  let reserved = 0
  /** Whether letters are known to wait in the queue. */
  let backlog = false
  let failures = 0
  let closedUntil = 0
  let stopping = false
  let isCut = false
  let wake = () => {}

  /** After a failure of the mail server itself nothing is sent for a while; then one letter tries, and the rest follow when it went. */
  const room = () => {
    if (stopping || env.now() < closedUntil) return 0
    return (failures > 0 ? 1 : HANDS) - hands.size - reserved
  }

  function send({ letter, lease }: LeasedLetter) {
    const held = hands.get(letter.id)
    if (held) {
      held.lease = lease // our own lease ran out while SMTP talked, and we claimed it again: one conversation is enough
      return
    }
    const hand: Hand = { lease, renewal: null, settling: false, done: Promise.resolve() }
    hands.set(letter.id, hand)
    hand.done = afterCall(() => deliver(letter, hand))
      .catch((error: unknown) => log.error({ op: 'sendLetter', outcome: 'fault', letter: letter.id, error }))
      .then(() => {
        hands.delete(letter.id)
        if (backlog && room() >= HANDS / 2) wake()
      })
  }

  async function deliver(letter: LeasedLetter['letter'], hand: Hand) {
    const started = env.now()
    if (hand.lease.until - started < ENOUGH_LEASE_MS && !(await renew(hand))) return
    const result = await messaging.sendLetter({ letter }).catch(unreachable)
    judge(result)
    const ms = env.now() - started
    measure(result.kind, ms)
    const { code, text } = result.reply
    log.info({ op: 'sendLetter', outcome: result.kind, letter: letter.id, to: letter.to, ms, detail: `${code ?? ''} ${text}`.trim() })
    if (isCut && result.kind === 'deferred') return giveBack(hand) // nobody refused it: it is due again at once
    await settle(hand, started, result)
  }

  async function giveBack(hand: Hand) {
    await hand.renewal
    await persistence.returnLetters({ leases: [hand.lease] })
  }

  /** Says what became of the letter. When that cannot be stored the lease runs out and the letter is sent again, with the same Message-ID. */
  async function settle(hand: Hand, handedOverAt: number, result: SendResult) {
    for (let tries = 1; ; tries++) {
      await hand.renewal
      hand.settling = true
      const { lease } = hand
      try {
        const settled = await persistence.settleLetter({ lease, handedOverAt, result })
        if (settled.kind === 'late' && hand.lease !== lease) continue // claimed anew by ourselves meanwhile
        if (settled.kind === 'late') log.warn({ op: 'settleLetter', outcome: 'late' })
        else if (settled.next) send(settled.next)
        return
      } catch (error) {
        if (tries === SETTLE_TRIES || stopping) throw error
      }
      hand.settling = false // until the next try the lease is kept
      await env.sleep(1000 * tries)
    }
  }

  function judge(result: SendResult) {
    if (result.kind === 'deferred' && result.scope === 'server') {
      if (env.now() < closedUntil) return
      failures++
      closedUntil = env.now() + pauseAfter(failures)
      log.warn({ op: 'sendLetter', outcome: 'mail_server_unreachable', detail: result.reply.text })
    } else if (failures > 0) {
      failures = 0
      closedUntil = 0
      wake()
    }
  }

  /** Whether the lease is still ours, for some time longer. */
  function renew(hand: Hand): Promise<boolean> {
    hand.renewal ??= persistence
      .renewLetter({ lease: hand.lease })
      .then((renewed) => {
        if (renewed.kind === 'renewed') hand.lease = renewed.lease
        return renewed.kind === 'renewed'
      })
      .catch((error: unknown) => {
        log.warn({ op: 'renewLetter', outcome: 'fault', error })
        return false
      })
      .finally(() => {
        hand.renewal = null
      })
    return hand.renewal
  }

  /** While SMTP talks, the lease is kept. A lost one is noticed when the letter is settled. */
  const renewAll = () =>
    Promise.all([...hands.values()].filter(({ lease, settling }) => !settling && lease.until - env.now() < ENOUGH_LEASE_MS).map(renew))

  async function claim() {
    const limit = room()
    if (limit <= 0) return
    const kept = failures > 0 ? limit : 0 // then one letter tries, not one from here and one from there
    reserved += kept
    const { letters } = await persistence.claimLetters({ limit }).finally(() => {
      reserved -= kept
    })
    backlog = letters.length >= limit
    for (const letter of letters) send(letter)
  }

  let isHeard = true
  const heard = () => {
    if (!isHeard) log.info({ op: 'claimLetters', outcome: 'persistence_back' })
    isHeard = true
  }
  /** Told once, not every second. */
  const unheard = (error: unknown) => {
    if (!(error instanceof Problem) || error.code === 'fault') return log.error({ op: 'claimLetters', outcome: 'fault', error })
    if (isHeard) log.warn({ op: 'claimLetters', outcome: 'persistence_unreachable', detail: String(error.cause ?? error.code) })
    isHeard = false
  }

  /** Settling a letter may put the one behind it into the same hands. */
  async function emptied() {
    while (hands.size > 0) await Promise.all([...hands.values()].map(({ done }) => done))
  }

  return {
    reserve() {
      const some = room() > 0
      if (some) reserved++
      else backlog = true
      return some
    },
    release() {
      reserved--
    },
    send,
    async work(signal, graceMs) {
      let nap = new AbortController()
      wake = () => nap.abort()
      signal.addEventListener('abort', () => wake(), { once: true })
      while (!signal.aborted) {
        nap = new AbortController()
        await renewAll()
        await claim().then(heard, unheard)
        await env.sleep(CLAIM_EVERY_MS, nap.signal)
      }
      stopping = true
      const grace = new AbortController()
      await Promise.race([emptied(), env.sleep(graceMs(), grace.signal)])
      grace.abort()
      if (hands.size === 0) return
      // What the mail server has said by now is heard and settled; what it has not is given back.
      isCut = true
      await cut()
      await Promise.race([emptied(), env.sleep(SETTLED_MS)])
      await Promise.all([...hands.values()].map(giveBack))
    },
  }
}

/** Messaging itself does not answer: as if the mail server did not. */
function unreachable(): SendResult {
  return { kind: 'deferred', scope: 'server', reply: { code: null, enhanced: null, text: 'messaging does not answer' } }
}
