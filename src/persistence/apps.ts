import { type AppHandlers, createAppAdmin } from './app-admin.ts'
import { type App, type AppDeps, appKey, asApp, asIndex, createAppRecords, INDEX, type KeyRecord, keyKey, put } from './app-records.ts'
import { CONTROL, type Partitions } from './partitions.ts'
import { EPOCH_KEY } from './store/transact.ts'

export type { App } from './app-records.ts'

/** A revoked key, and an app whose accounts are turned off, are refused everywhere within this time. */
const CACHE_MS = 500
const CACHED = 10_000
/** The app of calls that name none. */
export const DEFAULT = 'default'
const ID = /^app_[0-9A-Za-z]{1,60}$/

/** `default`: the app of calls that name none; null while there is no such app with accounts on. */
export type Origins = { default: string | null; apps: { id: string; origins: string[] }[] }

export type Apps = {
  /** The app whose key this is, or null. Found keys are remembered for half a second. */
  authenticate(apiKey: string): Promise<App | null>
  /** The app that a public call names, null = app `default`; null when there is none or its accounts are off. Remembered as keys are. */
  forAccounts(id: string | null): Promise<App | null>
  byId(id: string): Promise<App | null>
  /** The app with this id or name, whether or not its accounts are on. */
  named(wanted: string): Promise<App | null>
  /** From now on its sign-ins take as long as one with the costliest of these hashes. @param merge what `App.foreign` becomes */
  withForeign(id: string, merge: (known: readonly string[]) => string[]): Promise<unknown>
  /** The web origins that apps with accounts list; apps without any are left out. */
  origins(): Promise<Origins>
  /** Creates app `default` with this key, unless that app exists or the key was ever used. Says whether the key is valid now. */
  bootstrap(apiKey: string, development: boolean): Promise<boolean>
  /** Names of apps that still have a key minted in development. */
  withDevelopmentKeys(): Promise<string[]>
}

type Deps = AppDeps & {
  /** False in production: keys minted in development are refused there. */
  developmentKeys: boolean
  epochOf: Partitions['epochOf']
}

/** Client applications and their API keys: for the other controllers (`apps`), and for operators (`handlers`). */
export function createApps({ developmentKeys, epochOf, ...deps }: Deps): { apps: Apps; handlers: AppHandlers } {
  const { env, store, secrets, transact } = deps
  const records = createAppRecords(deps)
  const byKey = remembering<App>(env.now)
  const byName = remembering<App>(env.now)

  async function authenticate(apiKey: string): Promise<App | null> {
    const macs = secrets.macs('api-key', apiKey)
    const [epoch, ...found] = await store.read(CONTROL, [EPOCH_KEY, ...macs.map(keyKey)])
    epochOf(epoch) // in a store that was emptied no key is known, and none is wrong
    const at = found.findIndex((record) => record !== null)
    if (at < 0) return null
    const app = await byId((found[at]!.value as KeyRecord).app)
    const key = app?.keys.find(({ mac }) => mac === macs[at])
    if (!app || !key || (key.development && !developmentKeys)) return null
    if (at > 0) await upgrade(app.id, macs[at]!, macs[0]!)
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

  const byId = async (id: string) => asApp((await store.read(CONTROL, [appKey(id)]))[0])

  async function forAccounts(id: string | null): Promise<App | null> {
    const [epoch, record] = await store.read(CONTROL, [EPOCH_KEY, id === null ? INDEX : appKey(id)])
    epochOf(epoch)
    const named = id === null ? asIndex(record).apps.find(({ name }) => name === DEFAULT) : null
    const app = id !== null ? asApp(record) : named ? await byId(named.id) : null
    return app?.accounts ? app : null
  }

  const apps: Apps = {
    authenticate: (apiKey) => byKey(apiKey, () => authenticate(apiKey)),
    forAccounts: async (id) => (id === null || ID.test(id) ? byName(id ?? DEFAULT, () => forAccounts(id)) : null),
    byId,
    named: async (wanted) => (await records.list()).find(({ id, name }) => id === wanted || name === wanted) ?? null,
    withForeign: (id, merge) =>
      records.change(id, 'accounts imported', (app) => ({
        app: { ...app, foreign: merge(app.foreign ?? []) },
        outcome: { kind: 'done' as const },
      })),
    async origins() {
      const open = (await records.list()).filter(({ accounts }) => accounts)
      const listing = open.filter(({ origins }) => origins.length > 0)
      return { default: open.find(({ name }) => name === DEFAULT)?.id ?? null, apps: listing.map(({ id, origins }) => ({ id, origins })) }
    },
    async bootstrap(apiKey, development) {
      const created = await records.create(DEFAULT, 'Sello', records.keyOf(apiKey, development), secrets.macs('api-key', apiKey))
      return created !== null || (await apps.authenticate(apiKey)) !== null
    },
    async withDevelopmentKeys() {
      return (await records.list()).filter(({ keys }) => keys.some(({ development }) => development)).map(({ name }) => name)
    },
  }
  return { apps, handlers: createAppAdmin({ env, store, records, loopback: developmentKeys }) }
}

/** What was found is not looked up again for a while; what was not is. */
function remembering<T>(now: () => number) {
  const known = new Map<string, { value: T; until: number }>()
  return async (name: string, find: () => Promise<T | null>): Promise<T | null> => {
    const one = known.get(name)
    if (one && now() < one.until) return one.value
    known.delete(name)
    const value = await find()
    if (value === null) return null
    if (known.size >= CACHED) known.clear()
    known.set(name, { value, until: now() + CACHE_MS })
    return value
  }
}
