import { accountTasks as words } from '../../i18n/pages/account-tasks.ts'
import { link as linkWords } from '../../i18n/pages/link.ts'
import { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { emailField, form, type Mistake, note, passwordField, summary } from './parts.ts'
import { signInFor, toAccount, whose } from './signed-in.ts'
import { lifeStamp } from './stamps.ts'
import type { Visit } from './visit.ts'

/** A letter to the address that the account shall move to; whether it is somebody's the page does not tell. */
export const accountEmail: PageRoute = {
  path: '/account/email',
  of: 'session',
  op: 'pageAccountEmail',
  fields: ['email', 'password', 'done'],
  get: async (visit) => show(visit),
  async post(visit) {
    const [email, password] = [visit.field('email').trim(), visit.field('password')]
    if (password === '') return show(visit, missing(email))
    const answer = await visit.ask('requestEmailChange', { email, password })
    if ('refusal' in answer) return signInFor(visit, answer.refusal, '/account/email') ?? show(visit, answer.refusal)
    return { to: visit.href('/account/email', { done: 'sent' }) }
  },
}

const missing = (email: string) =>
  new Problem('invalid_request', {
    fields: [...(email === '' ? ['email'] : []), 'password'].map((field) => ({ field, code: 'required', hint: '' })),
  })

function mistakesOf(visit: Visit, problem: Problem): Mistake[] {
  const isSame = visit.field('email').trim().toLowerCase() === visit.signed!.account.email
  return mistakesIn(visit, problem, { current: 'password' }).map((one) =>
    one.field === 'email' && isSame ? { ...one, text: words[visit.locale].email.same } : one,
  )
}

function show(visit: Visit, problem?: Problem): Shown {
  const { email: said, sent } = words[visit.locale]
  const { change } = visit.signed!.account
  const mistakes = problem ? mistakesOf(visit, problem) : []
  const notice = !problem &&
    visit.field('done') === 'sent' &&
    change && [sent.lead[0], html`<b class="wrap">${change.email}</b>`, sent.lead[1]]
  const entry = form(visit, {
    action: '/account/email',
    submit: said.submit,
    ...(notice ? { tone: 'ghost' as const } : {}),
    body: [
      emailField({ name: 'email', label: said.label, value: visit.field('email'), autocomplete: 'email', mistakes }),
      whose(visit),
      passwordField(visit, { name: 'password', label: said.password, autocomplete: 'current-password', mistakes }),
    ],
  })
  const body = html`${summary(visit, mistakes)}${notice && note('ok', sent.heading, notice)}<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
${entry}
${toAccount(visit)}`
  const kind = lifeStamp(visit, 'link', linkWords[visit.locale].stamp, visit.rules.linkTtlMs)
  return { title: said.heading, body, kind, ...(problem ? { problem } : {}) }
}
