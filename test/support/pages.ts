import { formToken } from '../../src/gateway/pages/jar.ts'
import type { World } from './world.ts'

export type Page = { status: number; headers: Headers; text: string }

/** Goes to pages as a browser without script does: keeps cookies, follows nothing, and sends a form with what its page hid in it. */
export function browserOf({ url }: Pick<World, 'url'>, sent: Record<string, string> = { 'accept-language': 'en' }) {
  const cookies = new Map<string, string>()

  async function go(path: string, init: RequestInit = {}): Promise<Page> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html,*/*;q=0.8', ...sent, ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) }
    const response = await fetch(url + path, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (/max-age=0/i.test(line)) cookies.delete(name!)
      else cookies.set(name!, value!)
    }
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const get = (path: string, headers: Record<string, string> = {}) => go(path, { headers })
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    go(path, { method: 'POST', body: new URLSearchParams(fields), headers })

  return {
    cookies,
    get,
    post,
    /** Opens the page and sends its form. */
    async submit(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
      const { text } = await get(path)
      const form = /<input type="hidden" name="form" value="([^"]+)"/.exec(text)?.[1] ?? formTokenOf(cookies)
      return post(path.split('?')[0]!, { form, ...fields }, headers)
    },
  }
}

const formTokenOf = (cookies: ReadonlyMap<string, string>): string => formToken(cookies.get('sello-browser') ?? '')
