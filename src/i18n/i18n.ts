import en from './en.ts'
import es from './es.ts'
import type { Messages } from './messages.ts'
import ru from './ru.ts'

export const locales = ['es', 'ru', 'en'] as const
export type Locale = (typeof locales)[number]
export const messages: Record<Locale, Messages> = { es, ru, en }

const LONGEST_HEADER = 512

/** The language of a tag such as `es-MX`, by its primary subtag (RFC 5646 §2.2.1); null when it is not one of ours. */
export function localeOf(wish: string | undefined): Locale | null {
  const primary = wish?.trim().split('-', 1)[0]?.toLowerCase()
  return locales.find((locale) => locale === primary) ?? null
}

/**
 * The best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4), the earlier one at equal weight; null without a
 * wish that we can meet. `*` is no wish. Linear in the header, of which the first 512 characters count.
 */
export function negotiate(acceptLanguage: string | undefined): Locale | null {
  let best: Locale | null = null
  let bestWeight = 0
  const ranges = acceptLanguage?.slice(0, LONGEST_HEADER).split(',') ?? []
  if (acceptLanguage !== undefined && acceptLanguage.length > LONGEST_HEADER) ranges.pop()
  for (const range of ranges) {
    const [tag, ...parameters] = range.split(';')
    const weight = weightOf(parameters)
    const locale = localeOf(tag)
    if (locale === null || weight <= bestWeight) continue
    best = locale
    bestWeight = weight
  }
  return best
}

/** The weight among a range's parameters (RFC 9110 §12.4.2): 1 when there is none, 0 when it is malformed. */
function weightOf(parameters: string[]): number {
  const [only, ...others] = parameters.map((parameter) => parameter.trim().toLowerCase())
  if (only === undefined) return 1
  const weight = others.length === 0 ? /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(only)?.[1] : undefined
  return weight === undefined ? 0 : Number(weight)
}
