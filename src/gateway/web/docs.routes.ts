import type { FastifyInstance } from 'fastify'
import type { House } from '../gateway.ts'
import { documentAt } from './document.ts'

/** `/openapi.json`: public, for any origin. */
export function serveDocs(app: FastifyInstance, { publicUrl }: House) {
  const kept = new Map<string, string>()
  const textAt = (url: string) => {
    const text = kept.get(url) ?? JSON.stringify(documentAt(url))
    kept.set(url, text)
    return text
  }
  app.get('/openapi.json', { config: { op: 'showDocument' } }, async (_, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=60', 'x-content-type-options': 'nosniff' })
    return reply.type('application/json; charset=utf-8').send(textAt(publicUrl()))
  })
}
