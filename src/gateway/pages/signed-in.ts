import { account as words } from '../../i18n/pages/account.ts'
import type { Problem } from '../../problem.ts'
import { type Html, html } from '../web/html.ts'
import type { Visit } from './visit.ts'

/** Where a refusal leads that asks for a sign-in, and from there back to `next`; null where the page itself says what was wrong. */
export function signInFor({ signed, brand }: Visit, { code }: Problem, next: string): { to: string } | null {
  if (code !== 'reauthentication_required' && code !== 'token_invalid') return null
  const query = new URLSearchParams({ app: signed?.session.app ?? brand.app, next })
  if (code === 'reauthentication_required') query.set('again', '1')
  return { to: `/login?${query}` }
}

/** At the end of a page on which one thing is changed. */
export const toAccount = (visit: Visit): Html =>
  html`<div class="env-foot"><p><a href="${visit.href('/account')}">${words[visit.locale].toAccount}</a></p></div>`

/** Tells a password manager whose password it is. */
export const whose = ({ signed }: Visit): Html => html`<input type="text" autocomplete="username" value="${signed!.account.email}" hidden>`
