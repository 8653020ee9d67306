import { domainToASCII } from 'node:url'
import type { AppView } from '../contract/apps.ts'
import type { Client } from '../contract/contract.ts'
import type { admin } from '../contract/persistence.ts'
import type { Env } from '../env.ts'
import { readEmail } from '../rules/email.ts'
import { readOrigin } from '../rules/origin.ts'
import { type App, type AppRecords, readChanges } from './app-records.ts'
import { readBrandWish } from './brand-wish.ts'
import type { Store } from './store/store.ts'

const MAX_KEYS = 2
const MAX_ORIGINS = 20
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u
/** Nothing that could break a header or hide itself: letters, marks, digits, punctuation, symbols and plain spaces. */
const DISPLAY_NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,64}$/u

export type AppHandlers = Omit<Client<typeof admin>, 'listLetters' | 'eraseAddress' | 'importAccounts'>
/** `loopback`: whether sign-in may return to http on this machine. */
type Deps = { env: Env; store: Store; records: AppRecords; loopback: boolean }

/** Client applications and their API keys, for operators. */
export function createAppAdmin({ env, store, records, loopback }: Deps): AppHandlers {
  const newKey = () => `sello_${env.id()}${env.id()}`
  const done = (app: App) => ({ kind: 'done' as const, app: view(app) })

  return {
    async addApp({ name }) {
      if (!NAME.test(name)) return { kind: 'name_invalid' }
      const apiKey = newKey()
      const key = records.keyOf(apiKey, false)
      const app = await records.create(name, name, key, [key.mac])
      return app ? { ...done(app), apiKey } : { kind: 'name_taken' }
    },
    async listApps() {
      return { apps: (await records.list()).map(view) }
    },
    async setApp({ app: wanted, displayName, replyTo, accounts, origins, ...brand }) {
      if (displayName !== undefined && !DISPLAY_NAME.test(displayName)) return { kind: 'display_name_invalid' }
      const address = replyTo ? readEmail(replyTo, domainToASCII) : null
      if (replyTo && !address) return { kind: 'reply_to_invalid' }
      const wrong = origins?.find((origin) => readOrigin(origin) === null)
      if (wrong !== undefined) return { kind: 'origin_invalid', origin: wrong }
      const listed = origins && [...new Set(origins.map((origin) => readOrigin(origin)!))]
      if (listed && listed.length > MAX_ORIGINS) return { kind: 'origins_too_many', most: MAX_ORIGINS }
      const wish = readBrandWish(brand, loopback)
      if (wish.kind !== 'fine') return wish
      return records.change(wanted, 'set', (app) => {
        const next: App = {
          ...app,
          displayName: displayName ?? app.displayName,
          replyTo: replyTo === undefined ? app.replyTo : (address?.canonical ?? null),
          accounts: accounts ?? app.accounts,
          origins: listed ?? app.origins,
          ...wish.fields,
        }
        return { app: next, logo: wish.logo, outcome: { ...done(next), contrast: wish.contrast } }
      })
    },
    rotateKey({ app: wanted, now }) {
      const apiKey = newKey()
      return records.change(wanted, now ? 'key replaced' : 'key added', (app) => {
        const kept = now ? [] : app.keys.slice(-(MAX_KEYS - 1))
        const next = { ...app, keys: [...kept, records.keyOf(apiKey, false)] }
        const revoke = app.keys.filter((key) => !kept.includes(key))
        return { app: next, revoke, outcome: { ...done(next), apiKey } }
      })
    },
    finishRotation: ({ app: wanted }) =>
      records.change(wanted, 'older keys revoked', (app) => {
        const next = { ...app, keys: app.keys.slice(-1) }
        return { app: next, revoke: app.keys.slice(0, -1), outcome: done(next) }
      }),
    removeApp: ({ app: wanted }) =>
      records.change(wanted, 'removed', (app) => ({ app: null, revoke: app.keys, outcome: { kind: 'done' as const } })),
    async listChanges() {
      return { changes: (await readChanges(store)).slice(-1000) }
    },
    async peppersInUse() {
      const peppers = (await records.list()).flatMap(({ keys }) => keys.map(({ mac }) => mac.split('.')[0]!))
      return { peppers: [...new Set(peppers)] }
    },
  }
}

const view = ({ id, name, displayName, replyTo, accounts, origins, accent, logo, returns, createdAt, keys }: App): AppView => ({
  id,
  name,
  displayName,
  replyTo,
  accounts,
  origins,
  accent,
  logo: logo && { width: logo.width, height: logo.height },
  returns,
  createdAt,
  keys: keys.map(({ hint, createdAt, development }) => ({ hint, createdAt, development })),
})
