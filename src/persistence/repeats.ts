import type { Secrets } from './secrets.ts'

/** An Idempotency-Key and the body it came with, as MACs under every pepper, the first one's first: it is the one that is kept. */
export type Repeat = { keys: string[]; bodies: string[] }
type Kept = { key: string; body: string; until: number }

/** @param body whatever makes two calls the same */
export const repeatOf = (secrets: Secrets, idempotencyKey: string | null, body: readonly unknown[]): Repeat | null =>
  idempotencyKey === null
    ? null
    : { keys: secrets.macs('idempotency-key', idempotencyKey), bodies: secrets.macs('idempotency-body', JSON.stringify(body)) }

/** The answer that an earlier call with this key was given, while it is kept. */
export const earlierOf = <K extends Kept>(repeat: Repeat | null, kept: readonly K[], now: number): K | undefined =>
  repeat ? kept.find(({ key, until }) => repeat.keys.includes(key) && until > now) : undefined

export const isSameBody = (repeat: Repeat, { body }: Kept): boolean => repeat.bodies.includes(body)
