import type { Client } from '../contract/contract.ts'
import { messaging as messagingContract } from '../contract/messaging.ts'
import { persistence as persistenceContract } from '../contract/persistence.ts'
import { serviceKey } from '../development.ts'
import { type House, serveGateway } from '../gateway/gateway.ts'
import { createMail } from '../gateway/mail.ts'
import { createTokens } from '../gateway/tokens.ts'
import { connect } from '../http/connect.ts'
import { pauseAfter } from '../rules/outbox.ts'
import type { Shell } from './shell.ts'

export type Services = { persistence: Client<typeof persistenceContract>; messaging: Client<typeof messagingContract> }

/** The other services, where the settings say that they are. */
export function reachServices({ config, generated, closers, checks }: Shell): Services {
  const reach = (name: 'persistence' | 'messaging') => ({
    urls: config[`${name}Url`]!,
    key: config[`${name}Key`]?.[0] ?? serviceKey(generated!, name),
    ...(config.ca ? { ca: config.ca } : {}),
  })
  const persistence = connect(persistenceContract, reach('persistence'))
  const messaging = connect(messagingContract, reach('messaging'))
  closers.push(() => Promise.all([persistence.close(), messaging.close()]))
  checks.persistence = { ask: () => persistence.probe({}), isNeeded: true }
  // Letters wait in the store while messaging is away; the API goes on.
  checks.messaging = { ask: () => messaging.probe({}), isNeeded: false }
  return { persistence, messaging }
}

/**
 * The gateway (seed 001: Api gateway) on its listener.
 * @param shown what a browser on this machine may see
 * @returns the public URL and the port
 */
export async function openGateway(shell: Shell, { persistence, messaging }: Services, shown: Pick<House, 'inbox' | 'apiKey'>) {
  const { config, env, log, metrics, closers, generated, left } = shell
  const pause = (failures: number) => pauseAfter(failures, env.fraction())
  let url = config.publicUrl ?? ''
  const publicUrl = () => url
  const mail = createMail({ env, log, persistence, messaging, publicUrl, measure: metrics.letter, pauseAfter: pause })
  const app = shell.server()
  const { keys } = config.signingKey ?? generated!.signing
  const tokens = await createTokens({ keys, issuer: publicUrl, accessTtlMs: config.accessTtlMs, newId: env.id })
  serveGateway(app, {
    now: env.now,
    newId: env.id,

    persistence,
    messaging,
    mail,
    tokens,
    locale: config.locale,
    publicUrl,
    ...shown,
  })
  const work = new AbortController()
  let working: Promise<void> | null = null
  closers.push(async () => {
    work.abort()
    await working
  })
  const port = await shell.listen(app)
  if (url === '') url = `${config.tlsCert ? 'https' : 'http'}://localhost:${port}`
  working = mail.work(work.signal, left)
  return { url, port }
}
