import { messages } from '../../i18n/i18n.ts'
import { signIn } from '../../i18n/pages/sign-in.ts'
import { Problem } from '../../problem.ts'
import { refusalOf } from '../refusals.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { emailField, form, type Mistake, note, passwordField, summary } from './parts.ts'
import { browserOf } from './user-agent.ts'
import type { Visit } from './visit.ts'

/** Pages that a sign-in may lead to besides the app's own: exactly these. */
const NEXT = ['/account', '/account/password', '/account/email', '/account/language', '/account/delete', '/account/export']

/** Characters of a password or an address. */
const LONGEST = 4096

/** POST /login (seed 004, steps 19 to 23): a session in a cookie, and back to the app's registered URL. */
export const login: PageRoute = {
  path: '/login',
  of: 'named',
  op: 'pageLogin',
  fields: ['email', 'password', 'out', 'again'],
  wantsSession: true,
  get: async (visit) => (visit.signed?.session.app === visit.brand.app && !isAgain(visit) ? { to: targetOf(visit) } : show(visit)),
  async post(visit) {
    const { house, brand, jar, request } = visit
    const [email, password] = [visit.field('email').trim(), visit.field('password')]
    if (email === '' || password === '') return show(visit, invalid(email, password))
    const browser = { token: jar.browser, ...browserOf(request.headers['user-agent']) }
    // No account has one.
    if (email.length > LONGEST || password.length > LONGEST) return show(visit, new Problem('invalid_credentials'))
    const outcome = await house.persistence.signIn({ app: brand.app, email, password, browser })
    Object.assign(request.done, { op: 'pageLogin', app: brand.app })
    if (outcome.kind === 'email_not_verified') return unverified(visit, email)
    if (outcome.kind !== 'signed_in') return show(visit, refusalOf(outcome))
    Object.assign(request.done, { outcome: 'signed_in', to: outcome.session.email })
    // What the browser held before is nobody's from now on (ASVS 7.2.4).
    if (jar.session !== null) await house.persistence.closeSession({ cookie: jar.session }).catch(() => {}) // it idles out
    jar.setSession(outcome.cookie)
    jar.setFlow(null)
    return { to: targetOf(visit) }
  },
}

/** POST: the session ends everywhere, and the browser forgets what it kept of us. */
export const logout: PageRoute = {
  path: '/logout',
  of: 'named',
  op: 'pageLogout',
  async post(visit) {
    const { jar, house } = visit
    if (jar.session !== null) await house.persistence.closeSession({ cookie: jar.session })
    jar.setSession(null)
    jar.setFlow(null)
    return { to: visit.href('/login', { out: '1' }), headers: { 'clear-site-data': '"cache", "storage"' } }
  },
}

/** The session lives, but what was asked for wants a sign-in that is not as old. */
const isAgain = ({ field }: Visit) => field('again') !== '' && NEXT.includes(field('next'))

/** The page that was asked for, the app's URL that the visitor came with, its first one, or the account. */
function targetOf({ field, returnTo, brand, href }: Visit): string {
  if (NEXT.includes(field('next'))) return href(field('next'))
  return returnTo ?? brand.returns[0] ?? href('/account')
}

/** The password is right and the address not proven: a new code, and on to its page. */
async function unverified(visit: Visit, typed: string) {
  const { brand, jar } = visit
  const answer = await visit.ask('resendCode', { email: typed })
  const email = 'body' in answer ? answer.body.email : typed.toLowerCase()
  jar.setFlow({ app: brand.app, email, flow: null, shown: true })
  return { to: visit.href('/verify-email', 'body' in answer ? { sent: String(visit.now) } : {}) }
}

const invalid = (email: string, password: string) =>
  new Problem('invalid_request', {
    fields: [...(email === '' ? ['email'] : []), ...(password === '' ? ['password'] : [])].map((field) => ({
      field,
      code: 'required',
      hint: '',
    })),
  })

function show(visit: Visit, problem?: Problem): Shown {
  const { words, brand, locale, field } = visit
  const said = signIn[locale]
  const mistakes: Mistake[] = problem ? wrong(visit, problem) : []
  const isSent = NEXT.includes(field('next'))
  const { heading, lead } = field('out') !== '' ? said.out : isAgain(visit) ? said.stale : said.again
  const notice = (field('out') !== '' || isSent) && note(field('out') !== '' ? 'ok' : 'info', heading, lead)
  const known = isAgain(visit) ? (visit.signed?.account.email ?? '') : ''
  const password = { name: 'password', label: words.password, autocomplete: 'current-password', mistakes }
  const body = html`${summary(visit, mistakes)}${!problem && notice}<h1>${said.heading(brand.name)}</h1>
${form(visit, {
  action: '/login',
  submit: said.submit,
  body: [
    emailField({ name: 'email', label: words.email, value: field('email') || known, autocomplete: 'username', mistakes }),
    passwordField(visit, password),
  ],
})}
<div class="env-foot"><p><a href="${visit.href('/password/forgot')}">${said.forgot}</a></p><p>${said.noAccount} <a href="${visit.href('/register')}">${words.signUp}</a></p></div>`
  return {
    title: said.heading(brand.name),
    body,
    kind: { series: 'number', word: said.stamp, value: '@', unit: said.stampUnit },
    ...(problem ? { problem } : {}),
  }
}

/** Which of the two is wrong nobody is told. */
function wrong(visit: Visit, problem: Problem): Mistake[] {
  if (problem.code === 'invalid_credentials') return [{ field: null, text: visit.words.signInWrong }]
  if (problem.code === 'busy') return [{ field: null, text: messages[visit.locale].problems.busy }]
  return mistakesIn(visit, problem)
}
