import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { gateway } from '../../src/contract/gateway.ts'
import { docsPage } from '../../src/gateway/web/docs.ts'
import { documentAt } from '../../src/gateway/web/document.ts'
import { production } from '../support/production.ts'
import { world } from '../support/world.ts'

const get = (url: string, headers: Record<string, string> = {}) =>
  new Promise<{ headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const answered = request(url, { headers }, (response) => {
      assert.equal(response.statusCode, 200, url)
      textOf(response).then((text) => resolve({ headers: response.headers, text }), reject)
    })
    answered.on('error', reject).end()
  })

test('the development key stands there for a browser on this machine alone', async (t) => {
  const { url, apiKey } = await world(t, { settings: { SELLO_BOOTSTRAP_KEY: '' } })
  assert.ok(apiKey)
  const here = await get(`${url}/docs`)
  assert.ok(here.text.includes(apiKey))
  assert.match(here.text, /href="\/inbox"/)
  assert.equal(here.headers['cache-control'], 'no-store')
  for (const [name, value] of [
    ['host', 'evil.test'],
    ['x-forwarded-for', '127.0.0.1'],
    ['via', '1.1 x'],
    ['forwarded', 'for=1'],
  ] as const) {
    const elsewhere = await get(`${url}/docs`, { [name]: value })
    assert.ok(!elsewhere.text.includes(apiKey) && elsewhere.text.includes('$API_KEY'), name)
    assert.doesNotMatch(elsewhere.text, /data-inbox|href="\/inbox"/)
  }
})

test('where our own address is not this machine, the key stands nowhere: a silent proxy may be in between', async (t) => {
  const { url, apiKey } = await world(t, { settings: { SELLO_PUBLIC_URL: 'https://id.example.com', SELLO_BOOTSTRAP_KEY: '' } })
  assert.ok(apiKey)
  const page = await get(`${url}/docs`)
  assert.ok(page.text.includes('$API_KEY') && !page.text.includes(apiKey))
})

test('page, style and script are small, strict and from here', async (t) => {
  const { url } = await world(t)
  const files = await Promise.all(['/docs', '/docs/style.css', '/docs/script.js'].map((path) => get(url + path)))
  const [page] = files
  const bytes = files.map(({ text }) => Buffer.byteLength(text))
  assert.ok(bytes.reduce((sum, some) => sum + some) < 80 * 1024, bytes.join(' + '))
  const packed = files.map(({ text }) => gzipSync(text).length)
  assert.ok(packed.reduce((sum, some) => sum + some) < 20 * 1024, packed.join(' + '))
  assert.equal(
    page!.headers['content-security-policy'],
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  assert.doesNotMatch(page!.text, /\sstyle=|\son\w+=|<style|<script(?! type="module" src="\/docs\/script\.js"><\/script>)/)
  assert.equal(files[2]!.headers['content-type'], 'text/javascript; charset=utf-8')
  for (const { headers } of files) assert.equal(headers['x-content-type-options'], 'nosniff')
})

test('every call and every code stands there; what comes from outside is escaped', () => {
  const page = docsPage({
    document: documentAt('http://localhost:3000'),
    url: 'http://localhost:3000',
    apiKey: '"><script>x',
    inbox: false,
  })
  for (const [op, { refusals }] of Object.entries(gateway)) {
    assert.ok(page.includes(`<section class="call" id="${op}"`), op)
    for (const code of refusals) assert.ok(page.includes(`<code>${code}</code>`), code)
  }
  assert.doesNotMatch(page, /<script>/)
})

test('in production it is documentation, for this machine, too', async (t) => {
  const settings = { ...production('unused', 'smtp://127.0.0.1:9', 0) }
  const { SELLO_DATA_DIR: _, ...rest } = settings
  const { url, apiKey } = await world(t, { settings: rest })
  assert.equal(apiKey, null)
  const { text } = await get(`${url}/docs`)
  assert.match(text, /<input id="key" value=""/)
  assert.match(text, /curl 'https:\/\/id\.example\.com\/v1\/identities'/)
  assert.doesNotMatch(text, /sello_dev_|class="devbar"|href="\/inbox"/)
})
