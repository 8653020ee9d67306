import { link as linkWords } from '../../i18n/pages/link.ts'
import { Problem } from '../../problem.ts'
import { type Html, html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { buttonLink, form, instant, type Mistake, passwordField, summary } from './parts.ts'
import { lifeStamp } from './stamps.ts'
import type { Visit } from './visit.ts'

/**
 * Where the letter's link leads. To look changes nothing, however often and whoever does: only a press of the button posts. Whoever did
 * not sign up in this browser shows the password of the sign-up, or, as the mailbox's owner, sets one of his own.
 */
export const confirm: PageRoute = {
  path: '/confirm',
  of: 'link',
  op: 'pageConfirm',
  fields: ['password', 'newPassword'],
  get: async (visit) => show(visit),
  async post(visit) {
    const { jar, link } = visit
    if (link?.of !== 'sign-up') return show(visit, new Problem('link_invalid'))
    const [password, newPassword] = [visit.field('password') || undefined, visit.field('newPassword') || undefined]
    const proof = newPassword ? { newPassword } : { flow: jar.flow?.flow ?? undefined, password }
    const answer = await visit.ask('confirmEmail', { token: visit.field('token'), ...proof }, { app: link.app })
    if ('refusal' in answer) return show(visit, answer.refusal)
    jar.setFlow({ app: link.app, email: answer.body.email, flow: null, done: visit.now })
    return { to: visit.href('/verified') }
  },
}

function show(visit: Visit, problem?: Problem): Shown {
  const { link, locale } = visit
  if (link?.of !== 'sign-up') return over(visit, 'over', new Problem('link_invalid'))
  if (link.state === 'used') return used(visit, link.at ?? visit.now)
  if (link.state !== 'open') return over(visit, link.state, new Problem('link_invalid'))
  const said = linkWords[locale]
  const [before, after] = said.until
  const mistakes = problem ? mistakesOf(visit, problem) : []
  const body = html`${summary(visit, mistakes)}<h1>${said.heading}</h1>
<p class="lead"><b class="wrap">${link.email}</b></p>
<p class="muted small">${before}${instant(link.expiresAt, visit.words.dateTime(link.expiresAt), 'dateTime')}${after}</p>
${link.isHis ? ownForm(visit) : strangersForms(visit, mistakes)}`
  const kind = lifeStamp(visit, 'link', said.stamp, visit.rules.linkTtlMs)
  return { title: said.heading, body, kind, ...(problem ? { problem } : {}) }
}

const hidden = (visit: Visit) => ({ token: visit.field('token') })

const ownForm = (visit: Visit): Html => form(visit, { action: '/confirm', hidden: hidden(visit), submit: linkWords[visit.locale].submit })

/** For another browser, and for the owner of a mailbox that somebody else signed up with. */
function strangersForms(visit: Visit, mistakes: readonly Mistake[]): Html {
  const said = linkWords[visit.locale]
  const { words, rules } = visit
  const password = passwordField(visit, { name: 'password', label: words.password, autocomplete: 'current-password', mistakes })
  const own = {
    name: 'newPassword',
    label: said.ownLabel,
    hint: words.passwordHint(rules.passwordMin),
    autocomplete: 'new-password',
    mistakes,
  }
  return html`<p class="lead">${said.elsewhere}</p>
${form(visit, { action: '/confirm', hidden: hidden(visit), submit: said.submit, body: password })}
<div class="env-foot"><h2>${said.ownHeading}</h2><p class="muted">${said.ownLead}</p>
${form(visit, { action: '/confirm', hidden: hidden(visit), submit: said.ownSubmit, tone: 'ghost', body: passwordField(visit, own) })}</div>`
}

function mistakesOf(visit: Visit, problem: Problem): Mistake[] {
  const { words } = visit
  const isOwn = visit.field('newPassword') !== ''
  if (problem.code === 'password_required') {
    return [{ field: 'password', text: visit.field('password') === '' ? words.passwordMissing : words.passwordWrong }]
  }
  return mistakesIn(visit, problem, isOwn ? { password: 'newPassword' } : {})
}

function used(visit: Visit, at: number): Shown {
  const { used: said } = linkWords[visit.locale]
  const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead[0]}${instant(at, visit.words.dateTime(at), 'dateTime')}${said.lead[1]}</p>
<p class="row next">${buttonLink(visit.href('/login'), visit.words.signIn)}</p>`
  return { title: said.heading, body }
}

function over(visit: Visit, state: 'over' | 'replaced', problem: Problem): Shown {
  const said = linkWords[visit.locale]
  const body = html`<h1>${said[state].heading}</h1>
<p class="lead">${said[state].lead}</p>
<p class="row next">${buttonLink(visit.href('/resend'), said.again)}</p>`
  return { title: said[state].heading, body, problem }
}
