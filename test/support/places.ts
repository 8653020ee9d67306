import { test as bare, type TestContext } from 'node:test'

/** Where a story is played: how the services are wired, and what keeps their state. */
export type Place = { wiring: 'one process' | 'three services'; store: 'sqlite' | 'redis' | 'cluster' }

const all: Place[] = [
  { wiring: 'one process', store: 'sqlite' },
  { wiring: 'three services', store: 'sqlite' },
  { wiring: 'one process', store: 'redis' },
  { wiring: 'three services', store: 'redis' },
  { wiring: 'three services', store: 'cluster' },
]
/** `./sello test --quick` plays everything in one place. */
export const places: readonly Place[] = process.env.TEST_PLACES === 'one' ? all.slice(0, 1) : all

const of = new WeakMap<TestContext, Place>()
export const placeOf = (t: TestContext): Place => of.get(t) ?? all[0]!

/** Long stories are played where they differ the most. */
export const ends = places.filter(({ wiring, store }) => `${wiring}, ${store}`.match(/^(one process, sqlite|three services, redis)$/))

/** A test that is played in every place, or in some; `world(t)` is then the world of that place. */
export function test(name: string, play: (t: TestContext) => Promise<void>, where = places) {
  for (const place of where) {
    bare(`${name} [${place.wiring}, ${place.store}]`, (t) => {
      of.set(t, place)
      return play(t)
    })
  }
}

/** How often a race is run: a few times, or as `./sello test --rounds N` says. */
export const rounds = (few: number): number => Number(process.env.TEST_ROUNDS ?? few)
