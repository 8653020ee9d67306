import type { Letter } from '../../contract/messaging.ts'
import type { Locale } from '../../i18n/i18n.ts'
import type { Messages } from '../../i18n/messages.ts'
import { oneLine } from '../mime.ts'
import { INKS, type Ink } from './look.ts'
import { escapeHtml, page, SANS } from './page.ts'

/** The three forms of a letter that a template makes. */
export type Rendered = { subject: string; text: string; html: string }

/**
 * `publicUrl`: what every link begins with; `codeInSubject`: the operator wants it there (SELLO_CODE_IN_SUBJECT); `wordsFor`: those of a
 * language and of an application's id, the built-in ones unless given (SELLO_LETTER_TEXTS).
 */
export type House = { publicUrl: string; codeInSubject: boolean; wordsFor?: (locale: Locale, app: string | undefined) => Messages }

/** `before`: what stands over it. */
export type Link = { before?: string; label: string; url: string }

/** What a letter says, in the order of its reading; all values are plain text but for the stamp's `value`, which is markup. */
export type Sheet = {
  letter: Letter
  ink: Ink
  subject: string
  preheader: string
  app: string
  heading: string
  /** The first line of the text part where that is not the heading: the value that the stamp shows. */
  value?: string | undefined
  lead: string
  stamp: { word: string; mark: string; value: string }
  links: Link[]
  facts: string[]
  warning?: string
  foot: string[]
}

const LONGEST_NAME = 80
const MONO = "ui-monospace,Menlo,Consolas,'Liberation Mono',monospace"
const JOINER = '\u2060'

/**
 * The application's name as one line of at most 80 code points, for a subject or a header (`name`) and for a body (`app`).
 * @throws when the application has no name
 */
export function namesOf({ app }: Letter): { name: string; app: string } {
  const name = oneLine(app.name, LONGEST_NAME)
  if (name === '') throw new Error('the application has no name')
  return { name, app: defused(name) }
}

/** One line of text that no mail program makes a link of, or takes for a code. */
export function defused(text: string): string {
  return withoutRuns(oneLine(text).replace(/[.:/@]/g, `$&${JOINER}`))
}

/** No four digits side by side: a mail program that offers to fill in a code finds the code only. */
export function withoutRuns(name: string): string {
  return name.replace(/\p{Nd}{3}(?=\p{Nd})/gu, `$&${JOINER}`)
}

/**
 * @param path with its slash, and encoded
 * @throws when the public URL is none
 */
export function linkTo({ publicUrl }: House, path: string): string {
  if (!/^https?:\/\/[^\s"<>]+$/.test(publicUrl)) throw new Error('no public URL to link to')
  return `${publicUrl}${path}`
}

/**
 * Digits on the stamp, unbroken for whoever copies them: gaps between groups are padding, no white space. `size` in px where a mail
 * program is narrow or drops styles.
 */
export function digits(groups: string[], size: number, spacing = 0): string {
  const spans = groups.map((group, at) =>
    at === 0 ? `<span>${group}</span>` : `<span class="gap" style="padding-left:10px">${group}</span>`,
  )
  const font = `font-family:${MONO};font-size:${size}px;line-height:${size + 12}px;font-weight:bold;letter-spacing:${spacing}px`
  const style = `${font};color:${INKS.text.light};text-align:center;text-transform:none;white-space:nowrap;padding:2px 0 0 ${spacing}px`
  return `<div class="big" style="${style}">${spans.join('')}</div>`
}

/** Words on the stamp. */
export function plain(words: string): string {
  const style = `font-family:${SANS};font-size:24px;line-height:36px;font-weight:bold;letter-spacing:0;color:${INKS.text.light}`
  return `<div class="ink" style="${style};text-align:center;text-transform:none">${escapeHtml(words)}</div>`
}

/** All forms of a letter from what it says. Every link of the text part stands alone on its line. */
export function written(sheet: Sheet, { letter: shared }: Messages): Rendered {
  const foot = [...sheet.foot, ...(sheet.letter.app.replyTo === null ? [] : [shared.questions])]
  const links = sheet.links.flatMap(({ before, label, url }) => [...(before === undefined ? [] : [before]), `${label}:\n${url}`])
  const warning = sheet.warning === undefined ? [] : [sheet.warning]
  const text = [sheet.value ?? sheet.heading, sheet.lead, ...links, ...sheet.facts, ...warning, ...foot, sheet.app].join('\n\n')
  return { subject: sheet.subject, text: `${text}\n`, html: page({ ...sheet, foot }) }
}
