import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentAt } from '../../src/gateway/web/document.ts'
import { breaks, type Document } from '../support/breaking.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents are taken apart here in ways that no type foresees
type Loose = Record<string, any>

const call = () => ({
  parameters: [{ name: 'Key', in: 'header', required: false, schema: { type: 'string', maxLength: 9 } }],
  requestBody: { required: false, content: { 'application/json': { schema: { $ref: '#/components/schemas/Body' } } } },
  responses: {
    200: {
      headers: { 'X-Id': {} },
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['id', 'when'],
            properties: {
              id: { type: 'string' },
              when: { type: 'integer' },
              kind: { enum: ['a', 'b'] },
              list: { type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
    404: {
      content: {
        'application/problem+json': {
          schema: {
            allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { status: { const: 404 }, code: { enum: ['gone', 'lost'] } } }],
          },
        },
      },
    },
  },
})
const document = (): Loose => ({
  paths: { '/things': { get: call(), post: call() } },
  components: {
    schemas: {
      Body: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { type: 'string', minLength: 1, maxLength: 9 }, colour: { enum: ['red', 'blue'] }, size: { type: 'number' } },
      },
      Problem: { type: 'object', required: ['code'], properties: { code: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
})
const get = (all: Loose) => all.paths['/things'].get
const body = (all: Loose) => all.components.schemas.Body
const answer = (all: Loose) => get(all).responses[200].content['application/json'].schema
const refusal = (all: Loose) => get(all).responses[404].content['application/problem+json'].schema.allOf[1]

test('what takes something from a caller is named', () => {
  const table: [string, (all: Loose) => unknown, string][] = [
    ['a path', (all) => delete all.paths['/things'], '/things: is gone'],
    ['a method', (all) => delete all.paths['/things'].post, 'POST /things: is gone'],
    ['a key is asked for', (all) => Object.assign(get(all), { security: [{ Key: [] }] }), 'GET /things: asks for a key'],
    ['a parameter', (all) => get(all).parameters.pop(), 'GET /things: parameter Key is gone'],
    [
      'a parameter turns required',
      (all) => Object.assign(get(all).parameters[0], { required: true }),
      'GET /things: parameter Key is required',
    ],
    [
      'a new required parameter',
      (all) => get(all).parameters.push({ name: 'New', in: 'query', required: true, schema: {} }),
      'GET /things: parameter New is required',
    ],
    [
      'a shorter parameter',
      (all) => Object.assign(get(all).parameters[0].schema, { maxLength: 8 }),
      'GET /things parameter Key: maxLength is lower',
    ],
    ['the body turns required', (all) => Object.assign(get(all).requestBody, { required: true }), 'GET /things: asks for a body'],
    [
      'another content type',
      (all) => Object.assign(get(all).requestBody, { content: { 'text/plain': { schema: {} } } }),
      'GET /things body: application/json is gone',
    ],
    ['a new required property', (all) => body(all).required.push('size'), 'GET /things body.size: is required'],
    ['a property that is refused', (all) => delete body(all).properties.size, 'GET /things body.size: is gone'],
    [
      'a narrowed type of a body',
      (all) => Object.assign(body(all).properties.size, { type: 'integer' }),
      'GET /things body.size: the type was "number" and is "integer"',
    ],
    [
      'another type of a body',
      (all) => Object.assign(body(all).properties.name, { type: 'number' }),
      'GET /things body.name: the type was "string" and is "number"',
    ],
    ['a removed enum value', (all) => body(all).properties.colour.enum.pop(), 'GET /things body.colour: the value "blue" is gone'],
    [
      'an enum where all was taken',
      (all) => Object.assign(body(all).properties.name, { enum: ['x'] }),
      'GET /things body.name: is one of a list of values',
    ],
    [
      'a longer least length',
      (all) => Object.assign(body(all).properties.name, { minLength: 2 }),
      'GET /things body.name: minLength is higher',
    ],
    ['a new bound', (all) => Object.assign(body(all).properties.size, { maximum: 5 }), 'GET /things body.size: maximum is lower'],
    ['a new pattern', (all) => Object.assign(body(all).properties.name, { pattern: '^x' }), 'GET /things body.name: pattern is another'],
    ['alternatives', (all) => Object.assign(body(all).properties.name, { anyOf: [{}] }), 'GET /things body.name: anyOf is another'],
    ['a status', (all) => delete get(all).responses[404], 'GET /things 404: is gone'],
    ['an answer’s header', (all) => delete get(all).responses[200].headers['X-Id'], 'GET /things 200: header X-Id is gone'],
    ['an answer’s body', (all) => delete get(all).responses[200].content, 'GET /things 200: application/json is gone'],
    ['a property of an answer', (all) => delete answer(all).properties.id, 'GET /things 200.id: is gone'],
    ['a property that may be missing', (all) => answer(all).required.pop(), 'GET /things 200.when: is no longer promised'],
    [
      'a wider type of an answer',
      (all) => Object.assign(answer(all).properties.when, { type: ['integer', 'null'] }),
      'GET /things 200.when: the type was "integer" and is ["integer","null"]',
    ],
    [
      'any type in an answer',
      (all) => delete answer(all).properties.when.type,
      'GET /things 200.when: the type was "integer" and is undefined',
    ],
    [
      'another type in an answer’s list',
      (all) => Object.assign(answer(all).properties.list.items, { type: 'number' }),
      'GET /things 200.list[]: the type was "string" and is "number"',
    ],
    ['an answer’s list of values', (all) => delete answer(all).properties.kind.enum, 'GET /things 200.kind: was one of a list of values'],
    ['a property of every refusal', (all) => delete all.components.schemas.Problem.properties.detail, 'GET /things 404.detail: is gone'],
    ['another constant', (all) => Object.assign(refusal(all).properties.status, { const: 410 }), 'GET /things 404.status: was 404'],
  ]
  for (const [what, change, said] of table) {
    const now = document()
    change(now)
    const found = breaks(document() as Document, now as Document).filter((line) => !line.startsWith('POST ') || said.startsWith('POST '))
    assert.deepEqual(found, [said], what)
  }
})

test('what adds or loosens passes', () => {
  const table: [string, (all: Loose) => unknown][] = [
    ['nothing', () => {}],
    ['a path', (all) => Object.assign(all.paths, { '/more': { get: call() } })],
    ['a method', (all) => Object.assign(all.paths['/things'], { delete: call() })],
    ['an optional parameter', (all) => get(all).parameters.push({ name: 'New', in: 'query', schema: {} })],
    ['an optional property of a body', (all) => Object.assign(body(all).properties, { more: { type: 'string' } })],
    ['a property is no longer required', (all) => body(all).required.pop()],
    ['a wider type of a body', (all) => Object.assign(body(all).properties.name, { type: ['string', 'null'] })],
    ['any type of a body', (all) => delete body(all).properties.name.type],
    ['an enum value more', (all) => body(all).properties.colour.enum.push('green')],
    ['longer', (all) => Object.assign(body(all).properties.name, { maxLength: 99 })],
    ['no bound', (all) => delete body(all).properties.name.minLength],
    ['a status', (all) => Object.assign(get(all).responses, { 410: {} })],
    ['a header', (all) => Object.assign(get(all).responses[200].headers, { 'X-More': {} })],
    ['a property of an answer', (all) => Object.assign(answer(all).properties, { more: { type: 'string' } })],
    ['a promise more', (all) => answer(all).required.push('kind')],
    ['a narrower type of an answer', (all) => Object.assign(answer(all).properties, { size: { type: 'integer' } })],
    ['a code more', (all) => refusal(all).properties.code.enum.push('late')],
    ['a code less', (all) => refusal(all).properties.code.enum.pop()],
    ['words', (all) => Object.assign(get(all), { summary: 'other' })],
    ['the same schema without its name', (all) => Object.assign(get(all).requestBody.content['application/json'], { schema: body(all) })],
  ]
  for (const [what, change] of table) {
    const now = document()
    change(now)
    assert.deepEqual(breaks(document() as Document, now as Document), [], what)
  }
})

test('in the real document every single removal of a property, an answer or a call is found', () => {
  const url = 'http://localhost:3000'
  const ways: (string | number)[][] = []
  const walk = (value: unknown, way: (string | number)[]) => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, below] of Object.entries(value)) {
      const parent = way.at(-1)
      const isPart = parent === 'properties' || parent === 'responses' || parent === 'paths' || way.length === 2
      if (isPart && (way[0] === 'paths' || /Identity|KeySet/.test(String(way[2])))) ways.push([...way, key])
      if (!['examples', 'example'].includes(key)) walk(below, [...way, key])
    }
  }
  walk(documentAt(url), [])
  // Properties of the refusals' narrowing still stand in Problem; names of schemas are no calls.
  const parts = ways.filter((way) => !way.includes('allOf') && !(way[0] === 'components' && way.length === 3) && way[0] !== 'info')
  assert.ok(parts.length > 40, String(parts.length))
  for (const way of parts) {
    const now = documentAt(url) as unknown as Loose
    const last = way.at(-1)!
    delete way.slice(0, -1).reduce((at, key) => at[key], now)[last]
    assert.notDeepEqual(breaks(documentAt(url), now as Document), [], way.join(' '))
  }
})
