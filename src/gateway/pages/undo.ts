import { undo as words } from '../../i18n/pages/undo.ts'
import { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import type { PageRoute, Shown } from './pages.ts'
import { buttonLink, form, instant } from './parts.ts'
import { remember } from './step.ts'
import type { Visit } from './visit.ts'

/** Where a notice's link leads: what was done, when, and one button that takes it back. To look changes nothing. */
export const undo: PageRoute = {
  path: '/undo',
  of: 'link',
  op: 'pageUndo',
  get: async (visit) => show(visit),
  async post(visit) {
    const { link } = visit
    if (link?.of !== 'undo') return show(visit)
    const answer = await visit.ask('undoChange', { token: visit.field('token') }, { app: link.app })
    if ('refusal' in answer) {
      if (answer.refusal.code === 'link_invalid') return over(visit)
      throw answer.refusal
    }
    remember(visit, link.app, answer.body.email, 'undone')
    return { to: visit.href('/undone') }
  },
}

/** The same page however often it is asked for; its button asks for the letter with which a new password is chosen. */
export const undone: PageRoute = {
  path: '/undone',
  of: 'flow',
  op: 'pageUndone',
  async get(visit) {
    const { jar, locale } = visit
    if (jar.flow?.step !== 'undone') return { to: visit.href('/login') }
    const { done: said, stamp } = words[locale]
    const { email } = jar.flow
    const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead[0]}<b class="wrap">${email}</b>${said.lead[1]}</p>
<p class="lead">${said.notice}</p>
${form(visit, { action: '/password/forgot', hidden: { email }, submit: said.submit })}
<div class="env-foot"><p class="muted">${said.later}</p></div>`
    return { title: said.heading, body, kind: { series: 'note', word: stamp, value: '✓', unit: '' } }
  },
}

function show(visit: Visit): Shown {
  const { link, locale, words: common } = visit
  if (link?.of !== 'undo' || link.state !== 'open' || link.change === null || link.at === null) return over(visit)
  const { changes, doing, stamp } = words[locale]
  const said = changes[link.change]
  const body = html`<h1>${said.heading}</h1>
<p class="lead">${doing.mine} <b class="wrap">${link.email}</b>. ${said.lead[0]}${instant(link.at, common.dateTime(link.at), 'dateTime')}${said.lead[1]}</p>
<p class="lead"><b>${doing.what}</b></p>
<ul class="steps">${doing.steps.map((step) => html`<li>${step}</li>`)}</ul>
${form(visit, { action: '/undo', hidden: { token: visit.field('token') }, submit: said.submit })}
<p class="muted small">${doing.until[0]}${instant(link.expiresAt, common.dateTime(link.expiresAt), 'dateTime')}${doing.until[1]}</p>`
  return { title: said.heading, body, kind: { series: 'note', word: stamp, value: '↺', unit: '' } }
}

function over(visit: Visit): Shown {
  const { over: said } = words[visit.locale]
  const body = html`<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
<p class="row next">${buttonLink(visit.href('/password/forgot'), said.submit)}</p>`
  return { title: said.heading, body, problem: new Problem('link_invalid') }
}
