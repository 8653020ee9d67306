import { createCipheriv, createDecipheriv, createHash, createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Env } from '../env.ts'

type Key = { id: string; forPurpose: (purpose: string) => Buffer }

/** MACs under the pepper and seals under the seal key. Both are lists: the first key writes, all are tried. */
export type Secrets = {
  /** `<key id>.<HMAC-SHA-256, base64url>` under the first pepper, separated by purpose. */
  mac(purpose: string, text: string): string
  /** The same under every pepper, the first one's first. */
  macs(purpose: string, text: string): string[]
  /** As `macs`, cut to 96 bits in hex: enough for a key to look up, and to find no other by chance. */
  places(purpose: string, text: string): string[]
  /** HMAC-SHA-256 under the pepper of that id, 32 bytes; null when there is no such pepper. */
  macUnder(pepperId: string, purpose: string, text: string): Buffer | null
  /** The ids of the peppers, the first one's first. */
  pepperIds: readonly string[]
  /** The ids of the seals, likewise. */
  sealIds: readonly string[]
  /** AES-256-GCM, bound to `place` (the record's key): `<key id>.<nonce>.<ciphertext and tag>`. */
  seal(purpose: string, place: string, text: string): string
  /** @throws when the text was sealed for another place or purpose, under an unknown key, or was changed */
  open(purpose: string, place: string, sealed: string): string
}

const SEALED = /^([0-9a-f]{8})\.([\w-]{16})\.([\w-]{22,})$/

/** A name for a key that tells nothing of it: the first 8 hex digits of SHA-256 over a value derived from it. */
export const keyId = (key: Buffer): string =>
  createHash('sha256')
    .update(Buffer.from(hkdfSync('sha256', key, '', 'sello/key-id', 16)))
    .digest('hex')
    .slice(0, 8)

/** Whether two texts are the same, in a time that tells nothing of where they differ. */
export const sameText = (a: string, b: string): boolean => timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))

/** A key for one purpose, by HKDF-SHA-256 (RFC 5869). */
export const derive = (key: Buffer, purpose: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `sello/${purpose}`, 32))

/** @param peppers and seals: at least one each, ≥ 32 bytes */
export function createSecrets(env: Env, peppers: readonly Buffer[], seals: readonly Buffer[]): Secrets {
  const macKeys = peppers.map(keyed)
  const sealKeys = seals.map(keyed)
  const hmac = (key: Key, purpose: string, text: string) => createHmac('sha256', key.forPurpose(`mac/${purpose}`)).update(text)
  const macWith = (key: Key, purpose: string, text: string) => `${key.id}.${hmac(key, purpose, text).digest('base64url')}`

  return {
    mac: (purpose, text) => macWith(macKeys[0]!, purpose, text),
    macs: (purpose, text) => macKeys.map((key) => macWith(key, purpose, text)),
    places: (purpose, text) => macKeys.map((key) => `${key.id}.${hmac(key, purpose, text).digest('hex').slice(0, 24)}`),
    macUnder(pepperId, purpose, text) {
      const key = macKeys.find(({ id }) => id === pepperId)
      return key ? hmac(key, purpose, text).digest() : null
    },
    pepperIds: macKeys.map(({ id }) => id),
    sealIds: sealKeys.map(({ id }) => id),
    seal(purpose, place, text) {
      const key = sealKeys[0]!
      const nonce = env.secret(12)
      const cipher = createCipheriv('aes-256-gcm', key.forPurpose(`seal/${purpose}`), nonce).setAAD(Buffer.from(place))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${key.id}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
    },
    open(purpose, place, sealed) {
      const [, id, nonce, body] = (SEALED.exec(sealed) ?? []) as string[]
      if (!id || !nonce || !body) throw new Error('a record holds something else where a sealed text should be')
      const key = sealKeys.find((candidate) => candidate.id === id)
      if (!key) throw new Error(`a record is sealed under the key ${id}, which is not among SELLO_SEAL_KEY`)
      const bytes = Buffer.from(body, 'base64url')
      if (bytes.toString('base64url') !== body) throw new Error('a sealed text was changed')
      const decipher = createDecipheriv('aes-256-gcm', key.forPurpose(`seal/${purpose}`), Buffer.from(nonce, 'base64url'))
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-16))
      return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')
    },
  }
}

function keyed(key: Buffer): Key {
  const derived = new Map<string, Buffer>()
  return {
    id: keyId(key),
    forPurpose(purpose) {
      const known = derived.get(purpose)
      if (known) return known
      const fresh = derive(key, purpose)
      derived.set(purpose, fresh)
      return fresh
    },
  }
}
