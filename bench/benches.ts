// What is measured: how many requests, which ones, and what should come of it.
import { type Answer, post, postForm } from './load.ts'
import { PASSWORD, type Signed, type Waiting } from './preload.ts'

export const SIDES = ['limit', 'sello', 'split', 'no mail'] as const
export type Side = (typeof SIDES)[number]
export type Name = 'register' | 'check' | 'verify-email' | 'login' | 'refresh' | 'introspect'
/** What a server says once it is ready; `items`: what its store holds for the requests to come. */
export type Said = { port: number; key: string; pids: number[]; items: unknown[] }

export type Bench = {
  requests: number
  warm: number
  status: number
  /** Shares of the limit; null = none is aimed at. */
  targets: { sqlite: number; redis: number } | null
  /** Of three services, beside one process. */
  split: number | null
  /** Letters follow it: once more with a mail server that is silent, so that they wait and only the answers are measured. */
  mails: boolean
  /** The requests; `heard` is told of each answer. */
  asking(said: Said): { next(): string; heard?: (answer: Answer) => void }
}

/** What an environment variable says instead. */
export function override(name: string, usual: number): number {
  const value = Number(process.env[name] ?? usual)
  if (Number.isInteger(value) && value > 0) return value
  console.error(`sello: ${name} is a whole number above 0`)
  process.exit(2)
}

const counting = (of: (i: number) => string) => {
  let n = 0
  return { next: () => of(n++) }
}
const mostly = { requests: 12_000, warm: 1000, status: 200, mails: false, split: null }

export const benches: Record<Name, Bench> = {
  register: {
    ...mostly,
    status: 202,
    targets: { sqlite: 0.5, redis: 0.5 },
    split: 0.4,
    mails: true,
    asking: ({ key }) => counting((i) => post('/v1/identities', key, { email: `person${i}@example.com`, token: 'session-42' })),
  },
  check: {
    ...mostly,
    targets: { sqlite: 0.6, redis: 0.5 },
    split: 0.4,
    asking: ({ key, items }) => counting((i) => post('/v1/identities/check', key, { number: items[i], token: 'session-42' })),
  },
  'verify-email': {
    ...mostly,
    requests: 4000,
    warm: 500,
    targets: null,
    mails: true,
    asking: ({ items }) =>
      counting((i) => {
        const { email, code, flow } = items[i] as Waiting
        return post('/v1/verify-email', null, { email, code, flow })
      }),
  },
  login: {
    ...mostly,
    requests: 400,
    warm: 100,
    targets: { sqlite: 0.8, redis: 0.8 },
    asking: ({ items }) => counting((i) => post('/v1/login', null, { email: items[i % items.length], password: PASSWORD })),
  },
  refresh: { ...mostly, requests: 6000, targets: { sqlite: 0.5, redis: 0.5 }, asking: ({ items }) => refreshing(items as Signed[]) },
  introspect: {
    ...mostly,
    targets: null,
    asking: ({ key, items }) => counting((i) => postForm('/v1/introspect', key, { token: items[i] as string })),
  },
}

/** Each session's newest token in turn: what is answered is asked with next time. */
function refreshing(people: Signed[]) {
  const newest = people.map(({ refreshToken }) => refreshToken)
  return {
    next: () => postForm('/v1/token', null, { grant_type: 'refresh_token', refresh_token: newest.shift()! }),
    heard({ body }: Answer) {
      const token = /"refresh_token":"([^"]+)"/.exec(body)?.[1]
      if (token) newest.push(token)
    },
  }
}
