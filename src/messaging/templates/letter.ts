import type { Letter } from '../../contract/messaging.ts'
import { messages } from '../../i18n/i18n.ts'
import { codeLetter } from './code.ts'
import { emailChangeLetter } from './email-change.ts'
import type { House, Rendered } from './layout.ts'
import { numberLetter } from './number.ts'
import { registeredLetter } from './registered.ts'
import { resetLetter } from './reset.ts'
import { signedInLetter } from './signed-in.ts'
import { undoLetter } from './undo.ts'
import { welcomeLetter } from './welcome.ts'

/**
 * A letter of any kind in its language; the same letter gives the same words.
 * @throws when it lacks what its kind must say
 */
export function renderLetter(letter: Letter, house: House): Rendered {
  const words = messages[letter.locale]
  switch (letter.kind) {
    case 'number':
      return numberLetter(letter, words)
    case 'code':
      return codeLetter(letter, words, house)
    case 'registered':
      return registeredLetter(letter, words, house)
    case 'welcome':
      return welcomeLetter(letter, words, house)
    case 'reset':
      return resetLetter(letter, words, house)
    case 'email_change':
      return emailChangeLetter(letter, words, house)
    case 'password_changed':
    case 'email_changed':
    case 'deleted':
      return undoLetter(letter, words, house)
    case 'signed_in':
      return signedInLetter(letter, words, house)
  }
}
