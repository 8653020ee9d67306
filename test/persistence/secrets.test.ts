import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSecrets, derive, keyId } from '../../src/persistence/secrets.ts'
import { fakeEnv } from '../support/env.ts'

const keyFrom = (text: string) => createHash('sha256').update(text).digest()
const [P1, P2, S1, S2] = ['pepper one', 'pepper two', 'seal one', 'seal two'].map(keyFrom) as [Buffer, Buffer, Buffer, Buffer]
const secretsOf = (peppers: Buffer[] = [P1], seals: Buffer[] = [S1]) => createSecrets(fakeEnv(), peppers, seals)
const text = fc.string({ unit: 'binary' })

test('mac: the same for the same, another for another purpose, text or pepper', () => {
  const secrets = secretsOf()
  assert.equal(secrets.mac('number', '1234'), secretsOf().mac('number', '1234'))
  const macs = [
    secrets.mac('number', '1234'),
    secrets.mac('api-key', '1234'),
    secrets.mac('number', '1235'),
    secrets.mac('number', ''),
    secrets.mac('', 'number1234'),
    secrets.mac('number1', '234'),
    secretsOf([P2]).mac('number', '1234'),
  ]
  assert.equal(new Set(macs.map((mac) => mac.split('.')[1])).size, macs.length)
  for (const mac of macs) assert.match(mac, /^[0-9a-f]{8}\.[\w-]{43}$/)
})

test('mac: its key is no key of any other purpose', () => {
  assert.ok(!derive(P1, 'mac/number').equals(derive(P1, 'seal/number')))
  assert.ok(!derive(P1, 'a').equals(derive(P1, 'b')))
  assert.ok(!derive(P1, 'a').equals(derive(P2, 'a')))
  assert.equal(derive(P1, 'a').length, 32)
  assert.ok(!derive(P1, 'key-id').toString('hex').includes(keyId(P1)))
})

test('macs: one under each pepper, the first one first, as their ids are told', () => {
  const both = secretsOf([P1, P2])
  assert.deepEqual(both.macs('number', '1'), [secretsOf([P1]).mac('number', '1'), secretsOf([P2]).mac('number', '1')])
  assert.equal(both.mac('number', '1'), both.macs('number', '1')[0])
  assert.deepEqual(both.pepperIds, [keyId(P1), keyId(P2)])
  assert.deepEqual(secretsOf([P2, P1]).pepperIds, [keyId(P2), keyId(P1)])
})

test('macUnder: the bytes of that pepper, null when there is none of that id', () => {
  const both = secretsOf([P1, P2])
  for (const [i, id] of both.pepperIds.entries())
    assert.equal(`${id}.${both.macUnder(id, 'password', 'ñ\0')!.toString('base64url')}`, both.macs('password', 'ñ\0')[i])
  for (const id of ['', '00000000', keyId(S1)]) assert.equal(both.macUnder(id, 'password', 'ñ'), null)
})

test('places: as the macs, shorter, and named after the same peppers', () => {
  const both = secretsOf([P1, P2])
  const places = both.places('number', '1')
  assert.deepEqual(
    places.map((place) => place.split('.')[0]),
    both.pepperIds,
  )
  assert.deepEqual(both.pepperIds, [keyId(P1), keyId(P2)])
  for (const [i, place] of places.entries()) {
    const mac = Buffer.from(both.macs('number', '1')[i]!.split('.')[1]!, 'base64url').toString('hex')
    assert.match(place, /^[0-9a-f]{8}\.[0-9a-f]{24}$/)
    assert.ok(mac.startsWith(place.split('.')[1]!))
  }
})

test('keyId: the same for the same key, and tells nothing of it', () => {
  const ids = new Set<string>()
  for (let i = 0; i < 500; i++) {
    const key = keyFrom(`key ${i}`)
    const id = keyId(key)
    assert.equal(id, keyId(Buffer.from(key)))
    assert.match(id, /^[0-9a-f]{8}$/)
    ids.add(id)
    const obvious = ['md5', 'sha1', 'sha256', 'sha512'].map((name) => createHash(name).update(key).digest('hex'))
    for (const told of [key.toString('hex'), ...obvious]) assert.ok(!told.includes(id), `the id of key ${i} shows in it or its hash`)
  }
  assert.equal(ids.size, 500)
})

test('seal: opens to what was sealed, is never twice the same, and shows nothing', () => {
  const secrets = secretsOf()
  fc.assert(
    fc.property(text, text, (place, secret) => {
      const sealed = secrets.seal('token', place, secret)
      assert.equal(secrets.open('token', place, sealed), secret.toWellFormed())
      assert.match(sealed, /^[0-9a-f]{8}\.[\w-]{16}\.[\w-]{22,}$/)
      assert.notEqual(secrets.seal('token', place, secret), sealed)
    }),
  )
  const sealed = secrets.seal('token', 'place', 'a secret that could show')
  for (const part of sealed.split('.')) assert.doesNotMatch(Buffer.from(part, 'base64url').toString('latin1'), /secret|place/)
})

test('seal: bound to its place and its purpose', () => {
  const secrets = secretsOf()
  const sealed = secrets.seal('token', 'number/1', 'text')
  for (const [purpose, place] of [
    ['token', 'number/2'],
    ['token', ''],
    ['token', 'number/1 '],
    ['receipt', 'number/1'],
    ['', 'number/1'],
  ] as const) {
    assert.throws(() => secrets.open(purpose, place, sealed), `${purpose} at ${place}`)
  }
})

test('seal: of a list of keys the first one seals, all open', () => {
  const old = secretsOf([P1], [S1]).seal('token', 'place', 'old')
  const both = secretsOf([P1], [S2, S1])
  assert.equal(both.open('token', 'place', old), 'old')
  const fresh = both.seal('token', 'place', 'fresh')
  assert.ok(fresh.startsWith(`${keyId(S2)}.`))
  assert.equal(secretsOf([P1], [S2]).open('token', 'place', fresh), 'fresh')
})

test('seal: a key that is not there is named, and nothing of what was sealed is told', () => {
  const sealed = secretsOf([P1], [S1]).seal('token', 'place', 'text')
  const [id, nonce, body] = sealed.split('.') as [string, string, string]
  assert.throws(
    () => secretsOf([P1], [S2]).open('token', 'place', sealed),
    ({ message }: Error) =>
      message.includes(id) && message.includes('SELLO_SEAL_KEY') && !message.includes(nonce) && !message.includes(body),
  )
  for (const stray of ['a secret that was never sealed', 'secret.x.y', '', `${id}x.${nonce}.${body}`, `<b>.${nonce}.${body}`]) {
    assert.throws(
      () => secretsOf().open('token', 'place', stray),
      ({ message }: Error) => !message.includes('secret') && !message.includes('<b>') && !message.includes(nonce),
      stray,
    )
  }
})

test('seal: changed anywhere, it does not open', () => {
  const secrets = secretsOf()
  for (const plain of ['', 'a', 'ab', 'abc', 'a token of some length', 'ñ😀']) {
    const sealed = secrets.seal('token', 'place', plain)
    const refuses = (changed: string) =>
      assert.throws(() => secrets.open('token', 'place', changed), `'${plain}' opened although changed: ${sealed} -> ${changed}`)
    for (let at = 0; at < sealed.length; at++) {
      for (const other of 'Aa09-_.=! ') if (other !== sealed[at]) refuses(sealed.slice(0, at) + other + sealed.slice(at + 1))
      refuses(sealed.slice(0, at) + sealed.slice(at + 1))
      refuses(sealed.slice(0, at))
    }
    for (const more of ['A', '=', '.', '.x', ' ', '\n']) for (const changed of [sealed + more, more + sealed]) refuses(changed)
    const [id, nonce, body] = sealed.split('.') as [string, string, string]
    for (const bytes of [Buffer.from(nonce, 'base64url'), Buffer.from(body, 'base64url')]) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        refuses(
          bytes.length === 12 ? [id, flipped.toString('base64url'), body].join('.') : [id, nonce, flipped.toString('base64url')].join('.'),
        )
      }
    }
  }
})

test('seal: a tag that was cut short does not open', () => {
  const secrets = secretsOf()
  const [id, nonce, body] = secrets.seal('token', 'place', '').split('.') as [string, string, string]
  for (let length = 0; length < 16; length++) {
    const short = Buffer.from(body, 'base64url').subarray(0, length).toString('base64url')
    assert.throws(() => secrets.open('token', 'place', [id, nonce, short].join('.')), `a tag of ${length} bytes`)
  }
})
