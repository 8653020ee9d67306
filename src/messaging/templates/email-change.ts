import type { LetterOf } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { type House, linkTo, namesOf, plain, type Rendered, withoutRuns, written } from './layout.ts'

/**
 * To the address that an account shall move to, which may be a stranger's: it does not say whose account that is.
 * @throws when the application has no name or `publicUrl` is no URL
 */
export function emailChangeLetter(letter: LetterOf<'email_change'>, words: Messages, house: House): Rendered {
  const { emailChangeLetter: say, letter: shared } = words
  const { name, app } = namesOf(letter)
  const { requestedAt: from, expiresAt, token } = letter
  return written(
    {
      letter,
      ink: 'plum',
      subject: say.subject(withoutRuns(name), from),
      preheader: say.preheader(expiresAt, from),
      app,
      heading: say.heading,
      lead: say.lead(app),
      stamp: { word: say.word, mark: `${words.clock(expiresAt)} UTC`, value: plain(words.life(expiresAt - from)) },
      links: [{ label: shared.confirmPage, url: linkTo(house, `/account/email/confirm?token=${encodeURIComponent(token)}`) }],
      facts: [say.byOwner, say.validUntil(expiresAt, from)],
      warning: say.doNotShare(app),
      foot: [say.notYou],
    },
    words,
  )
}
