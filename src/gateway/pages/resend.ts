import { code } from '../../i18n/pages/code.ts'
import { signUp } from '../../i18n/pages/sign-up.ts'
import type { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { capNote, emailField, form, summary } from './parts.ts'
import type { Visit } from './visit.ts'

/** POST /resend (seed 004, "Flujo de Reenvío"): for the sign-up in the cookie, or for an address that is typed. */
export const resend: PageRoute = {
  path: '/resend',
  of: 'flow',
  op: 'pageResend',
  fields: ['email'],
  get: async (visit) => show(visit),
  async post(visit) {
    const { jar, brand } = visit
    const typed = visit.field('email').trim()
    const flow = typed === '' ? jar.flow : null
    if (flow?.done !== undefined) return { to: visit.href('/verified') }
    const app = flow?.app ?? brand.app
    const answer = await visit.ask('resendCode', { email: flow?.email ?? typed, flow: flow?.flow ?? undefined }, { app })
    if ('refusal' in answer) return show(visit, answer.refusal)
    jar.setFlow({ app, email: answer.body.email, flow: flow?.flow ?? null, ...(flow?.shown ? { shown: true } : {}) })
    return { to: visit.href('/verify-email', { sent: String(visit.now) }) }
  },
}

function show(visit: Visit, problem?: Problem): Shown {
  const { locale, words } = visit
  const { nothing } = signUp[locale]
  const { cap } = code[locale]
  const isLimited = problem?.code === 'rate_limited'
  const mistakes = problem && !isLimited ? mistakesIn(visit, problem) : []
  const limited = isLimited && capNote(visit, problem, cap)
  const email = {
    name: 'email',
    label: nothing.label,
    value: visit.field('email') || (visit.jar.flow?.email ?? ''),
    autocomplete: 'username',
    mistakes,
  }
  const body = html`${summary(visit, mistakes)}${limited}<h1>${nothing.heading}</h1>
<p class="lead">${nothing.lead}</p>
${form(visit, { action: '/resend', submit: nothing.submit, body: emailField(email) })}
<div class="env-foot">${visit.jar.flow && html`<p><a href="${visit.href('/verify-email')}">${words.back}</a></p>`}<p><a href="${visit.href('/register')}">${words.signUp}</a></p></div>`
  return { title: nothing.heading, body, ...(problem ? { problem } : {}) }
}
