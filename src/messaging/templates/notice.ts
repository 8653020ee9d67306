import type { Letter, LetterOf } from '../../contract/messaging.ts'
import type { Messages, Undoable } from '../../i18n/messages.ts'
import { defused, type House, linkTo, namesOf, plain, type Rendered, type Sheet, written } from './layout.ts'

type Undo = LetterOf<'password_changed' | 'email_changed' | 'deleted'>
type Notice = LetterOf<'registered' | 'welcome' | 'signed_in'> | Undo
/** `query`: what addresses of pages end with. */
type Pages = House & { query: string }
type Said = { word: string; subject(app: string, at: number): string; preheader: string }
/** What notices differ in. */
type Own = Pick<Sheet, 'heading' | 'value' | 'lead' | 'links'> & { say: Said } & Partial<Pick<Sheet, 'stamp' | 'facts' | 'foot'>>

/**
 * What happened to an account, and the stamp says when or from where. Whoever did not do it finds what helps.
 * @throws when the application has no name, or `publicUrl` is no URL where something is linked
 */
export function noticeLetter(letter: Notice, words: Messages, house: House): Rendered {
  const { name, app } = namesOf(letter)
  const at = timeOf(letter)
  const { id, named } = letter.app
  const { say, ...own } = told(letter, words, { ...house, query: named && id ? `?app=${id}` : '' }, app, at)
  return written(
    {
      letter,
      ink: 'slate',
      subject: say.subject(name, at),
      preheader: say.preheader,
      app,
      stamp: { word: say.word, mark: words.day(at), value: plain(`${words.clock(at)} UTC`) },
      facts: [],
      foot: [],
      ...own,
    },
    words,
  )
}

const timeOf = (letter: Letter) => (letter.kind === 'signed_in' ? letter.at : letter.requestedAt)

function told(letter: Notice, words: Messages, house: Pages, app: string, at: number): Own {
  switch (letter.kind) {
    case 'registered':
      return registered(words, house, app, at)
    case 'welcome':
      return welcome(words, house, app, at)
    case 'signed_in':
      return signedIn(letter, words, house, app, at)
    case 'password_changed':
      return undoable(letter, words.passwordChangedLetter, words.passwordChangedLetter.lead(app, at), words, house)
    case 'email_changed':
      return undoable(letter, words.emailChangedLetter, words.emailChangedLetter.lead(app, at, defused(letter.email)), words, house)
    case 'deleted':
      return undoable(letter, words.deletedLetter, words.deletedLetter.lead(app, at), words, house)
  }
}

const signIn = ({ letter: shared }: Messages, house: Pages) => ({ label: shared.signIn, url: linkTo(house, `/login${house.query}`) })
const newPassword = ({ letter: shared }: Messages, house: Pages) => ({
  label: shared.newPassword,
  url: linkTo(house, `/password/forgot${house.query}`),
})

/** To the owner of an address that somebody registered again: it has an account, and here is the way in. */
function registered(words: Messages, house: Pages, app: string, at: number): Own {
  const { registeredLetter: say } = words
  const links = [signIn(words, house), newPassword(words, house)]
  return { say, heading: say.heading(app), lead: say.lead(app, at), links, foot: [say.notYou] }
}

/** The address is verified and the account ready. */
function welcome(words: Messages, house: Pages, app: string, at: number): Own {
  const { welcomeLetter: say } = words
  const links = [signIn(words, house), { before: say.notYou, ...newPassword(words, house) }]
  return { say, heading: say.heading(app), lead: say.lead(app, at), links }
}

/** A sign-in from a browser that the account did not know. The text part begins with one line `<word>: Firefox on Linux`. */
function signedIn(letter: LetterOf<'signed_in'>, words: Messages, house: Pages, app: string, at: number): Own {
  const { signedInLetter: say } = words
  const from = say.from(fewWords(letter.browser), fewWords(letter.system))
  const links = [{ before: say.notYou, ...newPassword(words, house) }]
  const stamp = { word: say.word, mark: `${words.clock(at)} UTC`, value: plain(from) }
  return { say, heading: say.heading, value: `${say.word}: ${from}`, lead: say.lead(app, at, from), stamp, links }
}

/** What a browser says of itself comes from whoever signed in. */
const fewWords = (text: string | null): string | null => defused((text ?? '').slice(0, 40)) || null

/** A change and the link that takes it back. Without one, a new password by letter helps only whoever still has the account here. */
function undoable({ kind, token, expiresAt }: Undo, say: Undoable, lead: string, words: Messages, house: Pages): Own {
  const own = { say, heading: say.heading, lead }
  if (token !== null) {
    const url = linkTo(house, `/undo?token=${encodeURIComponent(token)}`)
    return { ...own, links: [{ before: say.notYou, label: say.undo, url }], facts: [say.validUntil(expiresAt)] }
  }
  if (kind !== 'password_changed') return { ...own, links: [], facts: [say.noLink] }
  return { ...own, links: [{ before: say.noLink, ...newPassword(words, house) }] }
}
