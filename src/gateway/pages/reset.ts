import { recovery } from '../../i18n/pages/recovery.ts'
import { Problem } from '../../problem.ts'
import { type Html, html } from '../web/html.ts'
import { stampFor } from './forgot.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { buttonLink, form, instant, passwordField, summary } from './parts.ts'
import { remember } from './step.ts'
import type { Visit } from './visit.ts'

/** Where the letter's link to a new password leads. To look changes nothing, however often and whoever does. */
export const reset: PageRoute = {
  path: '/password/reset',
  of: 'link',
  op: 'pageReset',
  fields: ['password', 'username'],
  get: async (visit) => show(visit),
  async post(visit) {
    const { link } = visit
    if (link?.of !== 'reset') return show(visit)
    const body = { token: visit.field('token'), password: visit.field('password') }
    const answer = await visit.ask('resetPassword', body, { app: link.app })
    if ('refusal' in answer) return answer.refusal.code === 'link_invalid' ? over(visit) : show(visit, answer.refusal)
    remember(visit, link.app, link.email, 'reset')
    return { to: visit.href('/password/done') }
  },
}

/** The same page however often it is asked for. It opens no session: a letter alone never does. */
export const resetDone: PageRoute = {
  path: '/password/done',
  of: 'flow',
  op: 'pageResetDone',
  async get(visit) {
    const { jar, locale, brand, words } = visit
    if (jar.flow?.step !== 'reset') return { to: visit.href('/login') }
    const { done: said } = recovery[locale]
    const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead[0]}<b class="wrap">${jar.flow.email}</b>${said.lead[1]}</p>
<p class="row next">${buttonLink(visit.href('/login', { app: brand.app }), words.signIn)}</p>
<div class="env-foot"><p class="muted">${said.notice}</p></div>`
    return { title: said.heading, body, kind: { series: 'reset', word: recovery[locale].stamp, value: '✓', unit: '' } }
  },
}

/** With the new password, password managers keep the address that it is for (Chromium, "Password Form Styles that Chromium Understands"). */
const username = (email: string): Html =>
  html`<input class="sr" type="text" name="username" autocomplete="username" value="${email}" readonly tabindex="-1" aria-hidden="true">`

function show(visit: Visit, problem?: Problem): Shown {
  const { link, locale, words, rules } = visit
  if (link?.of !== 'reset' || link.state !== 'open') return over(visit)
  const { reset: said } = recovery[locale]
  const mistakes = problem ? mistakesIn(visit, problem) : []
  const body = html`${summary(visit, mistakes)}<h1>${said.heading}</h1>
<p class="lead">${said.lead[0]}<b class="wrap">${link.email}</b>${said.lead[1]} ${said.ends}</p>
<p class="muted small">${said.until[0]}${instant(link.expiresAt, words.dateTime(link.expiresAt), 'dateTime')}${said.until[1]}</p>
${form(visit, {
  action: '/password/reset',
  hidden: { token: visit.field('token') },
  submit: said.submit,
  body: [
    username(link.email),
    passwordField(visit, {
      name: 'password',
      label: said.label,
      hint: words.passwordHint(rules.passwordMin),
      autocomplete: 'new-password',
      mistakes,
    }),
  ],
})}`
  return { title: said.heading, body, kind: stampFor(visit), ...(problem ? { problem } : {}) }
}

function over(visit: Visit): Shown {
  const { over: said } = recovery[visit.locale]
  const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
<p class="row next">${buttonLink(visit.href('/password/forgot'), said.submit)}</p>`
  return { title: said.heading, body, problem: new Problem('link_invalid') }
}
