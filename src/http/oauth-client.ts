import type { IncomingHttpHeaders } from 'node:http'
import type { OAuthClient } from '../contract/accounts.ts'
import type { OAuthCode, OAuthRoute } from '../contract/oauth.ts'
import { decodeForm, type Parameters } from './forms.ts'

/** Who calls, as far as the call says: persistence knows whether the key is the app's. */
export type Identified = { client: OAuthClient } | { refusal: { error: OAuthCode; description: string } }

const invalidRequest = (description: string) => ({ refusal: { error: 'invalid_request', description } as const })
const invalidClient = (description: string) => ({ refusal: { error: 'invalid_client', description } as const })

/** An id that no app can have is refused like one that none has; so is such a key. */
const APP = /^[\x21-\x7e]{1,64}$/
const API_KEY = /^[\x21-\x7e]{1,4096}$/

/**
 * Who calls an OAuth route (RFC 6749 §2.3): HTTP Basic, `client_id` with `client_secret`, or, where the route takes it, Bearer (RFC
 * 7662 §2.1) or a bare name. A client uses one method at a time; a name that is given twice is the same both times.
 */
export function clientOf(headers: IncomingHttpHeaders, parameters: Parameters, wanted: OAuthRoute['client']): Identified {
  const { authorization } = headers
  const secret = parameters.get('client_secret')
  if (authorization !== undefined && secret !== undefined) return invalidRequest('the client authenticates itself in two ways')
  if (secret !== undefined && !parameters.has('client_id')) return invalidRequest('client_id is missing beside client_secret')
  const shown = authorization === undefined ? { app: null, apiKey: secret ?? null } : credentialsIn(authorization, wanted)
  if (shown === null) return invalidClient('the Authorization header cannot be used here')
  const names = new Set([shown.app, parameters.get('client_id'), named(headers)].filter((name) => typeof name === 'string'))
  if (names.size > 1) return invalidRequest('the client is named twice, and not alike')
  const [app = null] = names
  if (app !== null && !APP.test(app)) return invalidClient('no such client')
  if (shown.apiKey !== null)
    return API_KEY.test(shown.apiKey)
      ? { client: { kind: 'confidential', app, apiKey: shown.apiKey } }
      : invalidClient('the secret of the client is wrong')
  return wanted === 'authenticated' ? invalidClient('the client must authenticate itself') : { client: { kind: 'public', app } }
}

const named = ({ 'sello-app': app }: IncomingHttpHeaders) => (app === undefined ? undefined : String(app))

/** The challenge that fits what was tried (RFC 6749 §5.2). */
export const challengeFor = ({ authorization = '' }: IncomingHttpHeaders, wanted: OAuthRoute['client']): string =>
  wanted === 'authenticated' && /^bearer /i.test(authorization) ? 'Bearer realm="sello", error="invalid_token"' : 'Basic realm="sello"'

/** What stands in an Authorization header; null when it cannot be read, or is of no scheme that the route takes. */
function credentialsIn(header: string, wanted: OAuthRoute['client']): { app: string | null; apiKey: string } | null {
  const [, scheme = '', credentials = ''] = /^([A-Za-z]+) +(\S+) *$/.exec(header) ?? []
  if (scheme.toLowerCase() === 'basic') return basic(credentials)
  return scheme.toLowerCase() === 'bearer' && wanted === 'authenticated' ? { app: null, apiKey: credentials } : null
}

/** Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1). */
function basic(credentials: string): { app: string; apiKey: string } | null {
  const bytes = Buffer.from(credentials, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== credentials.replace(/=+$/, '')) return null
  const text = bytes.toString('utf8')
  const colon = text.indexOf(':')
  const [app, apiKey] = [decodeForm(text.slice(0, Math.max(colon, 0))), decodeForm(text.slice(colon + 1))]
  return colon > 0 && app && apiKey ? { app, apiKey } : null
}
