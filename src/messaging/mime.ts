import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'

export type Mailbox = { name: string; address: string }
export type Envelope = { from: string; to: string }

/** What becomes one message. `id` is the letter's (`let_…`); `date` in ms since the epoch; `to` and `replyTo` are bare addresses. */
export type Mail = {
  id: string
  from: Mailbox
  to: string
  replyTo: string | null
  subject: string
  text: string
  html: string
  locale: string
  date: number
}

/** Headers in order, their values folded as they are sent, and the whole message, encoded when it is asked for. */
export type Message = { headers: [name: string, value: string][]; raw(): Buffer }

const CRLF = '\r\n'
const LINE = 76
// Controls, line separators and the marks that turn the direction of text around.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu
const ADDRESS = /^[^\s\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069"(),:;<>@[\]\\]+@[^\s\p{Cc}"(),:;<>@[\]\\]+$/u

/**
 * Builds a complete message (RFC 5322, RFC 2045): CRLF only, lines of at most 76 characters but for an address or a Message-ID,
 * headers in ASCII but for a mailbox that itself is not (RFC 6532). The same letter gives the same bytes.
 *
 * @throws when an address, the id or the locale cannot stand in a header; a name or a subject always can
 */
export function buildMessage(mail: Mail): Message {
  const from = wireAddress(mail.from.address)
  const to = wireAddress(mail.to)
  const replyTo = mail.replyTo === null ? null : wireAddress(mail.replyTo)
  if (!/^[\w.-]{1,100}$/.test(mail.id)) throw new Error('the letter id cannot stand in a Message-ID')
  if (!/^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(mail.locale)) throw new Error('the locale is not a language tag')
  const boundary = `=_${createHash('sha256').update(mail.id).digest('hex').slice(0, 40)}`
  const headers: Message['headers'] = [
    ['Date', new Date(mail.date).toUTCString().replace('GMT', '+0000')],
    ['From', mailbox(mail.from.name, from)],
    ['To', to],
    // A mailbox outside ASCII may stand in a header only where the envelope asks for SMTPUTF8 as well (RFC 6531 §3.4).
    ...(replyTo !== null && (isAscii(replyTo) || !isAscii(to)) ? [['Reply-To', replyTo] satisfies [string, string]] : []),
    ['Message-ID', `<${mail.id}@${domainOf(from)}>`],
    ['Subject', unstructured(mail.subject)],
    ['Auto-Submitted', 'auto-generated'],
    ['X-Auto-Response-Suppress', 'All'],
    ['Content-Language', mail.locale],
    ['MIME-Version', '1.0'],
    ['Content-Type', `multipart/alternative;${CRLF} boundary="${boundary}"`],
  ]
  const lines = () => [
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    ...part(boundary, 'text/plain', mail.text),
    ...part(boundary, 'text/html', mail.html),
    `--${boundary}--`,
    '',
  ]
  return { headers, raw: () => Buffer.from(lines().join(CRLF), 'utf8') }
}

/**
 * An address as it goes on the wire: the domain in ASCII (RFC 5890), the local part as it is.
 * @throws when it has a character that could end the address in a command or a header, no domain, or more than 320 bytes
 */
export function wireAddress(address: string): string {
  if (!ADDRESS.test(address) || !address.isWellFormed() || Buffer.byteLength(address) > 320) throw new Error('not an address')
  const domain = domainOf(address)
  const ascii = isAscii(domain) ? domain : domainToASCII(domain)
  if (ascii === '') throw new Error('not a domain')
  return `${localPartOf(address)}@${ascii}`
}

/** Both addresses as they go on the wire, or null when one cannot stand in a command. */
export function wireEnvelope({ from, to }: Envelope): Envelope | null {
  try {
    return { from: wireAddress(from), to: wireAddress(to) }
  } catch {
    return null
  }
}

/** True when a header may carry the text as it is. */
export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}

/** The part of an address after its last @. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

function localPartOf(address: string): string {
  return address.slice(0, address.lastIndexOf('@'))
}

/** Text as one printable line: whatever could end a header, or turn text around, becomes a space; at most `longest` code points. */
export function oneLine(text: string, longest = 998): string {
  const line = text.toWellFormed().replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim()
  const points = Array.from(line)
  return points.length <= longest
    ? line
    : `${points
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`
}

/** The value of an unstructured header such as Subject (RFC 5322 §3.6.5, RFC 2047 §5 (1)). */
function unstructured(text: string): string {
  const line = oneLine(text)
  return needsEncoding(line) ? encodedWords(line) : line
}

/** A name and an address (RFC 5322 §3.4): a bare phrase, a quoted string or encoded words, whichever the name needs. */
function mailbox(name: string, address: string): string {
  const line = oneLine(name)
  if (line === '') return address
  if (needsEncoding(line)) return `${encodedWords(line)}${CRLF} <${address}>`
  const phrase = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(line) ? line : `"${line.replace(/["\\]/g, '\\$&')}"`
  return `${phrase}${phrase.length + address.length > LINE - 10 ? CRLF : ''} <${address}>`
}

function needsEncoding(line: string): boolean {
  return !isAscii(line) || line.includes('=?') || line.length > 60
}

/** RFC 2047 §2: words of at most 75 characters, here 64, so that the first fits beside the header's name; no code point is cut. */
function encodedWords(line: string): string {
  const words: string[] = []
  let chunk = ''
  for (const point of line) {
    if (Buffer.byteLength(chunk) + Buffer.byteLength(point) > 39) {
      words.push(chunk)
      chunk = ''
    }
    chunk += point
  }
  words.push(chunk)
  return words.map((word) => `=?UTF-8?B?${base64(word)}?=`).join(`${CRLF} `)
}

/** One part of the alternative, its text with CRLF line ends before it is encoded (RFC 2046 §4.1.1). */
function part(boundary: string, type: string, text: string): string[] {
  const body = base64(text.replace(/\r\n|\r|\n/g, CRLF))
  return [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    ...Array.from({ length: Math.max(1, Math.ceil(body.length / 76)) }, (_, line) => body.slice(line * 76, (line + 1) * 76)),
  ]
}

function base64(text: string): string {
  return Buffer.from(text.toWellFormed(), 'utf8').toString('base64')
}
