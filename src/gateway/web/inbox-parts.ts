import type { InboxLetter } from '../../contract/messaging.ts'
import { type Html, html } from './html.ts'

/** How a letter can be looked at. */
export const PARTS = { html: 'HTML', text: 'Plain text', headers: 'Headers', source: 'Source' } as const
export type Part = keyof typeof PARTS

export const isPart = (name: string | undefined): name is Part => name !== undefined && Object.hasOwn(PARTS, name)

export function partsNav(shown: Part, urlOf: (part: Part) => string): Html {
  return html`<nav class="tabs" aria-label="Parts of the letter">${(Object.keys(PARTS) as Part[]).map(
    (part) => html`<a href="${urlOf(part)}"${part === shown && html` aria-current="true"`}>${PARTS[part]}</a>`,
  )}</nav>`
}

/** @param source the whole message as it would have been sent */
export function partView(part: Part, message: InboxLetter, source: string): Html {
  const { id, text, headers } = message
  switch (part) {
    case 'html':
      return html`<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/inbox/html?id=${encodeURIComponent(id)}" title="The letter as HTML"></iframe>`
    case 'text':
      return html`<pre lang="${headers['content-language'] ?? 'en'}">${text}</pre>`
    case 'headers':
      return html`<pre>${Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)}</pre>`
    case 'source':
      return html`<pre class="source" tabindex="0" role="region" aria-label="The message as it would have been sent">${source}</pre>`
  }
}
