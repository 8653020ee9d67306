import type { Document, Operation } from '../../contract/openapi.ts'
import { type Html, html, textIn } from './html.ts'
import { type Call, languages, pathOf, snippet } from './snippets.ts'

type Schema = {
  $ref?: string
  type?: string
  enum?: string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  description?: string
  minLength?: number
  maxLength?: number
  format?: string
  examples?: string[]
}
type Parameter = { name: string; in: string; required: boolean; description?: string; example?: string; schema: Schema }
/** A field of the form: of the path, of the body or a header. `value`: what a working example has there. */
type Field = { place: 'path' | 'body' | 'header'; name: string; required: boolean; schema: Schema; about: string; value: string }
export type Shown = { document: Document; method: string; path: string; operation: Operation; url: string; apiKey: string | null }

/** Nearly every call is documented to refuse with these: the page says so once, above. */
export const COMMON = ['body_too_large', 'content_type_unsupported', 'fault', 'busy', 'unavailable']

/**
 * One call: what it is for, what a request has with a working example, the same as a program, and its answers. The script makes a form
 * of it, with a button, a place for the answer and what joins fields to their descriptions.
 */
export function callSection(shown: Shown): Html {
  const { method, path, operation } = shown
  const op = operation.operationId
  const fields = fieldsOf(shown)
  const bearer = bearerOf(operation)
  return html`<section class="call" id="${op}">
<h3><span class="method ${method.toLowerCase()}">${method}</span> <code class="path">${path}</code></h3>
<p class="lead">${operation.summary}.</p>
${operation.description && html`<p>${operation.description}</p>`}
<form${bearer && html` data-bearer="${bearer}"`}>${fields.length > 0 && html`<h4>The request</h4>${fields.map(fieldView)}`}</form>
${op === 'registerIdentity' && html`<div class="next" id="next" role="status" hidden></div>`}
<h4>The same from a program</h4>
<div class="snippets">${program(shown, fields)}</div>
<h4>Answers</h4>
${Object.entries(operation.responses).map(([status, response]) => answerView(shown.document, status, response))}
</section>`
}

/** What goes along as Bearer: the id of its field. */
const bearerOf = ({ security = [] }: Operation): 'key' | 'token' | null => {
  if (security.some((one) => 'ApiKey' in one)) return 'key'
  return security.some((one) => 'AccessToken' in one) ? 'token' : null
}

function fieldView({ place, name, required, schema, about, value }: Field): Html {
  const length = schema.maxLength === undefined ? '' : `${schema.minLength ?? 0} to ${schema.maxLength} characters`
  const rules = [required ? 'required' : 'optional', place === 'header' ? 'header' : place === 'path' ? 'in the path' : '', length]
  return html`<div class="field"><label>${name}
<input name="${name}" data-place="${place}" value="${value}"${required && html` required`}></label>
<p class="about"><b>${rules.filter(Boolean).join(' · ')}</b> ${about}</p></div>`
}

/** The call for a shell; the script adds the other languages, which would be most of the page. */
function program({ method, operation, path, url, apiKey }: Shown, fields: Field[]): Html {
  const filled = (place: Field['place']) =>
    Object.fromEntries(fields.filter((field) => field.place === place && field.value !== '').map(({ name, value }) => [name, value]))
  const call: Call = {
    method,
    url: url + pathOf(path, filled('path')),
    headers: filled('header'),
    ...(bearerOf(operation) === 'key' && { key: apiKey }),
    ...(bearerOf(operation) === 'token' && { key: null, variable: 'ACCESS_TOKEN' }),
    ...(operation.requestBody && { body: filled('body') }),
  }
  return html`<pre tabindex="0">${textIn(snippet(languages[0].id, call))}</pre>`
}

function answerView(document: Document, status: string, { description, content }: Operation['responses'][string]): Html | false {
  const [type, only] = Object.entries(content ?? {})[0] ?? []
  const refusals = Object.keys(only?.examples ?? {})
  const own = refusals.filter((code) => !COMMON.includes(code))
  if (refusals.length > 0) {
    return (
      own.length > 0 &&
      html`<p><b class="status bad">${status}</b> ${own.map((code, at) => html`${at > 0 && ', '}<code>${code}</code>`)}</p>`
    )
  }
  if (!only) return html`<p><b class="status good">${status}</b> ${description}</p>`
  const properties = Object.entries(schemaOf(document, only.schema).properties ?? {})
  return html`<details><summary><b class="status good">${status}</b> ${description}</summary>
<p class="about">${type}</p><pre tabindex="0">${textIn(JSON.stringify(only.example, null, 2))}</pre>
${
  properties.length > 0 &&
  html`<dl class="facts">${properties.map(
    ([name, schema]) =>
      html`<div><dt><code>${name}</code></dt><dd>${typeOf(schema)}${schema.description && html`: ${schema.description}`}</dd></div>`,
  )}</dl>`
}</details>`
}

const typeOf = ({ type, enum: values, format, items, properties }: Schema): string => {
  if (values) return values.join(', ')
  if (items) return `list of ${items.properties ? `{ ${Object.keys(items.properties).join(', ')} }` : typeOf(items)}`
  return format ?? (properties ? 'object' : (type ?? 'anything'))
}

/** All that may be filled in, with the values of the call's usual example. */
function fieldsOf({ document, operation }: Shown): Field[] {
  const content = operation.requestBody?.content['application/json']
  const body = schemaOf(document, content?.schema)
  const usual = Object.values(content?.examples ?? {})[0]?.value ?? {}
  const inBody = Object.entries(body.properties ?? {}).map(([name, schema]): Field => {
    const required = body.required?.includes(name) ?? false
    return { place: 'body', name, required, schema, about: schema.description ?? '', value: String(usual[name] ?? '') }
  })
  const others = (operation.parameters as Parameter[])
    .filter(({ name }) => name !== 'Sello-App')
    .map(({ name, in: place, required, description, schema }): Field => {
      const example = place === 'path' ? (schema.examples?.[0] ?? '') : ''
      return { place: place as 'path' | 'header', name, required, schema, about: description ?? schema.description ?? '', value: example }
    })
  return [...inBody, ...others]
}

function schemaOf(document: Document, schema: Schema | undefined): Schema {
  return (schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)!] : schema) ?? {}
}
