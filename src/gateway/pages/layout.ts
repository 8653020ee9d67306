import { locales } from '../../i18n/i18n.ts'
import { privacy } from '../../i18n/pages/privacy.ts'
import { shell } from '../../i18n/pages/shell.ts'
import { accentPath } from '../web/brand.ts'
import { type Html, html } from '../web/html.ts'
import { stamp as mark } from '../web/look.ts'
import { assets } from './assets.ts'
import type { Shown } from './pages.ts'
import { envelopeTop } from './stamps.ts'
import type { Visit } from './visit.ts'

/** A whole page: bar with the languages, the envelope (or a wide page of cards), help and colophon always in the same place. */
export function layout(visit: Visit, { title, body, kind, wide, problem, isError }: Shown): string {
  const { locale, words, brand } = visit
  const shown = problem || isError ? `${words.error}: ${title}` : title
  return html`<!doctype html>
<html lang="${locale}"${!isError && visit.request.method === 'POST' && html` data-at="${addressOf(visit)}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${shown} · ${brand.name}</title>
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
${brand.accent && html`<link rel="stylesheet" href="${accentPath(brand.accent)}">`}
<script src="${assets.script}" defer blocking="render"></script>
</head>
<body>
<a class="skip" href="#c">${words.skip}</a>
<header class="bar${wide && ' wide'}"><span class="brand">${mark}Sello</span>${languages(visit)}</header>
<main class="${wide ? 'page' : 'env'}" id="c">
${!wide && envelopeTop(visit, kind)}
${body}
</main>
<footer class="colophon"><span>${words.protectedBy}</span><div><a href="${visit.href('/help/no-mail')}">${words.help}</a><a href="${visit.href('/privacy')}">${privacy[locale].link}</a></div></footer>
</body>
</html>
`.markup
}

/** Where this page is had without sending a form: what a refused form's page puts into the history, so that going back asks nothing. */
function addressOf({ request, ...visit }: Visit): string {
  const kept = keptOf(visit)
  const { pathname } = new URL(request.url, 'http://x')
  return Object.keys(kept).length > 0 ? `${pathname}?${new URLSearchParams(kept)}` : pathname
}

const keptOf = ({ field, kept }: Pick<Visit, 'field' | 'kept'>): Record<string, string> => ({
  ...kept,
  ...Object.fromEntries(['token', 'next', 'again'].flatMap((name) => (field(name) ? [[name, field(name)]] : []))),
})

/** Links to the same address, whatever it is, so that they work without script; a form that was refused is shown anew in the other language, empty. */
function languages(visit: Visit): Html {
  const { locale, words } = visit
  return html`<nav class="langs" aria-label="${words.languages}">${locales.map((one) => {
    const href = `?${new URLSearchParams({ ...keptOf(visit), lang: one })}`
    return html`<a href="${href}" lang="${one}" hreflang="${one}"${one === locale && html` aria-current="true"`}>${shell[one].name}</a>`
  })}</nav>`
}
