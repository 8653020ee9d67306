import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { domainToASCII } from 'node:url'

/** `key`: a private key in PEM, RSA or Ed25519. */
export type DkimOptions = { domain: string; selector: string; key: string }
/** The message with its signature before it; the same message gives the same bytes. */
export type Signer = (raw: Buffer) => Buffer

/** Signed where present. */
const SIGNED = ['message-id', 'content-language', 'auto-submitted', 'content-transfer-encoding']
/** Signed once more than they are present, so that none can be put beside or in place of what was signed (RFC 6376 §8.15). */
const SEALED = ['from', 'to', 'cc', 'reply-to', 'subject', 'date', 'mime-version', 'content-type']

/**
 * Signs a whole message, relaxed/relaxed over all of its body (RFC 6376; Ed25519: RFC 8463). By hand, since nodemailer's signer knows no
 * Ed25519, cannot sign absent fields, and sends the letter unsigned when the key does not fit.
 *
 * There is no time in it: a repeat is the same to the byte.
 * @throws when the key is none
 */
export function dkimSigner({ domain, selector, key: pem }: DkimOptions): Signer {
  const key = createPrivateKey(pem)
  const algorithm = key.asymmetricKeyType === 'ed25519' ? 'ed25519-sha256' : 'rsa-sha256'
  return (raw) => {
    const message = raw.toString('latin1') // a character for a byte
    const end = message.indexOf('\r\n\r\n')
    const fields = fieldsOf(message.slice(0, end))
    const body = relaxedBody(message.slice(end + 4))
    const present = fields.map(({ name }) => name)
    const names = [...[...SEALED, ...SIGNED].filter((name) => present.includes(name)), ...SEALED]
    const header =
      `DKIM-Signature: v=1; a=${algorithm}; c=relaxed/relaxed; d=${domainToASCII(domain)}; s=${selector};\r\n` +
      ` h=${foldAt(names.join(':'), ':')};\r\n bh=${sha256(body).toString('base64')};\r\n b=`
    const signed = `${names.map((name, at) => canonical(fields, name, names.slice(0, at))).join('')}${relaxedField(header)}`
    return Buffer.concat([Buffer.from(`${header}${foldAt(signatureOf(signed, key), '')}\r\n`), raw])
  }
}

type Field = { name: string; line: string }

function fieldsOf(header: string): Field[] {
  return header.split(/\r\n(?![ \t])/).map((line) => ({ name: line.slice(0, line.indexOf(':')).trim().toLowerCase(), line }))
}

/** The last field of that name which is not taken yet (RFC 6376 §5.4.2), or nothing where none is left. */
function canonical(fields: Field[], name: string, before: string[]): string {
  const taken = before.filter((other) => other === name).length
  const field = fields.filter((other) => other.name === name).at(-1 - taken)
  return field ? `${relaxedField(field.line)}\r\n` : ''
}

/** RFC 6376 §3.4.2. */
function relaxedField(line: string): string {
  const colon = line.indexOf(':')
  const value = line.slice(colon + 1).replaceAll('\r\n', '')
  return `${line.slice(0, colon).trim().toLowerCase()}:${value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')}`
}

/** RFC 6376 §3.4.4. */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  while (lines.at(-1) === '') lines.pop()
  return lines.map((line) => `${line}\r\n`).join('')
}

function signatureOf(signed: string, key: KeyObject): string {
  // RFC 8463 §3: Ed25519 signs the hash.
  const signature =
    key.asymmetricKeyType === 'ed25519' ? sign(null, sha256(signed), key) : sign('sha256', Buffer.from(signed, 'latin1'), key)
  return signature.toString('base64')
}

const sha256 = (text: string) => createHash('sha256').update(text, 'latin1').digest()

/** Lines of at most 72 characters, cut after a `mark` or anywhere. */
function foldAt(text: string, mark: string): string {
  return (text.match(mark === '' ? /.{1,72}/g : new RegExp(`.{1,71}(?:${mark}|$)`, 'g')) ?? []).join('\r\n ')
}
