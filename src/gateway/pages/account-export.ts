import { accountTasks as words } from '../../i18n/pages/account-tasks.ts'
import { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { buttonLink, form, note, summary } from './parts.ts'
import { signInFor, toAccount } from './signed-in.ts'
import type { Visit } from './visit.ts'

const PATH = '/account/export'

/** Everything that is stored about the person at this app, as a file. */
export const accountExport: PageRoute = {
  path: PATH,
  of: 'session',
  op: 'pageAccountExport',
  get: async (visit) => show(visit),
  async post(visit) {
    const answer = await visit.ask('exportAccount', {})
    if ('refusal' in answer) return signInFor(visit, answer.refusal, PATH) ?? show(visit, answer.refusal)
    const name = `${new URL(visit.house.publicUrl()).hostname}-${new Date(visit.now).toISOString().slice(0, 10)}.json`
    const text = JSON.stringify(answer.body, null, 2)
    return {
      reply: (reply) =>
        reply.header('content-disposition', `attachment; filename="${name}"`).type('application/json; charset=utf-8').send(text),
    }
  },
}

function show(visit: Visit, problem?: Problem): Shown {
  const { export: said } = words[visit.locale]
  const again = signInFor(visit, new Problem('reauthentication_required'), PATH)!.to
  const { isFresh } = visit.signed!
  const way = isFresh
    ? form(visit, { action: PATH, submit: said.submit, isDownload: true })
    : html`${note('info', said.again, said.stale)}<p class="row next">${buttonLink(again, said.again)}</p>`
  const body = html`${problem && summary(visit, mistakesIn(visit, problem))}<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
<ul class="holds">${said.holds.map((one) => html`<li>${one}</li>`)}</ul>
${way}
${toAccount(visit)}`
  return { title: said.heading, body, ...(problem ? { problem } : {}) }
}
