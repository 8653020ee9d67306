import type { Letter } from '../contract/messaging.ts'
import { locales } from '../i18n/i18n.ts'
import { createComposer, type House } from './compose.ts'
import { inTheme } from './templates/page.ts'

/** A letter to be looked at: `name` says its kind and state, `files` holds its forms by the ending of a file's name. */
export type Sample = {
  name: string
  locale: string
  subject: string
  files: Record<'html' | 'light.html' | 'dark.html' | 'txt' | 'eml', string | Buffer>
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** Always the same, so that two renderings differ in what was changed only. */
const AT = Date.UTC(2026, 10, 20, 10, 32)

type Common = Omit<Extract<Letter, { kind: 'welcome' }>, 'kind'>

/**
 * Every letter in each of its states, in every language, as it would be sent.
 * @param given `publicUrl`: what its links begin with; `accent`: the application's colour, `#rrggbb`
 */
export function sampleLetters({ publicUrl, accent, ...house }: House & { publicUrl: string; accent?: string | undefined }): Sample[] {
  const { render, compose } = createComposer(house)
  const app = { name: 'Librería Norte', replyTo: 'hola@example.com', ...(accent ? { accent } : {}) }
  return locales.flatMap((locale) =>
    Object.entries(statesOf({ id: 'let_sample', to: 'ana@example.com', locale, app, requestedAt: AT })).map(([name, letter]) => {
      const rendered = render(letter, publicUrl)
      const { subject, text, html } = rendered
      const themes = { 'light.html': inTheme(html, 'light'), 'dark.html': inTheme(html, 'dark') }
      return { name, locale, subject, files: { html, ...themes, txt: text, eml: compose(letter, rendered).raw() } }
    }),
  )
}

function statesOf(common: Common): Record<string, Letter> {
  const link = { token: 'sample', expiresAt: AT + 60 * MINUTE }
  const code = { ...common, kind: 'code', token: 'sample', expiresAt: AT + 15 * MINUTE, linkExpiresAt: AT + 60 * MINUTE } as const
  const undo = { token: 'sample', expiresAt: AT + 7 * DAY }
  const noUndo = { ...undo, token: null }
  const moved = { ...common, kind: 'email_changed', email: 'ana.nueva@example.org' } as const
  return {
    number: { ...common, kind: 'number', number: '482109375516', expiresAt: AT + DAY },
    code: { ...code, code: '4892', replaces: null },
    'code-newer': { ...code, code: '48920175', replaces: AT - 7 * MINUTE },
    'code-link-only': { ...code, code: null, replaces: AT - 7 * MINUTE },
    registered: { ...common, kind: 'registered' },
    welcome: { ...common, kind: 'welcome' },
    reset: { ...common, kind: 'reset', ...link },
    email_change: { ...common, kind: 'email_change', ...link },
    password_changed: { ...common, kind: 'password_changed', ...undo },
    'password_changed-no-link': { ...common, kind: 'password_changed', ...noUndo },
    email_changed: { ...moved, ...undo },
    'email_changed-no-link': { ...moved, ...noUndo },
    deleted: { ...common, kind: 'deleted', ...undo },
    'deleted-no-link': { ...common, kind: 'deleted', ...noUndo },
    signed_in: { ...common, kind: 'signed_in', browser: 'Firefox', system: 'Linux', at: AT },
  }
}
