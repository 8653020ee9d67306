import type { FastifyInstance } from 'fastify'
import type { Client } from '../contract/contract.ts'
import { gateway } from '../contract/gateway.ts'
import type { messaging } from '../contract/messaging.ts'
import { oauth } from '../contract/oauth.ts'
import type { persistence } from '../contract/persistence.ts'
import { serveApi } from '../http/api.ts'
import { allowOrigins } from '../http/cors.ts'
import { serveOAuth } from '../http/oauth.ts'
import type { Locale } from '../i18n/i18n.ts'
import { createAccountLife } from './account-life.ts'
import { createAccounts, createSessions } from './accounts.ts'
import { createAuthentication } from './authentication.ts'
import type { Mail } from './mail.ts'
import { createOAuth, serveMetadataByPath } from './oauth.ts'
import { serveSite } from './pages/site.ts'
import { createDepartures, createRecovery } from './recovery.ts'
import { createRegistration } from './registration.ts'
import type { Tokens } from './tokens.ts'
import { serveBrand } from './web/brand.routes.ts'
import { serveDocs } from './web/docs.routes.ts'
import { serveInbox } from './web/inbox.routes.ts'

/** What the gateway's controllers share. */
export type House = {
  /** Milliseconds since the Unix epoch. */
  now: () => number
  newId: () => string
  persistence: Client<typeof persistence>
  messaging: Client<typeof messaging>
  mail: Mail
  tokens: Tokens
  locale: Locale
  /** Without a slash at its end. */
  publicUrl: () => string
  /** Where letters stay, if they do: the inbox may then be looked at from this machine. */
  inbox: 'kept' | 'in memory' | null
  /** The development API key where it is valid: `/docs` fills it in for a browser on this machine. */
  apiKey: string | null
}

/** Puts the gateway (seed 001: Api gateway) on a server. */
export function serveGateway(app: FastifyInstance, house: House) {
  allowOrigins(app, () => house.persistence.listOrigins({}))
  const handlers = {
    ...createRegistration(house),
    ...createAuthentication(house),
    ...createAccounts(house),
    ...createSessions(house),
    ...createRecovery(house),
    ...createDepartures(house),
    ...createAccountLife(house),
  }
  serveApi(app, gateway, handlers)
  serveOAuth(app, oauth, createOAuth(house))
  serveMetadataByPath(app, house)
  serveSite(app, house, handlers)
  serveBrand(app, house)
  serveDocs(app, house)
  if (house.inbox) serveInbox(app, house)
}
