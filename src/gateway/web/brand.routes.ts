import type { FastifyInstance, FastifyReply } from 'fastify'
import { Problem } from '../../problem.ts'
import type { House } from '../gateway.ts'
import { accentCss } from './brand.ts'

const LOGO = /^[0-9a-f]{8,64}$/
/** What is shown never changes; a picture opened by itself runs and loads nothing. */
const HEADERS = {
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

/** `/brand/…`: logos and accents of apps, for pages whose policy allows no style and no picture from elsewhere. */
export function serveBrand(app: FastifyInstance, { persistence }: Pick<House, 'persistence'>) {
  const send = (reply: FastifyReply, type: string, body: string | Buffer) => reply.headers(HEADERS).type(type).send(body)

  app.get<{ Params: { file: string } }>('/brand/accent/:file', { config: { op: 'showAccent' } }, async ({ params }, reply) => {
    const css = accentCss(params.file)
    if (css === null) throw new Problem('not_found')
    return send(reply, 'text/css; charset=utf-8', css)
  })
  app.get<{ Params: { app: string; logo: string } }>('/brand/:app/:logo', { config: { op: 'showLogo' } }, async ({ params }, reply) => {
    const shown = LOGO.test(params.logo) ? await persistence.showLogo(params) : null
    if (shown?.kind !== 'found') throw new Problem('not_found')
    return send(reply, shown.type, Buffer.from(shown.data, 'base64'))
  })
}
