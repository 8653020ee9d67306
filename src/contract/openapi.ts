import Type, { type TSchema } from 'typebox'
import type { Api, Route } from './routes.ts'

type Json = Record<string, unknown>
export type Operation = {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  security?: Record<string, string[]>[]
  parameters: Json[]
  requestBody?: { required: boolean; content: Record<string, { schema: Json; examples: Record<string, { summary: string; value: Json }> }> }
  responses: Record<string, Response>
}
export type Response = {
  description: string
  headers: Record<string, Json>
  content?: Record<string, { schema: Json; example?: unknown; examples?: Record<string, { summary: string; value: Json }> }>
}
export type Document = Json & {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Json; schemas: Record<string, Json>; headers: Record<string, { schema: Json }> }
}
/** A refusal as the table of problems has it, with its sentence in English. */
export type Refusal = { status: number; title: string; detail: string }
export type Given = {
  /** Where it is served. */
  url: string
  version: string
  groups: Record<string, string>
  /** Schemas that stand in the document once, under their names. */
  schemas: Record<string, TSchema>
  problems: Record<string, Refusal>
}

const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:sello:problem:<code>' }),
    title: Type.String({ description: 'For developers, in English' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'For people, in the language of Accept-Language: es, ru or en' }),
    code: Type.String({ description: 'What to tell refusals apart by' }),
    requestId: Type.String({ description: 'Also in X-Request-Id and in the log' }),
    fields: Type.Optional(
      Type.Array(Type.Object({ field: Type.String(), code: Type.String(), hint: Type.String() }), {
        description: 'Each mistake of the call',
      }),
    ),
    attemptsLeft: Type.Optional(Type.Integer({ minimum: 0, description: 'Of code_wrong: how many guesses the code has left' })),
    reason: Type.Optional(
      Type.Enum(['too_short', 'too_long', 'common', 'predictable'], { description: 'Of password_rejected: what is wrong with it' }),
    ),
  },
  { description: 'RFC 9457' },
)
const headers = {
  'X-Request-Id': header(
    'The id of this request',
    { type: 'string', pattern: '^req_[0-9A-Za-z]{22}$' },
    'req_0000000000000000000000',
    true,
  ),
  'Retry-After': header('Seconds to wait', { type: 'integer', minimum: 1 }, 600, true),
  'WWW-Authenticate': header('RFC 6750 §3', { type: 'string', pattern: '^Bearer ' }, 'Bearer error="invalid_token"', true),
  RateLimit: header(
    'What is left of each budget that was asked, and in how many seconds it is full again; absent where limits are off',
    { type: 'string', pattern: '^"[a-z-]+";r=\\d+;t=\\d+(, "[a-z-]+";r=\\d+;t=\\d+)*$' },
    '"address-sends";r=4;t=600',
  ),
  'RateLimit-Policy': header(
    'The same budgets: how many, in how many seconds',
    { type: 'string', pattern: '^"[a-z-]+";q=\\d+;w=\\d+(, "[a-z-]+";q=\\d+;w=\\d+)*$' },
    '"address-sends";q=5;w=600',
  ),
  'Access-Control-Allow-Origin': header('Any page may read it', { type: 'string', const: '*' }, '*', true),
} as const

export function header(description: string, schema: Json, example: unknown, required = false) {
  return { description, required, schema, example }
}
export const refs = (...names: (keyof typeof headers)[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const ABOUT = `Calls are made by your server: whoever holds the API key may mail and check numbers. JSON in UTF-8, at most 64 KiB, unknown
fields are refused. Refusals are application/problem+json (RFC 9457), told apart by \`code\`. What is not a path of this document answers 404
\`not_found\`, another method 405 \`method_not_allowed\` with \`Allow\`. Times are ISO 8601 in UTC. Calls without an API key may
also come from pages, of the origins that an app lists (./sello apps set APP --origin URL): then all answers, refusals, too, carry
Access-Control-Allow-Origin.`

/** The OpenAPI 3.1 document of an API. */
export function openapi(api: Api, given: Given): Document {
  const paths: Document['paths'] = {}
  for (const [op, route] of Object.entries(api)) {
    const path = templateOf(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(op, route, given) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sello',
      version: given.version,
      summary: 'Does this person hold this mailbox?',
      description: ABOUT,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: given.url }],
    tags: Object.entries(given.groups).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        ApiKey: { type: 'http', scheme: 'bearer', description: 'The API key of a client application: ./sello apps add NAME' },
        AccessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Of a person who signed in (RFC 9068)' },
      },
      headers,
      schemas: Object.fromEntries(Object.entries({ ...given.schemas, Problem }).map(([name, schema]) => [name, plain(schema)])),
    },
  }
}

/** `/v1/identities/:id` as `/v1/identities/{id}`. */
export const templateOf = (path: string): string => path.replace(/:([a-zA-Z]+)/g, '{$1}')

function operation(op: string, route: Route, given: Given): Operation {
  const answer: Response = {
    description: route.status === 202 ? 'Accepted' : route.status === 204 ? 'Done; no body' : 'Done',
    headers: refs('X-Request-Id', ...budgets(route, route.status), ...(route.cors ? (['Access-Control-Allow-Origin'] as const) : [])),
    ...(route.answer && { content: { 'application/json': { schema: named(route.answer, given.schemas), example: route.example } } }),
  }
  return {
    operationId: op,
    summary: route.summary,
    ...(route.about && { description: route.about.replaceAll('\n', ' ') }),
    tags: [route.group],
    ...(route.auth === 'app' && { security: [{ ApiKey: [] }] }),
    ...(route.auth === 'account' && { security: [{ AccessToken: [] }] }),
    ...(route.auth === 'either' && { security: [{ AccessToken: [] }, {}] }),
    parameters: parameters(route),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: named(route.body, given.schemas), examples: route.examples ?? {} } },
      },
    }),
    responses: { [route.status]: answer, ...refusals(route, given.problems) },
  }
}

function parameters({ params, idempotent, auth }: Route): Json[] {
  const properties = Object.entries((params as { properties?: Record<string, TSchema> } | undefined)?.properties ?? {})
  const inPath = properties.map(([name, schema]) => ({ name, in: 'path', required: true, schema: plain(schema) }))
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Repeats the first answer to the same body, for 24 hours after a registration and for 10 minutes after a check: 1 to 255 visible ASCII characters, quoted or not',
    schema: { type: 'string', pattern: '^("[\\x21-\\x7e]{1,255}"|[\\x21-\\x7e]{1,255})$' },
    example: '5f0c9f5e-6f8a-4b1e-9a57-0f3b6a1f2c11',
  }
  return [...inPath, ...(idempotent ? [key] : []), ...(auth === 'public' || auth === 'either' ? [appHeader] : [])]
}

const appHeader = {
  name: 'Sello-App',
  in: 'header',
  required: false,
  description: 'The app’s id; without it the app named default',
  schema: { type: 'string' },
}

/** One answer for each status, its codes enumerated, each with an example. */
function refusals(route: Route, problems: Given['problems']): Record<string, Response> {
  const byStatus = Map.groupBy(route.refusals, (code) => problems[code]!.status)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const retry = status === 429 || status === 503 ? (['Retry-After'] as const) : []
      const challenge = status === 401 ? (['WWW-Authenticate'] as const) : []
      const examples = codes.map((code) => [code, { summary: problems[code]!.title, value: refusalExample(route, code, problems[code]!) }])
      const narrowed = { type: 'object', properties: { status: { const: status }, code: { enum: codes } }, required: ['status', 'code'] }
      return [
        status,
        {
          description: codes.map((code) => `\`${code}\`: ${problems[code]!.title}`).join(' · '),
          headers: refs('X-Request-Id', ...retry, ...challenge, ...budgets(route, status)),
          content: {
            'application/problem+json': {
              schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] },
              examples: Object.fromEntries(examples),
            },
          },
        },
      ]
    }),
  )
}

/** Budgets are shown where they were asked: when all went well, when nothing matched, when one is spent. */
const budgets = (route: Route, status: number) =>
  route.limited && (status < 300 || status === 404 || status === 429) ? (['RateLimit', 'RateLimit-Policy'] as const) : []

function refusalExample(route: Route, code: string, { status, title, detail }: Refusal): Json {
  const field = (route.body as { required?: string[] } | undefined)?.required?.[0]
  const fields = code === 'invalid_request' && field ? [{ field, code: 'required', hint: 'Text' }] : null
  return {
    type: `urn:sello:problem:${code}`,
    title,
    status,
    detail,
    code,
    requestId: headers['X-Request-Id'].example,
    ...(fields && { fields }),
    ...(code === 'code_wrong' && { attemptsLeft: 2 }),
    ...(code === 'password_rejected' && { reason: 'too_short' }),
  }
}

export function named(schema: TSchema, schemas: Given['schemas']): Json {
  const name = Object.keys(schemas).find((candidate) => schemas[candidate] === schema)
  return name ? { $ref: `#/components/schemas/${name}` } : plain(schema)
}

/** Without what the schema library keeps beside JSON Schema. */
const plain = (schema: TSchema) => JSON.parse(JSON.stringify(schema)) as Json
