// The whole Sello of `./sello bench pages`: sign-ups that wait for a code, and people who sign in and are in.
import type { Handlers, Place } from './place.ts'
import { addressOf, many, PASSWORD, preload, tokensOf, type Waiting } from './preload.ts'

/** The handle by which accounts know the browser that asks: log-ins from it make no notice. */
export const BROWSER = 'benchmarkbenchmark0000'
const MEMBERS = 50
const SESSIONS = 50
const PENDING = 50

/** `guessed`: as many sign-ups as were asked for, each for one wrong code. `members` sign in; `cookies` and `tokens` are of sessions. */
export type Stock = { app: string; guessed: Waiting[]; pending: Waiting[]; members: string[]; cookies: string[]; tokens: string[] }

export async function servePages(place: Place, count: number): Promise<{ port: number; items: [Stock] }> {
  const store = await place.openStore()
  const { result } = await place.prepared(store, true, async (handlers) => {
    const { signUp, member } = preload(place, handlers)
    const guessed = await many(count, (i) => signUp(`guessed${i}@example.com`))
    const pending = await many(PENDING, (i) => signUp(`pending${i}@example.com`))
    const inside = await many(SESSIONS, async (i) => signIn(handlers, await member(`inside${i}@example.com`)))
    return { guessed, pending, inside }
  })
  await store.close()
  const house = await place.open()
  const { handlers } = house.persistence!
  // Their passwords are as dear as usual.
  const members = await many(MEMBERS, (i) => preload(place, handlers).member(addressOf(i)))
  for (const email of members) await signIn(handlers, email)
  const { accessToken } = await tokensOf(place, house.url)
  const { inside, ...waiting } = result
  const stock = {
    ...waiting,
    app: inside[0]!.session.app,
    members,
    cookies: inside.map(({ cookie }) => cookie),
    tokens: inside.map(({ session }) => accessToken(session, place.env.now()).token),
  }
  return { port: house.port, items: [stock] }
}

async function signIn(handlers: Handlers, email: string) {
  const browser = { token: BROWSER, name: null, system: null }
  const answer = await handlers.signIn({ app: null, email, password: PASSWORD, browser })
  if (answer.kind !== 'signed_in') throw new Error(answer.kind)
  return answer
}
