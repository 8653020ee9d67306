import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, type webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'

/** A receipt is believed this long; in seconds, as all times in tokens are. */
const RECEIPT_SECONDS = 600

export type PublicKey = { kty: string; crv: string; x: string; y: string; kid: string; alg: 'ES256'; use: 'sig' }
/** What a receipt says. `checkedAt` in ms. */
export type Receipt = { app: string; identity: string; email: string; token: string; checkedAt: number; jti: string }

export type Tokens = {
  /**
   * A signed statement that the address was proven: ES256 JWS, `typ: sello-receipt+jwt`, so that it is never taken for an access token.
   * `token_sha256` is the SHA-256 of the app's token in UTF-8, in lower-case hex.
   */
  receipt(receipt: Receipt): string
  /** The public halves of all keys (RFC 7517); `kid` is the RFC 7638 thumbprint. */
  publicKeys(): PublicKey[]
}

/** @param keys private P-256 JWKs: the first signs, all are published · issuer the public URL, byte for byte; asked for at each receipt */
export async function createTokens(keys: readonly Record<string, unknown>[], issuer: () => string): Promise<Tokens> {
  const published = await Promise.all(keys.map(publicKeyOf))
  const signing: KeyObject = createPrivateKey({ key: keys[0] as webcrypto.JsonWebKey, format: 'jwk' })
  const kid = published[0]!.kid
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const receiptHeader = encode({ alg: 'ES256', typ: 'sello-receipt+jwt', kid })

  return {
    receipt({ app, identity, email, token, checkedAt, jti }) {
      const iat = Math.floor(checkedAt / 1000)
      const token_sha256 = createHash('sha256').update(token).digest('hex')
      const aud = `urn:sello:receipt:${app}`
      const input = `${receiptHeader}.${encode({ iss: issuer(), aud, identity, email, token_sha256, iat, exp: iat + RECEIPT_SECONDS, jti })}`
      // RFC 7518 §3.4: R and S side by side, not DER.
      return `${input}.${sign('sha256', Buffer.from(input), { key: signing, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    },
    publicKeys: () => published,
  }
}

async function publicKeyOf(key: Record<string, unknown>): Promise<PublicKey> {
  const { kty, crv, x, y } = await exportJWK(createPublicKey(createPrivateKey({ key: key as webcrypto.JsonWebKey, format: 'jwk' })))
  const bare = { kty: kty!, crv: crv!, x: x!, y: y! }
  return { ...bare, kid: await calculateJwkThumbprint(bare), alg: 'ES256', use: 'sig' }
}
