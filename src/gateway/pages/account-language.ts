import { type Locale, localeOf, locales } from '../../i18n/i18n.ts'
import { accountTasks as words } from '../../i18n/pages/account-tasks.ts'
import { shell } from '../../i18n/pages/shell.ts'
import { Problem } from '../../problem.ts'
import { html } from '../web/html.ts'
import type { PageRoute, Shown } from './pages.ts'
import { form, type Mistake, summary } from './parts.ts'
import { signInFor, toAccount } from './signed-in.ts'
import type { Visit } from './visit.ts'

/** The language of letters, and of the pages in this browser. */
export const accountLanguage: PageRoute = {
  path: '/account/language',
  of: 'session',
  op: 'pageAccountLanguage',
  fields: ['locale'],
  get: async (visit) => show(visit),
  async post(visit) {
    const locale = localeOf(visit.field('locale'))
    if (!locale) return show(visit, new Problem('invalid_request'))
    const answer = await visit.ask('updateAccount', { locale })
    if ('refusal' in answer) return signInFor(visit, answer.refusal, '/account/language') ?? show(visit, answer.refusal)
    visit.jar.setLocale(locale)
    return { to: visit.href('/account', { done: 'language' }) }
  },
}

function show(visit: Visit, problem?: Problem): Shown {
  const { language: said } = words[visit.locale]
  const idOf = (locale: Locale) => `in-${locale}`
  const mistakes: Mistake[] = problem ? [{ field: idOf(visit.signed!.account.locale), text: said.choose }] : []
  const choices = locales.map((locale) => {
    const checked = locale === visit.signed!.account.locale && html` checked`
    return html`<label class="choice" lang="${locale}"><input type="radio" name="locale" id="${idOf(locale)}" value="${locale}"${checked}>${shell[locale].name}</label>`
  })
  const entry = form(visit, {
    action: '/account/language',
    submit: said.submit,
    body: html`<fieldset class="choices"><legend class="sr">${said.heading}</legend>${choices}</fieldset>`,
  })
  const body = html`${summary(visit, mistakes)}<h1>${said.heading}</h1>
<p class="lead">${said.lead}</p>
${entry}
${toAccount(visit)}`
  return { title: said.heading, body, ...(problem ? { problem } : {}) }
}
