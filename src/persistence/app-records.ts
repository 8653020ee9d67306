import type { Accent } from '../contract/brands.ts'
import type { Env } from '../env.ts'
import { CONTROL } from './partitions.ts'
import type { Secrets } from './secrets.ts'
import type { Partition, Put, Store, Stored } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

export type Key = { mac: string; hint: string; createdAt: number; development: boolean }
/**
 * The record of a client application; at most two keys are valid at a time. `accounts`: whether people sign up and in for it; `origins`:
 * the web origins whose pages may call its public routes; `returns`: where sign-in at a page may return to.
 */
export type App = {
  v: 3
  id: string
  name: string
  displayName: string
  replyTo: string | null
  accounts: boolean
  origins: string[]
  returns: string[]
  accent: Accent | null
  /** Its logo as it is shown, px; the picture is a record of its own. */
  logo: { hash: string; width: number; height: number } | null
  createdAt: number
  keys: Key[]
  /** Of the passwords that other systems hashed: one hash of nothing for each kind, as costly as the costliest. */
  foreign?: string[]
}
type AppV2 = Omit<App, 'v' | 'returns' | 'accent' | 'logo'> & { v: 2 }
type AppV1 = Omit<AppV2, 'v' | 'accounts' | 'origins'> & { v: 1 }
type Index = { v: 1; apps: { id: string; name: string }[] }
/** What a key's MAC leads to. It outlives the key, so that a revoked key never comes back. */
export type KeyRecord = { v: 1; app: string; revokedAt: number | null }
/** An app's logo as it is served; `data`: base64. */
export type LogoRecord = { v: 1; hash: string; type: 'image/svg+xml' | 'image/png'; data: string }
/** A line of the log: about an app, or a person under a pseudonym. */
export type Change = { at: number; change: string; app?: string; subject?: string }

export const INDEX = 'apps'
export const appKey = (id: string) => `app/${id}`
export const logoKey = (id: string) => `logo/${id}`
export const keyKey = (mac: string) => `key/${mac}`

const UNBRANDED = { returns: [], accent: null, logo: null }

export function asApp(record: Stored | null | undefined): App | null {
  if (!record) return null
  const app = record.value as App | AppV2 | AppV1
  if (app.v === 3) return app
  const older = app.v === 1 ? { ...app, accounts: true, origins: [] } : app
  return { ...older, v: 3, ...UNBRANDED }
}
export const asIndex = (record: Stored | null | undefined) => (record?.value as Index | undefined) ?? { v: 1 as const, apps: [] }
export const put = (key: string, value: unknown): Put => ({ key, value })

/** All lines of the log, oldest first. */
export async function readChanges(store: Store): Promise<Change[]> {
  const changes: Change[] = []
  let after = ''
  for (;;) {
    const entries = await store.readLog(CONTROL, after, 1000)
    changes.push(...entries.map(({ value }) => value as Change))
    if (entries.length < 1000) return changes
    after = entries.at(-1)!.id
  }
}

export type AppDeps = {
  env: Env
  store: Store
  secrets: Secrets
  transact: <O>(partition: Partition, plan: (view: View) => Promise<Decision<O>>) => Promise<O>
}
/** `logo`: the picture that takes the place of the present one; null = none. */
type Decided<O> = { app: App | null; outcome: O; revoke?: Key[]; logo?: LogoRecord | null | undefined }
export type AppRecords = ReturnType<typeof createAppRecords>

/** How the records of client applications are read and changed; each change is one commit together with its line in the log. */
export function createAppRecords({ env, store, secrets, transact }: AppDeps) {
  return {
    keyOf: (apiKey: string, development: boolean): Key => ({
      mac: secrets.mac('api-key', apiKey),
      hint: `${apiKey.slice(0, 6)}…${apiKey.slice(-4)}`,
      createdAt: env.now(),
      development,
    }),

    async list(): Promise<App[]> {
      const [index] = await store.read(CONTROL, [INDEX])
      const keys = asIndex(index).apps.map(({ id }) => appKey(id))
      return (await store.read(CONTROL, keys)).map(asApp).filter((app) => app !== null)
    },

    /**
     * Null when there is an app of that name, or the key was ever used.
     * @param macs the key's MAC under every pepper: a key that was revoked under an older one is as dead
     */
    create: (name: string, displayName: string, key: Key, macs: string[]) =>
      transact<App | null>(CONTROL, async ({ read }) => {
        const [indexRecord, ...known] = await read(INDEX, ...macs.map(keyKey))
        const index = asIndex(indexRecord)
        if (known.some((record) => record !== null) || index.apps.some((entry) => entry.name === name)) return { outcome: null }
        // `app_`, two digits that place its counters, 22 characters.
        const id = `app_${env.digits(2)}${env.id()}`
        const open = { replyTo: null, accounts: true, origins: [] }
        const app: App = { v: 3, id, name, displayName, ...open, ...UNBRANDED, createdAt: env.now(), keys: [key] }
        return {
          outcome: app,
          puts: [
            put(INDEX, { v: 1, apps: [...index.apps, { id, name }] }),
            put(appKey(id), app),
            put(keyKey(key.mac), { v: 1, app: id, revokedAt: null } satisfies KeyRecord),
          ],
          log: [{ at: env.now(), change: 'added', app: id } satisfies Change],
        }
      }),

    /** Finds the app by id or name, lets `decide` say what becomes of it, and writes that. */
    change: <O>(wanted: string, change: string, decide: (app: App) => Decided<O>) =>
      transact<O | { kind: 'app_unknown' }>(CONTROL, async ({ read }) => {
        const [indexRecord] = await read(INDEX)
        const index = asIndex(indexRecord)
        const id = index.apps.find((entry) => entry.id === wanted || entry.name === wanted)?.id
        const app = id ? asApp((await read(appKey(id)))[0]) : null
        if (!id || !app) return { outcome: { kind: 'app_unknown' as const } }
        const decided = decide(app)
        const revoked: KeyRecord = { v: 1, app: id, revokedAt: env.now() }
        const fresh = (decided.app?.keys ?? []).filter(({ mac }) => !app.keys.some((key) => key.mac === mac))
        return {
          outcome: decided.outcome,
          puts: [
            ...(decided.app ? [put(appKey(id), decided.app)] : [put(INDEX, { v: 1, apps: index.apps.filter((entry) => entry.id !== id) })]),
            ...(decided.logo ? [put(logoKey(id), decided.logo)] : []),
            ...(decided.revoke ?? []).map(({ mac }) => put(keyKey(mac), revoked)),
            ...fresh.map(({ mac }) => put(keyKey(mac), { v: 1, app: id, revokedAt: null } satisfies KeyRecord)),
          ],
          deletes: [...(decided.app ? [] : [appKey(id)]), ...(decided.app && decided.logo !== null ? [] : [logoKey(id)])],
          log: [{ at: env.now(), change, app: id } satisfies Change],
        }
      }),
  }
}
