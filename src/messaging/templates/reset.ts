import type { LetterOf } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { type House, linkTo, namesOf, plain, type Rendered, withoutRuns, written } from './layout.ts'

/**
 * The letter with a link to a new password. The text part begins with its heading: there is nothing to type.
 * @throws when the application has no name or `publicUrl` is no URL
 */
export function resetLetter(letter: LetterOf<'reset'>, words: Messages, house: House): Rendered {
  const { resetLetter: say, letter: shared } = words
  const { name, app } = namesOf(letter)
  const { requestedAt: from, expiresAt, token } = letter
  return written(
    {
      letter,
      ink: 'ochre',
      subject: say.subject(withoutRuns(name), from),
      preheader: say.preheader(expiresAt, from),
      app,
      heading: say.heading,
      lead: say.lead(app),
      stamp: { word: say.word, mark: `${words.clock(expiresAt)} UTC`, value: plain(words.life(expiresAt - from)) },
      links: [{ label: shared.newPassword, url: linkTo(house, `/password/reset?token=${encodeURIComponent(token)}`) }],
      facts: [say.validUntil(expiresAt, from)],
      warning: say.doNotShare(app),
      foot: [say.notYou],
    },
    words,
  )
}
