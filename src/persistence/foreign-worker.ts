import { createCipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto'
import { hashSync } from '@node-rs/bcrypt'
import type { Foreign } from '../rules/foreign.ts'

/** bcrypt reads no further, and C's implementations no further than a NUL. */
const BCRYPT_BYTES = 72
/** Of scrypt, over what its table takes. */
const SLACK_BYTES = 1024 * 1024

/** argon2 of a password: the package belongs to the thread. */
export type Argon2 = (password: Uint8Array, hash: Extract<Foreign, { kind: 'argon2' }>) => Uint8Array

/** Whether the password is that of the hash. It takes as long for any password. */
export function opens(hash: Foreign, password: Uint8Array, argon2: Argon2): boolean {
  switch (hash.kind) {
    case 'bcrypt':
      return opensBcrypt(hash, password)
    case 'scrypt':
      return same(scrypt(hash, password, hash.salt, hash.hash.length), hash.hash)
    case 'pbkdf2':
      return same(pbkdf2Sync(password, hash.salt, hash.iterations, hash.hash.length, hash.digest), hash.hash)
    case 'argon2':
      return same(argon2(password, hash), hash.hash)
    case 'fbscrypt':
      return same(firebase(hash, password), hash.hash)
  }
}

/** What bcrypt would pass over is no part of what it hashed: a password that has such a part is never taken for the one that was. */
function opensBcrypt({ cost, rest }: Extract<Foreign, { kind: 'bcrypt' }>, password: Uint8Array): boolean {
  const made = hashSync(password.subarray(0, BCRYPT_BYTES), cost, saltOf(rest))
  const isWhole = password.length <= BCRYPT_BYTES && !password.includes(0)
  return same(Buffer.from(made.slice(-31)), Buffer.from(rest.slice(-31))) && isWhole
}

const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The first 22 characters: 16 bytes in bcrypt's own base64. */
function saltOf(rest: string): Buffer {
  const bits = [...rest.slice(0, 22)].map((character) => ALPHABET.indexOf(character).toString(2).padStart(6, '0')).join('')
  return Buffer.from(Array.from({ length: 16 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2)))
}

function scrypt({ ln, r, p = 1 }: { ln: number; r: number; p?: number }, password: Uint8Array, salt: Uint8Array, bytes: number): Buffer {
  return scryptSync(password, salt, bytes, { N: 2 ** ln, r, p, maxmem: 128 * 2 ** ln * r + 256 * r * p + SLACK_BYTES })
}

/** @see https://github.com/firebase/scrypt: AES-256-CTR of the signer key under the first 32 bytes of scrypt */
function firebase(hash: Extract<Foreign, { kind: 'fbscrypt' }>, password: Uint8Array): Buffer {
  const key = scrypt(hash, password, Buffer.concat([hash.salt, hash.separator]), 32)
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(hash.signer)
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && timingSafeEqual(a, b)
