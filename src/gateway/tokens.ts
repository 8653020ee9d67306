import { createHash, createPrivateKey, createPublicKey, type webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { type AccessTokens, createAccessTokens } from './access.ts'
import { type SigningKey, signerOf } from './jws.ts'

/** A receipt is believed this long; in seconds, as all times in tokens are. */
const RECEIPT_SECONDS = 600

type Published = { kid: string; use: 'sig' }
export type PublicKey = Published &
  ({ kty: 'EC'; crv: string; x: string; y: string; alg: 'ES256' } | { kty: 'RSA'; n: string; e: string; alg: 'RS256' })
/** What a receipt says. `checkedAt` in ms. */
export type Receipt = { app: string; identity: string; email: string; token: string; checkedAt: number; jti: string }

export type Tokens = AccessTokens & {
  /**
   * A signed statement that the address was proven: ES256 JWS, `typ: sello-receipt+jwt`, so that it is never taken for an access token.
   * `token_sha256` is the SHA-256 of the app's token in UTF-8, in lower-case hex.
   */
  receipt(receipt: Receipt): string
  /** The public halves of all keys (RFC 7517); `kid` is the RFC 7638 thumbprint. */
  publicKeys(): PublicKey[]
}

type Given = {
  /** Private JWKs, P-256 or RSA: the first signs access tokens, the first P-256 key receipts; all are published and believed. */
  keys: readonly Record<string, unknown>[]
  /** The public URL, byte for byte; asked for at each token. */
  issuer: () => string
  accessTtlMs: number
  newId: () => string
}

/** @throws without a P-256 key */
export async function createTokens({ keys, issuer, accessTtlMs, newId }: Given): Promise<Tokens> {
  const own = await Promise.all(keys.map(importKey))
  const published = own.map(({ published }) => published)
  const forReceipts = own.find(({ alg }) => alg === 'ES256')
  if (!forReceipts) throw new Error('SELLO_SIGNING_KEY holds no P-256 key, which receipts are signed with')
  const signReceipt = signerOf(forReceipts, 'sello-receipt+jwt')

  return {
    ...createAccessTokens({ keys: own, issuer, ttlMs: accessTtlMs, newId }),
    receipt({ app, identity, email, token, checkedAt, jti }) {
      const iat = Math.floor(checkedAt / 1000)
      const token_sha256 = createHash('sha256').update(token).digest('hex')
      const aud = `urn:sello:receipt:${app}`
      return signReceipt({ iss: issuer(), aud, identity, email, token_sha256, iat, exp: iat + RECEIPT_SECONDS, jti })
    },
    publicKeys: () => published,
  }
}

async function importKey(key: Record<string, unknown>): Promise<SigningKey & { published: PublicKey }> {
  const privateKey = createPrivateKey({ key: key as webcrypto.JsonWebKey, format: 'jwk' })
  const publicKey = createPublicKey(privateKey)
  const { kty, crv, x, y, n, e } = await exportJWK(publicKey)
  const isRsa = kty === 'RSA'
  const bare = isRsa ? { kty, n: n!, e: e! } : { kty: 'EC' as const, crv: crv!, x: x!, y: y! }
  const kid = await calculateJwkThumbprint(bare)
  const alg = isRsa ? 'RS256' : 'ES256'
  return { kid, alg, privateKey, publicKey, published: { ...bare, kid, alg, use: 'sig' } as PublicKey }
}
