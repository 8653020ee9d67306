// The whole Sello of `./sello bench queue`: people with passwords as dear as usual, numbers and tokens to ask about, and how late its event loop is.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Place } from './place.ts'
import { accessTokens, addressOf, many, preload, tokensOf } from './preload.ts'

export const MEMBERS = 100
const SESSIONS = 100
/** How often the loop is asked, in ms; a loop that is never late says as much. */
const RESOLUTION = 10

/** In ms. */
export type Lateness = { p50: number; p99: number; most: number }

/** `items`: so many numbers, then as many access tokens. After the message `watch` the next message is answered with a Lateness. */
export async function serveQueue(place: Place, count: number): Promise<{ port: number; items: string[] }> {
  const store = await place.openStore()
  const { result } = await place.prepared(store, true, async (handlers) => {
    const { number, signedIn } = preload(place, handlers)
    const sessions = await many(SESSIONS, async (i) => (await signedIn(`signed-in${i}@example.com`)).session)
    return { sessions, numbers: await many(count, (i) => number(`n${i}@example.com`)) }
  })
  await store.close()
  const house = await place.open()
  await many(MEMBERS, (i) => preload(place, house.persistence!.handlers).member(addressOf(i)))
  watchLoop()
  const tokens = await tokensOf(place, house.url)
  return { port: house.port, items: [...result.numbers, ...accessTokens(place, tokens, result.sessions, count)] }
}

function watchLoop() {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  const ms = (ns: number) => Math.max(0, ns / 1e6 - RESOLUTION)
  process.on('message', (order) => {
    if (order === 'watch') {
      delay.reset()
      delay.enable()
      return
    }
    delay.disable()
    const lateness: Lateness = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), most: ms(delay.max) }
    process.send!(lateness)
  })
}
