import { createSecureContext } from 'node:tls'
import { domainToASCII } from 'node:url'
import { authorities } from '../trust.ts'
import { domainOf, type Mailbox, wireAddress } from './mime.ts'

/** `required`: TLS with a verified certificate or nothing; `opportunistic`: STARTTLS when offered, unverified; `none`: no STARTTLS. */
export type TlsMode = 'required' | 'opportunistic' | 'none'

/** All in milliseconds. `totalMs` bounds one `send`, its wait for a free connection included. */
export type Timeouts = { connectMs: number; greetingMs: number; socketMs: number; idleMs: number; quitMs: number; totalMs: number }

/** `url`: `smtp://` or `smtps://`, credentials percent-encoded. `ca`: PEM certificates trusted besides the system's. */
export type SmtpOptions = {
  url: string | URL
  tls: TlsMode
  from: Mailbox
  ca?: string
  connections?: number
  timeouts?: Partial<Timeouts>
}

const LONGEST_REPLY = 64 * 1024

/**
 * What nodemailer's connection is told of the relay.
 * @throws when the URL is not one of SMTP; the message does not repeat it
 */
export function relayOf({ url, tls, from, ca }: SmtpOptions, limits: Timeouts) {
  const target = URL.parse(String(url))
  if (!target || !['smtp:', 'smtps:'].includes(target.protocol) || target.hostname === '') throw new Error('not an smtp:// or smtps:// URL')
  const port = Number(target.port)
  const domain = domainOf(wireAddress(from.address))
  const settings = {
    host: target.hostname.startsWith('[') ? target.hostname.slice(1, -1) : domainToASCII(decodeURIComponent(target.hostname)),
    port: port || (target.protocol === 'smtps:' ? 465 : 587),
    // Port 465 speaks TLS from the first byte (RFC 8314 §3.3), whatever the URL says.
    secure: target.protocol === 'smtps:' || port === 465,
    name: domain.includes('.') ? domain : '[127.0.0.1]',
    requireTLS: tls === 'required',
    opportunisticTLS: tls === 'opportunistic',
    ignoreTLS: tls === 'none',
    tls: {
      rejectUnauthorized: tls === 'required',
      ...(tls === 'required' ? { minVersion: 'TLSv1.2' as const } : {}),
      ...(ca ? { secureContext: createSecureContext({ ca: authorities(ca), minVersion: 'TLSv1.2' }) } : {}),
    },
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.greetingMs,
    dnsTimeout: limits.connectMs,
    socketTimeout: limits.socketMs,
    socketCloseTimeout: limits.quitMs,
    maxResponseSize: LONGEST_REPLY,
  }
  const [user, pass] = [decodeURIComponent(target.username), decodeURIComponent(target.password)]
  return { settings, credentials: user === '' ? null : { user, pass }, hide: hider(user, pass) }
}

/** Takes the password out of a server's words, as it is and as AUTH sends it. */
function hider(user: string, pass: string) {
  const shapes = pass.length < 4 ? [] : [`\0${user}\0${pass}`, pass].map((text) => Buffer.from(text).toString('base64')).concat(pass)
  return (words: string) => shapes.reduce((text, shape) => text.replaceAll(shape, '••••'), words)
}
