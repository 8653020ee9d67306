import assert from 'node:assert/strict'
import { openSync } from 'node:fs'
import { get } from 'node:http'
import type { House } from '../../src/gateway/gateway.ts'
import { errorPage } from '../../src/gateway/pages/error.ts'
import { createServer } from '../../src/http/server.ts'
import { messages } from '../../src/i18n/i18n.ts'
import { shell } from '../../src/i18n/pages/shell.ts'
import { createLog } from '../../src/log.ts'
import { Problem } from '../../src/problem.ts'
import { PENDING_MS } from '../../src/rules/account.ts'
import { BROWSER_IDLE_MS, BROWSER_MS } from '../../src/rules/session.ts'
import { fakeEnv } from '../support/env.ts'
import { browserOf } from '../support/pages.ts'
import { people } from '../support/people.ts'
import { places, test } from '../support/places.ts'
import { HOUR, world } from '../support/world.ts'

const first = places.slice(0, 1)

test(
  'help for whom no letter comes: the same for everybody, and the news of one’s own sign-up',
  async (t) => {
    const here = await world(t)
    const { verify, signedUp } = people(here)
    const browser = browserOf(here)
    for (const [language, said] of [
      ['es', '¿No llega el correo?'],
      ['ru', 'Письмо не приходит?'],
      ['en', 'No email?'],
    ] as const)
      assert.ok((await browser.get('/help/no-mail', { 'accept-language': language })).text.includes(`<h1>${said}</h1>`))
    const { flow, code } = await signedUp('ana@example.com')
    await here.delivered()
    const shown = await here.persistence.handlers.showBrand({ app: null })
    const app = shown.kind === 'found' ? shown.brand.app : ''
    const keep = (given: object) => browser.cookies.set('sello-flow', Buffer.from(JSON.stringify(given)).toString('base64url'))
    keep({ app, email: 'ana@example.com', flow })
    const sent = (await browser.get('/help/no-mail')).text
    assert.match(sent, /Your email has gone out.*ana@example\.com/s)
    assert.match(sent, /<form action="\/resend"/)
    keep({ app, email: 'ana@example.com', flow: 'somebody else’s' })
    assert.doesNotMatch((await browser.get('/help/no-mail')).text, /ana@example\.com/)
    await verify({ email: 'ana@example.com', code, flow })
    keep({ app, email: 'ana@example.com', flow })
    assert.match((await browser.get('/help/no-mail')).text, /Your email is verified/)
  },
  first,
)

test(
  'what is stored is told by the names and spans that hold here; every page leads to it',
  async (t) => {
    const here = await world(t, { settings: { SELLO_UNDO_TTL: '3d' } })
    const browser = browserOf(here)
    const { status, text } = await browser.get('/privacy')
    assert.equal(status, 200)
    assert.deepEqual([PENDING_MS, BROWSER_IDLE_MS, BROWSER_MS], [72 * HOUR, 2 * HOUR, 24 * HOUR], 'as the page says')
    for (const said of [
      '72 hours',
      '3 days',
      '<code>sello</code>',
      '<code>sello-flow</code>',
      '<code>sello-browser</code>',
      '<code>sello-lang</code>',
    ])
      assert.ok(text.includes(said), said)
    for (const path of ['/login', '/password/forgot', '/help/no-mail', '/nowhere'])
      assert.match((await browser.get(path)).text, /<footer.*href="\/help\/no-mail".*href="\/privacy"/s, path)
  },
  first,
)

test(
  'addresses that lead on: the page that changes a password, and the beginning',
  async (t) => {
    const here = await world(t, { settings: { SELLO_SMTP_URL: 'smtp://127.0.0.1:1' } })
    const browser = browserOf(here)
    for (const [path, to] of [
      ['/.well-known/change-password', '/account/password'],
      ['/', '/login'],
    ] as const) {
      const answer = await browser.get(path)
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, to])
    }
    assert.equal((await browser.get('/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200')).status, 404)
  },
  first,
)

test(
  'what is not there is told in the visitor’s language, and leads nowhere else; programs get a problem document',
  async (t) => {
    const here = await world(t)
    for (const [language, said] of [
      ['es', 'Aquí no hay nada'],
      ['ru', 'Здесь ничего нет'],
      ['en', 'There is nothing here'],
    ] as const) {
      const { status, text, headers } = await browserOf(here, { 'accept-language': language }).get('/nowhere')
      assert.deepEqual([status, headers.get('content-type')], [404, 'text/html; charset=utf-8'])
      assert.ok(text.includes(`<h1>${said}</h1>`) && text.includes(`<html lang="${language}">`))
    }
    const browser = browserOf(here)
    for (const path of ['//', '//other.example/x', '/.//other.example/x', '/%zz', '/\\other.example', '/nowhere?lang=en&lang=ru']) {
      const { status, text } = await raw(here.port, path)
      assert.ok(status === 404 || status === 400, `${path}: ${status}`)
      assert.doesNotMatch(text, /(href|action)="[^"]*other\.example|at .*\.ts:|node_modules|[Ff]astify/, path)
    }
    const wrong = await browser.post('/password/sent', {})
    assert.deepEqual([wrong.status, wrong.headers.get('allow')?.includes('GET')], [405, true])
    assert.match(wrong.text, /<h1>/)
    for (const accept of ['*/*', 'application/json', 'application/problem+json']) {
      const answer = await fetch(`${here.url}/nowhere`, { headers: { accept } })
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
      const { requestId, ...told } = (await answer.json()) as Record<string, unknown>
      assert.equal(requestId, answer.headers.get('x-request-id'))
      assert.deepEqual(told, {
        type: 'urn:sello:problem:not_found',
        title: told.title,
        status: 404,
        detail: told.detail,
        code: 'not_found',
      })
    }
  },
  first,
)

/** A path as it stands, which clients would tidy up. */
function raw(port: number, path: string) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers: { accept: 'text/html' } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(parts).toString() }))
    }).on('error', reject)
  })
}

test(
  'whatever goes wrong, a browser gets a page that says so in its language, and nothing of our insides',
  async (t) => {
    const env = fakeEnv()
    const log = createLog({ fd: openSync('/dev/null', 'a'), terminal: false }, env.now)
    const app = createServer({ env, log, measure: () => {}, detailOf: (code) => messages.en.problems[code] })
    t.after(() => app.close())
    const house = { publicUrl: () => 'http://localhost', newId: env.id, now: env.now, locale: 'es' } as unknown as House
    app.errorPage = (request, problem) => errorPage(house, request, problem)
    app.get('/fault', async () => {
      throw new Error('sqlite: no such table, in /srv/sello/store.ts:12')
    })
    app.get('/away', async () => {
      throw new Problem('unavailable', { retryAfterMs: 2000 })
    })
    app.get('/stale', async () => {
      throw new Problem('form_stale')
    })
    for (const [language, words] of Object.entries(shell)) {
      const ask = (path: string) => app.inject({ path, headers: { accept: 'text/html', 'accept-language': language } })
      for (const [path, status, said] of [
        ['/fault', 500, words.errors.failed],
        ['/away', 503, words.errors.unavailable],
        ['/stale', 403, words.errors.stale],
      ] as const) {
        const { statusCode, body, headers } = await ask(path)
        assert.equal(statusCode, status)
        assert.ok(body.includes(`<h1>${said.heading}</h1><p class="lead">${said.lead}`) && body.includes(`<title>${words.error}: `), path)
        assert.doesNotMatch(body, /sqlite|\.ts|node_modules|[Ff]astify|\d+\.\d+\.\d+/, path)
        assert.equal(body.includes(String(headers['x-request-id'])), status >= 500, 'what support asks for')
        assert.equal(headers['retry-after'], status === 503 ? '2' : undefined)
      }
    }
    const { body, headers } = await app.inject({ path: '/fault', headers: { accept: '*/*' } })
    assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
    assert.doesNotMatch(body, /sqlite/)
  },
  first,
)
