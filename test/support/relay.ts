import type { TestContext } from 'node:test'
import type { SendResult } from '../../src/contract/messaging.ts'
import { smtpTransport } from '../../src/messaging/mail.ts'
import { buildMessage } from '../../src/messaging/mime.ts'
import type { SmtpOptions } from '../../src/messaging/relay.ts'
import { captureSmtp, type Script, scriptedSmtp } from './smtp.ts'

export const FROM = { name: 'Sello', address: 'no-reply@sello.test' }
export const ENVELOPE = { from: FROM.address, to: 'ana@example.com' }
export const PATIENT = { quitMs: 2000 }
/** For servers that never answer. */
export const QUICK = { connectMs: 400, greetingMs: 150, socketMs: 150, quitMs: 50, totalMs: 350 }

export const message = (id: string, to = ENVELOPE.to) =>
  buildMessage({
    id,
    from: FROM,
    to,
    replyTo: null,
    subject: 'Número',
    text: 'Number: 4821 0937 5516\n.\n..x\n',
    html: '<p>x</p>',
    locale: 'en',
    date: 0,
  }).raw()

export type Options = Partial<SmtpOptions> & { userinfo?: string; host?: string; scheme?: string }

export function transportOf(
  t: TestContext,
  port: number,
  { userinfo = '', host = '127.0.0.1', scheme = 'smtp', ...options }: Options = {},
) {
  const url = `${scheme}://${userinfo}${host}:${port}`
  const transport = smtpTransport({ url, tls: 'none', from: FROM, timeouts: PATIENT, ...options })
  t.after(() => transport.close())
  return transport
}

export async function scripted(t: TestContext, script: Script, options: Options = {}) {
  const server = await scriptedSmtp(script)
  const transport = transportOf(t, server.port, options)
  t.after(() => server.close())
  return { server, transport }
}

export async function captured(t: TestContext, smtp: Parameters<typeof captureSmtp>[0], options: Options = {}) {
  const server = await captureSmtp(smtp)
  const transport = transportOf(t, server.port, options)
  t.after(() => server.close())
  return { server, transport }
}

/** `kind scope code enhanced`, short enough for a table. */
export const brief = (result: SendResult) =>
  [result.kind, result.kind === 'deferred' && result.scope, result.reply.code, result.reply.enhanced].filter((part) => part).join(' ')
