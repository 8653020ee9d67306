import type { Letter } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { defused, digits, layout, nameOf, type Rendered } from './layout.ts'

/**
 * The letter with an identity number. The text part begins with one line `<word>: 4821 0937 5516`; the HTML part shows the
 * digits so that copying gives them unbroken.
 *
 * @throws when the number has not 12 digits or the application no name
 */
export function numberLetter(letter: Letter, words: Messages): Rendered {
  const say = words.numberLetter
  const groups = groupsOf(letter.number)
  const name = nameOf(letter.app.name)
  if (name === '') throw new Error('the application has no name')
  const app = defused(name)
  const facts = [say.replaces(letter.requestedAt), say.validUntil(letter.expiresAt)].join(' ')
  const foot = [say.notYou, ...(letter.app.replyTo === null ? [] : [say.questions])]
  const subject = say.subject(name, letter.requestedAt)
  const text = [`${say.word}: ${groups.join(' ')}`, say.lead(app), facts, say.nobodyAsks(app), ...foot, app].join('\n\n')
  const html = layout({
    lang: letter.locale,
    subject,
    preheader: say.preheader(app),
    app,
    heading: say.heading,
    lead: say.lead(app),
    stamp: { word: say.word, mark: say.mark, value: digits(groups) },
    facts,
    warning: say.nobodyAsks(app),
    foot: foot.join(' '),
  })
  return { subject, text: `${text}\n`, html }
}

/** 4-4-4, as people read it and as the API answers it. */
function groupsOf(number: string): string[] {
  const groups = /^(\d{4}) ?(\d{4}) ?(\d{4})$/.exec(number)?.slice(1)
  if (groups === undefined) throw new Error('not an identity number')
  return groups
}
