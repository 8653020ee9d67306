import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const ISSUER = 'https://id.example.com'
export const APP = 'app_1'
/** 2026-11-21T00:00:00Z, in seconds. */
export const NOW = 1_795_219_200

export type Signer = { alg: string; kid: string; privateKey: CryptoKey; published: JWK }

/** A key pair and what is published of it. */
export async function signer(alg: string, options: { modulusLength?: number } = {}): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options })
  const jwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { alg, kid, privateKey, published: { ...jwk, kid, alg, use: 'sig' } }
}

export const accessClaims = {
  iss: ISSUER,
  sub: 'acc_1',
  aud: APP,
  client_id: APP,
  iat: NOW,
  exp: NOW + 3600,
  jti: 'jti_1',
  sid: 'ses_1',
  email: 'ana@example.com',
}
export const receiptClaims = {
  iss: ISSUER,
  aud: `urn:sello:receipt:${APP}`,
  identity: 'idn_1',
  email: 'ana@example.com',
  token_sha256: '0'.repeat(64),
  iat: NOW,
  exp: NOW + 600,
  jti: 'jti_2',
}

/** A signed token: an access token unless claims and header say otherwise; `undefined` takes a member away. */
export function token({ alg, kid, privateKey }: Signer, claims: object = {}, header: object = {}): Promise<string> {
  return new SignJWT({ ...accessClaims, ...claims }).setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header }).sign(privateKey)
}

/** Serves keys that can be changed, and counts who asks. */
export async function startKeys(t: { after(done: () => void): void }, keys: JWK[], cacheControl = 'public, max-age=300') {
  const state = { keys: keys as unknown, status: 200, asked: 0, delayMs: 0, cacheControl }
  const server = createServer((_, response) => {
    state.asked++
    const answer = () => {
      response.writeHead(state.status, { 'content-type': 'application/json', 'cache-control': state.cacheControl })
      response.end(JSON.stringify({ keys: state.keys }))
    }
    if (state.delayMs > 0) setTimeout(answer, state.delayMs).unref()
    else answer()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json` }
}
