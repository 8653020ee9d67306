import { Readable } from 'node:stream'
import { createSecureContext, getCACertificates } from 'node:tls'
import { domainToASCII } from 'node:url'
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { SendResult } from '../contract/messaging.ts'
import { domainOf, isAscii, type Mailbox, wireAddress } from './mime.ts'
import { type Failure, replyOf, resultOf, type Stage, trouble } from './reply.ts'

/** `required`: TLS with a verified certificate or nothing; `opportunistic`: STARTTLS when offered, unverified; `none`: no STARTTLS. */
export type TlsMode = 'required' | 'opportunistic' | 'none'
export type Envelope = { from: string; to: string }

/** Hands one message to the relay. `send` never rejects; `close` lets what is on its way end, for at most `graceMs`, and then says QUIT. */
export type Transport = {
  send(envelope: Envelope, raw: Buffer): Promise<SendResult>
  close(graceMs?: number): Promise<void>
}

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

const TIMEOUTS: Timeouts = { connectMs: 10_000, greetingMs: 10_000, socketMs: 30_000, idleMs: 240_000, quitMs: 1_000, totalMs: 60_000 }
const LONGEST_REPLY = 64 * 1024

/** A connection. `utf8`: SMTPUTF8 may be asked for; `used`: a letter went over it before; `fail`: who is told of its end. */
type Line = { smtp: SMTPConnection; gone: Promise<void>; utf8: boolean; used: boolean; timer?: NodeJS.Timeout; fail(error: Error): void }
/** A letter on its way; `stop` ends what it waits for. */
type Job = { stage: Stage; late: boolean; stop: () => void }
type Waiting = { job: Job; resolve: (line: Line) => void; reject: (error: Error) => void }

/**
 * SMTP to one relay (RFC 5321) over at most `connections` (5) connections, kept open between letters.
 *
 * They are kept here and not in nodemailer's pool, which tells neither in which stage an error came nor what the server
 * offers; both decide what becomes of a letter.
 *
 * @throws when the URL is not one of SMTP; the message does not repeat it
 */
export function smtpTransport(options: SmtpOptions): Transport {
  const limits = { ...TIMEOUTS, ...options.timeouts }
  const { settings, credentials } = settingsOf(options, limits)
  const most = options.connections ?? 5
  const lines = new Set<Line>()
  const idle: Line[] = []
  const waiting: Waiting[] = []
  const active = new Set<Promise<SendResult>>()
  let closed = false

  /** Connects, says EHLO, starts TLS and logs in. */
  function dial(job: Job): Promise<Line> {
    return new Promise((resolve, reject) => {
      const smtp = new SMTPConnection(settings)
      const gone = new Promise<void>((ended) => smtp.once('end', ended))
      const line: Line = { smtp, gone, utf8: false, used: false, fail: reject }
      lines.add(line)
      job.stop = () => smtp.close()
      smtp.on('error', (error) => line.fail(error))
      smtp.once('end', () => {
        drop(line)
        // A better account of the end, if there is one, comes in this turn of the event loop.
        setImmediate(() => line.fail(trouble('ECONNECTION')))
      })
      smtp.connect((error) => {
        if (error) return reject(error)
        const offer = String(smtp.lastServerResponse)
        // After a refused STARTTLS its answer stands here and the offer is not known: let the server judge.
        line.utf8 = !offer.startsWith('250') || /^250[ -]SMTPUTF8\b/im.test(offer)
        if (!credentials || !smtp.allowsAuth) return resolve(line)
        smtp.login({ credentials }, (refusal) => {
          if (!refusal) return resolve(line)
          reject(refusal)
          smtp.close()
        })
      })
    })
  }

  function take(job: Job): Promise<Line> {
    const line = idle.pop()
    clearTimeout(line?.timer)
    if (line) return Promise.resolve(line)
    if (lines.size < most) return dial(job)
    return new Promise((resolve, reject) => {
      const entry = { job, resolve, reject }
      waiting.push(entry)
      job.stop = () => {
        remove(waiting, entry)
        reject(trouble('EBUSY'))
      }
    })
  }

  function park(line: Line) {
    if (!lines.has(line)) return
    const next = waiting.shift()
    if (next) return next.resolve(line)
    if (closed) return line.smtp.quit()
    idle.push(line)
    line.timer = setTimeout(() => {
      remove(idle, line)
      line.smtp.quit()
    }, limits.idleMs).unref()
  }

  function drop(line: Line) {
    clearTimeout(line.timer)
    lines.delete(line)
    remove(idle, line)
    const next = waiting.shift()
    if (next) dial(next.job).then(next.resolve, next.reject)
  }

  /** After a refused letter the session goes on with the next one; after anything else it is over. */
  function recover(line: Line, error: Failure) {
    const refused = (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && error.responseCode !== 421 && error.responseCode !== 503
    if (!refused || !lines.has(line)) return line.smtp.close()
    line.smtp.reset((failure) => (failure ? line.smtp.close() : park(line)))
  }

  async function deliver(job: Job, envelope: Envelope, raw: Buffer, again: boolean): Promise<SendResult> {
    job.stage = 'session'
    const line = await take(job)
    const { used } = line
    job.stop = () => line.smtp.close()
    if (!line.utf8 && !isAscii(envelope.to)) {
      park(line)
      return { kind: 'failed', reply: { code: null, enhanced: '5.6.7', text: 'the server does not offer SMTPUTF8' } }
    }
    job.stage = 'letter'
    line.used = true
    const body = Readable.from([raw])
    try {
      const words = await new Promise<string>((resolve, reject) => {
        line.fail = reject
        line.smtp.send({ ...envelope, size: raw.length }, body, (error, info) => (error ? reject(error) : resolve(info!.response)))
      })
      park(line)
      return { kind: 'accepted', reply: replyOf(words) }
    } catch (cause) {
      const error = cause as Failure
      recover(line, error)
      const lost = error.responseCode === 421 || ['ECONNECTION', 'ESOCKET', 'ETIMEDOUT'].includes(error.code ?? '')
      if (closed || !(again && used && lost && !body.readableDidRead && !job.late)) throw error
      // The server had hung up between two letters, on the other idle connections most likely too. Nothing of this one was sent.
      for (const other of idle.splice(0)) other.smtp.close()
      return deliver(job, envelope, raw, false)
    }
  }

  async function send(envelope: Envelope, raw: Buffer): Promise<SendResult> {
    const job: Job = { stage: 'session', late: false, stop: () => {} }
    if (closed) return resultOf(trouble('ECLOSED'), job.stage)
    const wire = wireEnvelope(envelope)
    if (!wire) return { kind: 'failed', reply: { code: null, enhanced: '5.1.3', text: 'the address cannot stand in a command' } }
    const timer = setTimeout(() => {
      job.late = true
      job.stop()
    }, limits.totalMs)
    return deliver(job, wire, raw, true)
      .catch((error) => resultOf(job.late && !error.response ? trouble('ETIMEDOUT') : error, job.stage))
      .finally(() => clearTimeout(timer))
  }

  return {
    send(envelope, raw) {
      const result = send(envelope, raw)
      active.add(result)
      return result.finally(() => active.delete(result))
    },
    async close(graceMs = limits.totalMs) {
      closed = true
      for (const { reject } of waiting.splice(0)) reject(trouble('ECLOSED'))
      for (const line of idle.splice(0)) line.smtp.quit()
      const cut = () => {
        for (const line of lines) line.smtp.close()
      }
      const grace = setTimeout(cut, graceMs)
      await Promise.all(active)
      clearTimeout(grace)
      const timer = setTimeout(cut, limits.quitMs)
      await Promise.all([...lines].map((line) => line.gone))
      clearTimeout(timer)
    },
  }
}

function settingsOf({ url, tls, from, ca }: SmtpOptions, limits: Timeouts) {
  const target = URL.parse(String(url))
  if (!target || !['smtp:', 'smtps:'].includes(target.protocol) || target.hostname === '') throw new Error('not an smtp:// or smtps:// URL')
  const port = Number(target.port)
  const domain = domainOf(wireAddress(from.address))
  const settings: SMTPConnectionOptions = {
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
      ...(tls === 'required' ? { minVersion: 'TLSv1.2' } : {}),
      ...(ca ? { secureContext: createSecureContext({ ca: [...getCACertificates('default'), ca], minVersion: 'TLSv1.2' }) } : {}),
    },
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.greetingMs,
    dnsTimeout: limits.connectMs,
    socketTimeout: limits.socketMs,
    socketCloseTimeout: limits.quitMs,
    maxResponseSize: LONGEST_REPLY,
  }
  const [user, pass] = [decodeURIComponent(target.username), decodeURIComponent(target.password)]
  return { settings, credentials: user === '' ? null : { user, pass } }
}

function wireEnvelope({ from, to }: Envelope): Envelope | null {
  try {
    return { from: wireAddress(from), to: wireAddress(to) }
  } catch {
    return null
  }
}

function remove<T>(list: T[], item: T) {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
