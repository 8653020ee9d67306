import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { TestContext } from 'node:test'
import { deflateSync } from 'node:zlib'
import { accentPath, logoPath } from '../../src/gateway/web/brand.ts'
import { crc } from '../../src/rules/logo-png.ts'
import { ends, test } from '../support/places.ts'
import { API_KEY, world } from '../support/world.ts'

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" viewBox="0 0 80 40"><path d="M0 0H80V40z" fill="red"/></svg>\n'
const HEADERS = {
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}
/** As it was written: `fetch` would take dots out of a path. */
const raw = (url: string, path: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, { path }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)))
      .on('error', reject)
      .end()
  })

/** A PNG of 2 × 2 grey pixels. */
function png(): Buffer {
  const chunk = (name: string, data: number[]) => {
    const named = Buffer.from([...Buffer.from(name), ...data])
    const whole = Buffer.alloc(named.length + 8)
    whole.writeUInt32BE(data.length)
    whole.set(named, 4)
    whole.writeUInt32BE(crc(named), named.length + 4)
    return whole
  }
  const header = chunk('IHDR', [0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0])
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    header,
    chunk('IDAT', [...deflateSync(Buffer.alloc(6))]),
    chunk('IEND', []),
  ])
}

/** App `default` with a brand. */
async function branded(t: TestContext, logo: Uint8Array) {
  const place = await world(t)
  const { admin, handlers } = place.persistence
  const set = await admin.setApp({ app: 'default', accent: '#0a6a50', logo: Buffer.from(logo).toString('base64') })
  assert.ok(set.kind === 'done')
  await place.env.advance(500)
  const shown = await handlers.showBrand({ app: null })
  assert.ok(shown.kind === 'found' && shown.brand.logo && shown.brand.accent)
  return {
    ...place,
    admin,
    handlers,
    brand: shown.brand,
    logo: logoPath(shown.brand.app, shown.brand.logo),
    accent: accentPath(shown.brand.accent),
  }
}

test(
  'a logo and an accent are served for ever, where no other page may use them and nothing in them runs',
  async (t) => {
    const { url, logo, accent, brand, admin } = await branded(t, Buffer.from(SVG))
    const headersOf = ({ headers }: Response) => Object.fromEntries(Object.keys(HEADERS).map((name) => [name, headers.get(name)]))
    const picture = await fetch(url + logo)
    assert.deepEqual([picture.status, picture.headers.get('content-type'), headersOf(picture)], [200, 'image/svg+xml', HEADERS])
    assert.equal(await picture.text(), SVG)
    assert.equal((await fetch(url + logo, { method: 'HEAD' })).status, 200)

    assert.equal(accent, '/brand/accent/0a6a50-0e9772.css')
    const sheet = await fetch(url + accent)
    assert.deepEqual([sheet.status, sheet.headers.get('content-type'), headersOf(sheet)], [200, 'text/css; charset=utf-8', HEADERS])
    assert.equal(await sheet.text(), ':root{--seal:#0a6a50}\n@media (prefers-color-scheme:dark){:root{--seal:#0e9772}}\n')

    const missing = [
      '0a6a50.css',
      '0a6a50-0e9772',
      '0A6A50-0E9772.css',
      '0a6a50-0e977;.css',
      '0a6a50-0e9772.css%0a',
      '%7d*%7b-0e9772.css',
      '__proto__',
      '',
    ]
    for (const file of missing) assert.equal(await raw(url, `/brand/accent/${file}`), 404, file)
    for (const name of [`${brand.logo}0`, 'deadbeefdeadbeef', 'null', '__proto__', '..%2f..%2fetc%2fpasswd', '../../etc/passwd', '%00'])
      assert.equal(await raw(url, logoPath(brand.app, name)), 404, name)
    for (const app of ['default', 'app_00nobody', '__proto__', '..', '%2e%2e', ''])
      assert.equal(await raw(url, logoPath(app, brand.logo!)), 404, app)
    assert.equal((await fetch(url + logo, { method: 'POST' })).status, 405)
    await admin.setApp({ app: 'default', logo: null })
    assert.equal((await fetch(url + logo)).status, 404)
  },
  ends,
)

test(
  'a logo as PNG; it goes with its app',
  async (t) => {
    const { url, logo, brand, admin, env } = await branded(t, png())
    const picture = await fetch(url + logo)
    assert.deepEqual([picture.status, picture.headers.get('content-type'), brand.logoSize], [200, 'image/png', { width: 2, height: 2 }])
    assert.deepEqual(Buffer.from(await picture.arrayBuffer()), png())
    await admin.removeApp({ app: 'default' })
    await env.advance(500)
    assert.equal((await fetch(url + logo)).status, 404)
  },
  ends,
)

test(
  'letters carry the accent for light paper, those that wait in the queue the one of the day they go',
  async (t) => {
    const { handlers, admin, env } = await branded(t, Buffer.from(SVG))
    const wish = { apiKey: API_KEY, token: 't', locale: 'en', localeWish: '', idempotencyKey: null } as const
    const accentOf = async (email: string) => {
      const registered = await handlers.registerIdentity({ ...wish, email, sendNow: true })
      return registered.kind === 'registered' && registered.send?.letter.app.accent
    }
    assert.equal(await accentOf('ana@example.com'), '#0a6a50')
    await handlers.registerIdentity({ ...wish, email: 'cy@example.com', sendNow: false })
    await admin.setApp({ app: 'default', accent: '#000000' })
    const { letters } = await handlers.claimLetters({ limit: 10 })
    const waited = letters.find(({ letter }) => letter.to === 'cy@example.com')
    assert.equal(waited?.letter.app.accent, '#000000')
    await admin.setApp({ app: 'default', accent: null })
    await env.advance(500)
    assert.equal(await accentOf('bo@example.com'), undefined)
  },
  ends,
)
