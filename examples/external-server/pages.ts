import { randomUUID } from 'node:crypto'
import type { Notice } from './sessions.ts'
import { type Locale, localeNames, locales, sentenceOf, type Words, wordsOf } from './words.ts'

export type Page =
  | { view: 'email'; notice: Notice | null }
  | { view: 'number'; email: string; notice: Notice | null }
  | { view: 'welcome'; email: string; at: string }
  | { view: 'message'; code: string }

type Html = { markup: string }
type Value = Html | string | false | null | undefined | Value[]
const NAMES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A template whose values are escaped, for elements and quoted attributes. */
const html = (strings: TemplateStringsArray, ...values: Value[]): Html => ({
  markup: strings.map((text, at) => (at === 0 ? '' : markupOf(values[at - 1])) + text).join(''),
})
function markupOf(value: Value): string {
  if (Array.isArray(value)) return value.map(markupOf).join('')
  if (!value) return ''
  return typeof value === 'object' ? value.markup : value.replace(/[&<>"']/g, (character) => NAMES[character]!)
}

/** Whole pages, in the visitor's language. They need no script. */
export function createPages(origin: string, inbox: string | null) {
  return (locale: Locale, path: string, page: Page): string => {
    const words = wordsOf(locale)
    const wrong = wrongOf(locale, page)
    const { title, body } = bodyOf(words, locale, page, wrong, inbox)
    return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${wrong && `${words.error}: `}${title} · Librería Norte</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<a class="skip" href="#task">${words.skip}</a>
<header><nav aria-label="${words.language}">${locales.map((each) => languageLink(each, locale, path, page))}</nav></header>
<main id="task">
<div class="top"><p class="sender">${words.sender}<b lang="es">Librería Norte</b>${new URL(origin).host}</p>
<div class="stamp" aria-hidden="true"><span>${words.stamp}</span><b>12</b></div></div>
${body}
</main>
<footer>${words.by}</footer>
</body>
</html>
`.markup
  }
}

/** The switcher leads to the page that is shown; after a refused form, to the beginning. */
function languageLink(each: Locale, locale: Locale, path: string, { view }: Page): Html {
  const to = view === 'message' ? '/' : path
  return html`<a href="${to}?lang=${each}" lang="${each}" hreflang="${each}"${each === locale && html` aria-current="true"`}>${localeNames[each]}</a>`
}

/** The sentence of what went wrong, if anything did. */
function wrongOf(locale: Locale, page: Page): string | null {
  if (page.view === 'message') return sentenceOf(locale, page.code, 0)
  if (page.view === 'welcome' || !page.notice || page.notice.code === 'mailed_again') return null
  return sentenceOf(locale, page.notice.code, page.notice.waitS ?? 0)
}

function bodyOf(words: Words, locale: Locale, page: Page, wrong: string | null, inbox: string | null): { title: string; body: Html } {
  switch (page.view) {
    case 'email':
      return { title: words.emailTitle, body: emailForm(words, page.notice, wrong) }
    case 'number':
      return { title: words.numberTitle, body: numberForm(words, page, wrong, inbox) }
    case 'welcome':
      return { title: words.welcomeTitle, body: welcome(words, locale, page) }
    case 'message':
      return {
        title: words.summary,
        body: html`<h1>${words.summary}</h1><p class="lead">${wrong}</p><p class="act"><a class="button" href="/">${words.start}</a></p>`,
      }
  }
}

/** Every form that is shown is one wish; a form that comes back after an outage is still the same one. */
const wishField = (notice: Notice | null) => html`<input type="hidden" name="wish" value="${notice?.wish ?? randomUUID()}">`

const summary = (words: Words, wrong: string | null) =>
  wrong &&
  html`<div class="note bad" role="alert" aria-labelledby="wrong"><h2 id="wrong">${words.summary}</h2><p><a href="#field">${wrong}</a></p></div>`

function emailForm(words: Words, notice: Notice | null, wrong: string | null): Html {
  return html`${summary(words, wrong)}<h1>${words.emailTitle}</h1><p class="lead">${words.emailLead}</p>
<form action="/email" method="post" novalidate>${wishField(notice)}
<div class="field${wrong && ' bad'}"><label for="field">${words.email}</label>
${wrong && html`<p class="wrong" id="why">${wrong}</p>`}
<input id="field" name="email" type="email" autocomplete="email" maxlength="254" required autofocus
 value="${notice?.typed}"${wrong && html` aria-invalid="true" aria-describedby="why"`}></div>
<button>${words.send}</button></form>`
}

function numberForm(words: Words, { email, notice }: { email: string; notice: Notice | null }, wrong: string | null, inbox: string | null) {
  const typed = notice?.code === 'number_malformed' || notice?.wish ? notice.typed : ''
  return html`${summary(words, wrong)}${notice?.code === 'mailed_again' && html`<p class="note" role="status">${words.mailedAgain}</p>`}
<h1>${words.numberTitle}</h1><p class="lead">${words.numberLead} <b>${email}</b>. <a href="/">${words.change}</a></p>
<form action="/number" method="post" novalidate>${wishField(notice)}
<div class="field${wrong && ' bad'}"><label for="field">${words.number}</label>
${wrong && html`<p class="wrong" id="why">${wrong}</p>`}
<input id="field" class="number" name="number" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="64" required autofocus
 autocorrect="off" spellcheck="false" value="${typed}"${wrong && html` aria-invalid="true"`} aria-describedby="${wrong && 'why '}hint">
<p class="hint" id="hint">${words.numberHint}</p></div>
<button>${words.enter}</button></form>
<section><h2>${words.missing}</h2><p>${words.missingLead}</p>
<form action="/again" method="post">${wishField(notice)}<button class="second">${words.again}</button></form>
${inbox && html`<p>${words.inbox} <a href="${inbox}">${inbox}</a></p>`}</section>`
}

function welcome(words: Words, locale: Locale, { email, at }: { email: string; at: string }): Html {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(at))
  return html`<h1>${words.welcomeTitle}</h1><p class="lead">${words.welcomeLead}</p>
<p class="proven"><b>${email}</b></p><p class="hint">${words.provenAt}: <time datetime="${at}">${time} UTC</time></p>
<form action="/sign-out" method="post"><button class="second">${words.signOut}</button></form>`
}
