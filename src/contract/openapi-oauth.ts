import { type OAuthRoute, oauth, oauthErrors } from './oauth.ts'
import { type Document, type Given, header, named, type Operation, type Response, refs } from './openapi.ts'
import type { groups } from './routes.ts'

/** The OAuth routes in a document: forms or JSON in, refusals as RFC 6749 §5.2 has them. */
export function withOAuth(document: Document, given: Given): Document {
  const paths = Object.entries(oauth).map(([op, route]) => [route.path, { [route.method.toLowerCase()]: operation(op, route, given) }])
  const { securitySchemes, headers, ...components } = document.components
  return {
    ...document,
    paths: { ...document.paths, ...Object.fromEntries(paths) },
    components: {
      ...components,
      securitySchemes: { ...securitySchemes, ClientBasic },
      headers: { ...headers, OAuthChallenge },
    },
  }
}

const ClientBasic = {
  type: 'http',
  scheme: 'basic',
  description: 'The id of a client application and its API key (RFC 6749 §2.3.1)',
}
const OAuthChallenge = header('RFC 6749 §5.2', { type: 'string', pattern: '^(Basic|Bearer) realm="sello"' }, 'Basic realm="sello"', true)
const challenge = { 'WWW-Authenticate': { $ref: '#/components/headers/OAuthChallenge' } }
const GROUP: keyof typeof groups = 'Tokens'
/** What stands in for the API key where it must be shown, and where it may be. */
const security: Record<OAuthRoute['client'], Record<string, string[]>[]> = {
  authenticated: [{ ApiKey: [] }, { ClientBasic: [] }],
  identified: [{ ClientBasic: [] }, {}],
  none: [],
}

function operation(op: string, route: OAuthRoute, given: Given): Operation {
  const body = route.body && { schema: named(route.body, given.schemas), examples: route.examples ?? {} }
  const cors = route.client === 'none' ? (['Access-Control-Allow-Origin'] as const) : []
  return {
    operationId: op,
    summary: route.summary,
    ...(route.about && { description: route.about.replaceAll('\n', ' ') }),
    tags: [GROUP],
    ...(route.client !== 'none' && { security: security[route.client] }),
    parameters: route.client === 'identified' ? [appHeader] : [],
    ...(body && { requestBody: { required: true, content: { 'application/json': body, 'application/x-www-form-urlencoded': body } } }),
    responses: {
      200: {
        description: route.answer ? 'Done' : 'Done; no body',
        headers: refs('X-Request-Id', ...cors),
        ...(route.answer && { content: { 'application/json': { schema: named(route.answer, given.schemas), example: route.example } } }),
      },
      ...refusals(route),
    },
  }
}

const appHeader = {
  name: 'Sello-App',
  in: 'header',
  required: false,
  description: 'The app’s id, in place of client_id; without either it is the app named default',
  schema: { type: 'string' },
}

/** 413 is what a body over 64 KiB gets; it is an invalid_request, too. */
function refusals({ refusals: codes, method }: OAuthRoute): Record<string, Response> {
  const byStatus = Map.groupBy(codes, (code) => oauthErrors[code].status as number)
  if (method === 'POST') byStatus.set(413, ['invalid_request'])
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => {
      const retry = status === 503 ? (['Retry-After'] as const) : []
      const narrowed = { type: 'object', properties: { error: { enum: some } } }
      const examples = some.map((error) => {
        const { title } = oauthErrors[error]
        return [error, { summary: title, value: { error, error_description: title } }] as const
      })
      return [
        status,
        {
          description: some.map((error) => `\`${error}\`: ${oauthErrors[error].title}`).join(' · '),
          headers: { ...refs('X-Request-Id', ...retry), ...(status === 401 && challenge) },
          content: {
            'application/json': {
              schema: { allOf: [{ $ref: '#/components/schemas/OAuthError' }, narrowed] },
              examples: Object.fromEntries(examples),
            },
          },
        },
      ]
    }),
  )
}
