import { accountTasks as words } from '../../i18n/pages/account-tasks.ts'
import type { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { form, type Mistake, passwordField, summary } from './parts.ts'
import { signInFor, toAccount, whose } from './signed-in.ts'
import type { Visit } from './visit.ts'

/** A new password by whoever knows the present one; every other session ends. */
export const accountPassword: PageRoute = {
  path: '/account/password',
  of: 'session',
  op: 'pageAccountPassword',
  fields: ['current', 'password'],
  get: async (visit) => show(visit),
  async post(visit) {
    const answer = await visit.ask('changePassword', { current: visit.field('current'), password: visit.field('password') })
    if ('refusal' in answer) return signInFor(visit, answer.refusal, '/account/password') ?? show(visit, answer.refusal)
    return { to: visit.href('/account', { done: 'password' }) }
  },
}

/** Two fields may be empty: each is named. */
function mistakesOf(visit: Visit, problem: Problem): Mistake[] {
  const { missing } = words[visit.locale].password
  const isField = (name: string | null): name is keyof typeof missing => name === 'current' || name === 'password'
  return mistakesIn(visit, problem).map((one) =>
    isField(one.field) && visit.field(one.field) === '' ? { ...one, text: missing[one.field] } : one,
  )
}

function show(visit: Visit, problem?: Problem): Shown {
  const { password: said } = words[visit.locale]
  const mistakes = problem ? mistakesOf(visit, problem) : []
  const hint = visit.words.passwordHint(visit.rules.passwordMin)
  const entry = form(visit, {
    action: '/account/password',
    submit: said.submit,
    body: [
      whose(visit),
      passwordField(visit, { name: 'current', label: said.current, autocomplete: 'current-password', mistakes }),
      passwordField(visit, { name: 'password', label: said.fresh, hint, autocomplete: 'new-password', mistakes }),
    ],
  })
  const body = html`${summary(visit, mistakes)}<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
${entry}
${toAccount(visit)}`
  return { title: said.heading, body, ...(problem ? { problem } : {}) }
}
