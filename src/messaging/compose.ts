import type { Letter } from '../contract/messaging.ts'
import { type AllTexts, createWords } from '../i18n/letter-texts.ts'
import { buildMessage, type Mailbox, type Message, oneLine } from './mime.ts'
import type { Rendered } from './templates/layout.ts'
import { renderLetter } from './templates/letter.ts'

/**
 * `from`: SELLO_MAIL_FROM; its name stands in for an application without one. `codeInSubject`: SELLO_CODE_IN_SUBJECT. `texts`:
 * SELLO_LETTER_TEXTS.
 */
export type House = { from: Mailbox; codeInSubject?: boolean; texts?: AllTexts | null }
export type Composer = ReturnType<typeof createComposer>

/** What a letter says, and the message that carries it; both throw when the letter lacks what it must say. */
export function createComposer({ from, codeInSubject = false, texts }: House) {
  const wordsFor = createWords(texts ?? undefined)
  const senderOf = ({ app }: Letter) => oneLine(app.name) || oneLine(from.name) || from.address
  return {
    render: (letter: Letter, publicUrl: string): Rendered =>
      renderLetter({ ...letter, app: { ...letter.app, name: senderOf(letter) } }, { publicUrl, codeInSubject, wordsFor }),
    compose(letter: Letter, rendered: Rendered): Message {
      const { id, to, app, locale, requestedAt: date } = letter
      const sender = { name: senderOf(letter), address: from.address }
      return buildMessage({ id, to, replyTo: app.replyTo, locale, date, from: sender, ...rendered })
    },
  }
}
