import type { Client } from '../contract/contract.ts'
import { messaging as contract } from '../contract/messaging.ts'
import { keepSealed, serviceKey } from '../development.ts'
import { serve } from '../http/serve.ts'
import { isLoopback } from '../loopback.ts'
import { dkimSigner } from '../messaging/dkim.ts'
import { openInbox } from '../messaging/inbox.ts'
import { smtpTransport } from '../messaging/mail.ts'
import { createMessaging } from '../messaging/messaging.ts'
import type { Shell } from './shell.ts'

/**
 * Messaging (seed 001: Servidor de mensajería): SMTP, or in development the inbox.
 * @param seal keeps the inbox across restarts; without it the inbox is in memory
 */
export async function openMessaging({ config, env, generated, closers, left }: Shell, seal?: Parameters<typeof keepSealed>[1]) {
  const { smtpUrl, smtpTls, mailFrom } = config
  const tls = smtpTls ?? (isLoopback(smtpUrl?.hostname ?? '') ? 'none' : 'required')
  const ca = config.ca ? { ca: config.ca } : {}
  const transport = smtpUrl ? smtpTransport({ url: smtpUrl.href, tls, from: mailFrom, ...ca }) : null
  if (transport) closers.push(() => transport.close(left()))
  const keep = seal && generated && !transport ? keepSealed(config.dataDir, seal) : undefined
  if (keep) closers.push(() => keep.close())
  const inbox = await openInbox(keep)
  const { dkimDomain: domain, dkimSelector: selector, dkimKey: key } = config
  const sign = domain && selector && key ? dkimSigner({ domain, selector, key }) : null
  const codeInSubject = config.codeInSubject === 'on'
  const texts = config.letterTexts
  return { handlers: createMessaging({ env, from: mailFrom, transport, sign, inbox, codeInSubject, texts }), transport }
}

/** The service on its own listener. */
export async function serveMessaging(shell: Shell, handlers: Client<typeof contract>): Promise<number> {
  const app = shell.server('internal')
  serve(app, contract, handlers, shell.config.messagingKey ?? [serviceKey(shell.generated!, 'messaging')])
  return shell.listen(app)
}
