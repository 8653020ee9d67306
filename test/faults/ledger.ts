import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Api } from '../support/server.ts'

/** One registration as its client knows it. `id` is null while no 202 has come: it may be in the store all the same. */
export type Entry = {
  email: string
  idempotencyKey: string
  id: string | null
  /** The number that was checked: `yes` = with a 200, `unsure` = the answer never came. */
  checked: { number: string; sure: 'yes' | 'unsure' } | null
}
/** Where the clients find the server: null while it is down. */
export type Place = { sello: Pick<Api, 'register' | 'check'> | null; over: boolean }
type Read = { to: string; number: string }

const PAUSE_MS = 2

/**
 * A client that registers address after address until `place.over`: three in ten twice, three in ten checked. What got no answer is
 * asked again with the same Idempotency-Key, three times of four; otherwise the client gives up and never knows.
 * @param chance uniform in [0, 1)
 * @param letterTo the newest letter to an address
 * @param letterMs how long it waits for a letter before it gives up its number
 * @returns every entry, and every answer that nobody should get
 */
export async function client(
  name: string,
  place: Place,
  chance: () => number,
  letterTo: (email: string) => Read | undefined,
  letterMs = 300,
) {
  const entries: Entry[] = []
  const surprises: string[] = []

  /** Null when the answer never came and the client gave up. */
  async function persist(call: (sello: NonNullable<Place['sello']>) => Promise<Answer>, canRepeat: boolean): Promise<Answer | null> {
    for (;;) {
      const { sello } = place
      if (sello) {
        try {
          return await call(sello)
        } catch {
          if (!canRepeat || chance() < 0.25) return null
        }
      } else if (place.over) return null
      await wait(5)
    }
  }

  async function register(email: string) {
    const entry: Entry = { email, idempotencyKey: `${name}-key-${entries.length}`, id: null, checked: null }
    entries.push(entry)
    const answer = await persist(
      (sello) => sello.register(email, { token: `${name} ${email}`, idempotencyKey: entry.idempotencyKey }),
      true,
    )
    if (answer && answer.status !== 202) surprises.push(`register ${email}: ${answer.status} ${JSON.stringify(answer.body)}`)
    if (answer?.status === 202) entry.id = answer.body.id!
    return entry
  }

  /** Sends the number back, half of the times with a key: then a lost answer can be asked for again. */
  async function check(entry: Entry) {
    const end = performance.now() + letterMs
    while (!letterTo(entry.email) && performance.now() < end) await wait(5)
    const number = letterTo(entry.email)?.number
    if (!number) return
    const idempotencyKey = chance() < 0.5 ? `${entry.idempotencyKey}-check` : undefined
    const answer = await persist((sello) => sello.check(number, idempotencyKey ? { idempotencyKey } : {}), idempotencyKey !== undefined)
    if (answer && answer.status !== 200) surprises.push(`check ${entry.email}: ${answer.status} ${JSON.stringify(answer.body)}`)
    if (answer?.status === 200 && answer.body.id !== entry.id) surprises.push(`check ${entry.email}: it is said to be ${answer.body.id}`)
    entry.checked = { number, sure: answer?.status === 200 ? 'yes' : 'unsure' }
  }

  for (let n = 0; !place.over; n++) {
    const email = `${name}-${n}@example.com`
    const lot = chance()
    const first = await register(email)
    if (lot < 0.3) await register(email)
    else if (lot < 0.6 && first.id) await check(first)
    await wait(PAUSE_MS)
  }
  return { entries, surprises }
}

/** Uniform numbers in [0, 1) that repeat with the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Does `work` for every item, a few at a time. */
export async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>) {
  let next = 0
  const hand = async () => {
    while (next < items.length) await work(items[next++]!)
  }
  await Promise.all(Array.from({ length: atOnce }, hand))
}
