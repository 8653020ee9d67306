import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SendResult } from '../contract/messaging.ts'
import { domainOf, type Envelope, isAscii, wireEnvelope } from './mime.ts'
import { relayOf, type SmtpOptions, type Timeouts } from './relay.ts'
import { type Failure, replyOf, resultOf, type Stage, trouble } from './reply.ts'
import { followStages } from './stages.ts'

/**
 * Hands one message to the relay. `send` never rejects; `recall` ends its conversation, and it answers with what is known by then.
 * `close` lets what is on its way end, for at most `graceMs`, and then says QUIT.
 */
export type Transport = {
  send(envelope: Envelope, raw: Buffer, recall?: AbortSignal): Promise<SendResult>
  close(graceMs?: number): Promise<void>
}

const TIMEOUTS: Timeouts = { connectMs: 10_000, greetingMs: 10_000, socketMs: 30_000, idleMs: 240_000, quitMs: 1_000, totalMs: 60_000 }
const CONNECTIONS = 5

/**
 * A connection. `domain`: whose letter it is busy with; `utf8`: SMTPUTF8 may be asked for; `used`: a letter went over it before;
 * `fail`: who is told of its end.
 */
type Line = {
  smtp: SMTPConnection
  gone: Promise<void>
  domain: string | null
  awaited: () => string
  utf8: boolean
  used: boolean
  timer?: NodeJS.Timeout
  fail(error: Error): void
}
/** A letter on its way; `crowded`: it had to wait for others to its domain; `stop` ends what it waits for, `over` says why it was stopped. */
type Job = {
  domain: string
  stage: Stage
  crowded: boolean
  over: 'late' | 'recalled' | null
  stop: () => void
  awaited: () => string
}
type Waiting = { job: Job; resolve: (line: Line) => void; reject: (error: Error) => void }

/**
 * SMTP to one relay (RFC 5321) over at most `connections` (5) connections, kept open between letters. A recipient domain may be busy
 * with as many as it leaves free (3 of 5 when it is alone): while the relay waits for a slow one, the others' letters go by.
 *
 * They are kept here and not in nodemailer's pool, which tells neither in which stage an error came nor what the server
 * offers; both decide what becomes of a letter.
 *
 * @throws when the URL is not one of SMTP; the message does not repeat it
 */
export function smtpTransport(options: SmtpOptions): Transport {
  const limits = { ...TIMEOUTS, ...options.timeouts }
  const { settings, credentials, hide } = relayOf(options, limits)
  const { connections: most = CONNECTIONS } = options
  const lines = new Set<Line>()
  const idle: Line[] = []
  const waiting: Waiting[] = []
  const active = new Set<Promise<SendResult>>()
  let closed = false

  /** Connects, says EHLO, starts TLS and logs in. */
  function dial(job: Job): Promise<Line> {
    return new Promise((resolve, reject) => {
      const { logger, awaited } = followStages()
      const smtp = new SMTPConnection({ ...settings, logger, transactionLog: true })
      const gone = new Promise<void>((ended) => smtp.once('end', ended))
      const line: Line = { smtp, gone, domain: job.domain, awaited, utf8: false, used: false, fail: reject }
      lines.add(line)
      hold(job, line)
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

  const busyWith = (domain: string) => [...lines].filter((line) => line.domain === domain).length
  const isFull = (domain: string) => busyWith(domain) >= [...lines].reduce((free, line) => (line.domain === null ? free : free - 1), most)

  /** A connection for this letter, in the order in which they ask; who has to wait for its own domain lets the others by. */
  function take(job: Job): Promise<Line> {
    return new Promise((resolve, reject) => {
      const entry = { job, resolve, reject }
      waiting.push(entry)
      job.crowded ||= busyWith(job.domain) > 0 && isFull(job.domain)
      job.awaited = () => ''
      job.stop = () => {
        remove(waiting, entry)
        reject(trouble('EBUSY'))
      }
      serve()
    })
  }

  function serve() {
    while (idle.length > 0 || lines.size < most) {
      const next = waiting.find(({ job }) => !isFull(job.domain))
      if (!next) return
      remove(waiting, next)
      const line = idle.pop()
      if (line) next.resolve(line)
      else dial(next.job).then(next.resolve, next.reject)
      if (line) hold(next.job, line)
    }
  }

  function hold(job: Job, line: Line) {
    clearTimeout(line.timer)
    line.domain = job.domain
    job.stop = () => line.smtp.close()
    job.awaited = line.awaited
  }

  function park(line: Line) {
    if (!lines.has(line)) return
    line.domain = null
    if (closed) return line.smtp.quit()
    idle.push(line)
    line.timer = setTimeout(() => {
      remove(idle, line)
      line.smtp.quit()
    }, limits.idleMs).unref()
    serve()
  }

  function drop(line: Line) {
    clearTimeout(line.timer)
    lines.delete(line)
    remove(idle, line)
    serve()
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
      return { kind: 'accepted', reply: replyOf(hide(words)) }
    } catch (cause) {
      const error = cause as Failure
      recover(line, error)
      const lost = error.responseCode === 421 || ['ECONNECTION', 'ESOCKET', 'ETIMEDOUT'].includes(error.code ?? '')
      if (closed || !(again && used && lost && !body.readableDidRead && !job.over)) throw error
      // The server had hung up between two letters, on the other idle connections most likely too. Nothing of this one was sent.
      for (const other of idle.splice(0)) other.smtp.close()
      return deliver(job, envelope, raw, false)
    }
  }

  async function send(envelope: Envelope, raw: Buffer, recall?: AbortSignal): Promise<SendResult> {
    if (closed) return resultOf(trouble('ECLOSED'), 'session')
    if (recall?.aborted) return resultOf(trouble('ERECALLED'), 'letter')
    const wire = wireEnvelope(envelope)
    if (!wire) return { kind: 'failed', reply: { code: null, enhanced: '5.1.3', text: 'the address cannot stand in a command' } }
    const domain = domainOf(wire.to).toLowerCase()
    const job: Job = { domain, stage: 'session', crowded: false, over: null, stop: () => {}, awaited: () => '' }
    const end = (why: 'late' | 'recalled') => {
      job.over ??= why
      job.stop()
    }
    const timer = setTimeout(end, limits.totalMs, 'late')
    // What the server has said by now may still lie in the socket: a turn of the event loop reads it.
    const onRecall = () => void setImmediate(() => setImmediate(end, 'recalled'))
    recall?.addEventListener('abort', onRecall, { once: true })
    return deliver(job, wire, raw, true)
      .catch((error: Failure) => {
        if (error.response) error.response = hide(error.response)
        return judge(error, job)
      })
      .finally(() => {
        job.stop = () => {} // the connection may be another letter's by now
        clearTimeout(timer)
        recall?.removeEventListener('abort', onRecall)
      })
  }

  return {
    send(envelope, raw, recall) {
      const result = send(envelope, raw, recall)
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

/** What an error makes of the letter. Where we hung up ourselves, why we did says more than what came of it. */
function judge(error: Failure, { over, stage, crowded, awaited }: Job): SendResult {
  if (error.response || !over) return resultOf(error, stage, awaited())
  if (over === 'recalled') return resultOf(trouble('ERECALLED'), 'letter', awaited())
  return stage === 'session' && crowded ? resultOf(trouble('ETIMEDOUT'), 'turn') : resultOf(trouble('ETIMEDOUT'), stage, awaited())
}

function remove<T>(list: T[], item: T) {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
