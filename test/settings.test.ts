import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { ConfigMistakes, type Role, readConfig } from '../src/config.ts'
import { production } from './support/production.ts'

const CLEAR = 'plain redis beyond this machine'
const hex = () => randomBytes(32).toString('hex')
const [pepper, edge] = [randomBytes(32).toString('base64'), hex()]
const good: Record<string, string | undefined> = {
  ...production('/var/lib/sello', 'smtp://mail.example.com', 3000),
  SELLO_PEPPER: pepper,
  SELLO_PERSISTENCE_KEY: edge,
  SELLO_MESSAGING_KEY: hex(),
}

/** The mistakes of a production that differs from a good one in this. */
function mistakes(change: Record<string, string>, role: Role): string[] {
  try {
    readConfig({ ...good, ...change }, role)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigMistakes, String(error))
    for (const value of Object.values(change)) assert.ok(!error.message.includes(value), 'repeats a value')
    return error.lines.map((line) => line.replace(/\. Right would be: .+$/, ''))
  }
}

describe('production', () => {
  test('what is right is taken', () => {
    assert.deepEqual(mistakes({}, 'all'), [])
    assert.deepEqual(mistakes({ SELLO_BOOTSTRAP_KEY: hex() }, 'persistence'), [])
    assert.deepEqual(mistakes({ SELLO_URL: 'https://id.example.org', SELLO_API_KEY: 'of an application' }, 'all'), [])
    assert.deepEqual(mistakes({ SELLO_HOST: 'unix:/run/sello/messaging.sock' }, 'messaging'), [])
  })

  const refused: [what: string, change: Record<string, string>, role: Role, line: string][] = [
    [
      'a mail server with a password that is not encoded',
      { SELLO_SMTP_URL: 'smtp://u:100%zz@mail.example.com' },
      'messaging',
      'SELLO_SMTP_URL is not a URL with smtp: or smtps:',
    ],
    [
      'an authority that is no certificate',
      { SELLO_CA_FILE: import.meta.filename },
      'all',
      'SELLO_CA_FILE names a file that holds no certificate in PEM',
    ],
    ['one key for two purposes', { SELLO_SEAL_KEY: pepper }, 'all', 'SELLO_SEAL_KEY repeats a key of SELLO_PEPPER'],
    [
      'a pepper that is shown to persistence',
      { SELLO_PERSISTENCE_KEY: `${hex()},${pepper}` },
      'persistence',
      'SELLO_PERSISTENCE_KEY repeats a key of SELLO_PEPPER',
    ],
    [
      'a service key that is also an API key',
      { SELLO_BOOTSTRAP_KEY: edge },
      'persistence',
      'SELLO_BOOTSTRAP_KEY repeats a key of SELLO_PERSISTENCE_KEY',
    ],
    ['a pepper of zeros', { SELLO_PEPPER: Buffer.alloc(32).toString('base64') }, 'all', 'SELLO_PEPPER was not drawn at random'],
    ['a service key of one letter', { SELLO_MESSAGING_KEY: 'x'.repeat(40) }, 'messaging', 'SELLO_MESSAGING_KEY was not drawn at random'],
    ['redis in clear', { SELLO_STORE: 'redis://sello:pass-word@redis.internal:6379/0' }, 'persistence', `SELLO_STORE is ${CLEAR}`],
    ['one node of several in clear', { SELLO_STORE: 'redis-cluster://127.0.0.1,10.0.0.2' }, 'all', `SELLO_STORE is ${CLEAR}`],
  ]
  for (const [what, change, role, line] of refused) {
    test(`refuses ${what}`, () => assert.deepEqual(mistakes(change, role), [line]))
  }

  test('redis by TLS, or on this machine, is taken', () => {
    for (const store of ['rediss://sello:pass@redis.internal', 'redis://127.0.0.1:6379/1', 'redis-sentinel://[::1],localhost:26380/main'])
      assert.deepEqual(mistakes({ SELLO_STORE: store }, 'persistence'), [])
  })

  test('a gateway needs no store, and its two keys differ', () => {
    const edges = { SELLO_PERSISTENCE_URL: 'https://persistence:3001', SELLO_MESSAGING_URL: 'https://messaging:3002' }
    assert.deepEqual(mistakes({ ...edges, SELLO_STORE: 'redis://redis.internal' }, 'gateway'), [])
    assert.deepEqual(mistakes({ ...edges, SELLO_MESSAGING_KEY: edge }, 'gateway'), [
      'SELLO_MESSAGING_KEY repeats a key of SELLO_PERSISTENCE_KEY',
    ])
  })
})

test('signing keys are P-256 or long RSA keys, whole, and one of them can sign receipts', () => {
  const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' })
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'jwk' })
  const [p256, other, long] = [curve('P-256'), curve('P-256'), rsa(2048)]
  const { d: _, ...half } = p256
  const told = (...keys: object[]) => mistakes({ SELLO_SIGNING_KEY: JSON.stringify({ keys }) }, 'all')
  for (const keys of [[p256], [p256, other], [p256, long], [long, p256], [{ ...p256, alg: 'ES256', use: 'sig', kid: 'x' }]])
    assert.deepEqual(told(...keys), [])
  const weak = 'SELLO_SIGNING_KEY has a key that is not a private P-256 key, nor an RSA key of 2048 bits or more'
  const bad = [
    curve('P-384'),
    curve('secp256k1'),
    rsa(1024),
    half,
    { ...p256, d: other.d },
    { ...p256, x: 'AA' },
    { kty: 'oct', k: 'AA' },
    {},
  ]
  for (const key of bad) assert.deepEqual(told(p256, key), [weak], JSON.stringify(Object.keys(key)))
  assert.deepEqual(told(long), ['SELLO_SIGNING_KEY holds no P-256 key, which receipts are signed with'])
  assert.deepEqual(told(), ['SELLO_SIGNING_KEY holds no keys'])
})
