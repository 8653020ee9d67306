import { generateKeyPairSync } from 'node:crypto'
import { dkimVerify } from 'mailauth'
import { dkimSigner } from '../../src/messaging/dkim.ts'

type Resolver = (name: string, type: string) => Promise<string[][]>

export function keyPair(type: 'rsa' | 'ed25519') {
  const { privateKey, publicKey } = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
  const der = publicKey.export({ type: 'spki', format: 'der' })
  // RFC 8463 §4: the bare key, without what says that it is one.
  const record = type === 'rsa' ? der : der.subarray(-32)
  return { pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), txt: `v=DKIM1; k=${type}; p=${record.toString('base64')}` }
}

/** A signer for sello.test with a fresh key, and the DNS in which its public half stands. */
export function dkimOf(type: 'rsa' | 'ed25519', domain = 'sello.test') {
  const { pem, txt } = keyPair(type)
  const resolver: Resolver = async (name, kind) => {
    if (name !== `s1._domainkey.${domain}` || kind !== 'TXT') throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    return [txt.match(/.{1,255}/g)!]
  }
  return { pem, resolver, sign: dkimSigner({ domain, selector: 's1', key: pem }) }
}

/** What mailauth, which shares no code with Sello, says of the only signature of a message. */
export async function judge(raw: Buffer, resolver: Resolver) {
  const { results } = await dkimVerify(raw, { resolver } as Parameters<typeof dkimVerify>[1])
  if (results.length !== 1) throw new Error(`${results.length} signatures`)
  const { status, signingDomain, algo } = results[0] as unknown as { status: { result: string }; signingDomain: string; algo: string }
  return { result: status.result, domain: signingDomain, algorithm: algo }
}
