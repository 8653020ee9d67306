import { account as words } from '../../i18n/pages/account.ts'
import { shell } from '../../i18n/pages/shell.ts'
import { Problem } from '../../problem.ts'
import { type Html, html } from '../web/html.ts'
import { undoSpan } from './account-delete.ts'
import { sessionsCard } from './account-sessions.ts'
import type { Outcome, PageRoute, Shown } from './pages.ts'
import { form, instant, note } from './parts.ts'
import { signInFor } from './signed-in.ts'
import { postmarkOf, stampOf } from './stamps.ts'
import type { Visit } from './visit.ts'

/** Everything about the account of whoever is signed in, and where it is open (seed 003: Inicio de sesión). */
export const account: PageRoute = {
  path: '/account',
  of: 'session',
  op: 'pageAccount',
  fields: ['done', 'end', 'cancel'],
  get: (visit) => show(visit),
  async post(visit) {
    if (visit.field('cancel') !== '') return cancel(visit)
    const end = visit.field('end')
    if (end === '') return { to: visit.href('/account') }
    const isAll = end === 'others'
    const answer = isAll ? await visit.ask('endOtherSessions', {}) : await visit.ask('endSession', {}, { params: { id: end.slice(0, 64) } })
    if ('refusal' in answer) return signInFor(visit, answer.refusal, '/account') ?? show(visit, answer.refusal)
    return { to: visit.href('/account', { done: isAll ? 'others' : 'session' }) }
  },
}

/** The wish to move is taken back: the link that was mailed is worth nothing. */
async function cancel(visit: Visit): Promise<Outcome> {
  const { kind } = await visit.house.persistence.cancelEmailChange({ access: visit.signed!.access })
  if (kind === 'cancelled') return { to: visit.href('/account', { done: 'cancelled' }) }
  return signInFor(visit, new Problem(kind), '/account')!
}

async function show(visit: Visit, problem?: Problem): Promise<Outcome> {
  const sessions = await sessionsCard(visit)
  if (sessions === null) return signInFor(visit, new Problem('token_invalid'), '/account')!
  const said = words[visit.locale]
  const isKnown = (word: string): word is keyof typeof said.done => Object.hasOwn(said.done, word)
  const word = visit.field('done')
  const done = !problem && isKnown(word) && said.done[word]
  const body = html`${ways(visit)}
${problem && note('err', visit.words.problem, said.gone)}${done && note('ok', done.heading, done.lead)}${pending(visit)}
${holder(visit)}
${details(visit)}
${sessions}
<section class="card" aria-labelledby="x"><header><h2 id="x">${said.export.heading}</h2></header>
<p class="muted">${said.export.lead}</p><p class="row next"><a class="btn ghost" href="${visit.href('/account/export')}">${said.export.link}</a></p></section>
<section class="card" aria-labelledby="r"><header><h2 id="r">${said.remove.heading}</h2></header>
<p class="muted">${said.remove.lead(undoSpan(visit))}</p><p class="row next"><a class="btn danger" href="${visit.href('/account/delete')}">${said.remove.link}</a></p></section>`
  return { title: said.title, body, wide: true, ...(problem ? { problem } : {}) } satisfies Shown
}

/** Back to the app, and out. */
function ways(visit: Visit): Html {
  const { brand, returnTo } = visit
  const said = words[visit.locale]
  const url = returnTo ?? brand.returns[0]
  const out = html`<button class="btn ghost sm">${said.signOut}</button>`
  return html`<div class="row ways">${url !== undefined && html`<a href="${url}">${said.backTo(brand.name)}</a>`}${form(visit, { action: '/logout', hidden: { app: brand.app }, button: out })}</div>`
}

/** A letter went to another address, and nobody has opened it there. */
function pending(visit: Visit): Html | false {
  const { change } = visit.signed!.account
  if (!change) return false
  const { heading, lead, cancel: submit } = words[visit.locale].pending
  const until = instant(change.expiresAt, visit.words.dateTime(change.expiresAt), 'dateTime')
  const button = html`<button class="btn ghost sm">${submit}</button>`
  return html`<section class="note info" aria-labelledby="p"><h2 id="p">${heading}</h2><p>${lead[0]}<b class="wrap">${change.email}</b>${lead[1]}${until}${lead[2]}</p>
${form(visit, { action: '/account', hidden: { cancel: '1' }, button })}</section>`
}

function holder(visit: Visit): Html {
  const { email, verifiedAt } = visit.signed!.account
  const { holder: above, verified, stamp, postmark } = words[visit.locale]
  const franked = postmarkOf(visit, postmark, verifiedAt)
  return html`<section class="card idcard" aria-labelledby="h"><div><p class="sender">${above}</p><h1 id="h" class="wrap">${email}</h1>
<p class="muted">${verified[0]}${instant(verifiedAt, visit.words.dateTime(verifiedAt), 'dateTime')}${verified[1]}</p></div>
${stampOf({ series: 'code', word: stamp, value: '@', unit: '', franked })}</section>`
}

function details(visit: Visit): Html {
  const { email, locale } = visit.signed!.account
  const said = words[visit.locale]
  const row = (name: 'email' | 'password' | 'language', label: string, value: string) =>
    html`<div><dt>${label}</dt><dd class="wrap">${value}</dd><dd><a href="${visit.href(`/account/${name}`)}">${said.change}<span class="sr"> ${said.changed[name]}</span></a></dd></div>`
  return html`<section class="card" aria-labelledby="d"><header><h2 id="d">${said.data}</h2></header>
<dl class="kv">${row('email', visit.words.email, email)}${row('password', said.password, said.passwordShown)}${row('language', said.language, shell[locale].name)}</dl></section>`
}
