import { messages } from '../../i18n/i18n.ts'
import { logoPath } from '../web/brand.ts'
import { type Html, html, raw } from '../web/html.ts'
import type { Stamp } from './pages.ts'
import type { Visit } from './visit.ts'

/** Who writes, and which letter it is about: the top of the envelope. */
export function envelopeTop({ brand, words, house }: Visit, kind: Stamp | undefined): Html {
  const host = new URL(house.publicUrl()).hostname
  const size = brand.logoSize && html` width="${brand.logoSize.width}" height="${brand.logoSize.height}"`
  const logo = brand.logo && html`<img src="${logoPath(brand.app, brand.logo)}" alt=""${size}>`
  return html`<div class="env-top"><p class="sender">${logo || words.sender}<b>${brand.name}</b>${host}</p>${kind && stampOf(kind)}</div>`
}

/** How long something lives, as a stamp shows it: the number, and its unit below. */
export function lifeStamp({ locale }: Visit, series: Stamp['series'], word: string, ms: number): Stamp {
  const [value = '', ...unit] = messages[locale].life(ms).split(' ')
  return { series, word, value, unit: unit.join(' ') }
}

/** A stamp says in a picture what the words say besides; `franked` (a date) cancels it with a postmark. */
export function stampOf({ series, word, value, unit, franked }: Stamp): Html {
  const face = html`<div class="stamp-wrap"><div class="stamp ${series}" aria-hidden="true"><div class="face"><span class="t">${word}</span><span class="v">${value}<small>${unit}</small></span></div></div></div>`
  return franked === undefined ? face : html`<div class="franked">${face}${postmark(franked)}</div>`
}

const WAVES = [33, 44, 55, 66, 77]
  .map((y, at) => `<path d="M${101 + [0, 3, 6, 3, 0][at]!} ${y}c9-7 13 7 22 0s13 7 22 0 13 7 22 0 13 7 20 0"/>`)
  .join('')

/** What a postmark says: words round it, and when (UTC). */
export function postmarkOf({ brand, locale, words }: Visit, said: string, at: number): string {
  const round = `${brand.name.slice(0, 16)} · ${said} ·`.toLocaleUpperCase(locale)
  return `${round}|${words.postmarkDate(at).toLocaleUpperCase(locale)}|${words.time(at).slice(0, 5)}`
}

/** @param text three parts between bars: what runs round it, the date, the time */
function postmark(text: string): Html {
  const [round = '', date = '', time = ''] = text.split('|')
  return html`<svg class="postmark" viewBox="0 0 196 110" aria-hidden="true"><defs><path id="pm" d="M55 93A38 38 0 1 1 55.1 93"/></defs><g fill="none" stroke="currentColor" stroke-width="2"><circle cx="55" cy="55" r="50"/><circle cx="55" cy="55" r="31" stroke-width="1.2"/>${raw(WAVES)}</g><g class="pm-text"><text font-size="11"><textPath href="#pm" textLength="232">${round}</textPath></text><text x="55" y="53" font-size="11.5" text-anchor="middle">${date}</text><text x="55" y="68" font-size="13" text-anchor="middle">${time}</text></g></svg>`
}
