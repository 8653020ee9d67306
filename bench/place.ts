// What every server to be measured begins with: settings that hold nothing up, its store, and a house on it.
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import { type Generated, readGenerated } from '../src/development.ts'
import { realEnv } from '../src/env.ts'
import { openHouse } from '../src/house.ts'
import { createLog } from '../src/log.ts'
import type { Cost } from '../src/persistence/password.ts'
import type { Persistence } from '../src/persistence/persistence.ts'
import { openRedis } from '../src/persistence/store/redis.ts'
import { openSqlite } from '../src/persistence/store/sqlite.ts'
import type { Change, Store } from '../src/persistence/store/store.ts'

export const KEY = 'benchmark-key-of-at-least-32-characters'
/** Of a password that is not what is measured. */
const CHEAP: Cost = { memory: 8, time: 1, parallelism: 1 }

export type Handlers = Persistence['handlers']
export type Place = ReturnType<typeof createPlace>
/** The last commit that `work` made, and what it resolved to. */
export type Recorded<T> = { result: T; change: Change | null }

/** @param smtpUrl '' = the built-in inbox */
export function createPlace(folder: string, storeUrl: string, smtpUrl: string) {
  const settings = {
    SELLO_DATA_DIR: folder,
    SELLO_PORT: '0',
    SELLO_OPS_PORT: '0',
    SELLO_LIMIT_APP_SENDS: '999999999/1h,999999999/24h',
    SELLO_LIMIT_ADDRESS_SENDS: '999999999/1h',
    SELLO_BOOTSTRAP_KEY: KEY,
    SELLO_SMTP_URL: smtpUrl,
    SELLO_STORE: storeUrl,
  }
  const env = realEnv()
  const generated: Generated = readGenerated(folder, env) // before its store: a folder with a store and no secrets is taken for damaged
  const config = readConfig(settings)
  const log = createLog({ fd: openSync(join(folder, 'log'), 'a'), terminal: false }, env.now)
  // The file of a house, so that one may follow another on it.
  const openStore = async (): Promise<Store> =>
    storeUrl === 'sqlite:' ? openSqlite(join(folder, 'sello.db')) : openRedis(storeUrl, { production: true })

  /** Work done by a whole Sello on an open store, which stays open. @param cheap passwords cost next to nothing */
  async function prepared<T>(store: Store, cheap: boolean, work: (handlers: Handlers) => Promise<T>): Promise<Recorded<T>> {
    let change: Change | null = null
    const recording: Store = {
      ...store,
      commit(partition, made) {
        change = made
        return store.commit(partition, made)
      },
      close: async () => {},
    }
    const house = await openHouse({ config, env, log, given: { store: recording, cost: cheap ? CHEAP : undefined } })
    try {
      return { result: await work(house.persistence!.handlers), change }
    } finally {
      await house.close()
    }
  }

  return { settings, env, generated, open: () => openHouse({ config, env, log }), openStore, prepared }
}
