import type { LetterOf } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { defused, type House, linkTo, namesOf, plain, type Rendered, written } from './layout.ts'

/**
 * A sign-in from a browser that the account did not know. The text part begins with one line `<word>: Firefox on Linux`.
 * @throws when the application has no name or `publicUrl` is no URL
 */
export function signedInLetter(letter: LetterOf<'signed_in'>, words: Messages, house: House): Rendered {
  const { signedInLetter: say, letter: shared } = words
  const { name, app } = namesOf(letter)
  const { at } = letter
  const from = say.from(told(letter.browser), told(letter.system))
  return written(
    {
      letter,
      ink: 'slate',
      subject: say.subject(name, at),
      preheader: say.preheader,
      app,
      heading: say.heading,
      value: `${say.word}: ${from}`,
      lead: say.lead(app, at, from),
      stamp: { word: say.word, mark: words.day(at), value: plain(`${words.clock(at)} UTC`) },
      links: [{ before: say.notYou, label: shared.newPassword, url: linkTo(house, '/password/forgot') }],
      facts: [],
      foot: [],
    },
    words,
  )
}

const LONGEST = 40

/** What a browser says of itself comes from whoever signed in: a few plain words of it. */
function told(text: string | null): string | null {
  return defused((text ?? '').slice(0, LONGEST)) || null
}
