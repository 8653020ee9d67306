import type { LetterOf } from '../../contract/messaging.ts'
import type { Messages } from '../../i18n/messages.ts'
import { digits, type House, linkTo, namesOf, type Rendered, type Sheet, withoutRuns, written } from './layout.ts'
import { linkSheet } from './link.ts'

/**
 * The letter of one challenge: a code and a link, or the link alone. With a code the text part begins with one line `<word>: 4892`,
 * and no other run of four digits can be read in either part but in the address of the link, so that programs which fill in codes
 * find it.
 *
 * @throws when the code is none, the application has no name or `publicUrl` is no URL
 */
export function codeLetter(letter: LetterOf<'code'>, words: Messages, house: House): Rendered {
  const { code, token } = letter
  const names = namesOf(letter)
  const called = { name: withoutRuns(names.name), app: names.app, url: linkTo(house, `/confirm?token=${encodeURIComponent(token)}`) }
  return written(code === null ? linkOnly(letter, words, called.url) : withCode(letter, codeOf(code), words, called, house), words)
}

type Called = { name: string; app: string; url: string }

function withCode(letter: LetterOf<'code'>, code: string, words: Messages, { name, app, url }: Called, house: House): Sheet {
  const { codeLetter: say, letter: shared } = words
  const { requestedAt: from, expiresAt, linkExpiresAt, replaces } = letter
  return {
    letter,
    ink: 'blue',
    subject: house.codeInSubject ? say.subjectWithCode(name, code) : say.subject(name, from),
    preheader: say.preheader(expiresAt, from),
    app,
    heading: say.heading,
    value: `${say.word}: ${code}`,
    lead: say.lead(app),
    // Eight digits fit 320 px only without room between them.
    stamp: { word: say.word, mark: words.life(expiresAt - from), value: digits([code], 40, code.length > 6 ? 0 : 8) },
    links: [{ before: say.orLink, label: shared.confirmPage, url }],
    facts: [say.validUntil(expiresAt, linkExpiresAt, from), ...(replaces === null ? [] : [say.replaces(replaces, from)])],
    warning: say.doNotShare(app),
    foot: [say.notYou],
  }
}

/** @param url where the link leads */
function linkOnly(letter: LetterOf<'code'>, words: Messages, url: string): Sheet {
  const { linkLetter: say, letter: shared } = words
  const { requestedAt: from, linkExpiresAt: endsAt, replaces } = letter
  const facts = [say.noCode, say.validUntil(endsAt, from), ...(replaces === null ? [] : [say.replaces(replaces, from)])]
  return linkSheet(letter, say, { ink: 'plum', endsAt, link: { label: shared.confirmPage, url }, facts }, words)
}

/** 4 to 8 ASCII digits. */
function codeOf(code: string): string {
  if (!/^[0-9]{4,8}$/.test(code)) throw new Error('not a code')
  return code
}
