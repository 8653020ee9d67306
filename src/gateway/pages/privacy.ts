import { messages } from '../../i18n/i18n.ts'
import { privacy as words } from '../../i18n/pages/privacy.ts'
import { type Html, html } from '../web/html.ts'
import type { PageRoute } from './pages.ts'
import type { Visit } from './visit.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** What docs/accounts.md says of storage, in the words of those whom it is about. */
export const privacy: PageRoute = {
  path: '/privacy',
  of: 'flow',
  op: 'pagePrivacy',
  async get(visit) {
    const { locale, brand } = visit
    const said = words[locale]
    const rows = (facts: readonly (readonly [string | Html, string])[]) =>
      html`<dl class="kv">${facts.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`
    const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead(brand.name)}</p>
<div class="env-foot"><h2>${said.stored}</h2>${rows(said.facts(undoLife(visit)))}</div>
<div class="env-foot"><h2>${said.cookies}</h2><p class="muted">${said.cookiesLead}</p>${rows(cookies(visit))}</div>
<div class="env-foot"><h2>${said.yours}</h2><p class="muted">${said.yoursLead} <a href="/account">${said.account}</a></p></div>`
    return { title: said.heading, body }
  },
}

function undoLife({ locale, rules: { undoTtlMs } }: Visit): string {
  return undoTtlMs % DAY_MS === 0 ? words[locale].days(undoTtlMs / DAY_MS) : messages[locale].life(undoTtlMs)
}

function cookies({ locale, house }: Visit): [Html, string][] {
  const { session, flow, browser, lang } = words[locale]
  const prefix = house.publicUrl().startsWith('https:') ? '__Host-' : ''
  const named = (name: string) => html`<code>${prefix}${name}</code>`
  return [
    [named('sello'), session],
    [named('sello-flow'), flow],
    [named('sello-browser'), browser],
    [named('sello-lang'), lang],
  ]
}
