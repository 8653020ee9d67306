import { readFileSync } from 'node:fs'
import { gateway, schemas } from '../../contract/gateway.ts'
import { oauthSchemas } from '../../contract/oauth.ts'
import { type Document, openapi, type Refusal } from '../../contract/openapi.ts'
import { withOAuth } from '../../contract/openapi-oauth.ts'
import { groups } from '../../contract/routes.ts'
import { messages } from '../../i18n/i18n.ts'
import { type ProblemCode, problems } from '../../problem.ts'

/** Every refusal with its English sentence. */
const refusals: Record<string, Refusal> = Object.fromEntries(
  Object.entries(problems).map(([code, problem]) => [code, { ...problem, detail: messages.en.problems[code as ProblemCode] }]),
)

/** The OpenAPI document of the gateway that is reached at `url`. */
export function documentAt(url: string): Document {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  const given = { url, version, groups, schemas: { ...schemas, ...oauthSchemas }, problems: refusals }
  return withOAuth(openapi(gateway, given), given)
}
