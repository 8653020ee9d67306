import type { Letter } from '../../contract/messaging.ts'
import { messages } from '../../i18n/i18n.ts'
import { codeLetter } from './code.ts'
import type { House, Rendered } from './layout.ts'
import { linkLetter } from './link.ts'
import { noticeLetter } from './notice.ts'
import { numberLetter } from './number.ts'

/**
 * A letter of any kind in its language; the same letter gives the same words.
 * @throws when it lacks what its kind must say
 */
export function renderLetter(letter: Letter, house: House): Rendered {
  const words = house.wordsFor?.(letter.locale, letter.app.id) ?? messages[letter.locale]
  switch (letter.kind) {
    case 'number':
      return numberLetter(letter, words)
    case 'code':
      return codeLetter(letter, words, house)
    case 'reset':
    case 'email_change':
      return linkLetter(letter, words, house)
    case 'registered':
    case 'welcome':
    case 'password_changed':
    case 'email_changed':
    case 'deleted':
    case 'signed_in':
      return noticeLetter(letter, words, house)
  }
}
