import { messages } from '../../i18n/i18n.ts'
import { account } from '../../i18n/pages/account.ts'
import { accountTasks as words } from '../../i18n/pages/account-tasks.ts'
import type { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { form, passwordField, summary } from './parts.ts'
import { signInFor, toAccount, whose } from './signed-in.ts'
import type { Visit } from './visit.ts'

const DAY = 24 * 60 * 60 * 1000

/** How long a change can be taken back, in words: whole days where it is. */
export function undoSpan({ rules, locale }: Visit): string {
  const { undoTtlMs: ms } = rules
  return ms % DAY === 0 ? account[locale].days(ms / DAY) : messages[locale].life(ms)
}

/** Gone for everybody; the notice's link brings it back for a while. */
export const accountDelete: PageRoute = {
  path: '/account/delete',
  of: 'session',
  op: 'pageAccountDelete',
  fields: ['password'],
  get: async (visit) => show(visit),
  async post(visit) {
    const answer = await visit.ask('deleteAccount', { password: visit.field('password') })
    if ('refusal' in answer) return signInFor(visit, answer.refusal, '/account/delete') ?? show(visit, answer.refusal)
    visit.jar.setSession(null)
    visit.jar.setFlow(null)
    return { to: visit.href('/account/deleted', { app: visit.brand.app }), headers: { 'clear-site-data': '"cache", "storage"' } }
  },
}

/** It tells whoever looks the same, and of nobody's account. */
export const accountDeleted: PageRoute = {
  path: '/account/deleted',
  of: 'named',
  op: 'pageAccountDeleted',
  async get(visit) {
    const { removed: said } = words[visit.locale]
    const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead(undoSpan(visit))} ${said.next}</p>
<div class="env-foot"><p><a href="${visit.href('/register')}">${said.signUp}</a></p></div>`
    return { title: said.heading, body, kind: stamp(visit) }
  },
}

const stamp = (visit: Visit) => {
  const [value = '', unit = ''] = undoSpan(visit).split(' ')
  return { series: 'note' as const, word: words[visit.locale].removed.stamp, value, unit }
}

function show(visit: Visit, problem?: Problem): Shown {
  const { remove: said } = words[visit.locale]
  const mistakes = problem ? mistakesIn(visit, problem, { current: 'password' }) : []
  const entry = form(visit, {
    action: '/account/delete',
    submit: said.submit,
    tone: 'danger',
    body: [whose(visit), passwordField(visit, { name: 'password', label: said.password, autocomplete: 'current-password', mistakes })],
  })
  const body = html`${summary(visit, mistakes)}<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
<p class="lead">${said.after(undoSpan(visit))}</p>
${entry}
${toAccount(visit)}`
  return { title: said.heading, body, kind: stamp(visit), ...(problem ? { problem } : {}) }
}
