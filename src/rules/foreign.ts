/** A password's hash as another system made it. Bytes are raw; `memory` in KiB. */
export type Foreign =
  /** `rest`: salt and hash, 53 characters of bcrypt's own alphabet. */
  | { kind: 'bcrypt'; cost: number; rest: string }
  | { kind: 'scrypt'; ln: number; r: number; p: number; salt: Uint8Array; hash: Uint8Array }
  | { kind: 'pbkdf2'; digest: Digest; iterations: number; salt: Uint8Array; hash: Uint8Array }
  | {
      kind: 'argon2'
      variant: 'id' | 'i' | 'd'
      version: 16 | 19
      memory: number
      time: number
      parallelism: number
      salt: Uint8Array
      hash: Uint8Array
    }
  /** Firebase's scrypt: the hash is the project's signer key, encrypted under what scrypt gives. */
  | { kind: 'fbscrypt'; ln: number; r: number; salt: Uint8Array; separator: Uint8Array; signer: Uint8Array; hash: Uint8Array }
export type Digest = 'sha1' | 'sha256' | 'sha512'
export type Kind = Foreign['kind']

export const DIGEST_BYTES: Record<Digest, number> = { sha1: 20, sha256: 32, sha512: 64 }
const MIB = 1024 * 1024

/** What a hash is made of, in words; null when it lies within what any system writes. */
export function misshapen(hash: Foreign): string | null {
  if (hash.kind === 'bcrypt') return null
  const { salt, hash: output } = hash
  if (salt.length > 128) return 'a salt of more than 128 bytes'
  if (hash.kind === 'argon2' && salt.length < 8) return 'a salt of less than 8 bytes'
  if (output.length < 16 || output.length > 128) return 'a hash of less than 16 or more than 128 bytes'
  if (hash.kind !== 'fbscrypt') return null
  const isWhole = hash.signer.length === output.length && hash.separator.length <= 64
  return isWhole ? null : 'a hash whose length is not that of the signer key'
}

/**
 * Why a hash would cost too much to compute at a sign-in, in words; null when it does not. Each bound is about a second of one core.
 * @see OWASP Password Storage Cheat Sheet, whose advice lies well within
 */
export function tooCostly(hash: Foreign): string | null {
  const over = (is: number, most: number, what: string) => (is > most ? `${what} ${is} is over ${most}` : null)
  switch (hash.kind) {
    case 'bcrypt':
      return over(hash.cost, 14, 'bcrypt cost')
    case 'scrypt':
      return over(128 * 2 ** hash.ln * hash.r, 64 * MIB, 'scrypt memory in bytes') ?? over(hash.p, 4, 'scrypt p')
    case 'fbscrypt':
      return over(128 * 2 ** hash.ln * hash.r, 64 * MIB, 'scrypt memory in bytes')
    case 'pbkdf2':
      return over(hash.iterations * blocksOf(hash), 2_000_000, 'PBKDF2 iterations, of all blocks,')
    case 'argon2': {
      const { memory, time, parallelism } = hash
      return (
        over(memory, 256 * 1024, 'argon2 memory in KiB') ??
        over(time, 10, 'argon2 passes') ??
        over(parallelism, 16, 'argon2 lanes') ??
        over(memory * time, 1024 * 1024, 'argon2 memory in KiB times passes')
      )
    }
  }
}

/** Says which of two hashes of one kind takes longer. */
export function weightOf(hash: Foreign): number {
  switch (hash.kind) {
    case 'bcrypt':
      return 2 ** hash.cost
    case 'scrypt':
      return 2 ** hash.ln * hash.r * hash.p
    case 'fbscrypt':
      return 2 ** hash.ln * hash.r
    case 'pbkdf2':
      return hash.iterations * blocksOf(hash) * (hash.digest === 'sha512' ? 2 : 1)
    case 'argon2':
      return hash.memory * hash.time
  }
}

const blocksOf = ({ hash, digest }: { hash: Uint8Array; digest: Digest }) => Math.ceil(hash.length / DIGEST_BYTES[digest])

/** A hash of nothing that costs as much: what may be told of the hashes in use. */
export function sampleOf(hash: Foreign): Foreign {
  if (hash.kind === 'bcrypt') return { ...hash, rest: '.'.repeat(53) }
  const blank = { salt: new Uint8Array(16), hash: new Uint8Array(hash.hash.length) }
  if (hash.kind !== 'fbscrypt') return { ...hash, ...blank }
  return { ...hash, ...blank, separator: new Uint8Array(1), signer: new Uint8Array(hash.signer.length) }
}

const base64 = (bytes: Uint8Array) => bytes.toBase64({ omitPadding: true })

/** One text for each hash, in PHC's form where it has one; `readForeign` reads it back. */
export function writeForeign(hash: Foreign): string {
  switch (hash.kind) {
    case 'bcrypt':
      return `$2b$${String(hash.cost).padStart(2, '0')}$${hash.rest}`
    case 'scrypt':
      return `$scrypt$ln=${hash.ln},r=${hash.r},p=${hash.p}$${base64(hash.salt)}$${base64(hash.hash)}`
    case 'pbkdf2':
      return `$pbkdf2-${hash.digest}$i=${hash.iterations}$${base64(hash.salt)}$${base64(hash.hash)}`
    case 'argon2': {
      const { variant, version, memory, time, parallelism, salt } = hash
      return `$argon2${variant}$v=${version}$m=${memory},t=${time},p=${parallelism}$${base64(salt)}$${base64(hash.hash)}`
    }
    case 'fbscrypt': {
      const parts = `v=1,n=${hash.ln},r=${hash.r},p=1,ss=${base64(hash.separator)},sk=${base64(hash.signer)}`
      return `$fbscrypt$${parts}$${base64(hash.salt)}$${base64(hash.hash)}`
    }
  }
}
