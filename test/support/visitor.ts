import assert from 'node:assert/strict'

export type Page = { status: number; url: string; headers: Headers; html: string; text: string; cookies: string[] }
export type Visitor = ReturnType<typeof visitor>

/** A person with a browser that runs no script: follows redirects, keeps cookies, sends the forms that a page shows. */
export function visitor(origin: string, sent: Record<string, string> = {}) {
  const jar = new Map<string, string>()

  async function request(method: string, path: string, body?: URLSearchParams, headers: Record<string, string> = {}): Promise<Page> {
    const url = new URL(path, origin)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html,*/*', ...(cookie ? { cookie } : {}), ...sent, ...headers },
      ...(body ? { body } : {}),
    })
    const cookies = response.headers.getSetCookie()
    for (const one of cookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(one)!
      if (/max-age=0/i.test(one)) jar.delete(name!)
      else jar.set(name!, value!)
    }
    const html = await response.text()
    return { status: response.status, url: url.pathname + url.search, headers: response.headers, html, text: textOf(html), cookies }
  }

  /** As a browser does; a redirect beyond this origin is not followed. */
  async function follow(page: Page): Promise<Page> {
    const to = page.headers.get('location')
    if (page.status !== 303 || !to || new URL(to, origin).origin !== origin) return page
    return follow(await request('GET', to))
  }

  /** Fills a form of the page and sends it. @param action which one, by where it posts */
  async function submit(page: Page, action: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}, nth = 0) {
    const forms = [...page.html.matchAll(/<form action="([^"]*)"[\s\S]*?<\/form>/g)].filter(([, where]) => where === action)
    assert.ok(forms[nth], `${page.url} has no form to ${action}`)
    const body = new URLSearchParams()
    for (const [tag] of forms[nth][0].matchAll(/<input[^>]*>/g)) {
      const name = /\bname="([^"]*)"/.exec(tag)?.[1]
      if (name) body.set(name, unescaped(/\bvalue="([^"]*)"/.exec(tag)?.[1] ?? ''))
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    return request('POST', action, body, { origin, 'sec-fetch-site': 'same-origin', ...headers })
  }

  return {
    jar,
    request,
    get: async (path: string) => follow(await request('GET', path)),
    /** Without following where it leads. */
    look: (path: string, headers?: Record<string, string>) => request('GET', path, undefined, headers),
    send: submit,
    submit: async (page: Page, action: string, fields?: Record<string, string>, nth = 0) =>
      follow(await submit(page, action, fields, {}, nth)),
  }
}

const NAMES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
const unescaped = (text: string) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (name) => NAMES[name]!)
/** What stands on a page, in one line. */
const textOf = (html: string): string =>
  unescaped(html.replace(/<head>[\s\S]*?<\/head>|<svg[\s\S]*?<\/svg>/g, '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .replace(/ (?=[.,])/g, '')
    .trim()
