/** At most `count` within any (or, for counters, each) span of `spanMs`. Several windows hold together. */
export type Window = { count: number; spanMs: number }
export type Limit = { name: string; windows: Window[] }

/** What a limited caller may be told (RateLimit header fields): `remaining` of `count`, full again in `resetMs`. */
export type Allowance = { name: string; count: number; spanMs: number; remaining: number; resetMs: number }

/**
 * Sliding windows over the times of earlier events.
 * @param times in ms, in any order
 * @returns ms until one more is allowed; 0 = now. A window of none never allows it: always its span
 */
export function waitFor(times: readonly number[], windows: readonly Window[], now: number): number {
  let wait = 0
  for (const { count, spanMs } of windows) {
    const within = times.filter((at) => at > now - spanMs).sort((a, b) => b - a)
    if (within.length >= count) wait = Math.max(wait, (within[count - 1] ?? now) + spanMs - now)
  }
  return wait
}

export type Bucket = { key: string; cost: number; limit: number; sweepAt: number; window: Window; endsAt: number }

/**
 * The counters of a limit in fixed windows: one key for each window, named after the span it lies in.
 * @param keepMs how long they stay readable after their end, at least
 */
export function bucketsOf(limit: Limit, subject: string, now: number, keepMs = 0): Bucket[] {
  return limit.windows.map((window) => {
    const index = Math.floor(now / window.spanMs)
    const endsAt = (index + 1) * window.spanMs
    return {
      key: `count/${limit.name}/${subject}/${window.spanMs}/${index}`,
      cost: 1,
      limit: window.count,
      sweepAt: endsAt + Math.max(window.spanMs, keepMs),
      window,
      endsAt,
    }
  })
}

/** The tightest of the windows, given the counts that stand. */
export function allowanceOf(limit: Limit, buckets: readonly Bucket[], counts: readonly number[], now: number): Allowance {
  const all = buckets.map(({ window, endsAt }, i) => ({
    name: limit.name,
    ...window,
    remaining: Math.max(0, window.count - counts[i]!),
    resetMs: endsAt - now,
  }))
  const left = ({ remaining, count }: Allowance) => (count === 0 ? 0 : remaining / count)
  return all.reduce((tightest, next) => (left(next) < left(tightest) ? next : tightest))
}

/** Valid identity numbers: 12 digits less the check digit. */
const NUMBERS = 1e11
const HOUR = 60 * 60 * 1000

/**
 * Wrong numbers that may be tried without the email in a window, so that a day of guessing hits any of `live` numbers with a chance
 * of at most 1e-3: m = 1e-3 · S / (24 · N) an hour, S = 1e11, and never more than the window's own count. Under 10 an hour the mode is off.
 */
export function missBudget(live: number, { count, spanMs }: Window): number {
  const hourly = (1e-3 * NUMBERS) / (24 * Math.max(1, live))
  return hourly < 10 ? 0 : Math.min(count, Math.floor((hourly * spanMs) / HOUR))
}
