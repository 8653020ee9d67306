import { signUp } from '../../i18n/pages/sign-up.ts'
import { html } from '../web/html.ts'
import type { PageRoute } from './pages.ts'
import { buttonLink } from './parts.ts'
import { postmarkOf } from './stamps.ts'

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
    const franked = postmarkOf(visit, said.postmark, done)
    return { title: said.heading, body, kind: { series: 'code', word: said.postmark.split(' ')[0]!, value: '@', unit: '', franked } }
  },
}
