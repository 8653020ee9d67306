import type { Letter, LetterOf } from '../../contract/messaging.ts'
import type { Linking, Messages } from '../../i18n/messages.ts'
import { type House, type Link, linkTo, namesOf, plain, type Rendered, type Sheet, withoutRuns, written } from './layout.ts'
import type { Ink } from './look.ts'

type Led = { ink: Ink; endsAt: number; link: Link; facts: string[] }

/** What a letter says that has nothing to type and a link to follow: its stamp tells how long that works. */
export function linkSheet(letter: Letter, say: Linking, { ink, endsAt, link, facts }: Led, words: Messages): Sheet {
  const { name, app } = namesOf(letter)
  const { requestedAt: from } = letter
  return {
    letter,
    ink,
    subject: say.subject(withoutRuns(name), from),
    preheader: say.preheader(endsAt, from),
    app,
    heading: say.heading,
    lead: say.lead(app),
    stamp: { word: say.word, mark: `${words.clock(endsAt)} UTC`, value: plain(words.life(endsAt - from)) },
    links: [link],
    facts,
    warning: say.doNotShare(app),
    foot: [say.notYou],
  }
}

/**
 * The letter with a link to a new password, and the one to the address that an account shall move to, which may be a stranger's: it
 * does not say whose account that is.
 * @throws when the application has no name or `publicUrl` is no URL
 */
export function linkLetter(letter: LetterOf<'reset' | 'email_change'>, words: Messages, house: House): Rendered {
  const { kind, requestedAt: from, expiresAt: endsAt } = letter
  const { resetLetter: reset, emailChangeLetter: change, letter: shared } = words
  const query = `?token=${encodeURIComponent(letter.token)}`
  if (kind === 'reset') {
    const link = { label: shared.newPassword, url: linkTo(house, `/password/reset${query}`) }
    return written(linkSheet(letter, reset, { ink: 'ochre', endsAt, link, facts: [reset.validUntil(endsAt, from)] }, words), words)
  }
  const link = { label: shared.confirmPage, url: linkTo(house, `/account/email/confirm${query}`) }
  const facts = [change.byOwner, change.validUntil(endsAt, from)]
  return written(linkSheet(letter, change, { ink: 'plum', endsAt, link, facts }, words), words)
}
