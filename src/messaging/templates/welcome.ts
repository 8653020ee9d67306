import type { LetterOf } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { type House, linkTo, namesOf, plain, type Rendered, written } from './layout.ts'

/**
 * The address is verified and the account ready; who did not do that finds the way to take it over.
 * @throws when the application has no name or `publicUrl` is no URL
 */
export function welcomeLetter(letter: LetterOf<'welcome'>, words: Messages, house: House): Rendered {
  const { welcomeLetter: say, letter: shared } = words
  const { name, app } = namesOf(letter)
  const { requestedAt } = letter
  return written(
    {
      letter,
      ink: 'slate',
      subject: say.subject(name, requestedAt),
      preheader: say.preheader,
      app,
      heading: say.heading(app),
      lead: say.lead(app, requestedAt),
      stamp: { word: say.word, mark: words.day(requestedAt), value: plain(`${words.clock(requestedAt)} UTC`) },
      links: [
        { label: shared.signIn, url: linkTo(house, '/login') },
        { before: say.notYou, label: shared.newPassword, url: linkTo(house, '/password/forgot') },
      ],
      facts: [],
      foot: [],
    },
    words,
  )
}
