import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { stamp } from '../web/look.ts'
import { pageCss } from './style.ts'

const script = readFileSync(new URL('page.client.js', import.meta.url), 'utf8')
const named = (text: string, ext: string) => `/assets/${createHash('sha256').update(text).digest('hex').slice(0, 12)}.${ext}`

const icon = stamp.markup
  .replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')
  .replace('class="edge"', 'fill="#0A6A50"')
  .replace('class="letter-s"', 'fill="none" stroke="#fff" stroke-width="2.3" stroke-linecap="round"')

/** Where the style and the script of all pages are: another content has another address, so browsers keep them for a year. */
export const assets = { style: named(pageCss, 'css'), script: named(script, 'js'), icon: named(icon, 'svg') }

export function serveAssets(app: FastifyInstance) {
  for (const [path, type, text] of [
    [assets.style, 'text/css', pageCss],
    [assets.script, 'text/javascript', script],
    [assets.icon, 'image/svg+xml', icon],
  ] as const) {
    app.get(path, { config: { op: 'showAsset', quiet: true } }, async (_, reply) => {
      reply.headers({ 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' })
      return reply.header('cross-origin-resource-policy', 'same-origin').type(`${type}; charset=utf-8`).send(text)
    })
  }
}
