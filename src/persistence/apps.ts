import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { AppView, admin } from '../contract/persistence.ts'
import type { Env } from '../env.ts'
import { readEmail } from '../rules/email.ts'
import { CONTROL, type Partitions } from './partitions.ts'
import type { Secrets } from './secrets.ts'
import type { Partition, Put, Store, Stored } from './store/store.ts'
import { type Decision, EPOCH_KEY, type View } from './store/transact.ts'

/** A revoked key is refused everywhere within this time. */
const CACHE_MS = 500
const CACHED_KEYS = 10_000
const MAX_KEYS = 2

type Key = { mac: string; hint: string; createdAt: number; development: boolean }
/** The record of a client application; at most two keys are valid at a time. */
export type App = { v: 1; id: string; name: string; displayName: string; replyTo: string | null; createdAt: number; keys: Key[] }
type Index = { v: 1; apps: { id: string; name: string }[] }
/** What a key's MAC leads to. It outlives the key, so that a revoked key never comes back. */
type KeyRecord = { v: 1; app: string; revokedAt: number | null }
type Change = { at: number; change: string; app: string }

export type Apps = {
  /** The app whose key this is, or null. Found keys are remembered for half a second. */
  authenticate(apiKey: string): Promise<App | null>
  byId(id: string): Promise<App | null>
  /** Creates app `default` with this key, unless that app exists or the key was ever used. Says whether the key is valid now. */
  bootstrap(apiKey: string, development: boolean): Promise<boolean>
  /** Names of apps that still have a key minted in development. */
  withDevelopmentKeys(): Promise<string[]>
}

const INDEX = 'apps'
const appKey = (id: string) => `app/${id}`
const keyKey = (mac: string) => `key/${mac}`
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u
/** Nothing that could break a header or hide itself: letters, marks, digits, punctuation, symbols and plain spaces. */
const DISPLAY_NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,64}$/u
const hintOf = (apiKey: string) => `${apiKey.slice(0, 6)}…${apiKey.slice(-4)}`

type Deps = {
  env: Env
  store: Store
  secrets: Secrets
  /** False in production: keys minted in development are refused there. */
  developmentKeys: boolean
  epochOf: Partitions['epochOf']
  transact: <O>(partition: Partition, plan: (view: View) => Promise<Decision<O>>) => Promise<O>
}

type AppHandlers = Omit<Client<typeof admin>, 'listLetters'>

/** Client applications and their API keys: for the other controllers (`apps`), and for operators (`handlers`). */
export function createApps({ env, store, secrets, developmentKeys, epochOf, transact }: Deps): { apps: Apps; handlers: AppHandlers } {
  const cache = new Map<string, { app: App; until: number }>()
  const asApp = (record: Stored | null | undefined) => (record?.value as App | undefined) ?? null
  const asIndex = (record: Stored | null | undefined) => (record?.value as Index | undefined) ?? { v: 1 as const, apps: [] }
  const read = (key: string) => store.read(CONTROL, [key]).then(([record]) => record ?? null)

  async function authenticate(apiKey: string): Promise<App | null> {
    const cached = cache.get(apiKey)
    if (cached && env.now() < cached.until) return cached.app
    cache.delete(apiKey)
    const macs = secrets.macs('api-key', apiKey)
    const [epoch, ...records] = await store.read(CONTROL, [EPOCH_KEY, ...macs.map(keyKey)])
    epochOf(epoch) // in a store that was emptied no key is known, and none is wrong
    const found = records.findIndex((record) => record !== null)
    if (found < 0) return null
    const app = asApp(await read(appKey((records[found]!.value as KeyRecord).app)))
    const key = app?.keys.find(({ mac }) => mac === macs[found])
    if (!app || !key || (key.development && !developmentKeys)) return null
    if (found > 0) await upgrade(app.id, macs[found]!, macs[0]!)
    if (cache.size >= CACHED_KEYS) cache.clear()
    cache.set(apiKey, { app, until: env.now() + CACHE_MS })
    return app
  }

  /** A key that was found under an older pepper moves to the first one, so that the older pepper can be retired. */
  const upgrade = (id: string, from: string, to: string) =>
    transact(CONTROL, async ({ read }) => {
      const [record, key] = await read(appKey(id), keyKey(from), keyKey(to))
      const app = asApp(record)
      if (!app || !key) return { outcome: null }
      const keys = app.keys.map((entry) => (entry.mac === from ? { ...entry, mac: to } : entry))
      return { outcome: null, puts: [put(appKey(id), { ...app, keys }), put(keyKey(to), key.value)], deletes: [keyKey(from)] }
    })

  const put = (key: string, value: unknown): Put => ({ key, value })

  /** `app_`, two digits that place its counters, 22 characters. */
  const newId = () => `app_${env.digits(2)}${env.id()}`
  const newKey = () => `sello_${env.id()}${env.id()}`
  const keyOf = (apiKey: string, development: boolean): Key => ({
    mac: secrets.mac('api-key', apiKey),
    hint: hintOf(apiKey),
    createdAt: env.now(),
    development,
  })

  /** Finds the app by id or name, lets `change` decide, and writes what it returns together with its line in the log. */
  async function changeApp<O>(
    wanted: string,
    change: string,
    decide: (app: App) => { app: App | null; outcome: O; revoke?: Key[] } | null,
  ) {
    return transact<O | { kind: 'app_unknown' } | null>(CONTROL, async ({ read }) => {
      const [indexRecord] = await read(INDEX)
      const index = asIndex(indexRecord)
      const id = index.apps.find((entry) => entry.id === wanted || entry.name === wanted)?.id
      const app = id ? asApp((await read(appKey(id)))[0]) : null
      if (!id || !app) return { outcome: { kind: 'app_unknown' as const } }
      const decided = decide(app)
      if (!decided) return { outcome: null }
      const revoked: KeyRecord = { v: 1, app: id, revokedAt: env.now() }
      const fresh = (decided.app?.keys ?? []).filter(({ mac }) => !app.keys.some((key) => key.mac === mac))
      const line: Change = { at: env.now(), change, app: id }
      return {
        outcome: decided.outcome,
        puts: [
          ...(decided.app ? [put(appKey(id), decided.app)] : [put(INDEX, { v: 1, apps: index.apps.filter((entry) => entry.id !== id) })]),
          ...(decided.revoke ?? []).map(({ mac }) => put(keyKey(mac), revoked)),
          ...fresh.map(({ mac }) => put(keyKey(mac), { v: 1, app: id, revokedAt: null } satisfies KeyRecord)),
        ],
        deletes: decided.app ? [] : [appKey(id)],
        log: [line],
      }
    })
  }

  /** @param macs the key's MAC under every pepper: a key that was revoked under an older one is as dead */
  async function create(name: string, displayName: string, key: Key, macs: string[]) {
    return transact(CONTROL, async ({ read }) => {
      const [indexRecord, ...known] = await read(INDEX, ...macs.map(keyKey))
      const index = asIndex(indexRecord)
      if (known.some((record) => record !== null) || index.apps.some((entry) => entry.name === name)) return { outcome: null }
      const app: App = { v: 1, id: newId(), name, displayName, replyTo: null, createdAt: env.now(), keys: [key] }
      return {
        outcome: app,
        puts: [
          put(INDEX, { v: 1, apps: [...index.apps, { id: app.id, name }] }),
          put(appKey(app.id), app),
          put(keyKey(key.mac), { v: 1, app: app.id, revokedAt: null } satisfies KeyRecord),
        ],
        log: [{ at: env.now(), change: 'added', app: app.id } satisfies Change],
      }
    })
  }

  async function list(): Promise<App[]> {
    const { apps } = asIndex(await read(INDEX))
    const records = await store.read(
      CONTROL,
      apps.map(({ id }) => appKey(id)),
    )
    return records.map(asApp).filter((app) => app !== null)
  }

  const view = ({ id, name, displayName, replyTo, createdAt, keys }: App): AppView => ({
    id,
    name,
    displayName,
    replyTo,
    createdAt,
    keys: keys.map(({ hint, createdAt, development }) => ({ hint, createdAt, development })),
  })

  const apps: Apps = {
    authenticate,
    byId: async (id) => asApp(await read(appKey(id))),
    async bootstrap(apiKey, development) {
      const created = await create('default', 'Sello', keyOf(apiKey, development), secrets.macs('api-key', apiKey))
      return created !== null || (await authenticate(apiKey)) !== null
    },
    async withDevelopmentKeys() {
      return (await list()).filter(({ keys }) => keys.some(({ development }) => development)).map(({ name }) => name)
    },
  }

  const handlers: AppHandlers = {
    async addApp({ name }) {
      if (!NAME.test(name)) return { kind: 'name_invalid' }
      const apiKey = newKey()
      const key = keyOf(apiKey, false)
      const app = await create(name, name, key, [key.mac])
      return app ? { kind: 'done', app: view(app), apiKey } : { kind: 'name_taken' }
    },
    async listApps() {
      return { apps: (await list()).map(view) }
    },
    async setApp({ app: wanted, displayName, replyTo }) {
      if (displayName !== undefined && !DISPLAY_NAME.test(displayName)) return { kind: 'display_name_invalid' }
      const address = replyTo ? readEmail(replyTo, domainToASCII) : null
      if (replyTo && !address) return { kind: 'reply_to_invalid' }
      const outcome = await changeApp(wanted, 'set', (app) => {
        const next = {
          ...app,
          displayName: displayName ?? app.displayName,
          replyTo: replyTo === undefined ? app.replyTo : (address?.canonical ?? null),
        }
        return { app: next, outcome: { kind: 'done' as const, app: view(next) } }
      })
      return outcome!
    },
    async rotateKey({ app: wanted, now }) {
      const apiKey = newKey()
      const outcome = await changeApp(wanted, now ? 'key replaced' : 'key added', (app) => {
        const kept = now ? [] : app.keys.slice(-(MAX_KEYS - 1))
        const next = { ...app, keys: [...kept, keyOf(apiKey, false)] }
        const revoke = app.keys.filter((key) => !kept.includes(key))
        return { app: next, revoke, outcome: { kind: 'done' as const, app: view(next), apiKey } }
      })
      return outcome!
    },
    async finishRotation({ app: wanted }) {
      const outcome = await changeApp(wanted, 'older keys revoked', (app) => {
        const next = { ...app, keys: app.keys.slice(-1) }
        return { app: next, revoke: app.keys.slice(0, -1), outcome: { kind: 'done' as const, app: view(next) } }
      })
      return outcome!
    },
    async removeApp({ app: wanted }) {
      const outcome = await changeApp(wanted, 'removed', (app) => ({ app: null, revoke: app.keys, outcome: { kind: 'done' as const } }))
      return outcome!
    },
    async listChanges() {
      const changes: Change[] = []
      let after = ''
      for (;;) {
        const entries = await store.readLog(CONTROL, after, 1000)
        changes.push(...entries.map(({ value }) => value as Change))
        if (entries.length < 1000) return { changes: changes.slice(-1000) }
        after = entries.at(-1)!.id
      }
    },
    async peppersInUse() {
      const peppers = (await list()).flatMap(({ keys }) => keys.map(({ mac }) => mac.split('.')[0]!))
      return { peppers: [...new Set(peppers)] }
    },
  }
  return { apps, handlers }
}
