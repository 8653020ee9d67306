import type { Bucket } from '../rules/limits.ts'

/**
 * What this process has of one counter: units `inHand` for whoever comes, and `inUse` by guesses under way; both are in `count`, the
 * store's as last seen, by the call number `call` at `at`. `users` are under way or want a unit.
 */
export type Line = {
  place: string
  bucket: Bucket
  users: number
  inHand: number
  inUse: number
  count: number
  at: number
  call: number
  /** The only call of the store under way about this counter: with two, nobody could say what `count` holds. */
  asking: Promise<void> | null
  waiting: (() => void)[]
}

export const misses = ({ count, inHand, inUse }: Line) => count - inHand - inUse
/** Units count for nothing when the limit has sunk below them meanwhile. */
export const hasUnit = ({ bucket, count, inHand }: Line) => inHand > 0 && count - inHand < bucket.limit
/** How many to add: one for each who wants it, but half of what is left at most, so that other processes find something too. */
export const roomIn = (line: Line) => {
  const own = line.inHand + line.inUse
  return Math.min(line.users - own, Math.ceil((line.bucket.limit - misses(line)) / 2) - own)
}
export const isFull = (line: Line) => !hasUnit(line) && line.inUse > 0 && roomIn(line) < 1
/** `since` is the last call of the store before the guess arrived: other processes may have given back what was missing then. */
export const isSpent = (line: Line, since: number) =>
  !hasUnit(line) && line.inUse === 0 && !line.asking && line.call > since && line.count >= line.bucket.limit

export const wake = (line: Line) => {
  for (const resolve of line.waiting.splice(0)) resolve()
}

export const take = (held: readonly Line[]) => {
  for (const line of held) {
    line.inHand--
    line.inUse++
  }
}
export const settle = (held: readonly Line[], isMiss: boolean) => {
  for (const line of held) {
    line.inUse--
    if (!isMiss) line.inHand++
    wake(line)
  }
}
