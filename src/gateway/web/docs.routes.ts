import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { House } from '../gateway.ts'
import { docsPage } from './docs.ts'
import { docsCss } from './docs-style.ts'
import { documentAt } from './document.ts'
import { isSurelyHere } from './here.ts'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** `/openapi.json` for any origin, and `/docs`, the same as a page to read and to try. */
export function serveDocs(app: FastifyInstance, { publicUrl, inbox, apiKey: development }: House) {
  const script = readFileSync(new URL('docs.script.js', import.meta.url), 'utf8')
  const made = new Map<string, string>() // the public URL is known only once the server listens; a page costs milliseconds
  const once = (name: string, make: () => string) => {
    const text = made.get(name) ?? make()
    made.set(name, text)
    return text
  }
  const config = { op: 'showDocument' }
  app.get('/openapi.json', { config }, async (_, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=60', 'x-content-type-options': 'nosniff' })
    return reply.type('application/json; charset=utf-8').send(once('document', () => JSON.stringify(documentAt(publicUrl()))))
  })

  const guarded = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin' }
  app.get('/docs', { config }, async (request, reply) => {
    const here = isSurelyHere(request, publicUrl())
    const apiKey = here ? development : null
    const url = publicUrl()
    const page = () => docsPage({ document: documentAt(url), url, apiKey, inbox: here && inbox !== null })
    reply.headers({ ...guarded, 'cache-control': 'no-store', 'content-security-policy': POLICY })
    return reply.type('text/html; charset=utf-8').send(once(here ? 'here' : 'elsewhere', page))
  })
  for (const [path, type, text] of [
    ['/docs/style.css', 'text/css', docsCss],
    ['/docs/script.js', 'text/javascript', script],
  ] as const) {
    app.get(path, { config }, async (_, reply) => {
      reply.headers({ ...guarded, 'cache-control': 'public, max-age=60' })
      return reply.type(`${type}; charset=utf-8`).send(text)
    })
  }
}
