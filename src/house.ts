import type { Config } from './config.ts'
import { messaging as messagingContract } from './contract/messaging.ts'
import { persistence as persistenceContract } from './contract/persistence.ts'
import { developmentApiKey, inboxSecret } from './development.ts'
import { connect } from './http/connect.ts'
import type { Persistence } from './persistence/persistence.ts'
import { createSecrets } from './persistence/secrets.ts'
import { openGateway, reachServices, type Services } from './roles/gateway.ts'
import { openMessaging, serveMessaging } from './roles/messaging.ts'
import { type Given, openPersistence, serveCommands, servePersistence, sweepForEver } from './roles/persistence.ts'
import { createShell, type Parts, type Shell } from './roles/shell.ts'

export { sampleLetters } from './messaging/samples.ts'

/** A running Sello, or one service of it. */
export type House = {
  /** The public URL of a gateway; where another service listens. */
  url: string
  port: number
  opsUrl: string
  /** The development API key when it is valid, null otherwise. */
  apiKey: string | null
  /** Stops accepting, finishes what is in hand, gives leases back, closes the store. */
  close(): Promise<void>
}
/** With the persistence that it holds, if any. */
export type Open = House & { persistence: Persistence | null }

/** Starts what `config.role` names. @param given for tests */
export async function openHouse({ given, ...parts }: Parts & { given?: Given | undefined }): Promise<Open> {
  const outbox = { ask: async () => ({ length: 0, overdueMs: 0 }) }
  const shell = createShell(parts, parts.config.role === 'messaging' ? undefined : () => outbox.ask())
  const seen = (services: Pick<Services, 'persistence'>) => {
    outbox.ask = () => services.persistence.outboxDepth({})
  }
  try {
    return { ...(await open[parts.config.role === 'tools' ? 'all' : parts.config.role](shell, seen, given)), close: shell.close }
  } catch (error) {
    await shell.close()
    throw error
  }
}

type Opened = Omit<Open, 'close'>
type Opener = (shell: Shell, seen: (services: Pick<Services, 'persistence'>) => void, given?: Given) => Promise<Opened>

/** Everything in one process. */
const openAll: Opener = async (shell, seen, given) => {
  const { persistence, apiKey } = await openPersistence(shell, given)
  const secret = shell.generated && inboxSecret(shell.generated)
  const messaging = await openMessaging(shell, secret ? createSecrets(shell.env, [secret], [secret]) : undefined)
  const services: Services = {
    persistence: connect(persistenceContract, { handlers: persistence.handlers }),
    messaging: connect(messagingContract, { handlers: messaging.handlers }),
  }
  seen(services)
  const opsUrl = await shell.openOps()
  await serveCommands(shell, persistence)
  sweepForEver(shell, persistence)
  const inbox = messaging.transport ? null : 'kept'
  const { url, port } = await openGateway(shell, services, { inbox, apiKey })
  return { url, port, opsUrl, apiKey, persistence }
}

const gateway: Opener = async (shell, seen) => {
  const services = reachServices(shell)
  seen(services)
  const opsUrl = await shell.openOps()
  const inbox = shell.generated ? 'in memory' : null
  const apiKey = shell.generated && developmentApiKey(shell.generated)
  const { url, port } = await openGateway(shell, services, { inbox, apiKey })
  return { url, port, opsUrl, apiKey, persistence: null }
}

const persistenceRole: Opener = async (shell, seen, given) => {
  const { persistence, apiKey } = await openPersistence(shell, given)
  seen({ persistence: connect(persistenceContract, { handlers: persistence.handlers }) })
  const opsUrl = await shell.openOps()
  await serveCommands(shell, persistence)
  sweepForEver(shell, persistence)
  const port = await servePersistence(shell, persistence)
  return { url: placeOf(shell.config, port), port, opsUrl, apiKey, persistence }
}

const messagingRole: Opener = async (shell) => {
  const { handlers } = await openMessaging(shell)
  const opsUrl = await shell.openOps()
  const port = await serveMessaging(shell, handlers)
  return { url: placeOf(shell.config, port), port, opsUrl, apiKey: null, persistence: null }
}

const open = { all: openAll, gateway, persistence: persistenceRole, messaging: messagingRole }

function placeOf({ host, tlsCert }: Config, port: number): string {
  if (host.startsWith('unix:')) return host
  return `${tlsCert ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
