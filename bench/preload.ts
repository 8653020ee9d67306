// What lies in a store before it is measured: mailed numbers, sign-ups that wait for their code, people who are signed in.
import type { SessionView } from '../src/contract/accounts.ts'
import type { Letter } from '../src/contract/messaging.ts'
import { createTokens, type Tokens } from '../src/gateway/tokens.ts'
import { type Handlers, KEY, type Place } from './place.ts'

export const PASSWORD = 'correct horse battery'
/** Who comes again and again: as many as may be under way at once at least. */
export const peopleFor = (count: number): number => Math.min(1000, Math.max(100, count))
export const addressOf = (i: number) => `person${i}@example.com`

/** Fewer than may wait for a password. */
const AT_ONCE = 200

export type Waiting = { email: string; code: string; flow: string }
export type Signed = { session: SessionView; refreshToken: string }
type Sent = { letter: Letter; lease: Parameters<Handlers['settleLetter']>[0]['lease'] }

/** Its results in order; some of them under way at a time. */
export async function many<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let from = 0; from < count; from += AT_ONCE)
    made.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => make(from + i)))))
  return made
}

/** The call that the gateway makes of a registration. */
export const registering = (email: string) => ({
  apiKey: KEY,
  email,
  token: 'session-42',
  locale: 'es' as const,
  localeWish: '',
  idempotencyKey: null,
  sendNow: true,
})
export const numberIn = (letter: Letter) => (letter.kind === 'number' ? letter.number : '')

type Wanted = Pick<Handlers, 'registerIdentity' | 'registerAccount' | 'verifyEmail' | 'login' | 'settleLetter'>

export function preload({ env }: Place, handlers: Wanted) {
  /** As if it had been sent. @throws when there was none: the call was refused */
  async function mailed(answer: { kind: string; send?: Sent | null }): Promise<Letter> {
    if (!answer.send) throw new Error(`no letter: ${answer.kind}`)
    const result = { kind: 'accepted' as const, reply: { code: 250, enhanced: '2.0.0', text: 'taken' } }
    await handlers.settleLetter({ lease: answer.send.lease, handedOverAt: env.now(), result })
    return answer.send.letter
  }

  const number = async (email: string) => numberIn(await mailed(await handlers.registerIdentity(registering(email))))

  async function signUp(email: string): Promise<Waiting> {
    const call = { app: null, email, password: PASSWORD, locale: null, negotiated: 'es' as const, sendNow: true }
    const answer = await handlers.registerAccount(call)
    const letter = await mailed(answer)
    if (answer.kind !== 'registered' || letter.kind !== 'code') throw new Error(answer.kind)
    return { email, code: letter.code ?? '', flow: answer.flow }
  }

  async function member(email: string): Promise<string> {
    await mailed(await handlers.verifyEmail({ app: null, ...(await signUp(email)), password: null, sendNow: true }))
    return email
  }

  async function signedIn(email: string): Promise<Signed> {
    const answer = await handlers.login({ app: null, email: await member(email), password: PASSWORD })
    if (answer.kind !== 'granted') throw new Error(answer.kind)
    return answer
  }

  return { number, signUp, member, signedIn }
}

/** The gateway's own. */
export function tokensOf({ generated, env }: Place, issuer: string): Promise<Tokens> {
  const { keys } = generated.signing
  return createTokens({ keys, issuer: () => issuer, accessTtlMs: 60 * 60 * 1000, newId: env.id })
}

/** Access tokens of these sessions, no two alike. */
export function accessTokens(place: Place, { accessToken }: Tokens, sessions: readonly SessionView[], count: number): string[] {
  const now = place.env.now()
  return Array.from({ length: count }, (_, i) => accessToken(sessions[i % sessions.length]!, now).token)
}
