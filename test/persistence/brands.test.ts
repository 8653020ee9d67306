import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { SetApp } from '../../src/contract/apps.ts'
import { createApps } from '../../src/persistence/apps.ts'
import { createBrands } from '../../src/persistence/brands.ts'
import { openPartitions } from '../../src/persistence/partitions.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { openSqlite } from '../../src/persistence/store/sqlite.ts'
import { transact } from '../../src/persistence/store/transact.ts'
import { fakeEnv } from '../support/env.ts'

const keyFrom = (text: string) => createHash('sha256').update(text).digest()

/** App `default`, on a store in memory. */
const policy = { passwordMin: 8, codeDigits: 4, codeTtlMs: 1, linkTtlMs: 1, undoTtlMs: 1 }

async function office() {
  const env = fakeEnv()
  const store = openSqlite(':memory:')
  const secrets = createSecrets(env, [keyFrom('pepper')], [keyFrom('seal')])
  const { epochOf } = await openPartitions(store, env)
  const write: Parameters<typeof createApps>[0]['transact'] = (partition, plan) =>
    transact({ store, env, onRetry: () => {}, epochOf }, partition, plan)
  const { apps, handlers } = createApps({ env, store, secrets, developmentKeys: true, epochOf, transact: write })
  await apps.bootstrap('a key of the application under test', false)
  const { id } = (await apps.forAccounts(null))!
  const brands = createBrands({ store, apps, policy }, true)
  return { apps, handlers, env, store, id, brands }
}

test('showBrand: the app of a call, an unbranded one has its name only; one whose accounts are off is unknown', async () => {
  const { brands, handlers, env, id } = await office()
  const brand = { app: id, name: 'Sello', accent: null, logo: null, logoSize: null, returns: [] }
  assert.deepEqual(await brands.showBrand({ app: null }), { kind: 'found', brand, isDefault: true, rules: policy, returnTo: null })
  assert.deepEqual(await brands.showBrand({ app: id }), { kind: 'found', brand, isDefault: true, rules: policy, returnTo: null })
  assert.deepEqual(await brands.showBrand({ app: 'app_00nobody' }), { kind: 'app_unknown' })
  assert.deepEqual(await brands.showLogo({ app: id, logo: 'abc' }), { kind: 'unknown' })
  await handlers.setApp({ app: id, accounts: false })
  await env.advance(500)
  assert.deepEqual(await brands.showBrand({ app: null }), { kind: 'app_unknown' })
})

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 40"><title>Shop</title><path d="M0 0H80"/></svg>'
const base64 = (text: string) => Buffer.from(text).toString('base64')

test('setApp: an accent with its ratios, return URLs, a logo; each stays until it is changed, and showBrand shows it', async () => {
  const { brands, handlers, env, id } = await office()
  const set = await handlers.setApp({
    app: id,
    accent: '#0A6A50',
    returns: ['https://a.example/in', 'http://localhost/', 'https://a.example/in'],
    logo: base64(SVG),
  })
  assert.ok(set.kind === 'done' && set.contrast)
  const accent = { light: '#0a6a50', dark: '#0e9772' }
  const returns = ['https://a.example/in', 'http://localhost/']
  assert.deepEqual([set.app.accent, set.app.returns, set.app.logo], [accent, returns, { width: 80, height: 40 }])
  assert.ok(Math.abs(set.contrast.light.sheet - 6.58) < 0.01 && set.contrast.dark.sheet >= 4.5)
  const other = await handlers.setApp({ app: id, displayName: 'Shop' })
  assert.ok(other.kind === 'done' && other.contrast === null)

  await env.advance(500)
  const shown = await brands.showBrand({ app: null, returnTo: 'https://a.example/in' })
  assert.ok(shown.kind === 'found')
  const { logo } = shown.brand
  assert.match(logo ?? '', /^[0-9a-f]{16}$/)
  const brand = { app: id, name: 'Shop', accent, logo, logoSize: { width: 80, height: 40 }, returns }
  assert.deepEqual(shown, { kind: 'found', brand, isDefault: true, rules: policy, returnTo: 'https://a.example/in' })
  for (const returnTo of ['https://a.example/in/', 'https://b.example/', '', '//a.example/in']) {
    const elsewhere = await brands.showBrand({ app: id, returnTo })
    assert.ok(elsewhere.kind === 'found' && elsewhere.returnTo === null, returnTo)
  }
  await handlers.setApp({ app: id, accent: null, returns: [], logo: null })
  await env.advance(500)
  const bare = { ...brand, accent: null, logo: null, logoSize: null, returns: [] }
  assert.deepEqual(await brands.showBrand({ app: id }), { kind: 'found', brand: bare, isDefault: true, rules: policy, returnTo: null })
})

test('setApp: when one part of a brand is refused, nothing is written', async () => {
  const { handlers, id } = await office()
  const good = { app: id, displayName: 'Another', accent: '#000000', returns: ['https://a.example/'], logo: base64(SVG) }
  const many = Array.from({ length: 21 }, (_, n) => `https://a${n}.example/`)
  const refusals: [Partial<SetApp>, object][] = [
    [{ accent: 'green' }, { kind: 'accent_unreadable' }],
    [
      { returns: ['https://a.example/', 'https://b.example'] },
      { kind: 'return_invalid', url: 'https://b.example', flaw: 'form', as: 'https://b.example/' },
    ],
    [{ returns: ['http://a.example/'] }, { kind: 'return_invalid', url: 'http://a.example/', flaw: 'scheme', as: null }],
    [{ returns: many }, { kind: 'returns_too_many', most: 20 }],
    [{ logo: base64('<svg/>') }, { kind: 'logo_invalid', reason: 'it has neither a viewBox nor a width and a height in px' }],
  ]
  for (const [wrong, answer] of refusals) assert.deepEqual(await handlers.setApp({ ...good, ...wrong }), answer)
  const low = await handlers.setApp({ ...good, accent: '#ff8800' })
  assert.ok(low.kind === 'accent_low' && low.nearest === '#a45800')
  const [app] = (await handlers.listApps({})).apps
  assert.deepEqual([app!.displayName, app!.accent, app!.returns, app!.logo], ['Sello', null, [], null])
})

test('in production sign-in returns to https only, also where http was listed before', async () => {
  const { apps, handlers, store, env, id } = await office()
  await handlers.setApp({ app: id, returns: ['http://localhost/', 'https://a.example/'] })
  await env.advance(500)
  const shown = await createBrands({ store, apps, policy }, false).showBrand({ app: id, returnTo: 'http://localhost/' })
  assert.ok(shown.kind === 'found' && shown.returnTo === null)
  assert.deepEqual(shown.brand.returns, ['https://a.example/'])
})

test('showLogo: what was kept is what was understood; a replaced logo goes, and the last one with its app', async () => {
  const { brands, handlers, store, env, id } = await office()
  const hashOf = async () => {
    await env.advance(500)
    const shown = await brands.showBrand({ app: id })
    return shown.kind === 'found' ? (shown.brand.logo ?? '') : ''
  }
  const kept = async () => (await store.read('00', [`logo/${id}`])).map((record) => record !== null)[0]
  await handlers.setApp({ app: id, logo: base64(SVG) })
  const first = await hashOf()
  const found = await brands.showLogo({ app: id, logo: first })
  assert.ok(found.kind === 'found' && found.type === 'image/svg+xml')
  assert.equal(
    Buffer.from(found.data, 'base64').toString(),
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" viewBox="0 0 80 40"><path d="M0 0H80"/></svg>\n',
  )
  await handlers.setApp({ app: id, displayName: 'Shop', logo: base64(SVG.replace('Shop', 'x')) })
  assert.equal(await hashOf(), first, 'the same picture has the same hash')
  await handlers.setApp({ app: id, logo: base64(SVG.replace('H80', 'H8')) })
  const second = await hashOf()
  assert.notEqual(second, first)
  assert.equal((await brands.showLogo({ app: id, logo: second })).kind, 'found')
  for (const wrong of [first, '', second.slice(1), `${second} `])
    assert.deepEqual(await brands.showLogo({ app: id, logo: wrong }), { kind: 'unknown' })
  assert.deepEqual(await brands.showLogo({ app: 'default', logo: second }), { kind: 'unknown' })
  assert.equal(await kept(), true)
  await handlers.setApp({ app: id, logo: null })
  assert.equal(await kept(), false)
  assert.deepEqual(await brands.showLogo({ app: id, logo: second }), { kind: 'unknown' })
  await handlers.setApp({ app: id, logo: base64(SVG) })
  assert.equal(await kept(), true)
  await handlers.removeApp({ app: id })
  assert.equal(await kept(), false)
  await env.advance(500)
  assert.deepEqual(await brands.showLogo({ app: id, logo: first }), { kind: 'unknown' })
})
