import { argon2Sync } from 'node:crypto'

/** A hash that something else than Sello made, and the password that it is of. `by`: what made it, or where it is published. */
export type Vector = { name: string; by: string; given: unknown; password: string; wrong?: string }

export const BATTERY = 'correct horse battery'
const b64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64').replaceAll('=', '')
const SALT = 'a salt of 16 byt'

function argon2(variant: 'd' | 'i' | 'id', memory: number, passes: number, parallelism: number): string {
  const options = { message: BATTERY, nonce: Buffer.from(SALT), memory, passes, parallelism, tagLength: 32 }
  const hash = argon2Sync(`argon2${variant}`, options)
  return `$argon2${variant}$v=19$m=${memory},t=${passes},p=${parallelism}$${b64(SALT)}$${b64(hash)}`
}

/** @see the README of github.com/firebase/scrypt */
export const HASH_CONFIG = {
  signerKey: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  saltSeparator: 'Bw==',
  rounds: 8,
  memCost: 14,
}
export const FIREBASE = {
  hash: 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
  salt: '42xEC+ixf3L2lw==',
}
const FIREBASE_PASSWORD = 'user1password'
const forUrls = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_')

/** As a realm's export has it: JSON within JSON. */
export const keycloak = (algorithm: string, hashIterations: number, value: string, salt: string, more: object = {}) => ({
  credentialData: JSON.stringify({ hashIterations, algorithm, additionalParameters: more }),
  secretData: JSON.stringify({ value, salt, additionalParameters: {} }),
})
const KEYCLOAK_512 = '/rn5bPGhQhC0UvK89gWQP6Fvukh+6q416ud6uJFizSDpE78xPrYWlwB/5qXtK+dKyc7prjMZEDagSR7vOrP6GQ=='
const PBKDF2_256 = 's8mEtzOLBXo/tipzbAWl8pG6BFi3xd8SwVPd1rKQPT4'
const KEYCLOAK_ARGON2 = { hashLength: ['32'], memory: ['7168'], type: ['id'], version: ['1.3'], parallelism: ['1'] }

const pythons = 'hashlib of Python 3.11'
const libxcrypt = 'crypt(3) of libxcrypt'
export const VECTORS: Vector[] = [
  {
    name: 'bcrypt $2a$',
    by: 'the test vectors of jBCrypt and crypt_blowfish',
    given: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    password: 'U*U',
  },
  { name: 'bcrypt $2b$', by: libxcrypt, given: '$2b$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.', password: BATTERY },
  {
    name: 'bcrypt $2y$, beyond ASCII',
    by: libxcrypt,
    given: '$2y$06$abcdefghijklmnopqrstuufyNOj3OU6qalk885BMxZLa76Phw0Qaq',
    password: 'contraseña larga',
  },
  {
    name: 'bcrypt of 72 bytes',
    by: libxcrypt,
    given: '$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i',
    password: 'x'.repeat(72),
  },
  {
    name: 'bcrypt in Django',
    by: libxcrypt,
    given: 'bcrypt$$2b$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.',
    password: BATTERY,
  },
  {
    name: 'scrypt',
    by: pythons,
    given: '$scrypt$ln=10,r=8,p=2$YSBzYWx0IG9mIDE2IGJ5dA$NJHcIBv8gLtEx56BVftkqCWbrJy5wz4Lspr745uSRdU',
    password: BATTERY,
  },
  {
    name: 'scrypt in Django',
    by: pythons,
    given: 'scrypt$1024$Vq3kGmUs4qYh$8$1$m+Xy3zriLUVJwdQcaa3EInt6pG6PK7Ax+p3uwi+Y6TU4IqszuFYZ45e37x9g8jOu59CJDxerExq6X05wHKiBng==',
    password: BATTERY,
  },
  {
    name: 'pbkdf2',
    by: pythons,
    given: '$pbkdf2$1000$YSBzYWx0IG9mIDE2IGJ5dA$rcZyAmbCgXZG5aBgSUCHPsSZrkbMQOip24qqiKawj6E',
    password: BATTERY,
  },
  { name: 'pbkdf2-sha256, PHC', by: pythons, given: `$pbkdf2-sha256$i=1000,l=32$YSBzYWx0IG9mIDE2IGJ5dA$${PBKDF2_256}`, password: BATTERY },
  {
    name: 'pbkdf2-sha512, passlib',
    by: pythons,
    given: '$pbkdf2-sha512$1000$YSBzYWx0IG9mIDE2IGJ5dA$vFfvNlx72hMYaxkIlvZh5Qk32mslogiQkvU1NX.Eztw',
    password: BATTERY,
  },
  {
    name: 'pbkdf2 in Django',
    by: pythons,
    given: 'pbkdf2_sha256$1200$Vq3kGmUs4qYh$/QA/MUjisCEl/yHLrIVP97hUFyJ2oZehP2ranFuUF+w=',
    password: BATTERY,
  },
  { name: 'pbkdf2 in Keycloak', by: pythons, given: keycloak('pbkdf2-sha512', 1500, KEYCLOAK_512, b64(SALT)), password: BATTERY },
  { name: 'argon2id', by: 'OpenSSL', given: argon2('id', 4096, 2, 1), password: BATTERY },
  { name: 'argon2i', by: 'OpenSSL', given: argon2('i', 1024, 3, 2), password: BATTERY },
  { name: 'argon2d', by: 'OpenSSL', given: argon2('d', 1024, 1, 4), password: BATTERY },
  {
    name: 'argon2id, published',
    by: 'test.c of phc-winner-argon2',
    given: '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    password: 'password',
  },
  {
    name: 'argon2i of version 1.0',
    by: 'test.c of phc-winner-argon2',
    given: '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
    password: 'password',
  },
  { name: 'argon2 in Django', by: 'OpenSSL', given: `argon2${argon2('id', 1024, 2, 8)}`, password: BATTERY },
  {
    name: 'argon2 in Keycloak',
    by: 'OpenSSL',
    given: keycloak('argon2', 5, argon2('id', 7168, 5, 1).split('$')[5]!, b64(SALT), KEYCLOAK_ARGON2),
    password: BATTERY,
  },
  { name: 'Firebase', by: 'the README of firebase/scrypt', given: FIREBASE, password: FIREBASE_PASSWORD },
  {
    name: 'Firebase, base64 for URLs and its own parameters',
    by: 'the README of firebase/scrypt',
    given: { hash: forUrls(FIREBASE.hash), salt: forUrls(FIREBASE.salt), ...HASH_CONFIG },
    password: FIREBASE_PASSWORD,
  },
  {
    name: 'Firebase in Supabase',
    by: 'the README of firebase/scrypt',
    given: `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${HASH_CONFIG.signerKey}$${FIREBASE.salt}$${FIREBASE.hash}`,
    password: FIREBASE_PASSWORD,
  },
]
