import { development as words } from '../../i18n/pages/development.ts'
import { isSurelyHere } from '../web/here.ts'
import { type Html, html } from '../web/html.ts'
import type { Visit } from './visit.ts'

/** Where the letter is, for a developer at their own machine; nothing where letters go out, and nothing for any other machine. */
export function developmentNote({ house, request, locale }: Visit): Html | false {
  if (house.inbox === null || !isSurelyHere(request, house.publicUrl())) return false
  const [before, link, after] = words[locale]
  return html`<p class="devbar"><span>${before}<a href="/inbox" target="_blank" rel="noopener">${link}</a>${after}</span></p>`
}
