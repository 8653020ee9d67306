import type { LetterOf } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { defused, type House, linkTo, namesOf, plain, type Rendered, type Sheet, written } from './layout.ts'

type Notice = LetterOf<'password_changed' | 'email_changed' | 'deleted'>

/**
 * What was done with an account and when, and the link that takes it back. Without one the letter says what else helps.
 * @throws when the application has no name, or `publicUrl` is no URL where something is linked
 */
export function undoLetter(letter: Notice, words: Messages, house: House): Rendered {
  const { name, app } = namesOf(letter)
  const { requestedAt } = letter
  const { say, lead } = told(letter, words, app)
  return written(
    {
      letter,
      ink: 'slate',
      subject: say.subject(name, requestedAt),
      preheader: say.preheader,
      app,
      heading: say.heading,
      lead,
      stamp: { word: say.word, mark: words.day(requestedAt), value: plain(`${words.clock(requestedAt)} UTC`) },
      ...wayBack(letter, say, words, house),
      foot: [],
    },
    words,
  )
}

function told(letter: Notice, words: Messages, app: string) {
  const { requestedAt: at } = letter
  switch (letter.kind) {
    case 'password_changed':
      return { say: words.passwordChangedLetter, lead: words.passwordChangedLetter.lead(app, at) }
    case 'email_changed':
      return { say: words.emailChangedLetter, lead: words.emailChangedLetter.lead(app, at, defused(letter.email)) }
    case 'deleted':
      return { say: words.deletedLetter, lead: words.deletedLetter.lead(app, at) }
  }
}

/** A new password by letter helps only whoever still has the account at this address. */
function wayBack(
  { kind, token, expiresAt }: Notice,
  say: ReturnType<typeof told>['say'],
  { letter: shared }: Messages,
  house: House,
): Pick<Sheet, 'links' | 'facts'> {
  if (token !== null) {
    const url = linkTo(house, `/undo?token=${encodeURIComponent(token)}`)
    return { links: [{ before: say.notYou, label: say.undo, url }], facts: [say.validUntil(expiresAt)] }
  }
  if (kind !== 'password_changed') return { links: [], facts: [say.noLink] }
  return { links: [{ before: say.noLink, label: shared.newPassword, url: linkTo(house, '/password/forgot') }], facts: [] }
}
