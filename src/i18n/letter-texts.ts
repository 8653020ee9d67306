import { type Locale, messages } from './i18n.ts'
import type { Messages } from './messages.ts'

type Name = 'letter' | Extract<keyof Messages, `${string}Letter`>
/** Plain text with placeholders in the place of built-in words of letters: `{ codeLetter: { lead: 'Type it at {app}.' } }`. */
export type LetterTexts = { [N in Name]?: Record<string, string> }
type ByLocale = { [L in Locale]?: LetterTexts }
/** For all applications, and for some of them by their id. */
export type AllTexts = { all: ByLocale; apps: Record<string, ByLocale> }

/** What a placeholder stands for: the argument `at` that place of the built-in words as it is, or told as a time or a span from another. */
type Fill = { tell: 'text' | 'clock' | 'dateTime' | 'until' | 'moment' | 'life'; at: number; from?: number }
type Fills = { [placeholder: string]: Fill }

const NONE = {}
const APP = { app: { tell: 'text', at: 0 } } as const
const END = { end: { tell: 'dateTime', at: 0 } } as const
const ENDS = { until: { tell: 'until', at: 0, from: 1 } } as const
const SUBJECT = { ...APP, time: { tell: 'clock', at: 1 } } as const
const WHEN = { when: { tell: 'dateTime', at: 1 } } as const
const LINKING = { word: NONE, subject: SUBJECT, preheader: ENDS, heading: NONE, lead: APP, doNotShare: APP, notYou: NONE }
const CONFIRMING = { ...LINKING, replaces: { sent: { tell: 'moment', at: 0, from: 1 } } } as const
const NOTICE = { word: NONE, subject: SUBJECT, preheader: NONE, heading: NONE, lead: { ...APP, ...WHEN }, notYou: NONE }
const UNDOABLE = { ...NOTICE, undo: NONE, validUntil: END, noLink: NONE }

/** The words of letters that can be replaced, and the placeholders of each, as the built-in words have them. */
const TEXTS: { [N in Name]: Record<Exclude<keyof Messages[N], 'from'>, Fills> } = {
  letter: { questions: NONE, signIn: NONE, newPassword: NONE, confirmPage: NONE },
  numberLetter: {
    word: NONE,
    mark: NONE,
    subject: SUBJECT,
    preheader: APP,
    heading: NONE,
    lead: APP,
    replaces: { when: { tell: 'dateTime', at: 0 } },
    validUntil: END,
    nobodyAsks: APP,
    notYou: NONE,
  },
  codeLetter: {
    ...CONFIRMING,
    preheader: { life: { tell: 'life', at: 0, from: 1 }, ...ENDS },
    subjectWithCode: { ...APP, code: { tell: 'text', at: 1 } },
    orLink: NONE,
    validUntil: { until: { tell: 'until', at: 0, from: 2 }, linkUntil: { tell: 'until', at: 1, from: 2 } },
  },
  linkLetter: { ...CONFIRMING, noCode: NONE, validUntil: ENDS },
  registeredLetter: { ...NOTICE, heading: APP, lead: WHEN },
  welcomeLetter: { ...NOTICE, heading: NONE },
  resetLetter: { ...LINKING, validUntil: ENDS },
  emailChangeLetter: { ...LINKING, byOwner: NONE, validUntil: ENDS },
  passwordChangedLetter: UNDOABLE,
  emailChangedLetter: { ...UNDOABLE, lead: { ...NOTICE.lead, email: { tell: 'text', at: 2 } } },
  deletedLetter: UNDOABLE,
  signedInLetter: { ...NOTICE, lead: { ...NOTICE.lead, from: { tell: 'text', at: 2 } } },
}
/** Without these a text is less, but neither its end nor whose it is stays open. */
const OPTIONAL = ['life', 'when', 'sent']
const LABELS = { signIn: 40, newPassword: 40, confirmPage: 40, undo: 40 }
const LONGEST: Record<string, number> = { word: 20, mark: 20, subject: 100, subjectWithCode: 100, heading: 80, preheader: 120, ...LABELS }
const LONGEST_TEXT = 300

type Words = Record<string, string | ((...args: unknown[]) => string)>
const wordsOf = (words: Messages, name: Name) => words[name] as unknown as Words
const fillsOf = (name: Name, key: string) => (TEXTS[name] as Record<string, Fills>)[key]!

function told({ tell, at, from = 0 }: Fill, args: readonly unknown[], words: Messages): string {
  const value = args[at]
  if (tell === 'text') return value as string
  if (tell === 'life') return words.life((value as number) - (args[from] as number))
  return tell === 'until' || tell === 'moment' ? words[tell](value as number, args[from] as number) : words[tell](value as number)
}

/** The words of a language with these texts in their place. @param texts without a mistake */
function withTexts(words: Messages, texts: LetterTexts): Messages {
  const filled = (template: string, fills: Fills, args: unknown[]) =>
    template.replace(/\{(\w+)\}/g, (_, name: string) => told(fills[name]!, args, words))
  const replaced = Object.entries(texts).map(([letter, own]) => {
    const name = letter as Name
    const entries = Object.entries(own).map(([key, template]) => [
      key,
      typeof wordsOf(words, name)[key] === 'string' ? template : (...args: unknown[]) => filled(template, fillsOf(name, key), args),
    ])
    return [name, { ...words[name], ...Object.fromEntries(entries) }]
  })
  return { ...words, ...Object.fromEntries(replaced) }
}

/** The words of a letter, by its language and the id of its application. */
export function createWords({ all, apps }: AllTexts = { all: {}, apps: {} }): (locale: Locale, app: string | undefined) => Messages {
  const common = (locale: Locale) => withTexts(messages[locale], all[locale] ?? {})
  const shared = { es: common('es'), ru: common('ru'), en: common('en') }
  const own = new Map(
    Object.entries(apps).flatMap(([app, texts]) =>
      Object.entries(texts).map(([locale, theirs]) => [`${app} ${locale}`, withTexts(shared[locale as Locale], theirs)] as const),
    ),
  )
  return (locale, app) => own.get(`${app} ${locale}`) ?? shared[locale]
}

/** The built-in words as texts, to begin with. */
export function builtInTexts(locale: Locale): LetterTexts {
  const entries = Object.entries(TEXTS).map(([letter, keys]) => [
    letter,
    Object.fromEntries(Object.keys(keys).map((key) => [key, builtIn(locale, letter as Name, key)])),
  ])
  return Object.fromEntries(entries)
}

/** One of them: what it says of arguments that nobody else has, with those taken out again. */
function builtIn(locale: Locale, name: Name, key: string): string {
  const words = messages[locale]
  const said = wordsOf(words, name)[key]!
  if (typeof said === 'string') return said
  const fills = fillsOf(name, key)
  const texts = Object.values(fills).filter(({ tell }) => tell === 'text')
  const base = Date.UTC(2025, 11, 18, 10, 32)
  const args = [0, 1, 2].map((at) => (texts.some((one) => one.at === at) ? `<${at}>` : base + (2 - at) * 900_000))
  return Object.entries(fills).reduce((template, [own, fill]) => template.replaceAll(told(fill, args, words), `{${own}}`), said(...args))
}

/** Of a text: where it stands, what is wrong with it, and what would be right. */
export type TextMistake = { path: string; wrong: string; right: string }

/** Every mistake of the texts of one language; none when they can be used. @param given what was read */
export function judgeTexts(given: unknown, locale: Locale): TextMistake[] {
  if (!isObject(given)) return [{ path: '', wrong: 'is no JSON object', right: '{"codeLetter": {"heading": "…"}}' }]
  return Object.entries(given).flatMap(([letter, texts]) => {
    const name = Object.hasOwn(TEXTS, letter) ? (letter as Name) : null
    if (name === null) return [{ path: letter, wrong: 'is no letter', right: Object.keys(TEXTS).join(', ') }]
    if (!isObject(texts)) return [{ path: letter, wrong: 'is no JSON object', right: `{"heading": "…"}` }]
    return Object.entries(texts).flatMap(([key, said]) => {
      const path = `${letter}.${key}`
      if (!Object.hasOwn(TEXTS[name], key))
        return [{ path, wrong: 'is no text of that letter', right: Object.keys(TEXTS[name]).join(', ') }]
      const right = JSON.stringify(builtIn(locale, name, key))
      return faultsOf(said, key, fillsOf(name, key)).map((wrong) => ({ path, wrong, right }))
    })
  })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function faultsOf(said: unknown, key: string, fills: Fills): string[] {
  if (typeof said !== 'string' || said.trim() === '') return ['is no text']
  const longest = LONGEST[key] ?? LONGEST_TEXT
  const used = [...said.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name!)
  const rest = said.replace(/\{[^{}]*\}/g, '')
  const judged: [wrong: boolean, why: string][] = [
    [said.length > longest, `has more than ${longest} characters`],
    [/[\r\n\u2028\u2029]/.test(said), 'has a line break'],
    [/[\p{Cc}\p{Cf}]/u.test(said.replace(/[\r\n]/g, '')) || !said.isWellFormed(), 'has control characters'],
    [/:\/\/|https?:|www\.|mailto:/i.test(said), 'holds a link'],
    [/\p{Nd}{4}|\p{Nd}\{|\}\p{Nd}/u.test(said), 'has digits that look like a code'],
    [/[{}]/.test(rest), 'has a brace without its other one'],
    [key === 'word' && /[^\p{L}\p{M}' -]/u.test(said), 'is no plain word'],
    ...used.filter((name) => !Object.hasOwn(fills, name)).map((name): [boolean, string] => [true, `has no value for {${name}}`]),
    ...Object.keys(fills)
      .filter((name) => !OPTIONAL.includes(name) && !used.includes(name))
      .map((name): [boolean, string] => [true, `lacks {${name}}`]),
  ]
  return judged.filter(([isWrong]) => isWrong).map(([, why]) => why)
}
