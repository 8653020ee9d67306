import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { before, test } from 'node:test'
import fastify from 'fastify'
import { installClient } from '../support/client.ts'
import { APP, ISSUER, type Signer, signer, startKeys, token } from '../support/tokens.ts'

const { tokens: library } = await installClient({ after: (done) => process.once('exit', done) })
type Cleanup = { after(done: () => void | Promise<void>): void }
type Auth = { auth: { sub: string } }
/** As much of Express as is used here. */
type Express = RequestListener & {
  set(name: string, value: string): void
  use(path: string, ...handlers: unknown[]): void
  get(path: string, handler: (req: Auth, res: { json(body: unknown): void }) => void): void
  listen(port: number, host: string): Server
}
const name: string = 'express'
const { default: express } = (await import(name)) as { default: () => Express }

let key: Signer
before(async () => {
  key = await signer('ES256')
})
type Verifier = ReturnType<typeof library.createVerifier>
const frameworks: Record<string, (t: Cleanup, verifier: Verifier) => Promise<string>> = {
  async express(t, verifier) {
    const app = express()
    app.set('env', 'test') // where it does not print the errors that it answers
    app.use('/api', library.expressAuth(verifier))
    app.get('/api/me', (req, res) => res.json({ sub: req.auth.sub }))
    app.get('/open', (_, res) => res.json({}))
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  async fastify(t, verifier) {
    const app = fastify()
    app.get('/api/me', { onRequest: library.fastifyAuth(verifier) }, async (request) => ({ sub: (request as unknown as Auth).auth.sub }))
    app.get('/open', async () => ({}))
    t.after(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
}

for (const [name, start] of Object.entries(frameworks)) {
  test(`${name}: a good token comes through with its claims, anything else is told what to do`, async (t) => {
    const { state, url: jwksUrl } = await startKeys(t, [key.published])
    const verifier = library.createVerifier({ issuer: ISSUER, audience: APP, jwksUrl })
    const url = await start(t, verifier)
    const ask = async (path: string, authorization?: string) => {
      const answer = await fetch(url + path, { headers: authorization === undefined ? {} : { authorization } })
      const body = (await answer.json()) as Record<string, unknown>
      return { status: answer.status, headers: answer.headers, challenge: answer.headers.get('www-authenticate'), body }
    }
    const now = Math.floor(Date.now() / 1000)
    const good = await token(key, { iat: now, exp: now + 60 })
    state.status = 503
    const unknown = await ask('/api/me', `Bearer ${good}`)
    assert.equal(unknown.status, 503)
    assert.equal(unknown.body.code, 'keys_unavailable')
    assert.equal(unknown.headers.get('retry-after'), '1')
    assert.equal(unknown.challenge, null)
    state.status = 200
    await new Promise((resolve) => setTimeout(resolve, 1050))

    assert.equal((await ask('/open')).status, 200)
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const through = await ask('/api/me', `${scheme} ${good}`)
      assert.equal(through.status, 200)
      assert.deepEqual(through.body, { sub: 'acc_1' })
    }
    const expired = await token(key, { iat: now - 120, exp: now - 60 })
    const receipt = await token(key, { iat: now, exp: now + 60 }, { typ: 'sello-receipt+jwt' })
    for (const bad of ['x', `${good}x`, expired, receipt]) {
      const refused = await ask('/api/me', `Bearer ${bad}`)
      assert.equal(refused.status, 401)
      assert.equal(refused.challenge, 'Bearer error="invalid_token"')
      assert.equal(refused.headers.get('content-type')?.split(';')[0], 'application/problem+json')
      assert.equal(refused.headers.get('cache-control'), 'no-store')
      assert.deepEqual(Object.keys(refused.body), ['type', 'title', 'status', 'code'])
      assert.equal(refused.body.code, 'token_invalid')
    }
    for (const none of [undefined, '', 'Bearer', 'Bearer ', `Basic ${good}`, good, `Bearer ${good} ${good}`]) {
      const refused = await ask('/api/me', none)
      assert.equal(refused.status, 401)
      assert.equal(refused.challenge, 'Bearer realm="sello"')
    }
  })

  test(`${name}: a verifier that fails is a fault of the server, not a way in`, async (t) => {
    const broken = { verify: () => Promise.reject(new Error('out of order')) } as unknown as Verifier
    const url = await start(t, broken)
    const answer = await fetch(`${url}/api/me`, { headers: { authorization: 'Bearer x' } })
    assert.equal(answer.status, 500)
  })
}
