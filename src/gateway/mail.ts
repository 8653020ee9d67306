import { afterCall } from '../call.ts'
import type { Client } from '../contract/contract.ts'
import type { Lease, LeasedLetter } from '../contract/leases.ts'
import type { messaging, SendResult } from '../contract/messaging.ts'
import type { persistence } from '../contract/persistence.ts'
import type { Env } from '../env.ts'
import type { Log } from '../log.ts'
import { createCircuit, unreachable } from './circuit.ts'
import { createShares, domainOf } from './domains.ts'
import { createHearing } from './hearing.ts'

/** Letters in hand at once; what does not fit stays in the queue. */
const HANDS = 256
/** So many that find a hand for certain are worth a claim between the regular ones. */
const WORTH_A_CLAIM = 32
const CLAIM_EVERY_MS = 1000
/** Longest wait of a letter whose domain has its share; so many claims may follow at once to reach the letters behind such ones. */
const FULL_WAIT_MS = 5000
const CLAIMS_AT_ONCE = 4
/** A lease with less than this left is renewed, and nobody hands a letter over with less. */
const ENOUGH_LEASE_MS = 20_000
const SETTLE_TRIES = 5
/** So long letters whose conversation was cut may take to be put back. */
const SETTLED_MS = 500
/** Kept of the time to end in, for recalling letters and giving them back. */
const LAST_MS = 2500

/** Módulo de correos (seed 001): hands letters to messaging, says what became of them, and fetches what was left behind. */
export type Mail = {
  /** Whether a new letter to this domain can be taken into our own hands now; if so, one is kept free until `release`. */
  reserve(domain: string): boolean
  release(domain: string): void
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
  publicUrl: () => string
  measure: (result: string, ms: number) => void
  /** How long nothing is sent after the n-th failure in a row of the mail server. */
  pauseAfter: (failures: number) => number
}

/** A letter in hand: where it goes, its lease as it now stands, a renewal or a settling that is under way (never both), and the work. */
type Hand = { domain: string; since: number; lease: Lease; renewal: Promise<boolean> | null; settling: boolean; done: Promise<void> }

export function createMail({ env, log, persistence, messaging, publicUrl, measure, pauseAfter }: Deps): Mail {
  /** By letter id. */
  const hands = new Map<string, Hand>()
  const hearing = createHearing(log)
  const circuit = createCircuit({ env, log, pauseAfter, onBack: () => wake() })
  /** Hands kept free for letters that are being made. */
  let reserved = 0
  /** Of hands in use and kept free, by the domains of their letters. */
  const shares = createShares()
  /** Whether letters are known to wait in the queue. */
  let backlog = false
  let stopping = false
  let isRecalled = false
  let wake = () => {}

  /** After a failure of the mail server itself nothing is sent for a while; then one letter tries, and the rest follow when it went. */
  const room = () => {
    if (stopping || circuit.isOpen()) return 0
    const free = HANDS - hands.size - reserved
    return circuit.isFailing() ? Math.min(free, 1 - reserved - begunSince(circuit.failedAt())) : free
  }

  /** Letters from before a failure may still wait for their answer, and say nothing of whether the server is back. */
  const begunSince = (at: number) => [...hands.values()].filter(({ since }) => since >= at).length

  /** A domain may have as many hands as it leaves free: half of them when it is alone. Where it is slow, the others' letters go by. */
  const isFull = (domain: string) => shares.of(domain) >= room()
  /** How many letters find a hand for certain, whatever their domains. */
  const certain = () => Math.ceil((room() - shares.largest()) / 2)

  function send({ letter, lease }: LeasedLetter) {
    const held = hands.get(letter.id)
    if (held) {
      held.lease = lease // our own lease ran out while SMTP talked, and we claimed it again: one conversation is enough
      return
    }
    const started = { since: env.now(), renewal: null, settling: false, done: Promise.resolve() }
    const hand: Hand = { ...started, domain: domainOf(letter.to), lease }
    hands.set(letter.id, hand)
    shares.add(hand.domain, 1)
    hand.done = afterCall(() => deliver(letter, hand))
      .catch((error: unknown) => log.error({ op: 'sendLetter', outcome: 'fault', letter: letter.id, error }))
      .then(() => {
        hands.delete(letter.id)
        shares.add(hand.domain, -1)
        if (backlog && certain() >= WORTH_A_CLAIM) wake()
      })
  }

  async function deliver(letter: LeasedLetter['letter'], hand: Hand) {
    const started = env.now()
    if (hand.lease.until - started < ENOUGH_LEASE_MS && !(await renew(hand))) return
    const result = await messaging.sendLetter({ letter, publicUrl: publicUrl() }).catch(unreachable)
    circuit.judge(result)
    const ms = env.now() - started
    measure(result.kind, ms)
    const { code, text } = result.reply
    log.info({ op: 'sendLetter', outcome: result.kind, letter: letter.id, to: letter.to, ms, detail: `${code ?? ''} ${text}`.trim() })
    if (isRecalled && result.kind === 'deferred') return giveBack(hand) // nobody refused it: it is due again at once
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

  /** Takes at most `limit` of what is due into free hands. True when some had to be put back, and others may be due behind them. */
  async function claim(limit: number): Promise<boolean> {
    if (limit <= 0) return false
    const alone = circuit.isFailing() // then one letter tries, not one from here and one from there
    if (alone) keep('')
    const { letters } = await persistence.claimLetters({ limit }).finally(() => alone && release(''))
    backlog = letters.length >= limit
    const full = Map.groupBy(
      letters.filter((leased) => !take(leased)),
      ({ letter }) => domainOf(letter.to),
    )
    const puttingBack = [...full].map(([domain, some]) =>
      persistence.returnLetters({ leases: some.map(({ lease }) => lease), waitMs: stopping ? 0 : slowness(domain) }),
    )
    await Promise.all(puttingBack)
    return backlog && full.size > 0
  }

  /** How long a letter may as well wait for a hand: as long as the domain's oldest letter is in hand by now. */
  const slowness = (domain: string) => {
    const oldest = [...hands.values()].find((hand) => hand.domain === domain)?.since ?? env.now()
    return Math.min(FULL_WAIT_MS, Math.max(FULL_WAIT_MS / 20, env.now() - oldest))
  }

  const change = (domain: string, by: 1 | -1) => {
    reserved += by
    shares.add(domain, by)
  }
  const keep = (domain: string) => change(domain, 1)
  const release = (domain: string) => change(domain, -1)

  /** False when the letter's domain has all the hands that it may. */
  function take(leased: LeasedLetter): boolean {
    const { id, to } = leased.letter
    if (!hands.has(id) && isFull(domainOf(to))) return false
    send(leased)
    return true
  }

  /** While letters move, only what finds a hand for certain is taken; where some hang, others are looked for past those domains. */
  async function claimDue(between: boolean) {
    const [oldest] = hands.values()
    const hangs = !between && oldest !== undefined && env.now() - oldest.since >= CLAIM_EVERY_MS
    if (!hangs) await claim(between && certain() < WORTH_A_CLAIM ? 0 : certain())
    else for (let claims = 0; claims < CLAIMS_AT_ONCE && (await claim(Math.max(certain(), Math.ceil(room() / 2)))); claims++);
  }

  /** Settling a letter may put the one behind it into the same hands. */
  async function emptied() {
    while (hands.size > 0) await Promise.all([...hands.values()].map(({ done }) => done))
  }

  return {
    reserve(domain) {
      const some = room() > 0 && !isFull(domain)
      if (some) keep(domain)
      else backlog = true
      return some
    },
    release,
    send,
    async work(signal, graceMs) {
      let nap = new AbortController()
      wake = () => nap.abort()
      signal.addEventListener('abort', () => wake(), { once: true })
      while (!signal.aborted) {
        const between = nap.signal.aborted
        nap = new AbortController()
        await renewAll()
        await claimDue(between).then(hearing.answered, hearing.failed)
        await env.sleep(CLAIM_EVERY_MS, nap.signal)
      }
      stopping = true
      const grace = new AbortController()
      await Promise.race([emptied(), env.sleep(Math.max(0, graceMs() - LAST_MS), grace.signal)])
      grace.abort()
      if (hands.size === 0) return
      // What the mail server has said by now is heard and settled; what it has not is given back.
      isRecalled = true
      await messaging
        .recallLetters({ letters: [...hands.keys()] })
        .catch((error: unknown) => log.warn({ op: 'recallLetters', outcome: 'fault', error }))
      await Promise.race([emptied(), env.sleep(SETTLED_MS)])
      const givingBack = Promise.allSettled([...hands.values()].map(giveBack))
      await Promise.race([givingBack, env.sleep(graceMs())])
    },
  }
}
