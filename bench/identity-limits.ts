// The limits of what apps ask: a bare route with the same schemas, the bare store doing the same commit and, for a check, one signature.
import { generateKeyPairSync, sign } from 'node:crypto'
import { CheckBody, IdentityChecked, IdentityQueued, RegisterBody } from '../src/contract/gateway.ts'
import { PARTITIONS, type Store } from '../src/persistence/store/store.ts'
import { serveBare } from './bare.ts'
import { KEY, type Place } from './place.ts'
import { many, numberIn, registering } from './preload.ts'

const instant = '2026-11-21T00:00:00.000Z'
const common = { id: `idn_00${'x'.repeat(22)}`, email: 'ana@example.com', createdAt: instant }
/** As in Sello, one call after the other goes to another partition, and numbers lie at random places. */
const home = (i: number) => PARTITIONS[i % PARTITIONS.length]!

export async function registerLimit(place: Place, store: Store) {
  const { change } = await place.prepared(store, true, (handlers) => handlers.registerIdentity(registering('recorded@example.com')))
  const epochs = await epochsIn(store)
  let n = 0
  const route = { path: '/v1/identities', body: RegisterBody, answer: IdentityQueued, status: 202 }
  return serveBare(route, async () => {
    const version = place.env.id()
    const puts = change!.puts.map((put) => ({
      ...put,
      key: put.key.replace('recorded', `r${n}x${version}`).replace(/(number|identity)\/.*/, `$1/${version}`),
    }))
    const expect = change!.expect.map(({ key }, i) =>
      key === 'epoch' ? { key, version: epochs[n % PARTITIONS.length]! } : { key: puts[i]?.key ?? `none${n}`, version: '' },
    )
    const made = { version, expect, puts, deletes: [], log: [] }
    if (!(await store.commit(home(n++), made))) throw new Error('the bare commit was refused')
    return { ...common, status: 'queued', expiresAt: instant }
  })
}

export async function checkLimit(place: Place, store: Store, count: number) {
  const { change } = await place.prepared(store, true, async (handlers) => {
    const answer = await handlers.registerIdentity(registering('recorded@example.com'))
    const number = answer.kind === 'registered' ? numberIn(answer.send!.letter) : ''
    return handlers.checkIdentity({ apiKey: KEY, number, email: null, token: null, clientIp: null, idempotencyKey: null })
  })
  const epochs = await epochsIn(store)
  const [first] = change!.puts
  const known = await many(count, async (i) => {
    const key = `number/${place.env.id()}`
    await store.commit(home(i), { version: 'v', expect: [], puts: [{ ...first!, key }], deletes: [], log: [] })
    return key
  })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const receipt = Buffer.from('x'.repeat(420))
  let n = 0
  const route = { path: '/v1/identities/check', body: CheckBody, answer: IdentityChecked, status: 200 }
  return serveBare(route, async () => {
    const puts = [{ ...first!, key: known[n % known.length]! }]
    const expect = change!.expect.map(({ key }, i) =>
      key === 'epoch' ? { key, version: epochs[n % PARTITIONS.length]! } : { key: puts[i]?.key ?? `none${n}`, version: 'v' },
    )
    const made = { version: place.env.id(), expect, puts, deletes: [], log: [] }
    if (!(await store.commit(home(n++), made))) throw new Error('the bare commit was refused')
    const signature = sign('sha256', receipt, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return { ...common, token: 'session-42', checkedAt: instant, receipt: `${receipt.toString()}.${signature.toString('base64url')}` }
  })
}

const epochsIn = (store: Store) => Promise.all(PARTITIONS.map(async (one) => (await store.read(one, ['epoch']))[0]!.version))
