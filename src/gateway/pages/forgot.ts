import { messages } from '../../i18n/i18n.ts'
import { recovery } from '../../i18n/pages/recovery.ts'
import type { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown, Stamp } from './pages.ts'
import { capNote, emailField, form, summary } from './parts.ts'
import { lifeStamp } from './stamps.ts'
import { remember } from './step.ts'
import type { Visit } from './visit.ts'

/** POST /password/forgot: one answer whatever lies at the address. */
export const forgot: PageRoute = {
  path: '/password/forgot',
  of: 'named',
  op: 'pageForgot',
  fields: ['email'],
  get: async (visit) => show(visit),
  async post(visit) {
    const answer = await visit.ask('forgotPassword', { email: visit.field('email').trim() })
    if ('refusal' in answer) return show(visit, answer.refusal)
    remember(visit, visit.brand.app, answer.body.email, 'asked')
    return { to: visit.href('/password/sent') }
  },
}

/** Where the letter is. The same page however often it is asked for. */
export const sent: PageRoute = {
  path: '/password/sent',
  of: 'flow',
  op: 'pageForgotSent',
  async get(visit) {
    const { jar, locale, brand } = visit
    if (jar.flow?.step !== 'asked') return { to: visit.href('/password/forgot') }
    const { sent: said } = recovery[locale]
    const { email } = jar.flow
    const again = form(visit, { action: '/password/forgot', hidden: { app: brand.app, email }, submit: said.again, tone: 'sm ghost' })
    const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead[0]}<b class="wrap">${email}</b>${said.lead[1]} ${said.life(lifeOf(visit))}</p>
<div class="env-foot"><h2>${said.notArrived}</h2><p class="muted">${said.hint}</p>
<div class="row">${again}</div>
<p><a href="${visit.href('/password/forgot')}">${said.other}</a> · <a href="${visit.href('/help/no-mail')}">${said.more}</a></p></div>`
    return { title: said.heading, body, kind: stampFor(visit) }
  },
}

const lifeOf = ({ locale, rules }: Visit): string => messages[locale].life(rules.linkTtlMs).replaceAll(' ', '\u00a0')

/** How long the link of the letter works. */
export const stampFor = (visit: Visit): Stamp => lifeStamp(visit, 'reset', recovery[visit.locale].stamp, visit.rules.linkTtlMs)

function show(visit: Visit, problem?: Problem): Shown {
  const { locale, words, field } = visit
  const { forgot: said, cap } = recovery[locale]
  const isLimited = problem?.code === 'rate_limited'
  const mistakes = problem && !isLimited ? mistakesIn(visit, problem) : []
  const limited = isLimited && capNote(visit, problem, cap)
  const body = html`${summary(visit, mistakes)}${limited}<h1>${said.heading}</h1>
<p class="lead">${said.lead(lifeOf(visit))}</p>
${form(visit, {
  action: '/password/forgot',
  submit: said.submit,
  body: emailField({ name: 'email', label: words.email, value: field('email'), autocomplete: 'username', mistakes }),
})}
<div class="env-foot"><p>${said.remembered} <a href="${visit.href('/login')}">${words.signIn}</a></p></div>`
  return { title: said.heading, body, kind: stampFor(visit), ...(problem ? { problem } : {}) }
}
