import { help as words } from '../../i18n/pages/help.ts'
import { type Html, html } from '../web/html.ts'
import { delivery, resendForm } from './delivery.ts'
import type { PageRoute } from './pages.ts'
import { note } from './parts.ts'
import type { Visit } from './visit.ts'

/** Where letters hide. The same for everybody, but that whoever is in the middle of a sign-up is told of its own letter. */
export const help: PageRoute = {
  path: '/help/no-mail',
  of: 'flow',
  op: 'pageHelp',
  async get(visit) {
    const { locale, brand, now } = visit
    const said = words[locale]
    const { state, resend } = await signUpState(visit)
    const step = ({ heading, lead }: { heading: string; lead: string }, more: Html | false = false) =>
      html`<li><h2>${heading}</h2><p class="muted">${lead}</p>${more}</li>`
    const places = html`<dl class="kv">${said.look.places.map(([name, where]) => html`<div><dt>${name}</dt><dd>${where}</dd></div>`)}</dl>`
    const body = html`<div data-made="${new Date(now).toISOString()}"></div>${state}<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
<ol class="ways">
${step(said.wait)}
${step({ ...said.look, lead: said.look.lead(brand.name) }, places)}
${step(said.address, html`<p><a href="${visit.href('/register')}">${said.address.submit}</a></p>`)}
${step({ ...said.sender, lead: said.sender.lead(brand.name) })}
${step(said.again, html`${resend || html`<p><a href="${visit.href('/resend')}">${said.again.code}</a></p>`}<p><a href="${visit.href('/password/forgot')}">${said.again.password}</a></p>`)}
</ol>`
    return { title: said.heading, body }
  },
}

/** What is known of the letter of the sign-up in the cookie, and the button for another one. */
async function signUpState(visit: Visit): Promise<{ state: Html | false; resend: Html | false }> {
  const { jar, house, locale } = visit
  const { flow } = jar
  const found = flow?.flow ? await house.persistence.showSignUp({ app: flow.app, email: flow.email, flow: flow.flow }) : null
  if (!flow || found?.kind !== 'found') return { state: false, resend: false }
  const { signUp } = found
  const said = words[locale].state
  const known = (kind: keyof typeof said, tone: 'ok' | 'info') =>
    note(tone, said[kind].heading, [said[kind].lead[0], html`<b class="wrap">${flow.email}</b>`, said[kind].lead[1]])
  if (signUp.verifiedAt !== null) return { state: known('verified', 'ok'), resend: false }
  const told = delivery(visit, flow, signUp) || known(signUp.letter === 'sent' ? 'sent' : 'queued', 'info')
  return { state: told, resend: resendForm(visit, signUp, false) }
}
