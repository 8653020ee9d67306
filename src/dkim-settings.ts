import { createPrivateKey } from 'node:crypto'
import { isIP } from 'node:net'
import type { Parse } from './parsers.ts'

/** A name of DNS, or a selector, which is one or more of its labels (RFC 6376 §3.1). */
export const dnsName: Parse<string> = (value) =>
  /^(?!.{254})(?:[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9_])?(?:\.(?!$)|$))+$/.test(value) && isIP(value) === 0
    ? { value }
    : { wrong: 'is not a name of DNS', right: 'example.com' }

export const dkimKey: Parse<string> = (value) => {
  const right = 'file:/etc/sello/dkim.pem, made by: openssl genrsa 2048'
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPrivateKey(value)
    const strong = type === 'ed25519' || (type === 'rsa' && (details?.modulusLength ?? 0) >= 2048)
    return strong ? { value } : { wrong: 'is neither RSA of 2048 bits or more nor Ed25519', right }
  } catch {
    return { wrong: 'is not a private key in PEM', right }
  }
}

type Dkim = { dkimDomain: string | null; dkimSelector: string | null; dkimKey: string | null }
/** What is missing to sign: it takes all three, or none. */
export function dkimMissing({ dkimDomain, dkimSelector, dkimKey }: Dkim): [name: string, right: string][] {
  const parts = [
    ['SELLO_DKIM_DOMAIN', dkimDomain, 'example.com'],
    ['SELLO_DKIM_SELECTOR', dkimSelector, 'sello'],
    ['SELLO_DKIM_KEY', dkimKey, 'file:/etc/sello/dkim.pem, made by: openssl genrsa 2048'],
  ] as const
  const missing = parts.filter(([, value]) => value === null)
  return missing.length < parts.length ? missing.map(([name, , right]) => [name, right]) : []
}
