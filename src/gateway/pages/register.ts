import { signUp } from '../../i18n/pages/sign-up.ts'
import type { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { emailField, form, type Mistake, passwordField, summary } from './parts.ts'
import type { Visit } from './visit.ts'

/** POST /register (seed 004, steps 1 to 9): one page for free and taken addresses alike. */
export const register: PageRoute = {
  path: '/register',
  of: 'named',
  op: 'pageRegister',
  fields: ['email', 'password'],
  wantsSession: true,
  get: async (visit) => (visit.signed ? { to: '/account' } : show(visit)),
  async post(visit) {
    const { brand, locale, jar } = visit
    const [email, password] = [visit.field('email').trim(), visit.field('password')]
    const answer = await visit.ask('registerAccount', { email, password, locale })
    if ('refusal' in answer) return show(visit, answer.refusal)
    jar.setFlow({ app: brand.app, email: answer.body.email, flow: answer.body.flow })
    return { to: visit.href('/verify-email') }
  },
}

function show(visit: Visit, problem?: Problem): Shown {
  const { words, locale, rules } = visit
  const { register: said } = signUp[locale]
  const mistakes: Mistake[] = problem ? mistakesIn(visit, problem) : []
  const body = html`${summary(visit, mistakes)}<h1>${said.heading}</h1>
<p class="lead">${said.lead(rules.codeDigits)}</p>
${form(visit, {
  action: '/register',
  submit: said.submit,
  body: [
    emailField({ name: 'email', label: words.email, value: visit.field('email'), autocomplete: 'username', mistakes }),
    passwordField(visit, {
      name: 'password',
      label: words.password,
      hint: words.passwordHint(rules.passwordMin),
      autocomplete: 'new-password',
      mistakes,
    }),
  ],
})}
<div class="env-foot"><p>${said.haveAccount} <a href="${visit.href('/login')}">${words.signIn}</a></p></div>`
  return {
    title: said.heading,
    body,
    kind: { series: 'number', word: said.stamp, value: '@', unit: said.stampUnit },
    ...(problem ? { problem } : {}),
  }
}
