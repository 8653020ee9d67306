import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Document, Response } from '../../src/contract/openapi.ts'

/** One answer of the running server, as it came. */
export type Seen = { status: number; headers: Headers; text: string }

/** RFC 3339 with `Z`, which ISO 8601 in UTC is. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * Holds answers against a document, with Ajv as the judge: not what the server itself validates with. The answer's status, media
 * type, body and headers must be as documented, and its body present exactly where one is.
 */
export function judgeOf(document: Document) {
  const ajv = new Ajv2020({ strict: true, allErrors: true, formats: { 'date-time': INSTANT } })
  ajv.addVocabulary(['components'])
  const compiled = new Map<unknown, ValidateFunction>()
  const validator = (schema: Record<string, unknown>) => {
    const known = compiled.get(schema) ?? ajv.compile({ ...schema, components: { schemas: document.components.schemas } })
    compiled.set(schema, known)
    return known
  }
  const hold = (what: string, schema: Record<string, unknown>, value: unknown) => {
    const validate = validator(schema)
    assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)?.slice(0, 500)}`)
  }
  const headerOf = ({ $ref }: { $ref: string }) =>
    document.components.headers[$ref.split('/').at(-1)!] as { required: boolean; schema: Record<string, unknown> & { type: string } }

  function judgeHeaders(at: string, response: Response, headers: Headers) {
    for (const [name, ref] of Object.entries(response.headers)) {
      const { required, schema } = headerOf(ref as { $ref: string })
      const value = headers.get(name)
      if (value === null) assert.ok(!required, `${at}: ${name} is missing`)
      else hold(`${at} ${name}`, schema, schema.type === 'integer' ? Number(value) : value)
    }
  }

  return {
    hold,
    /** @returns what the body is, and `code` when it is a refusal */
    judge(method: string, path: string, { status, headers, text }: Seen): { body: Record<string, unknown>; code: string | null } {
      const at = `${method} ${path} ${status}`
      const response = document.paths[path]?.[method.toLowerCase()]?.responses[status]
      assert.ok(response, `${at} is not documented: ${text.slice(0, 300)}`)
      judgeHeaders(at, response, headers)
      const [type, content] = Object.entries(response.content ?? {})[0] ?? []
      if (!content) {
        assert.equal(text, '', at)
        return { body: {}, code: null }
      }
      assert.equal(headers.get('content-type')?.split(';')[0], type, at)
      const body = JSON.parse(text) as Record<string, unknown>
      hold(at, content.schema, body)
      if (type !== 'application/problem+json') return { body, code: null }
      assert.equal(body.requestId, headers.get('x-request-id'), at)
      return { body, code: String(body.code) }
    },
  }
}
