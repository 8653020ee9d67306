import type { FastifyInstance } from 'fastify'
import { metadataOf, oauth } from '../contract/oauth.ts'
import type { OAuthHandlers, OAuthRefusal } from '../http/oauth.ts'
import { Problem } from '../problem.ts'
import type { House } from './gateway.ts'
import { grantOf } from './grant.ts'

const KEPT = { 'cache-control': 'public, max-age=300' }

const missing = (name: string) => refusal('invalid_request', `${name} is missing`)
const refusal = (error: OAuthRefusal['error'], description: string) => ({ refusal: { error, description } })
const stranger = () => refusal('invalid_client', 'no such client, or its secret is wrong')

/** Access and refresh tokens for whoever holds them: RFC 6749 §6, RFC 7662, RFC 7009, RFC 8414. */
export function createOAuth({ persistence, tokens, now, publicUrl }: House): OAuthHandlers<typeof oauth> {
  /** An access token says itself what it is of; whatever else may be a refresh token, which persistence knows. */
  const read = (token: string) => {
    const verified = tokens.verifyAccess(token, now())
    return { verified, asked: { access: verified?.access ?? null, refreshToken: verified ? null : token } }
  }

  return {
    async refreshSession({ parameters, client }) {
      const grant = parameters.get('grant_type')
      if (grant === undefined) return missing('grant_type')
      if (grant !== 'refresh_token') return refusal('unsupported_grant_type', 'grant_type is not refresh_token')
      const token = parameters.get('refresh_token')
      if (token === undefined) return missing('refresh_token')
      const outcome = await persistence.refreshSession({ client, token })
      if (outcome.kind === 'invalid_client') return stranger()
      if (outcome.kind === 'invalid_grant') return refusal('invalid_grant', 'the refresh token is not valid, or not of this client')
      return { body: grantOf(tokens, outcome, now()), told: { outcome: 'refreshed', app: outcome.session.app } }
    },

    async introspectToken({ parameters, client }) {
      const token = parameters.get('token')
      if (token === undefined) return missing('token')
      const { verified, asked } = read(token)
      const outcome = await persistence.introspectToken({ client, ...asked })
      if (outcome.kind === 'invalid_client') return stranger()
      if (outcome.kind === 'inactive') return { body: { active: false }, told: { outcome: 'inactive' } }
      const { id, app, account, email, expiresAt } = outcome.session
      const told = { outcome: 'active', app }
      if (verified) return { body: { active: true, ...verified.claims, token_type: 'Bearer', username: email, email }, told }
      const exp = Math.floor(expiresAt / 1000)
      return { body: { active: true, iss: publicUrl(), sub: account, client_id: app, exp, sid: id, token_type: 'refresh_token' }, told }
    },

    async revokeToken({ parameters, client }) {
      const token = parameters.get('token')
      if (token === undefined) return missing('token')
      const outcome = await persistence.revokeToken({ client, ...read(token).asked })
      return outcome.kind === 'done' ? { body: undefined } : stranger()
    },

    async showMetadata() {
      return { body: metadataOf(publicUrl()), headers: KEPT, told: { outcome: 'shown' } }
    },
  }
}

/** Where the public URL has a path, its metadata is asked for with that path at the end (RFC 8414 §3.1). */
export function serveMetadataByPath(app: FastifyInstance, { publicUrl }: House) {
  app.get<{ Params: { '*': string } }>(`${oauth.showMetadata.path}/*`, { config: { op: 'showMetadata' } }, async (request, reply) => {
    if (new URL(publicUrl()).pathname !== `/${request.params['*']}`) throw new Problem('not_found')
    reply.headers({ ...KEPT, 'access-control-allow-origin': '*' })
    return metadataOf(publicUrl())
  })
}
