import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { before, test } from 'node:test'
import { exportJWK, exportSPKI, importJWK } from 'jose'
import { installClient } from '../support/client.ts'
import { APP, ISSUER, NOW, receiptClaims, type Signer, signer, startKeys, token } from '../support/tokens.ts'

const { tokens: library } = await installClient({ after: (done) => process.once('exit', done) })

let ec: Signer
let rsa: Signer
before(async () => {
  ec = await signer('ES256')
  rsa = await signer('RS256')
})

/** A verifier whose clock is held, and the place of its keys. */
async function verifying(
  t: { after(done: () => void): void },
  keys = [ec, rsa],
  options: { cacheSize?: number; cacheControl?: string } = {},
) {
  const { state, url } = await startKeys(
    t,
    keys.map(({ published }) => published),
    options.cacheControl,
  )
  const clock = { ms: NOW * 1000 }
  const size = options.cacheSize === undefined ? {} : { cacheSize: options.cacheSize }
  const verifier = library.createVerifier({ issuer: ISSUER, audience: APP, jwksUrl: url, now: () => clock.ms, ...size })
  const codeOf = async (text: unknown) => {
    const judged = await verifier.verify(text as string)
    return judged.ok ? 'ok' : `${judged.code}: ${judged.detail}`
  }
  return { ...verifier, codeOf, state, clock, url }
}
const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

test('ES256 and RS256 tokens give their claims, which nobody can change', async (t) => {
  const { verify, state } = await verifying(t)
  for (const key of [ec, rsa]) {
    const text = await token(key)
    for (const judged of [await verify(text), await verify(text)]) {
      assert.ok(judged.ok)
      assert.equal(judged.claims.sub, 'acc_1')
      assert.equal(judged.claims.email, 'ana@example.com')
      assert.throws(() => Object.assign(judged.claims, { sub: 'acc_2' }), TypeError)
    }
  }
  const several = await verify(await token(ec, { aud: ['other', APP] }))
  assert.ok(several.ok)
  assert.throws(() => (several.claims.aud as string[]).push('more'), TypeError)
  assert.equal(state.asked, 1)
})

test('claims and headers that are not right', async (t) => {
  const { codeOf } = await verifying(t)
  const claims: Record<string, object[]> = {
    'another issuer': [{ iss: `${ISSUER}/` }, { iss: 'HTTPS://id.example.com' }, { iss: undefined }, { iss: [ISSUER] }],
    'for another audience': [{ aud: 'app_2' }, { aud: undefined }, { aud: [] }, { aud: [[APP]] }, { aud: `${APP} ` }],
    'a time is missing': [{ exp: undefined }, { exp: String(NOW + 60) }, { iat: undefined }, { iat: null }, { nbf: 'now' }, { nbf: null }],
    'not valid yet': [{ iat: NOW + 61 }, { nbf: NOW + 61 }],
    expired: [{ exp: NOW }, { exp: NOW - 1 }, { exp: 0 }, { exp: -1 }],
    'no sub': [{ sub: undefined }, { sub: 7 }],
    'no client_id': [{ client_id: undefined }],
    'no jti': [{ jti: undefined }],
  }
  for (const [detail, changes] of Object.entries(claims)) {
    const code = detail === 'expired' ? 'token_expired' : 'token_invalid'
    for (const change of changes) assert.equal(await codeOf(await sign(change)), `${code}: ${detail}`, JSON.stringify(change))
  }
  for (const fine of [{ iat: NOW + 60 }, { nbf: NOW + 60 }, { exp: NOW + 1 }]) assert.equal(await codeOf(await sign(fine)), 'ok')
  const headers: Record<string, object[]> = {
    'another type of token': [{ typ: 'JWT' }, { typ: undefined }, { typ: 'AT+JWT' }, { typ: 'sello-receipt+jwt' }, { typ: ['at+jwt'] }],
    'no key id': [{ kid: undefined }, { kid: '' }, { kid: 'x'.repeat(257) }],
    'no such key': [{ kid: 'unknown' }, { kid: '__proto__' }],
    'not the algorithm of its key': [{ kid: rsa.kid }],
    'a key in the token': [
      { jwk: ec.published },
      { jku: 'https://evil.example.com' },
      { x5u: 'https://evil.example.com' },
      { x5c: ['MII'] },
    ],
  }
  for (const [detail, changes] of Object.entries(headers)) {
    for (const change of changes)
      assert.equal(await codeOf(await token(ec, {}, change)), `token_invalid: ${detail}`, JSON.stringify(change))
  }

  /** Also of claims that jose would not sign. */
  async function sign(change: object) {
    const [header, payload] = (await token(ec)).split('.') as [string, string]
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...change }
    return resign(`${header}.${encode(claims)}`)
  }
})

async function resign(input: string): Promise<string> {
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, ec.privateKey, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

test('the zoo: none, HMAC with the public key, other curves, critical extensions, keys of an attacker', async (t) => {
  const { codeOf } = await verifying(t)
  const payload = (await token(ec)).split('.')[1]!
  const none = `${encode({ alg: 'none', typ: 'at+jwt', kid: ec.kid })}.${payload}.`
  assert.equal(await codeOf(none), 'token_invalid: not three parts')
  for (const alg of ['none', 'None', 'HS256', 'HS512', 'ES384', 'ES512', 'PS256', 'RS512', 'EdDSA', 'es256', '', null, ['ES256']]) {
    const input = `${encode({ alg, typ: 'at+jwt', kid: ec.kid })}.${payload}`
    const pem = await exportSPKI((await importJWK(ec.published, 'ES256')) as CryptoKey)
    for (const secret of [pem, JSON.stringify(ec.published)]) {
      const mac = createHmac('sha256', secret).update(input).digest('base64url')
      assert.equal(await codeOf(`${input}.${mac}`), 'token_invalid: an algorithm that is not taken', String(alg))
    }
  }
  for (const crit of [['exp'], ['b64'], []]) {
    const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: ec.kid, crit, exp: 1, b64: true })
    assert.equal(await codeOf(await resign(`${header}.${payload}`)), 'token_invalid: a critical extension')
  }
  const attacker = await signer('ES256')
  assert.equal(await codeOf(await token(attacker)), 'token_invalid: no such key')
  assert.equal(await codeOf(await token(attacker, {}, { kid: ec.kid })), 'token_invalid: not signed by its key')
  assert.equal(await codeOf(await token(attacker, {}, { kid: ec.kid, jwk: attacker.published })), 'token_invalid: a key in the token')
  const p384 = await signer('ES384')
  assert.equal(await codeOf(await token(p384)), 'token_invalid: an algorithm that is not taken')
})

test('published keys of other kinds are passed over', async (t) => {
  const weak = await exportJWK((await crypto.subtle.generateKey(RSA_1024, true, ['verify', 'sign'])).publicKey)
  const p384 = await signer('ES384')
  const wrongs = [
    null,
    7,
    { ...ec.published, kid: undefined },
    { ...ec.published, kid: 'enc', use: 'enc' },
    { ...ec.published, kid: 'sign', key_ops: ['sign'] },
    { ...ec.published, kid: 'other', alg: 'ES384' },
    { ...ec.published, kid: 'off', x: ec.published.y },
    { ...p384.published, kid: 'p384', alg: 'ES256' },
    { ...weak, kid: 'weak', alg: 'RS256' },
    { kty: 'oct', k: encode('secret'), kid: 'oct', alg: 'HS256' },
  ]
  const { codeOf, state } = await verifying(t)
  state.keys = [...wrongs, ec.published]
  assert.equal(await codeOf(await token(ec)), 'ok')
  for (const kid of ['enc', 'sign', 'other', 'off', 'p384', 'weak', 'oct']) {
    assert.equal(await codeOf(await token(ec, {}, { kid })), 'token_invalid: no such key', kid)
  }
})
const RSA_1024 = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }

test('no bit can be changed, and there is no second spelling', async (t) => {
  const { codeOf } = await verifying(t)
  const text = await token(ec)
  assert.equal(await codeOf(text), 'ok')
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '.') continue
    const bit = 1 << (at % 6)
    const other = alphabet[alphabet.indexOf(text[at]!) ^ bit]!
    assert.match(await codeOf(text.slice(0, at) + other + text.slice(at + 1)), /^token_invalid/, `character ${at}`)
  }
  // The two bits of the signature that carry nothing.
  for (const bit of [1, 2]) {
    const last = alphabet[alphabet.indexOf(text.at(-1)!) ^ bit]!
    assert.equal(await codeOf(text.slice(0, -1) + last), 'token_invalid: not base64url, or not JSON')
  }
  const [header, payload, signature] = text.split('.') as [string, string, string]
  const spellings = [
    `${text}=`,
    ` ${text}`,
    `${text}\n`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}.${signature}.`,
    `${text}.x`,
  ]
  const pieces = ['', '.', '..', '...', header, `${header}.${payload}`, `${header}..${signature}`, 'null', 'x'.repeat(9000)]
  const others = [null, undefined, 7, {}, [text], encode('[]') + text.slice(header.length), `${header}.${encode('null')}.${signature}`]
  for (const one of [...spellings, ...pieces, ...others]) assert.match(await codeOf(one), /^token_invalid/, String(one))
  const short = Buffer.from(signature, 'base64url').subarray(1).toString('base64url')
  assert.equal(await codeOf(`${header}.${payload}.${short}`), 'token_invalid: not signed by its key')
  const notUtf8 = Buffer.concat([Buffer.from(payload, 'base64url'), Buffer.from([0xff])]).toString('base64url')
  assert.equal(await codeOf(await resign(`${header}.${notUtf8}`)), 'token_invalid: not base64url, or not JSON')
})

test('a remembered token expires to the second, and memory is bounded', async (t) => {
  const { verify, codeOf, clock } = await verifying(t, [ec], { cacheSize: 2, cacheControl: 'max-age=86400' })
  const [first, second, third] = await Promise.all(['1', '2', '3'].map((jti) => token(ec, { jti })))
  const claimsOf = async (text: string) => {
    const judged = await verify(text)
    assert.ok(judged.ok)
    return judged.claims
  }
  const claims = await claimsOf(first!)
  assert.equal(await claimsOf(first!), claims, 'the same object: it was remembered')
  await claimsOf(second!)
  await claimsOf(first!)
  const thirds = await claimsOf(third!)
  assert.equal(await claimsOf(first!), claims, 'used lately')
  const again = await claimsOf(second!)
  assert.equal(await claimsOf(second!), again)
  assert.notEqual(await claimsOf(third!), thirds, 'only two are remembered')
  assert.equal(await codeOf(second!), 'ok')
  clock.ms = (NOW + 3600) * 1000 - 1
  assert.equal(await claimsOf(second!), again)
  clock.ms += 1
  assert.equal(await codeOf(second!), 'token_expired: expired')
  assert.equal(await codeOf(second!), 'token_expired: expired')
  const none = await verifying(t, [ec], { cacheSize: 0 })
  const [one, two] = [await none.verify(first!), await none.verify(first!)]
  assert.ok(one.ok && two.ok && one.claims !== two.claims)
})

test('receipts and access tokens are never taken for each other', async (t) => {
  const { verifyReceipt, codeOf } = await verifying(t)
  const receipt = await token(ec, { ...receiptClaims, sub: undefined, client_id: undefined }, { typ: 'sello-receipt+jwt' })
  const judged = await verifyReceipt(receipt)
  assert.ok(judged.ok)
  assert.equal(judged.claims.identity, 'idn_1')
  assert.equal(await codeOf(receipt), 'token_invalid: another type of token')
  const receiptOf = async (claims: object, header: object) => {
    const got = await verifyReceipt(await token(ec, claims, header))
    return got.ok ? 'ok' : got.detail
  }
  const typ = 'sello-receipt+jwt'
  assert.equal(await receiptOf({}, {}), 'another type of token')
  assert.equal(await receiptOf(receiptClaims, {}), 'another type of token')
  assert.equal(await receiptOf({}, { typ }), 'for another audience')
  assert.equal(await receiptOf({ ...receiptClaims, aud: `urn:sello:receipt:${APP}2` }, { typ }), 'for another audience')
  assert.equal(await receiptOf({ ...receiptClaims, token_sha256: undefined }, { typ }), 'no token_sha256')
  assert.equal(await receiptOf({ ...receiptClaims, exp: NOW }, { typ }), 'expired')
  // A token that would do as both, signed as one: its type decides.
  const both = { ...receiptClaims, aud: [APP, receiptClaims.aud] }
  assert.equal(await codeOf(await token(ec, both, { typ })), 'token_invalid: another type of token')
  assert.equal(await receiptOf(both, { typ: 'at+jwt' }), 'another type of token')
})

test('options that cannot work throw', () => {
  const fine = { issuer: ISSUER, audience: APP }
  for (const one of [{ issuer: 'id' }, { audience: '' }, { jwksUrl: 'jwks' }, { cacheSize: -1 }, { cacheSize: 1.5 }]) {
    assert.throws(() => library.createVerifier({ ...fine, ...one }), TypeError, JSON.stringify(one))
  }
})
