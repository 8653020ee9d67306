import { formToken } from '../../src/gateway/pages/jar.ts'
import { type Page as Seen, visitor } from './visitor.ts'
import type { World } from './world.ts'

export type Page = { status: number; headers: Headers; text: string }

/** A visitor who follows nothing, and may send what no page of ours would: `text` is the whole page as it came. */
export function browserOf({ url }: Pick<World, 'url'>, sent: Record<string, string> = { 'accept-language': 'en' }) {
  const { jar: cookies, request } = visitor(url, sent)
  const shown = ({ status, headers, html }: Seen): Page => ({ status, headers, text: html })
  const get = async (path: string, headers: Record<string, string> = {}) => shown(await request('GET', path, undefined, headers))
  const post = async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    shown(await request('POST', path, new URLSearchParams(fields), headers))

  return {
    cookies,
    get,
    post,
    /** Opens the page and sends its form. */
    async submit(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
      const { text } = await get(path)
      const hidden = /<input type="hidden" name="form" value="([^"]+)"/.exec(text)?.[1]
      return post(path.split('?')[0]!, { form: hidden ?? formToken(cookies.get('sello-browser') ?? ''), ...fields }, headers)
    },
  }
}
