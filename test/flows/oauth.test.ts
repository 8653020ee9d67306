import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oauth4 from 'oauth4webapi'
import * as openid from 'openid-client'
import { oauth as routes } from '../../src/contract/oauth.ts'
import { documentAt } from '../../src/gateway/web/document.ts'
import { judgeOf } from '../support/document.ts'
import { PASSWORD, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { API_KEY, HOUR, MINUTE, type World, world } from '../support/world.ts'

// RFC 6749 §6, 7009, 7662, 8414, 9068, as others' libraries have them, unchanged; plain http is what they must be allowed here.

const EMAIL = 'ana@example.com'
const { judge } = judgeOf(documentAt('http://localhost:3000'))

type Told = { status: number; headers: Headers; body: Record<string, unknown> }

/** A person who has signed in, and the calls of RFC 6749, 7662 and 7009 as they stand. */
async function signedIn(here: World, email = EMAIL, sent: Record<string, string> = {}) {
  const { login, logout, account, member } = people(here, sent)
  await member(email)
  const { body } = await login({ email, password: PASSWORD })
  const access = String(body.access_token)
  const app = String(decodeJwt(access).client_id)

  /** Every answer is one of the document's. */
  async function post(path: string, parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<Told> {
    const response = await fetch(here.url + path, { method: 'POST', body: new URLSearchParams(parameters), headers })
    const seen = { status: response.status, headers: response.headers, text: await response.text() }
    return { ...seen, body: judge('POST', path, seen).body }
  }
  return {
    app,
    access,
    refresh: String(body.refresh_token),
    body,
    login,
    logout,
    account,
    post,
    token: (refresh_token: string, headers?: Record<string, string>) =>
      post('/v1/token', { grant_type: 'refresh_token', refresh_token }, headers),
    introspect: (token: string, headers = bearer(API_KEY)) => post('/v1/introspect', { token }, headers),
    revoke: (token: string, headers?: Record<string, string>) => post('/v1/revoke', { token }, headers),
  }
}
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const basic = (id: string, key: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}` })
const said = ({ status, body }: Told) => `${status} ${String(body.error ?? body.active ?? '')}`.trim()

test('openid-client refreshes, introspects and revokes, by Basic and by post, and as a public client', async (t) => {
  const here = await world(t)
  const { app, refresh, account, login } = await signedIn(here)
  const ways = { basic: openid.ClientSecretBasic(API_KEY), post: openid.ClientSecretPost(API_KEY), public: openid.None() }
  const insecure: openid.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] }
  let newest = refresh
  for (const [way, authentication] of Object.entries(ways)) {
    const config = await openid.discovery(new URL(here.url), app, undefined, authentication, insecure)
    const metadata = config.serverMetadata()
    assert.equal(metadata.issuer, here.url)
    assert.deepEqual(metadata.response_types_supported, [])
    const granted = await openid.refreshTokenGrant(config, newest)
    assert.equal(granted.expires_in, 24 * 60 * 60)
    assert.ok(granted.refresh_token && granted.refresh_token !== newest)
    newest = granted.refresh_token
    if (way === 'public') await assert.rejects(openid.tokenIntrospection(config, granted.access_token))
    else {
      const told = await openid.tokenIntrospection(config, granted.access_token)
      const { token_type, username, ...claims } = told
      assert.deepEqual(claims, { active: true, ...decodeJwt(granted.access_token) })
      assert.deepEqual([token_type, username], ['Bearer', EMAIL])
      const ofRefresh = await openid.tokenIntrospection(config, newest, { token_type_hint: 'access_token' })
      const { sid, sub } = decodeJwt(granted.access_token)
      const exp = Math.floor(here.env.now() / 1000) + 30 * 24 * 60 * 60
      assert.deepEqual(ofRefresh, { active: true, iss: here.url, client_id: app, sub, sid, exp, token_type: 'refresh_token' })
    }
    await openid.tokenRevocation(config, newest)
    await openid.tokenRevocation(config, newest)
    assert.equal((await account(granted.access_token)).status, 401)
    await assert.rejects(openid.refreshTokenGrant(config, newest), { error: 'invalid_grant', status: 400 })
    newest = String((await login({ email: EMAIL, password: PASSWORD })).body.refresh_token)
  }
  const config = await openid.discovery(new URL(here.url), app, undefined, openid.ClientSecretBasic('not the key'), insecure)
  for (const call of [openid.refreshTokenGrant, openid.tokenIntrospection, openid.tokenRevocation])
    await assert.rejects(call(config, newest), { code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' })
  const right = await openid.discovery(new URL(here.url), app, undefined, ways.basic, insecure)
  assert.ok(await openid.refreshTokenGrant(right, newest), 'nothing of this has used the token')
})

test('oauth4webapi and jose take our access tokens for RFC 9068 ones, by our published keys alone', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  for (const [alg, keys] of [
    ['ES256', [ec, rsa]],
    ['RS256', [rsa, ec]],
  ] as const) {
    const here = await world(t, { settings: { SELLO_SIGNING_KEY: JSON.stringify({ keys }) } })
    const { app, access, refresh } = await signedIn(here)
    const insecure = { [oauth4.allowInsecureRequests]: true } as const
    const issuer = new URL(here.url)
    const server = await oauth4.processDiscoveryResponse(
      issuer,
      await oauth4.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
    )
    const client: oauth4.Client = { client_id: app }
    const authentication = oauth4.ClientSecretBasic(API_KEY)
    const granted = await oauth4.processRefreshTokenResponse(
      server,
      client,
      await oauth4.refreshTokenGrantRequest(server, client, authentication, refresh, insecure),
    )
    const skew = Math.round((here.env.now() - Date.now()) / 1000)
    for (const token of [access, granted.access_token]) {
      assert.equal(decodeProtectedHeader(token).alg, alg)
      const request = new Request('http://api.test/', { headers: bearer(token) })
      const claims = await oauth4.validateJwtAccessToken(server, request, app, { ...insecure, [oauth4.clockSkew]: skew })
      const told = await oauth4.processIntrospectionResponse(
        server,
        client,
        await oauth4.introspectionRequest(server, client, authentication, token, insecure),
      )
      assert.equal(told.active, true)
      for (const [name, value] of Object.entries(claims)) assert.deepEqual(told[name], value, name)
      const jwks = createRemoteJWKSet(new URL(server.jwks_uri!))
      await jwtVerify(token, jwks, {
        issuer: here.url,
        audience: app,
        typ: 'at+jwt',
        algorithms: [alg],
        currentDate: new Date(here.env.now()),
      })
    }
    await oauth4.processRevocationResponse(await oauth4.revocationRequest(server, client, authentication, granted.access_token, insecure))
    const after = await oauth4.introspectionRequest(server, client, authentication, access, insecure)
    assert.deepEqual(await oauth4.processIntrospectionResponse(server, client, after), { active: false })
  }
})

test('metadata say where everything is, below the public URL, to any page', async (t) => {
  const publicUrl = 'https://id.example.com/auth/sello'
  const { url } = await world(t, { settings: { SELLO_PUBLIC_URL: publicUrl } })
  for (const path of ['', '/auth/sello']) {
    const response = await fetch(`${url}/.well-known/oauth-authorization-server${path}`, { headers: { origin: 'https://elsewhere.test' } })
    const seen = { status: response.status, headers: response.headers, text: await response.text() }
    const { body } = judge('GET', '/.well-known/oauth-authorization-server', seen)
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.equal(response.headers.get('cache-control'), 'public, max-age=300')
    assert.equal(body.issuer, publicUrl)
    const { refreshSession, introspectToken, revokeToken } = routes
    assert.deepEqual(
      [body.token_endpoint, body.introspection_endpoint, body.revocation_endpoint],
      [refreshSession, introspectToken, revokeToken].map(({ path }) => publicUrl + path),
    )
    assert.equal(body.jwks_uri, `${publicUrl}/.well-known/jwks.json`)
  }
  for (const path of ['/auth', '/auth/sello/', '/auth/sello/x', '/x'])
    assert.equal((await fetch(`${url}/.well-known/oauth-authorization-server${path}`)).status, 404, path)
  const jwks = await fetch(`${url}/.well-known/jwks.json`)
  assert.equal(jwks.headers.get('access-control-allow-origin'), '*')
  assert.equal(jwks.headers.get('cache-control'), 'public, max-age=300')
})

test('refreshing answers as signing in does; the session ends when it was to end', async (t) => {
  const here = await world(t)
  const { body, refresh, token } = await signedIn(here)
  const first = await token(refresh)
  assert.equal(first.status, 200)
  assert.equal(first.headers.get('cache-control'), 'no-store')
  assert.equal(first.headers.get('pragma'), 'no-cache')
  assert.deepEqual(Object.keys(first.body), Object.keys(body))
  assert.deepEqual(first.body.account, body.account)
  const again = await token(refresh)
  assert.equal(again.body.refresh_token, first.body.refresh_token, 'an answer that was lost')
  assert.notEqual(again.body.access_token, first.body.access_token)

  let newest = String(first.body.refresh_token)
  await here.env.leap(30 * 24 * HOUR - 10 * MINUTE)
  const late = await token(newest)
  assert.deepEqual([late.body.expires_in, late.body.refresh_expires_in], [600, 600])
  newest = String(late.body.refresh_token)
  await here.env.leap(10 * MINUTE)
  assert.equal(said(await token(newest)), '400 invalid_grant')
})

test('tokens of each kind are good for nothing else, and of no other app', async (t) => {
  const here = await world(t)
  const { app, access, refresh, account, token, introspect, revoke, post } = await signedIn(here)
  const added = await here.persistence.admin.addApp({ name: 'otra' })
  assert.ok('apiKey' in added)
  const other = { id: added.app.id, apiKey: added.apiKey }
  const theirs = await signedIn(here, 'eva@example.com', { 'sello-app': other.id })
  const { body } = await here.call('POST', '/v1/identities', { email: EMAIL, token: 't' })
  const strange = [API_KEY, String(body.id), app, 'x', '.', '..', 'rt_', 'a.b.c', `${refresh}x`, access.slice(0, -2), 'ñ\0 \u2028']

  for (const text of [...strange, access]) assert.equal(said(await token(text)), '400 invalid_grant', text)
  for (const text of [...strange, refresh].filter((text) => /^[\x21-\x7e]+$/.test(text)))
    assert.equal((await account(text)).status, 401, text)
  for (const text of strange) {
    assert.equal(said(await introspect(text)), '200 false', text)
    assert.equal(said(await revoke(text)), '200', text)
  }
  for (const text of [access, refresh]) {
    const own = { 'sello-app': app }
    assert.deepEqual((await introspect(text, bearer(other.apiKey))).body, { active: false })
    for (const headers of [{ 'sello-app': other.id }, basic(other.id, other.apiKey)]) assert.equal(said(await revoke(text, headers)), '200')
    assert.equal(said(await token(refresh, basic(other.id, other.apiKey))), '400 invalid_grant')
    assert.equal(said(await introspect(text)), '200 true', 'nothing of this has ended it')
    assert.equal(said(await revoke(theirs.access, own)), '200')
    assert.equal(said(await theirs.introspect(theirs.refresh, bearer(other.apiKey))), '200 true')
  }
  // A client is who it says, or nobody.
  const wrong = [basic(app, 'x'), basic(other.id, API_KEY), basic('app_unknown', API_KEY), basic(app, other.apiKey)]
  for (const path of ['/v1/token', '/v1/introspect', '/v1/revoke']) {
    const call = (parameters: Record<string, string>, headers: Record<string, string>) =>
      post(path, { grant_type: 'refresh_token', refresh_token: refresh, token: refresh, ...parameters }, headers)
    for (const headers of wrong) {
      const told = await call({}, headers)
      assert.equal(said(told), '401 invalid_client')
      assert.equal(told.headers.get('www-authenticate'), 'Basic realm="sello"')
    }
    assert.equal(said(await call({ client_id: app, client_secret: 'x' }, {})), '401 invalid_client')
    assert.equal(said(await call({ client_id: 'app_unknown' }, {})), '401 invalid_client')
    assert.equal(said(await call({ client_id: app }, { 'sello-app': other.id })), '400 invalid_request')
  }
  assert.equal(said(await introspect(refresh, {} as never)), '401 invalid_client')
  const unknown = await introspect(refresh, bearer('nobody'))
  assert.equal(unknown.headers.get('www-authenticate'), 'Bearer realm="sello", error="invalid_token"')
  for (const [path, name] of [
    ['/v1/introspect', 'token'],
    ['/v1/revoke', 'token'],
    ['/v1/token', 'grant_type'],
  ] as const)
    assert.equal((await post(path, { [name]: '' }, basic(app, API_KEY))).body.error_description, `${name} is missing`)
  assert.equal(said(await post('/v1/token', { grant_type: 'refresh_token' })), '400 invalid_request')
  for (const grant_type of ['password', 'authorization_code', 'client_credentials', 'REFRESH_TOKEN'])
    assert.equal(said(await post('/v1/token', { grant_type, refresh_token: refresh })), '400 unsupported_grant_type')
  assert.equal(said(await introspect(refresh)), '200 true')
})

test('what is revoked or signed out is not active, from the next call on; asking uses nothing', async (t) => {
  const here = await world(t)
  const { app, access, refresh, account, token, introspect, revoke, login, logout } = await signedIn(here)
  for (let i = 0; i < 5; i++) assert.equal(said(await introspect(refresh)), '200 true')
  const next = await token(refresh)
  for (const text of [access, String(next.body.access_token), String(next.body.refresh_token)])
    assert.equal(said(await introspect(text)), '200 true')
  const ends = [
    (of: Record<string, unknown>) => revoke(String(of.refresh_token)),
    (of: Record<string, unknown>) => revoke(String(of.access_token), basic(app, API_KEY)),
    (of: Record<string, unknown>) => logout({ refresh_token: of.refresh_token }),
  ]
  for (const end of ends) {
    const { body } = await login({ email: EMAIL, password: PASSWORD })
    const tokens = [String(body.access_token), String(body.refresh_token)]
    for (const text of tokens) assert.equal(said(await introspect(text)), '200 true')
    await end(body)
    for (const text of tokens) assert.deepEqual((await introspect(text)).body, { active: false })
    assert.equal((await account(tokens[0])).status, 401)
    assert.equal(said(await token(tokens[1]!)), '400 invalid_grant')
  }
  assert.equal(said(await introspect(access)), '200 true', 'the first session goes on')
  await here.env.leap(24 * HOUR)
  assert.equal(said(await introspect(access)), '200 false')
})

test('a store that does not answer is never taken for a token that is not valid', async (t) => {
  const here = await world(t)
  const { refresh, access, token, introspect, revoke } = await signedIn(here)
  const { commit } = here.store
  Object.assign(here.store, { commit: async () => false })
  for (const told of [await token(refresh), await revoke(refresh)]) {
    assert.equal(said(told), '503 temporarily_unavailable')
    assert.equal(told.headers.get('retry-after'), '1')
  }
  Object.assign(here.store, { commit })
  assert.equal((await token(refresh)).status, 200)
  await here.store.close()
  for (const told of [await token(refresh), await introspect(access), await introspect(refresh), await revoke(access)])
    assert.equal(said(told), '503 temporarily_unavailable')
})
