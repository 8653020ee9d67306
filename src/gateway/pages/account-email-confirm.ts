import { accountTasks as words } from '../../i18n/pages/account-tasks.ts'
import { link as linkWords } from '../../i18n/pages/link.ts'
import { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { buttonLink, form, instant, type Mistake, passwordField, summary } from './parts.ts'
import { lifeStamp } from './stamps.ts'
import type { Visit } from './visit.ts'

const PATH = '/account/email/confirm'

/**
 * Where the letter to the new address leads. To look changes nothing. The button moves the account for whoever is signed in to it; anybody
 * else shows its password: the new mailbox alone moves nothing.
 */
export const accountEmailConfirm: PageRoute = {
  path: PATH,
  of: 'link',
  op: 'pageConfirmMove',
  fields: ['password'],
  wantsSession: true,
  get: async (visit) => show(visit),
  async post(visit) {
    const { link } = visit
    if (link?.of !== 'email_change') return show(visit, new Problem('link_invalid'))
    const isHis = isOwn(visit)
    const sent = { token: visit.field('token'), password: visit.field('password') || undefined }
    const answer = await visit.ask('confirmEmailChange', sent, { app: link.app })
    if ('refusal' in answer) return show(visit, answer.refusal)
    return { to: isHis ? visit.href('/account', { done: 'email' }) : visit.href(PATH, { token: sent.token }) }
  },
}

/** Whether it is the wish of the account that is signed in here. */
const isOwn = ({ signed, link }: Visit) => signed?.session.app === link?.app && signed?.account.change?.email === link?.email

function show(visit: Visit, problem?: Problem): Shown {
  const { link, locale, words: common } = visit
  if (link?.of !== 'email_change' || link.state === 'over' || link.state === 'replaced') return over(visit)
  if (link.state === 'used') return used(visit, link.at ?? visit.now)
  const { confirm: said } = words[locale]
  const mistakes = problem ? mistakesOf(visit, problem) : []
  const password = { name: 'password', label: said.password, autocomplete: 'current-password', mistakes }
  const needsPassword = !isOwn(visit) || problem?.code === 'password_required'
  const entry = form(visit, {
    action: PATH,
    hidden: { token: visit.field('token') },
    submit: said.submit,
    body: needsPassword && passwordField(visit, password),
  })
  const body = html`${summary(visit, mistakes)}<h1>${said.heading}</h1>
<p class="lead">${said.lead[0]}<b class="wrap">${link.email}</b>${said.lead[1]}</p>
<p class="muted small">${said.until[0]}${instant(link.expiresAt, common.dateTime(link.expiresAt), 'dateTime')}${said.until[1]}</p>
${entry}`
  const kind = lifeStamp(visit, 'link', linkWords[locale].stamp, visit.rules.linkTtlMs)
  return { title: said.heading, body, kind, ...(problem ? { problem } : {}) }
}

function mistakesOf(visit: Visit, problem: Problem): Mistake[] {
  const { passwordMissing, passwordWrong } = visit.words
  if (problem.code !== 'password_required') return mistakesIn(visit, problem)
  return [{ field: 'password', text: visit.field('password') === '' ? passwordMissing : passwordWrong }]
}

/** The account is at that address by this link. */
function used(visit: Visit, at: number): Shown {
  const { confirm } = words[visit.locale]
  const { heading, lead } = confirm.used
  const { app } = visit.brand
  const isThere = visit.signed?.session.app === app && visit.signed.account.email === visit.link?.email
  const next = isThere
    ? buttonLink(visit.href('/account'), confirm.toAccount)
    : buttonLink(visit.href('/login', { app }), visit.words.signIn)
  const body = html`<h1>${heading}</h1>
<p class="lead">${lead[0]}${instant(at, visit.words.dateTime(at), 'dateTime')}${lead[1]}</p>
<p class="row next">${next}</p>`
  return { title: heading, body }
}

function over(visit: Visit): Shown {
  const { confirm } = words[visit.locale]
  const { heading, lead } = confirm.over
  const body = html`<h1>${heading}</h1>
<p class="lead">${lead}</p>
<p class="row next">${buttonLink(visit.href('/account'), confirm.toAccount)}</p>`
  return { title: heading, body, problem: new Problem('link_invalid') }
}
