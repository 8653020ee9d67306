import { messages } from '../../i18n/i18n.ts'
import { signUp } from '../../i18n/pages/sign-up.ts'
import { html } from '../web/html.ts'
import type { PageRoute } from './pages.ts'
import { buttonLink } from './parts.ts'

/** The mailbox is proven: the same page however often it is asked for. It opens no session. */
export const verified: PageRoute = {
  path: '/verified',
  of: 'flow',
  op: 'pageVerified',
  async get(visit) {
    const { jar, locale, brand } = visit
    if (jar.flow?.done === undefined) return { to: visit.href(jar.flow ? '/verify-email' : '/login') }
    const { email, done } = jar.flow
    const { verified: said } = signUp[locale]
    const body = html`<h1 tabindex="-1" id="h">${said.heading}</h1>
<p class="lead">${said.lead[0]}<b class="wrap">${email}</b>${said.lead[1]}</p>
<p class="row next">${buttonLink(visit.href('/login'), said.submit(brand.name))}</p>
<div class="env-foot"><p class="muted">${said.notice}</p></div>`
    const { day, clock } = messages[locale]
    const franked = `${brand.name.slice(0, 20).toUpperCase()} · ${said.postmark.toUpperCase()} ·|${day(done).toUpperCase().slice(0, 12)}|${clock(done)}`
    return { title: said.heading, body, kind: { series: 'code', word: said.postmark.split(' ')[0]!, value: '@', unit: '', franked } }
  },
}
