import type { SignUpView } from '../../contract/browsers.ts'
import { code as words } from '../../i18n/pages/code.ts'
import { type Html, html } from '../web/html.ts'
import type { Flow } from './jar.ts'
import { form, instant, note } from './parts.ts'
import type { Visit } from './visit.ts'

/** What is known of the letter's way, when that is news. */
export function delivery({ locale }: Visit, { email }: Flow, { letter }: SignUpView): Html | false {
  const said = words[locale]
  const [user, domain] = [email.slice(0, email.lastIndexOf('@')), email.slice(email.lastIndexOf('@') + 1)]
  if (letter === 'deferred') return note('info', said.deferred.heading, said.deferred.lead(domain))
  if (letter === 'failed') return note('err', said.bounced.heading, said.bounced.lead(domain, user))
  return false
}

/** The button for a new code; while it must wait it says until when, and a script counts. */
export function resendForm(visit: Visit, { resendAt }: Pick<SignUpView, 'resendAt'>, isMain: boolean): Html {
  const { now, locale, words: common } = visit
  const { code: said } = words[locale]
  const waits = resendAt > now
  const tone = isMain ? 'wide' : 'sm ghost'
  const iso = new Date(resendAt).toISOString()
  const button = html`<button class="btn ${tone}"${waits && html` aria-disabled="true" data-from="${iso}" data-wait="${said.resendIn}" data-text="${said.resend}"`}>${said.resend}</button>`
  const note = waits && html`<p class="muted small">${said.resendAt[0]}${instant(resendAt, common.time(resendAt))}${said.resendAt[1]}</p>`
  return html`${form(visit, { action: '/resend', button })}${note}`
}
