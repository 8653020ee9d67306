import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** JSON Schema 2020-12, as far as the API document uses it. */
type Schema = {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  description?: string
}
type Content = { content?: Record<string, { schema?: Schema }> }
type Operation = { operationId?: string; requestBody?: Content; responses: Record<string, Content> }
export type Document = { paths: Record<string, Record<string, Operation>>; components?: { schemas?: Record<string, Schema> } }

/** What the client calls; the rest of the document is not its business. */
const CALLED = ['registerIdentity', 'checkIdentity', 'showIdentity', 'revokeIdentity']
const WIDTH = 140
/** Room for what stands before a union on its line. */
const LONGEST_NAME = 16
/** Keywords that narrow a value and do not change its type, or say something about it. */
const KNOWN = new Set(
  '$ref type const enum anyOf oneOf items properties required additionalProperties description title example examples default format pattern minLength maxLength minimum maximum minItems maxItems'.split(
    ' ',
  ),
)

/** The text of client/src/types.ts. @throws when the document says something that would be lost */
export function typesOf(document: Document): string {
  const named = new Map<string, string>()
  const at = (indent: number) => '  '.repeat(indent)

  function typeOf(schema: Schema, indent: number): string {
    for (const keyword of Object.keys(schema)) {
      if (!KNOWN.has(keyword) && !keyword.startsWith('x-')) throw new Error(`client/generate.ts does not know the keyword ${keyword}`)
    }
    if (schema.$ref !== undefined) return nameOf(schema.$ref)
    if (schema.const !== undefined) return literal(schema.const)
    if (schema.enum) return union(schema.enum.map(literal), indent)
    const some = schema.anyOf ?? schema.oneOf
    if (some) return union([...new Set(some.map((one) => typeOf(one, indent)))], indent)
    const types = Array.isArray(schema.type) ? schema.type : [schema.type]
    const each = types.map((type) => plain({ ...schema, type }, indent))
    return union(each, indent)
  }
  function plain(schema: Schema, indent: number): string {
    const { type, items } = schema
    if (type === 'object') return object(schema, indent)
    if (type === 'array') return `Array<${items ? typeOf(items, indent) : 'unknown'}>`
    if (type === 'integer') return 'number'
    return typeof type === 'string' ? type : 'unknown'
  }
  function object({ properties = {}, required = [], additionalProperties }: Schema, indent: number): string {
    const inner = indent + 1
    const lines = Object.entries(properties).map(([key, schema]) => {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : literal(key)
      return comment(schema, inner) + at(inner) + member(`${name}${required.includes(key) ? '' : '?'}`, typeOf(schema, inner))
    })
    if (lines.length > 0) return `{\n${lines.join('')}${at(indent)}}`
    return `Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown'}>`
  }
  /** Long ones one below the other, as the formatter would have it. */
  function union(members: string[], indent: number): string {
    if (members.length === 1) return members[0]!
    const line = members.join(' | ')
    return line.length < WIDTH - LONGEST_NAME - 2 * indent ? line : members.map((one) => `\n${at(indent + 1)}| ${one}`).join('')
  }
  function comment({ description }: Schema, indent: number): string {
    return description ? `${at(indent)}/** ${description.replaceAll('*/', '*')} */\n` : ''
  }
  const member = (name: string, type: string) => `${name}:${type.startsWith('\n') ? '' : ' '}${type}\n`

  function nameOf(ref: string): string {
    const name = /^#\/components\/schemas\/([A-Za-z]\w*)$/.exec(ref)?.[1]
    const schema = name === undefined ? undefined : document.components?.schemas?.[name]
    if (name === undefined || !schema) throw new Error(`client/generate.ts does not find ${ref}`)
    if (!named.has(name)) {
      named.set(name, '')
      named.set(name, `${comment(schema, 0)}export type ${name} = ${typeOf(schema, 0)}\n`)
    }
    return name
  }

  const called = CALLED.map((name) => {
    const operation = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .find(({ operationId }) => operationId === name)
    if (!operation) throw new Error(`client/generate.ts does not find the operation ${name}`)
    const body = jsonOf(operation.requestBody)
    const good = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))
    const answer = jsonOf(good?.[1])
    const codes = Object.values(operation.responses).flatMap(codesOf)
    if (codes.length === 0) throw new Error(`client/generate.ts finds no refusals of ${name}`)
    const lines = [
      ...(body ? [member('body', typeOf(body, 2))] : []),
      member('answer', answer ? typeOf(answer, 2) : 'unknown'),
      member('refusal', union([...new Set(codes)].sort().map(literal), 2)),
    ]
    return `  ${name}: {\n${lines.map((line) => at(2) + line).join('')}  }\n`
  })
  const head = '// Generated from docs/openapi.json by client/generate.ts; `./sello check --write` renews it.\n'
  return `${head}\n${[...named.values()].join('\n')}\nexport type operations = {\n${called.join('')}}\n`
}

/** The codes that a refusal can have: each is named in the schema of its answer. */
function codesOf({ content }: Content): string[] {
  const schema = content?.['application/problem+json']?.schema
  const parts = schema ? [schema, ...(schema.allOf ?? [])] : []
  return parts.flatMap(({ properties }) => (properties?.code?.enum ?? []) as string[])
}

const jsonOf = (content: Content | undefined): Schema | undefined => content?.content?.['application/json']?.schema
const literal = (value: unknown) => (typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : JSON.stringify(value))

/** Reads the document in the repository at `root`. */
export const clientTypes = (root: string): string => typesOf(JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')) as Document)
