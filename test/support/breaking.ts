/** As much of an OpenAPI 3.1 document as the comparison reads. */
export type Schema = {
  $ref?: string
  allOf?: Schema[]
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: unknown
  items?: Schema
  [keyword: string]: unknown
}
type Content = Record<string, { schema: Schema }>
type Parameter = { name: string; in: string; required?: boolean; schema: Schema }
type Operation = {
  security?: object[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Content }
  responses: Record<string, { headers?: Record<string, unknown>; content?: Content }>
}
export type Document = { paths: Record<string, Record<string, unknown>>; components?: { schemas?: Record<string, unknown> } }

/** What a caller sends may only be asked for more loosely; what it gets may only be promised more tightly. */
type Way = 'sent' | 'got'
type Both = { old: Document; now: Document; found: string[] }

/**
 * What a new document takes from callers of an old one; empty when they can go on as they are. Additions pass: paths, optional
 * parameters and properties, answers' properties, statuses and codes.
 */
export function breaks(old: Document, now: Document): string[] {
  const both: Both = { old, now, found: [] }
  for (const [path, methods] of Object.entries(old.paths)) {
    const there = now.paths[path]
    if (!there) both.found.push(`${path}: is gone`)
    else for (const method of Object.keys(methods)) compareCalls(both, `${method.toUpperCase()} ${path}`, methods[method], there[method])
  }
  return both.found
}

function compareCalls(both: Both, at: string, before: unknown, after: unknown) {
  if (!after) return both.found.push(`${at}: is gone`)
  const [a, b] = [before as Operation, after as Operation]
  if (!a.security && b.security) both.found.push(`${at}: asks for a key`)
  compareParameters(both, at, a.parameters ?? [], b.parameters ?? [])
  if (!a.requestBody?.required && b.requestBody?.required) both.found.push(`${at}: asks for a body`)
  compareContent(both, `${at} body`, a.requestBody?.content, b.requestBody?.content, 'sent')
  for (const [status, answer] of Object.entries(a.responses)) {
    const there = b.responses[status]
    if (!there) {
      both.found.push(`${at} ${status}: is gone`)
      continue
    }
    for (const name of Object.keys(answer.headers ?? {}))
      if (!there.headers?.[name]) both.found.push(`${at} ${status}: header ${name} is gone`)
    compareContent(both, `${at} ${status}`, answer.content, there.content, 'got')
  }
}

function compareParameters(both: Both, at: string, before: Parameter[], after: Parameter[]) {
  const same = (a: Parameter) => (b: Parameter) => a.name === b.name && a.in === b.in
  for (const parameter of before) {
    const there = after.find(same(parameter))
    if (there) compareSchemas(both, `${at} parameter ${parameter.name}`, parameter.schema, there.schema, 'sent')
    else both.found.push(`${at}: parameter ${parameter.name} is gone`)
  }
  for (const parameter of after) {
    if (parameter.required && !before.find(same(parameter))?.required) both.found.push(`${at}: parameter ${parameter.name} is required`)
  }
}

function compareContent(both: Both, at: string, before: Content | undefined, after: Content | undefined, way: Way) {
  for (const [type, { schema }] of Object.entries(before ?? {})) {
    const there = after?.[type]
    if (there) compareSchemas(both, at, schema, there.schema, way)
    else both.found.push(`${at}: ${type} is gone`)
  }
}

function compareSchemas(both: Both, at: string, before: Schema, after: Schema, way: Way) {
  const [a, b] = [flat(both.old, before), flat(both.now, after)]
  compareTypes(both, at, a, b, way)
  compareValues(both, at, a, b, way)
  if (way === 'sent') compareBounds(both, at, a, b)
  for (const word of ['anyOf', 'oneOf', 'not']) // not taken apart: another one is for a person to judge
    if (JSON.stringify(a[word]) !== JSON.stringify(b[word])) both.found.push(`${at}: ${word} is another`)
  compareProperties(both, at, a, b, way)
  if (a.items && b.items) compareSchemas(both, `${at}[]`, a.items, b.items, way)
}

function compareProperties(both: Both, at: string, a: Schema, b: Schema, way: Way) {
  for (const [name, property] of Object.entries(a.properties ?? {})) {
    const there = b.properties?.[name]
    if (there) compareSchemas(both, `${at}.${name}`, property, there, way)
    else if (way === 'got' || b.additionalProperties === false) both.found.push(`${at}.${name}: is gone`)
    if (way === 'got' && a.required?.includes(name) && there && !b.required?.includes(name))
      both.found.push(`${at}.${name}: is no longer promised`)
  }
  for (const name of way === 'sent' ? (b.required ?? []) : [])
    if (!a.required?.includes(name)) both.found.push(`${at}.${name}: is required`)
  if (way === 'sent' && a.additionalProperties !== false && b.additionalProperties === false)
    both.found.push(`${at}: unknown properties are refused`)
}

/** Sent: every type that was taken is. Got: no type that was not there before. */
function compareTypes(both: Both, at: string, a: Schema, b: Schema, way: Way) {
  const types = ({ type }: Schema) => (type === undefined ? null : [type].flat())
  const [offered, taken] = way === 'sent' ? [types(a), types(b)] : [types(b), types(a)]
  const fits = (type: string) => taken === null || taken.includes(type) || (type === 'integer' && taken.includes('number'))
  const lost = offered === null ? taken !== null : !offered.every(fits)
  if (lost) both.found.push(`${at}: the type was ${JSON.stringify(a.type)} and is ${JSON.stringify(b.type)}`)
}

/**
 * Sent: no value that was taken is refused. Got: a value may be added, as callers are told to expect new codes and events, and
 * taken away; but a value that was one of a list stays one.
 */
function compareValues(both: Both, at: string, a: Schema, b: Schema, way: Way) {
  const values = (schema: Schema) => ('const' in schema ? [schema.const] : (schema.enum ?? null))
  const [before, after] = [values(a), values(b)]
  if (way === 'got') {
    if (before && !after) both.found.push(`${at}: was one of a list of values`)
    if ('const' in a && before && after && !after.includes(before[0])) both.found.push(`${at}: was ${JSON.stringify(before[0])}`)
    return
  }
  if (!after) return
  if (!before) both.found.push(`${at}: is one of a list of values`)
  for (const value of before ?? []) if (!after.includes(value)) both.found.push(`${at}: the value ${JSON.stringify(value)} is gone`)
}

const LEAST = ['minLength', 'minimum', 'minItems', 'minProperties']
const MOST = ['maxLength', 'maximum', 'maxItems', 'maxProperties']
const EXACT = ['pattern', 'format', 'multipleOf']

function compareBounds(both: Both, at: string, a: Schema, b: Schema) {
  const number = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise)
  for (const word of LEAST)
    if (number(b[word], Number.NEGATIVE_INFINITY) > number(a[word], Number.NEGATIVE_INFINITY)) both.found.push(`${at}: ${word} is higher`)
  for (const word of MOST)
    if (number(b[word], Number.POSITIVE_INFINITY) < number(a[word], Number.POSITIVE_INFINITY)) both.found.push(`${at}: ${word} is lower`)
  for (const word of EXACT) if (b[word] !== undefined && b[word] !== a[word]) both.found.push(`${at}: ${word} is another`)
}

/** A schema with its reference and its `allOf` put into one. */
function flat(document: Document, schema: Schema): Schema {
  const { $ref, allOf, ...own } = schema
  const all: Schema & { properties: object; required: string[] } = { properties: {}, required: [] }
  const parts = [...($ref ? [named(document, $ref)] : []), ...(allOf ?? [])].map((part) => flat(document, part))
  for (const part of [...parts, own]) {
    const properties = { ...all.properties, ...part.properties }
    Object.assign(all, part, { properties, required: [...all.required, ...(part.required ?? [])] })
  }
  return all
}

function named(document: Document, ref: string): Schema {
  const schema = document.components?.schemas?.[ref.replace('#/components/schemas/', '')]
  if (!schema) throw new Error(`the document has no ${ref}`)
  return schema as Schema
}
