import type { LetterOf } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { digits, namesOf, type Rendered, written } from './layout.ts'

/**
 * The letter with an identity number. The text part begins with one line `<word>: 4821 0937 5516`; the HTML part shows the
 * digits so that copying gives them unbroken.
 *
 * @throws when the number has not 12 digits or the application no name
 */
export function numberLetter(letter: LetterOf<'number'>, words: Messages): Rendered {
  const say = words.numberLetter
  const groups = groupsOf(letter.number)
  const { name, app } = namesOf(letter)
  return written(
    {
      letter,
      ink: 'green',
      subject: say.subject(name, letter.requestedAt),
      preheader: say.preheader(app),
      app,
      heading: say.heading,
      value: `${say.word}: ${groups.join(' ')}`,
      lead: say.lead(app),
      // 28 px, so that twelve digits fit 320 px.
      stamp: { word: say.word, mark: say.mark, value: digits(groups, 28) },
      links: [],
      facts: [[say.replaces(letter.requestedAt), say.validUntil(letter.expiresAt)].join(' ')],
      warning: say.nobodyAsks(app),
      foot: [say.notYou],
    },
    words,
  )
}

/** 4-4-4, as people read it and as the API answers it. */
function groupsOf(number: string): string[] {
  const groups = /^(\d{4}) ?(\d{4}) ?(\d{4})$/.exec(number)?.slice(1)
  if (groups === undefined) throw new Error('not an identity number')
  return groups
}
