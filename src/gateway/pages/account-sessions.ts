import type { SessionShown } from '../../contract/account-life.ts'
import { messages } from '../../i18n/i18n.ts'
import { account as words } from '../../i18n/pages/account.ts'
import { type Html, html, raw } from '../web/html.ts'
import { form, instant } from './parts.ts'
import type { Visit } from './visit.ts'

const DRAWN = { phone: 'M9 4h10v20H9zM12.5 21h3', computer: 'M6 7h16v11H6zM3 21h22', application: 'M4 6h20v16H4zM4 11h20' }
const PHONES = ['iPhone', 'iPad', 'Android']

/** Where the account is open, in words, this browser first; null when the session is over. No place and no IP: none is kept. */
export async function sessionsCard(visit: Visit): Promise<Html | null> {
  const found = await visit.house.persistence.listSessions({ access: visit.signed!.access })
  if (found.kind !== 'found') return null
  const said = words[visit.locale]
  const others = found.sessions.filter(({ current }) => !current)
  const mine = found.sessions.filter(({ current }) => current)
  const button = html`<button class="btn ghost sm">${said.endOthers(others.length)}</button>`
  return html`<section class="card" aria-labelledby="s"><header><h2 id="s">${said.sessions}</h2>${others.length > 0 && form(visit, { action: '/account', hidden: { end: 'others' }, button })}</header>
<ul class="sess">${[...mine, ...others].map((one) => row(visit, one))}</ul>${others.length === 0 && html`<p class="muted">${said.alone}</p>`}</section>`
}

function row(visit: Visit, { id, usedAt, current, browser }: SessionShown): Html {
  const said = words[visit.locale]
  const name = nameOf(visit, browser)
  const icon = browser === null ? 'application' : PHONES.includes(browser.system ?? '') ? 'phone' : 'computer'
  const button = html`<button class="btn ghost sm">${said.end}<span class="sr"> ${name}</span></button>`
  const used = current ? said.inUse : [said.lastUsed[0], instant(usedAt, visit.words.dateTime(usedAt), 'dateTime'), said.lastUsed[1]]
  return html`<li><svg viewBox="0 0 28 28" aria-hidden="true">${raw(`<path d="${DRAWN[icon]}"/>`)}</svg><div><b>${name}</b>${current && html` <span class="tag ok">${said.current}</span>`}<p class="muted small">${used}</p></div>${!current && form(visit, { action: '/account', hidden: { end: id }, button })}</li>`
}

function nameOf({ locale }: Visit, browser: SessionShown['browser']): string {
  if (browser === null) return words[locale].application
  const name = messages[locale].signedInLetter.from(browser.name, browser.system)
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
}
