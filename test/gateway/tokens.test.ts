import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto'
import { before, test } from 'node:test'
import fc from 'fast-check'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  exportSPKI,
  importJWK,
  type JWK,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import type { AccessClaims } from '../../src/gateway/access.ts'
import { createTokens, type Tokens } from '../../src/gateway/tokens.ts'
import { APP, ISSUER, NOW, receiptClaims, type Signer, token as signed, signer } from '../support/tokens.ts'

const AT = NOW * 1000
const session = { id: 'ses_1', app: APP, account: 'acc_1', email: 'ana@example.com', authAt: AT - 5500, expiresAt: AT + 30 * 86_400_000 }
const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

type Own = Signer & { jwk: Record<string, unknown> }
/** A key of ours, also in the hands of whoever makes the wrong tokens below: all that is wrong with them is what they say. */
async function own(alg: 'ES256' | 'RS256'): Promise<Own> {
  const made = await signer(alg)
  return { ...made, jwk: (await exportJWK(made.privateKey)) as Record<string, unknown> }
}
const open = (keys: Own[], accessTtlMs = 86_400_000, issuer = ISSUER): Promise<Tokens> => {
  let made = 0
  return createTokens({ keys: keys.map(({ jwk }) => jwk), issuer: () => issuer, accessTtlMs, newId: () => `jti_${made++}` })
}

let ec: Own
let older: Own
let rsa: Own
let tokens: Tokens
before(async () => {
  ec = await own('ES256')
  older = await own('ES256')
  rsa = await own('RS256')
  tokens = await open([ec, older, rsa])
})

const right = { auth_time: NOW - 6, email_verified: true }
/** A token that is right but for what is changed. */
const make = (claims: object = {}, header: object = {}, key: Signer = ec) => signed(key, { ...right, ...claims }, header)
const isRefused = (text: unknown, why: string) => assert.equal(tokens.verifyAccess(text as string, AT), null, why)

test('an access token says of its session what RFC 9068 asks for, and jose believes it', async () => {
  const { token, expiresIn } = tokens.accessToken(session, AT + 999)
  const expected: AccessClaims = {
    iss: ISSUER,
    sub: 'acc_1',
    aud: APP,
    client_id: APP,
    exp: NOW + 86_400,
    iat: NOW,
    jti: 'jti_0',
    sid: 'ses_1',
    auth_time: NOW - 6,
    email: 'ana@example.com',
    email_verified: true,
  }
  assert.equal(expiresIn, 86_400)
  const access = { session: 'ses_1', account: 'acc_1', app: APP, authAt: AT - 6000 }
  for (let again = 0; again < 2; again++) assert.deepEqual(tokens.verifyAccess(token, AT), { access, claims: expected })
  const keys = createLocalJWKSet({ keys: tokens.publicKeys() as JWK[] })
  const options: JWTVerifyOptions = { issuer: ISSUER, audience: APP, typ: 'at+jwt', currentDate: new Date(AT) }
  const { payload, protectedHeader } = await jwtVerify(token, keys, options)
  assert.deepEqual(payload, expected)
  assert.deepEqual(protectedHeader, { alg: 'ES256', typ: 'at+jwt', kid: ec.kid })
  assert.notEqual(tokens.accessToken(session, AT).token, token)
})

test('it ends with its time or with its session, whichever comes first, to the second', async () => {
  const ends = (expiresAt: number, now = AT) => tokens.accessToken({ ...session, expiresAt }, now)
  assert.equal(ends(AT + 7999).expiresIn, 7)
  assert.equal(ends(AT + 999).expiresIn, 0)
  assert.equal(ends(AT - 5000).expiresIn, 0)
  const { token } = ends(AT + 7999)
  assert.ok(tokens.verifyAccess(token, AT + 6999))
  assert.equal(tokens.verifyAccess(token, AT + 7000), null)
  assert.ok(tokens.verifyAccess(token, AT + 6999), 'what was once remembered is asked for its time each time')
  assert.ok(tokens.verifyAccess(token, AT - 60_000), 'another gateway is ahead by a minute')
  assert.equal(tokens.verifyAccess(token, AT - 60_001), null)
  assert.equal(tokens.verifyAccess(ends(AT - 5000).token, AT), null)
})

test('the first key signs and every key is believed; receipts stay with P-256', async () => {
  const turned = await open([rsa, older])
  const { token } = turned.accessToken(session, AT)
  assert.equal(tokens.verifyAccess(token, AT)?.claims.sub, 'acc_1')
  assert.ok(turned.verifyAccess(await make({}, {}, older), AT))
  assert.equal(turned.verifyAccess(await make(), AT), null, 'a key that is gone')
  const keys = createLocalJWKSet({ keys: turned.publicKeys() as JWK[] })
  const { protectedHeader } = await jwtVerify(token, keys, { issuer: ISSUER, audience: APP, typ: 'at+jwt', currentDate: new Date(AT) })
  assert.deepEqual(protectedHeader, { alg: 'RS256', typ: 'at+jwt', kid: rsa.kid })
  const receipt = turned.receipt({ app: APP, identity: 'idn_1', email: session.email, token: 't', checkedAt: AT, jti: 'j' })
  assert.equal((await jwtVerify(receipt, keys, { currentDate: new Date(AT) })).protectedHeader.kid, older.kid)
  for (const [key, { published }] of [rsa, older].entries()) {
    assert.deepEqual(turned.publicKeys()[key], published)
    assert.equal(await calculateJwkThumbprint(published), published.kid)
  }
  await assert.rejects(open([rsa]), /no P-256 key/)
})

test('claims that are wrong, of another type, or missing', async () => {
  assert.ok(tokens.verifyAccess(await make(), AT), 'nothing is changed')
  for (const iat of [NOW + 60, NOW - 90_000]) assert.ok(tokens.verifyAccess(await make({ iat }), AT), String(iat))
  for (const name of ['iss', 'sub', 'aud', 'client_id', 'exp', 'iat', 'jti', 'sid', 'auth_time', 'email', 'email_verified']) {
    for (const value of [undefined, null, '', 0.5, -1, {}, [], ['x'], true, false, 'x', `${NOW + 60}`]) {
      if (
        name === 'email_verified'
          ? value === true
          : ['sub', 'jti', 'sid', 'email'].includes(name) && /^./.test(`${value}`) && typeof value === 'string'
      )
        continue
      isRefused(await make({ [name]: value }), `${name} ${JSON.stringify(value)}`)
    }
  }
  const wrong: object[] = [
    { iss: `${ISSUER}/` },
    { iss: ISSUER.toUpperCase() },
    { aud: [APP] },
    { aud: 'app_2' },
    { client_id: 'app_2' },
    { exp: NOW },
    { exp: NOW - 1 },
    { exp: 2 ** 53 },
    { iat: NOW + 61 },
    { nbf: NOW - 1 },
    { nbf: null },
  ]
  for (const claims of wrong) isRefused(await make(claims), JSON.stringify(claims))
  assert.equal((await open([ec], 1000, `${ISSUER}/id`)).verifyAccess(await make(), AT), null, 'of another issuer with the same key')
})

test('headers that are wrong', async () => {
  assert.ok(tokens.verifyAccess(await make({}, { typ: 'application/at+jwt' }), AT))
  const wrong: object[] = [
    ...['JWT', '', 'AT+JWT', 'at+JWT', 'Application/at+jwt', 'sello-receipt+jwt', undefined, null, 7, ['at+jwt']].map((typ) => ({ typ })),
    ...['', undefined, null, 7, 'unknown', '__proto__', 'constructor', older.kid, rsa.kid, [ec.kid]].map((kid) => ({ kid })),
    { jwk: ec.published },
    { jku: 'https://id.example.com/.well-known/jwks.json' },
    { x5u: 'https://id.example.com/cert.pem' },
    { x5c: ['MIIB'] },
    { cty: 'JWT' },
    { zip: 'DEF' },
  ]
  for (const header of wrong) isRefused(await make({}, header), JSON.stringify(header))
  isRefused(await make({}, {}, { ...older, kid: ec.kid }), 'signed by another key of ours than it says')

  // What no library would sign: the key is ours all the same.
  const { privateKey } = { privateKey: { key: ec.jwk as never, format: 'jwk', dsaEncoding: 'ieee-p1363' } as const }
  const claims = (await make()).split('.')[1]!
  const bare = (header: string | object) => {
    const input = `${encode(header)}.${claims}`
    return `${input}.${signWith('sha256', Buffer.from(input), privateKey as never).toString('base64url')}`
  }
  const [alg, typ, kid] = ['"alg":"ES256"', '"typ":"at+jwt"', `"kid":"${ec.kid}"`]
  assert.ok(tokens.verifyAccess(bare(`{${kid},${alg},${typ}}`), AT), 'in whatever order')
  for (const header of [
    `{${alg},${alg},${typ},${kid}}`,
    `{"alg":"none",${alg},${typ},${kid}}`,
    `{${alg},${typ},"kid":"x",${kid}}`,
    `{${alg}, ${typ},${kid}}`,
    `{${alg},${typ},${kid},"crit":["exp"]}`,
    `{${alg},${typ},${kid},"crit":[]}`,
    `{${alg},${typ},${kid},"b64":false}`,
    `{${alg},${typ},${kid},"__proto__":{}}`,
    `{${alg},"typ":"at\\u002bjwt",${kid}}`,
    `[${JSON.stringify('ES256')}]`,
    'null',
    '"ES256"',
    `{${alg},${typ},${kid}`,
    '['.repeat(5000),
  ])
    isRefused(bare(header), header)
  for (const other of ['none', 'None', 'HS256', 'ES384', 'RS256', 'PS256', 'EdDSA', '', null])
    isRefused(bare({ alg: other, typ: 'at+jwt', kid: ec.kid }), String(other))
})

test('tokens that others signed, or nobody', async () => {
  const claims = (await make()).split('.')[1]!
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    for (const signature of ['', encode('x')]) isRefused(`${encode({ alg, typ: 'at+jwt', kid: ec.kid })}.${claims}.${signature}`, alg)
  }
  for (const key of [ec, rsa]) {
    const pem = await exportSPKI((await importJWK(key.published, key.alg)) as CryptoKey)
    for (const secret of [
      pem,
      pem.trimEnd(),
      JSON.stringify(key.published),
      Buffer.from(String(key.published.n ?? key.published.x), 'base64url'),
      '',
    ]) {
      for (const alg of ['HS256', 'HS384', 'HS512', key.alg]) {
        const input = `${encode({ alg, typ: 'at+jwt', kid: key.kid })}.${claims}`
        const mac = createHmac(alg.startsWith('HS') ? `sha${alg.slice(2)}` : 'sha256', secret)
        isRefused(`${input}.${mac.update(input).digest('base64url')}`, `${alg} with the public key of ${key.alg} as its secret`)
      }
    }
  }
  for (const alg of ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'RS384', 'PS256']) {
    const stranger = await signer(alg)
    isRefused(await make({}, {}, stranger), `${alg} of a stranger`)
    isRefused(await make({}, { kid: ec.kid }, stranger), `${alg} of a stranger, under our key id`)
    isRefused(await make({}, { kid: ec.kid, jwk: stranger.published }, stranger), `${alg} with the key beside it`)
    isRefused(await make({}, { kid: ec.kid, alg: 'ES256' }, { ...stranger, alg: 'ES256' }).catch(() => ''), `${alg} said to be ES256`)
  }
  const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
  const input = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: ec.kid })}.${claims}`
  const of = (dsaEncoding: 'der' | 'ieee-p1363', key = curve) =>
    signWith('sha256', Buffer.from(input), { key, dsaEncoding }).toString('base64url')
  isRefused(`${input}.${of('ieee-p1363')}`, 'another curve of the same size')
  isRefused(`${input}.${of('der')}`, 'DER')
  isRefused(`${input}.${encode(Buffer.alloc(64))}`, 'zeros (CVE-2022-21449)')
})

test('receipts and refresh tokens are no access tokens', async () => {
  isRefused(tokens.receipt({ app: APP, identity: 'idn_1', email: session.email, token: 't', checkedAt: AT, jti: 'j' }), 'a receipt')
  isRefused(await signed(ec, { ...right, ...receiptClaims }), 'what a receipt says, as an access token')
  for (const text of ['rt_1c0fVhW2bR7mKq9xT4nYp3Ls', 'idn_8685bfc4174565b9bd557103f8230fb5abc9', 'ses_1', '482109375516'])
    isRefused(text, text)
})

test('each bit counts, and so does the way it is written', async () => {
  for (const key of [ec, rsa]) {
    const text = await make({}, {}, key)
    assert.ok(tokens.verifyAccess(text, AT))
    const bytes = Buffer.from(text)
    let refused = 0
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      if (tokens.verifyAccess(bytes.toString('latin1'), AT) === null) refused++
      bytes[bit >> 3]! ^= 1 << (bit & 7)
    }
    assert.equal(refused, bytes.length * 8)
    for (let length = 0; length < text.length; length++) isRefused(text.slice(0, length), `the first ${length} characters`)
    const [header, claims, signature] = text.split('.') as [string, string, string]
    const written = [
      ` ${text}`,
      `${text} `,
      `${text}\n`,
      `${text}.`,
      `.${text}`,
      `${text}=`,
      `${header}==.${claims}.${signature}`,
      `${header}.${claims}.${signature}A`,
      `${header}.${claims}.`,
      `${header}..${signature}`,
      `.${claims}.${signature}`,
      `${header}.${claims}`,
      `${header}.${claims}.${signature}.${signature}`,
      `${claims}.${header}.${signature}`,
      text.replaceAll('.', '..'),
      text.replaceAll('.', '%2E'),
      `${header}.${claims}.${Buffer.from(signature, 'base64url').toString('base64')}+/`,
      `Bearer ${text}`,
      text.toUpperCase(),
      `${header}.${claims.replace(/^./, '$&\u00a0')}.${signature}`,
    ]
    for (const one of written) isRefused(one, one)
  }
})

test('whatever it is given, it says no and does not throw', async () => {
  const text = await make()
  for (const value of [undefined, null, 0, 1n, true, {}, [], [text], Symbol('x'), () => text, new String(text), Buffer.from(text)])
    isRefused(value, typeof value)
  for (const value of [
    '',
    '.',
    '..',
    '...',
    '. .',
    '\0',
    'a.b.c',
    '\ud800.\ud800.\ud800',
    'e30.e30.e30',
    `${'A'.repeat(1e6)}.A.A`,
    '.'.repeat(1e6),
  ])
    isRefused(value, value.slice(0, 20))
  const part = fc.oneof(fc.base64String(), fc.string({ unit: 'binary' }), fc.json().map(encode), fc.constantFrom(...text.split('.')))
  const almost = fc.tuple(part, part, part).map((parts) => parts.join('.'))
  fc.assert(
    fc.property(fc.oneof(almost, fc.string({ unit: 'binary' })), (given) => given === text || tokens.verifyAccess(given, AT) === null),
  )
})

test('a token that is no longer remembered is as good as before', async () => {
  const { token } = tokens.accessToken(session, AT)
  assert.ok(tokens.verifyAccess(token, AT))
  for (let i = 0; i < 2100; i++) assert.ok(tokens.verifyAccess(tokens.accessToken(session, AT).token, AT))
  assert.ok(tokens.verifyAccess(token, AT))
})
