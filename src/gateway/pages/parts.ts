import type { Problem } from '../../problem.ts'
import { type Html, html, type Value } from '../web/html.ts'
import type { Visit } from './visit.ts'

/** One thing that was wrong: of a field, or of the form as a whole. */
export type Mistake = { field: string | null; text: string }

/** What was wrong, first in the page and in focus, each a link to its field (WCAG 2.2 §3.3.1; GOV.UK error summary). */
export function summary({ words }: Visit, mistakes: readonly Mistake[]): Html | false {
  if (mistakes.length === 0) return false
  const items = mistakes.map(({ field, text }) => (field ? html`<p><a href="#${field}">${text}</a></p>` : html`<p>${text}</p>`))
  return html`<div class="note err" role="alert" tabindex="-1" id="summary"><h2>${words.problem}</h2>${items}</div>`
}

export function note(tone: 'ok' | 'warn' | 'info' | 'err', heading: string, text: Value, id = ''): Html {
  return html`<div class="note ${tone}" role="status"${id !== '' && html` id="${id}"`}><h2>${heading}</h2><p>${text}</p></div>`
}

/** One more letter has to wait: until when. */
export function capNote({ now, words }: Visit, { extras }: Problem, { heading, lead }: { heading: string; lead: [string, string] }): Html {
  const at = now + (extras.retryAfterMs ?? 0)
  return note('warn', heading, [lead[0], instant(at, words.time(at)), lead[1]])
}

type Field = { name: string; label: string; value?: string; hint?: string; autocomplete: string; mistakes: readonly Mistake[] }

/** What stands around every input: its label, what is wrong with it, its hint. */
function framed({ name, label, hint, mistakes }: Field, input: (attributes: Html) => Html): Html {
  const wrong = mistakes.find(({ field }) => field === name)
  const described = [wrong && `${name}-e`, hint && `${name}-h`].filter((id) => id).join(' ')
  const attributes = html`id="${name}" name="${name}"${described !== '' && html` aria-describedby="${described}"`}${wrong && html` aria-invalid="true"`}`
  return html`<div class="field${wrong && ' bad'}"><label for="${name}">${label}</label>
${wrong && html`<p class="msg-err" id="${name}-e"><span aria-hidden="true">✕</span>${wrong.text}</p>`}
${input(attributes)}
${hint && html`<p class="hint" id="${name}-h">${hint}</p>`}</div>`
}

export const emailField = (field: Field): Html =>
  framed(
    field,
    (attributes) =>
      html`<input class="in" ${attributes} type="email" autocomplete="${field.autocomplete}" autocapitalize="none" spellcheck="false" maxlength="254" required value="${field.value ?? ''}">`,
  )

/** Never filled in by us: a password is not sent back. */
export const passwordField = ({ words }: Visit, field: Field): Html =>
  framed(
    field,
    (attributes) =>
      html`<div class="pw"><input class="in" ${attributes} type="password" autocomplete="${field.autocomplete}" maxlength="4096" required><button type="button" hidden aria-pressed="false" data-show="${words.show}" data-hide="${words.hide}">${words.show}</button></div>`,
  )

/** One input over drawn cells: nothing that is pasted is cut. */
export const codeField = (field: Field, digits: number): Html =>
  framed(
    field,
    (attributes) =>
      html`<div class="index d${digits}"><input class="in" ${attributes} type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="64" autocorrect="off" spellcheck="false" value="${field.value ?? ''}"></div>`,
  )

type Form = {
  action: string
  body?: Value
  submit?: Value
  tone?: 'ghost' | 'danger' | 'sm ghost'
  hidden?: Record<string, string>
  button?: Html
  /** The page stays when it is sent: what is answered is a file. */
  isDownload?: boolean
}

/** A form that posts to a page of ours, with what shows that it is from there. */
export function form(
  { formToken, field, kept, words }: Visit,
  { action, body, submit, tone, hidden = {}, button, isDownload }: Form,
): Html {
  const next = field('next') ? { next: field('next') } : {}
  const inputs = Object.entries({ form: formToken, ...kept, ...next, ...hidden }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<form action="${action}" method="post" novalidate${!isDownload && html` data-busy="${words.busy}"`}>${inputs}${body}${button ?? html`<button class="btn ${tone ?? 'wide'}">${submit}</button>`}</form>`
}

/** An instant, which a script shows in the visitor's own time. */
export const instant = (at: number, text: string, part: 'time' | 'dateTime' = 'time'): Html =>
  html`<time datetime="${new Date(at).toISOString()}" data-local="${part}">${text}</time>`

export const buttonLink = (href: string, text: string, tone = 'wide'): Html => html`<a class="btn ${tone}" href="${href}">${text}</a>`
