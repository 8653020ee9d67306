import { parseArgs } from 'node:util'
import type { LetterView } from '../contract/persistence.ts'
import { render } from './render.ts'
import { print, Refused, stamp, type Tools, Usage, withOffice } from './tools.ts'

const KINDS: Record<LetterView['kind'], string> = {
  number: 'number',
  code: 'code and link',
  registered: 'you already have an account',
  welcome: 'welcome',
  reset: 'new password',
  email_change: 'new address',
  password_changed: 'notice: password changed',
  email_changed: 'notice: address changed',
  deleted: 'notice: account deleted',
  signed_in: 'notice: new sign-in',
}

/** `./sello letters --to ADDRESS`: the answer to "the mail did not come". `--render DIR`: what letters look like; `--texts`: what they say. */
export async function letters(args: string[], tools: Tools) {
  const type = 'string' as const
  const { values } = parseArgs({ args, options: { to: { type }, render: { type }, accent: { type }, texts: { type } } })
  const { to, render: folder, accent, texts } = values
  if (texts && Object.keys(values).length === 1) return printTexts(texts, tools)
  if (folder && !to && !texts) return render(folder, accent, tools)
  if (!to) throw new Usage('letters: --to ADDRESS is missing, or --render DIR, or --texts es|ru|en')
  if (Object.keys(values).length > 1) throw new Usage('letters: --to ADDRESS stands alone')
  await withOffice(tools, async ({ admin }) => {
    const found = await admin.listLetters({ to })
    if (found.kind === 'email_invalid') throw new Refused('that is not exactly one plain address')
    if (found.letters.length === 0) return print(`Nobody asked for a letter to ${to} within the last two days.`)
    const names = new Map((await admin.listApps({})).apps.map(({ id, name }) => [id, name]))
    for (const one of found.letters) {
      const { app, letter, kind, identity, expiresAt, timeline } = one
      const about = `${letter} (${KINDS[kind]}) for app ${names.get(app) ?? `${app} (removed)`}${identity ? `, ${identity}` : ''}`
      print(`${verdict(one)}\n  ${about}, valid until ${stamp(expiresAt)}`)
      for (const { at, event, reply } of timeline) print(`  ${stamp(at)}  ${event}${reply ? `: ${reply}` : ''}`)
      print('')
    }
  })
}

/** The built-in words of a language, to make own ones of. */
function printTexts(name: string, { builtInTexts }: Tools) {
  const locale = (['es', 'ru', 'en'] as const).find((known) => known === name)
  if (!locale) throw new Usage('letters: --texts is es, ru or en')
  print(JSON.stringify(builtInTexts(locale), null, 2))
}

/** One sentence that says how it stands. */
function verdict({ status, timeline, createdAt }: LetterView): string {
  const last = (event: string) => timeline.findLast((entry) => entry.event === event)
  const accepted = last('accepted')
  const arrived = accepted
    ? `their server accepted it at ${stamp(accepted.at)} (${Math.round((accepted.at - createdAt) / 1000)} s after it was asked for)`
    : ''
  switch (status) {
    case 'checked':
      return `USED: the number came back right at ${stamp(last('checked')!.at)}.`
    case 'replaced':
      return `REPLACED: a newer number was asked for at ${stamp(last('replaced')!.at)}; only the newest letter counts.`
    case 'revoked':
      return `REVOKED by the app at ${stamp(last('revoked')!.at)}.`
    case 'expired':
      return `EXPIRED: ${accepted ? `${arrived}, and nobody used it` : 'it never got through in time'}.`
    case 'failed':
      return `FAILED: it will not be sent again. ${last('failed')!.reply ?? ''}`
    case 'sent':
      return `SENT: ${arrived}. It is in their mailbox, spam or quarantine.`
    case 'queued':
      return last('deferred') ? `WAITING: not accepted yet, it is tried again. ${last('deferred')!.reply ?? ''}` : 'QUEUED: on its way out.'
  }
}
