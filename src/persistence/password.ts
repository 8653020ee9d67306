import { createHmac, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Env } from '../env.ts'
import { type Foreign, writeForeign } from '../rules/foreign.ts'
import { isTooLong, normalizePassword } from '../rules/password.ts'
import { createPace, type Pace, spellingsOf } from './pace.ts'
import { type Computation, type Cost, createThreads, type Trial } from './password-threads.ts'
import type { Secrets } from './secrets.ts'

export type { Cost } from './password-threads.ts'

export type Passwords = {
  /**
   * A credential to store. `scope` names the holder (`<app id>/<canonical email>`). One argon2id.
   * @throws as match
   */
  hash(scope: string, password: string): Promise<string>
  /** A credential from the hash that another system made of a password, sealed for its holder. Computes nothing. */
  adopt(scope: string, hash: Foreign): string
  /**
   * Indexes of those credentials that this password opens. One argon2id for all credentials of one generation (same pepper, parameters,
   * salt), and one where there is none at all, so that an unknown address takes as long as a known one. An adopted one costs its own
   * computation besides, which `pace` hides.
   * @throws busy (with retryAfterMs) when too many wait; unavailable when the caller waits no more once its turn comes, or after
   *   `close`; fault when its thread died
   */
  match(scope: string, password: string, credentials: readonly string[]): Promise<number[]>
  /** Whether it should be made anew at the next sign-in: other parameters, or an older pepper. */
  isOutdated(credential: string): boolean
  pace: Pace['keep']
  /** How many wait, and how long a new one would (ms). */
  load(): { waiting: number; waitMs: number }
  close(): Promise<void>
}

type Deps = {
  env: Env
  secrets: Secrets
  /** At most so many at once. */
  threads?: number
  /** How many log-ins and how many sign-ups may wait for them. */
  queue?: number
  cost?: Cost
  /** Told of each argon2id that ran: how long it took, in ms. */
  onHash?: (ms: number) => void
}

/** What a credential says. `mac` is HMAC-SHA-256(nonce, argon2id output): two equal passwords cannot be seen to be equal. */
type Credential = { pepper: string; cost: Cost; salt: Buffer; nonce: Buffer; mac: Buffer }
/** Credentials that one argon2id judges. */
type Generation = { work: Computation; members: { index: number; credential: Credential }[] }
type Attempt = { work: Trial; index: number }

/** OWASP's Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
const COST: Cost = { memory: 19_456, time: 2, parallelism: 1 }
/** Above it a stored cost is refused rather than executed. */
const MOST: Cost = { memory: 256 * 1024, time: 10, parallelism: 16 }
const KIB_PASSES_PER_MS = 1000

/** `argon2id$<pepper id>$<KiB>$<passes>$<lanes>$<salt>$<nonce>$<mac>`, the last three in base64url. */
const CREDENTIAL = /^argon2id\$([0-9a-f]{8})\$([1-9]\d{0,6})\$([1-9]\d?)\$([1-9]\d?)\$([\w-]{22})\$([\w-]{22})\$([\w-]{43})$/

const FOREIGN = 'foreign$'

/**
 * Passwords as argon2id of an HMAC under the pepper, under a salt derived from the holder (ADR 19).
 * @see RFC 9106; NIST SP 800-63B-4 §3.1.1.2
 */
export function createPasswords({ env, secrets, threads, queue = 512, cost = COST, onHash = () => {} }: Deps): Passwords {
  if (!isBearable(cost)) throw new Error('the cost of a password is out of bounds')
  const guessMs = (cost.memory * cost.time) / KIB_PASSES_PER_MS
  const pool = createThreads({ limit: threads ?? availableParallelism(), queue, guessMs, onWork })
  const pace = createPace({ env, run: (work) => pool.run('known', work), guessMs })
  const present = secrets.pepperIds[0]!

  /** What a thread gets: the password only as its MAC. */
  const inputOf = (pepper: string, text: string) => secrets.macUnder(pepper, 'password', text)
  const newest = (scope: string, text: string): Computation => {
    const salt = secrets.macUnder(present, 'password-salt', scope)!.subarray(0, 16)
    return { input: inputOf(present, text)!, salt, ...cost }
  }

  function generationsOf(text: string, credentials: readonly string[]): Generation[] {
    const found = new Map<string, Generation>()
    for (const [index, stored] of credentials.entries()) {
      const credential = read(stored)
      const input = credential && inputOf(credential.pepper, text)
      if (!input) continue
      const name = stored.split('$', 6).join('$')
      const generation: Generation = found.get(name) ?? { work: { input, salt: credential.salt, ...credential.cost }, members: [] }
      generation.members.push({ index, credential })
      found.set(name, generation)
    }
    return [...found.values()]
  }

  function onWork(work: Computation | Trial, ms: number) {
    pace.note(work, ms)
    if (!('foreign' in work)) onHash(ms)
  }

  /** The hash that an adopted credential holds; null for any other, and for one that cannot be opened here. */
  function adopted(scope: string, stored: string): string | null {
    if (!stored.startsWith(FOREIGN)) return null
    try {
      return secrets.open('password', scope, stored.slice(FOREIGN.length))
    } catch {
      return null
    }
  }

  /** Other systems hashed what was typed, or its NFC: both are tried. */
  const attemptsOf = (scope: string, password: string, credentials: readonly string[]): Attempt[] =>
    credentials.flatMap((stored, index) => {
      const foreign = adopted(scope, stored)
      return foreign ? spellingsOf(password).map((text) => ({ index, work: { foreign, password: Buffer.from(text) } })) : []
    })

  async function make(work: Computation): Promise<string> {
    const [output] = await pool.run('new', [work])
    const nonce = env.secret(16)
    return write({ pepper: present, cost, salt: Buffer.from(work.salt), nonce, mac: macOf(nonce, output!) })
  }

  async function judge(generations: Generation[], attempts: Attempt[]): Promise<number[]> {
    const outputs = await pool.run(
      'known',
      [...generations, ...attempts].map(({ work }) => work),
    )
    const tried = attempts.filter((_, i) => outputs[generations.length + i]![0] === 1)
    const opened = generations.flatMap(({ members }, i) =>
      members.filter(({ credential: { nonce, mac } }) => timingSafeEqual(macOf(nonce, outputs[i]!), mac)),
    )
    return [...new Set([...opened, ...tried].map(({ index }) => index))].sort((a, b) => a - b)
  }

  return {
    // Neither holds the clear password while it waits, but for an adopted credential.
    hash: (scope, password) => make(newest(scope, normalizePassword(password))),
    adopt: (scope, hash) => FOREIGN + secrets.seal('password', scope, writeForeign(hash)),
    match(scope, password, credentials) {
      const text = normalizePassword(password)
      if (isTooLong(text)) return Promise.resolve([])
      const generations = generationsOf(text, credentials)
      const own = generations.length > 0 ? generations : [{ work: newest(scope, text), members: [] }]
      return judge(own, attemptsOf(scope, password, credentials))
    },
    isOutdated(stored) {
      const credential = read(stored)
      return !credential || credential.pepper !== present || !isSame(credential.cost, cost)
    },
    pace: pace.keep,
    load: pool.load,
    close: pool.close,
  }
}

const macOf = (nonce: Buffer, output: Uint8Array): Buffer => createHmac('sha256', nonce).update(output).digest()
const isSame = (a: Cost, b: Cost) => a.memory === b.memory && a.time === b.time && a.parallelism === b.parallelism

/** Within our bounds and argon2's own (RFC 9106 §3.1: at least 8 KiB for each lane). */
const isBearable = ({ memory, time, parallelism }: Cost) =>
  memory >= 8 * parallelism &&
  memory <= MOST.memory &&
  time >= 1 &&
  time <= MOST.time &&
  parallelism >= 1 &&
  parallelism <= MOST.parallelism

function write({ pepper, cost, salt, nonce, mac }: Credential): string {
  const bytes = [salt, nonce, mac].map((part) => part.toString('base64url'))
  return ['argon2id', pepper, cost.memory, cost.time, cost.parallelism, ...bytes].join('$')
}

/** @returns null when it is no credential, or costs too much */
function read(stored: string): Credential | null {
  const [, pepper, memory, time, parallelism, ...bytes] = (CREDENTIAL.exec(stored) ?? []) as string[]
  if (!pepper) return null
  const cost = { memory: Number(memory), time: Number(time), parallelism: Number(parallelism) }
  const [salt, nonce, mac] = bytes.map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer, Buffer]
  return isBearable(cost) ? { pepper, cost, salt, nonce, mac } : null
}
