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

/** One call: what it is for, a form filled in with a working example, the same as programs, and its answers. */
export function callSection(shown: Shown): Html {
  const { method, path, operation } = shown
  const op = operation.operationId
  const fields = fieldsOf(shown)
  const bearer = bearerOf(operation)
  return html`<section class="call" id="${op}" aria-labelledby="${op}-title">
<h3 id="${op}-title"><span class="method ${method.toLowerCase()}">${method}</span> <code class="path">${path}</code></h3>
<p class="lead">${operation.summary}.</p>
${operation.description && html`<p>${operation.description}</p>`}
<form autocomplete="off" data-op="${op}" data-method="${method}" data-path="${path}"${bearer && html` data-bearer="${bearer}"`}>
${fields.length > 0 && html`<h4>The request</h4>${fields.map((field) => fieldView(op, field))}`}
<p class="send" hidden><button type="submit">Send</button></p>
</form>
<div class="answer" role="status" id="${op}-answer" hidden></div>
${op === 'registerIdentity' && html`<div class="next" id="next" role="status" hidden></div>`}
<h4>The same from a program</h4>
<div class="snippets" data-for="${op}">${programs(shown, fields)}</div>
<h4>Answers</h4>
${Object.entries(operation.responses).map(([status, response]) => answerView(shown.document, status, response))}
</section>`
}

/** What goes along as Bearer: the id of its field. */
const bearerOf = ({ security = [] }: Operation): 'key' | 'token' | null => {
  if (security.some((one) => 'ApiKey' in one)) return 'key'
  return security.some((one) => 'AccessToken' in one) ? 'token' : null
}

function fieldView(op: string, { place, name, required, schema, about, value }: Field): Html {
  const id = `${op}-${name}`
  const length = schema.maxLength === undefined ? '' : `${schema.minLength ?? 0} to ${schema.maxLength} characters`
  const rules = [required ? 'required' : 'optional', place === 'header' ? 'header' : place === 'path' ? 'in the path' : '', length]
  return html`<div class="field"><label for="${id}">${name}</label>
<input id="${id}" name="${name}" data-place="${place}" value="${value}" aria-describedby="${id}-about"${required && html` required`}>
<p class="about" id="${id}-about"><span class="rules">${rules.filter(Boolean).join(' · ')}</span> ${about}</p></div>`
}

/** The call for a shell; the script adds the other languages, which would be most of the page. */
function programs({ method, operation, path, url, apiKey }: Shown, fields: Field[]): Html {
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
  const [{ id, name }] = languages
  return html`<details name="${operation.operationId}-program" open><summary>${name}</summary>
<pre tabindex="0" data-language="${id}">${textIn(snippet(id, call))}</pre></details>`
}

function answerView(document: Document, status: string, { description, content }: Operation['responses'][string]): Html {
  const [type, only] = Object.entries(content ?? {})[0] ?? []
  const refusals = Object.keys(only?.examples ?? {})
  if (refusals.length === 0) {
    const properties = Object.entries(schemaOf(document, only?.schema).properties ?? {})
    return html`<details><summary><b class="status good">${status}</b> ${description}</summary>
${only && html`<p class="about">${type}</p><pre tabindex="0">${textIn(JSON.stringify(only.example, null, 2))}</pre>`}
${
  properties.length > 0 &&
  html`<dl class="facts">${properties.map(
    ([name, schema]) =>
      html`<div><dt><code>${name}</code></dt><dd>${typeOf(schema)}${schema.description && html`: ${schema.description}`}</dd></div>`,
  )}</dl>`
}</details>`
  }
  return html`<p><b class="status bad">${status}</b> ${refusals.map((code, at) => html`${at > 0 && ', '}<code>${code}</code>`)}</p>`
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
