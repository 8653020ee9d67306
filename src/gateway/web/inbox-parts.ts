import type { InboxLetter } from '../../contract/messaging.ts'
import { type Html, html } from './html.ts'

/** How a letter can be looked at. `inverted`: as mail programs do that make light letters dark by turning every colour around. */
const VIEWS = {
  part: { html: 'HTML', text: 'Plain text', headers: 'Headers', source: 'Source' },
  width: { desktop: 'Desktop', phone: 'Phone' },
  theme: { system: 'System', light: 'Light', dark: 'Dark', inverted: 'Inverted' },
} as const
export type View = { [K in keyof typeof VIEWS]: keyof (typeof VIEWS)[K] }
type Turn = (change: Partial<View>) => string

/** What the words of an address say of the view; the first of each kind where they say nothing that is known. */
export function viewOf(word: (name: string) => string | undefined): View {
  const pick = (name: keyof View) => {
    const [usual, ...others] = Object.keys(VIEWS[name])
    return others.find((one) => one === word(name)) ?? usual
  }
  return { part: pick('part'), width: pick('width'), theme: pick('theme') } as View
}

const USUAL = viewOf(() => undefined)

/** What of a view is not as usual. */
export function unusual(view: View): Record<string, string> {
  return Object.fromEntries(Object.entries(view).filter(([name, value]) => value !== USUAL[name as keyof View]))
}

/** The HTML of a letter as in a mail program with that theme, whatever the browser's is, which a sandbox does not let one choose. */
export function themed(letter: string, theme: View['theme']): string {
  if (theme === 'system') return letter
  const [scheme, media] = theme === 'dark' ? ['dark', 'all'] : ['light', 'not all']
  return letter
    .replaceAll('@media (prefers-color-scheme:dark)', `@media ${media}`)
    .replace(/(color-schemes?(?:" content="|:))light dark/g, `$1${scheme}`)
}

const choices = (name: keyof View, view: View, urlOf: Turn) =>
  Object.entries(VIEWS[name]).map(
    ([one, label]) => html`<a href="${urlOf({ [name]: one })}"${one === view[name] && html` aria-current="true"`}>${label}</a>`,
  )

/** @param source the whole message as it would have been sent. @param urlOf where the view is another one */
export function letterParts(view: View, message: InboxLetter, source: string, urlOf: Turn): Html {
  return html`<nav class="tabs" aria-label="Parts of the letter">${choices('part', view, urlOf)}</nav>
${view.part === 'html' && html`<div class="views"><nav class="seg" aria-label="Width">${choices('width', view, urlOf)}</nav><nav class="seg" aria-label="Colours">${choices('theme', view, urlOf)}</nav></div>`}
${partView(view, message, source)}`
}

function partView({ part, width, theme }: View, message: InboxLetter, source: string): Html {
  const { id, text, headers } = message
  switch (part) {
    case 'html':
      return html`<iframe class="${width} ${theme}" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/inbox/html?${new URLSearchParams({ id, ...unusual({ ...USUAL, theme }) }).toString()}" title="The letter as HTML"></iframe>`
    case 'text':
      return html`<pre lang="${headers['content-language'] ?? 'en'}">${text}</pre>`
    case 'headers':
      return html`<pre>${Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)}</pre>`
    case 'source':
      return html`<pre class="source" tabindex="0" role="region" aria-label="The message as it would have been sent">${source}</pre>`
  }
}
