import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../problem.ts'
import { isPlainUtf8 } from './server.ts'

/** Parameters by name; what was sent without a value is not there (RFC 6749 §3.2). */
export type Parameters = ReadonlyMap<string, string>

/** Besides JSON, forms in UTF-8: on the part of a server that is handed in, and nowhere else. */
export function readForms(part: FastifyInstance) {
  part.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isPlainUtf8(request.headers)) return done(new Problem('content_type_unsupported'))
    done(null, isUtf8(body) ? formIn(body.toString('utf8')) : null)
  })
}

/** Its pairs, in their order; null when one cannot be decoded. */
function formIn(text: string): URLSearchParams | null {
  const form = new URLSearchParams()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const [name, ...value] = pair.split('=')
    const decoded = [decodeForm(name!), decodeForm(value.join('='))] as const
    if (decoded[0] === null || decoded[1] === null) return null
    form.append(decoded[0], decoded[1])
  }
  return form
}

/** `application/x-www-form-urlencoded` text; null when it is not (the platform's own decoder would guess). */
export function decodeForm(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

/**
 * The parameters of a body: a form, or a JSON object of texts. Of `known` ones the value is kept.
 * @returns what is wrong, in words, where a parameter is repeated or a known one is no text
 */
export function parametersOf(body: unknown, known: readonly string[]): Parameters | string {
  if (body === undefined) return new Map()
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'the body is neither a form nor a JSON object in UTF-8'
  const parameters = new Map<string, string>()
  const seen = new Set<string>()
  for (const [name, value] of body instanceof URLSearchParams ? body : Object.entries(body)) {
    if (seen.has(name) || Array.isArray(value)) return `${known.includes(name) ? name : 'a parameter'} is repeated`
    seen.add(name)
    if (!known.includes(name) || value === '' || value === null) continue
    if (typeof value !== 'string') return `${name} is not text`
    parameters.set(name, value)
  }
  return parameters
}
