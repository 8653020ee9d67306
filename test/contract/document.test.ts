import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { gateway } from '../../src/contract/gateway.ts'
import { oauth, oauthErrors } from '../../src/contract/oauth.ts'
import { templateOf } from '../../src/contract/openapi.ts'
import { documentAt } from '../../src/gateway/web/document.ts'
import { problems } from '../../src/problem.ts'
import { readNumber } from '../../src/rules/number.ts'
import { judgeOf } from '../support/document.ts'
import { world } from '../support/world.ts'

const document = documentAt('https://id.example.com')
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ at: `${method.toUpperCase()} ${path}`, operation })),
)

test('it is OpenAPI 3.1 in the eyes of others', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)))
  assert.equal(valid, true, JSON.stringify(errors))
})

test('it has every route, with a summary, its key, its idempotency and all of its refusals', () => {
  assert.deepEqual(
    operations.map(({ at }) => at).sort(),
    [...Object.values(gateway), ...Object.values(oauth)].map(({ method, path }) => `${method} ${templateOf(path)}`).sort(),
  )
  for (const [op, route] of Object.entries(gateway)) {
    const { operation } = operations.find(({ at }) => at === `${route.method} ${templateOf(route.path)}`)!
    assert.equal(operation.operationId, op)
    assert.ok(operation.summary.length > 10 && document.tags)
    const schemes = {
      app: [{ ApiKey: [] }],
      account: [{ AccessToken: [] }],
      either: [{ AccessToken: [] }, {}],
      public: undefined,
      none: undefined,
    }
    assert.deepEqual(operation.security, schemes[route.auth], op)
    const names = operation.parameters.map(({ name }) => name)
    assert.equal(names.includes('Sello-App'), route.auth === 'public' || route.auth === 'either', op)
    assert.equal(names.includes('Idempotency-Key'), 'idempotent' in route, op)
    for (const code of route.refusals) {
      const response = operation.responses[problems[code].status]!
      assert.ok(response.content!['application/problem+json']!.examples![code], `${op} ${code}`)
    }
  }
})

test('the OAuth routes take forms and JSON, name both ways to show who calls, and have their own refusals', () => {
  for (const [op, route] of Object.entries(oauth)) {
    const { operation } = operations.find(({ at }) => at === `${route.method} ${route.path}`)!
    assert.equal(operation.operationId, op)
    const types = Object.keys(operation.requestBody?.content ?? {})
    assert.deepEqual(types, 'body' in route ? ['application/json', 'application/x-www-form-urlencoded'] : [])
    const schemes = operation.security?.map((one) => Object.keys(one).join()) ?? null
    assert.deepEqual(schemes, { identified: ['ClientBasic', ''], authenticated: ['ApiKey', 'ClientBasic'], none: null }[route.client])
    for (const code of route.refusals) {
      const response = operation.responses[oauthErrors[code].status]!
      assert.ok(response.content!['application/json']!.examples![code], `${op} ${code}`)
      assert.equal('WWW-Authenticate' in response.headers, code === 'invalid_client')
    }
  }
})

test('examples are what their schemas ask for, and an example’s number could be one', () => {
  const { hold } = judgeOf(document)
  let seen = 0
  for (const { at, operation } of operations) {
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) => Object.values(part?.content ?? {}))
    for (const content of contents as {
      schema: Record<string, unknown>
      example?: unknown
      examples?: Record<string, { value: unknown }>
    }[]) {
      const values = [
        ...('example' in content ? [content.example] : []),
        ...Object.values(content.examples ?? {}).map(({ value }) => value),
      ]
      assert.ok(values.length > 0, at)
      for (const value of values) hold(at, content.schema, value)
      seen += values.length
    }
  }
  assert.ok(seen > 40, String(seen))
  for (const { value } of Object.values(gateway.checkIdentity.examples)) assert.notEqual(readNumber(value.number), null)
})

test('the gateway gives it to every page, with its own address in it', async (t) => {
  const { url } = await world(t)
  const response = await fetch(`${url}/openapi.json`, { headers: { origin: 'https://elsewhere.example' } })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.equal(response.headers.get('cache-control'), 'public, max-age=60')
  assert.deepEqual(await response.json(), documentAt(url))
})
