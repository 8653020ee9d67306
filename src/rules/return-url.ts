const LONGEST = 2000
/** How many return URLs an app may have. */
export const MOST_RETURNS = 20
/** Everything that a URL is written with; the rest has to be percent-encoded. RFC 3986 §2. */
const PLAIN = /^[\x21-\x7e]+$/
/** Encoded control characters, `%`, `/` and `\` in a path: some programs read them twice, or as what they stand for. */
const TWICE = /%(?:[01][\da-f]|7f|25|2f|5c)/i
/** A browser takes `;` and `,` for part of a host's name; in the header that names the hosts of an app they would begin something else. */
const HOST = /^(?:[a-z\d._-]+|\[[\da-f:]+\])$/
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/

export type ReturnFlaw = 'too_long' | 'unreadable' | 'scheme' | 'user' | 'fragment' | 'pattern' | 'host' | 'path' | 'form'
/** `form`: it is a return URL, in another spelling than browsers use; `as` is theirs. */
export type ReturnJudged =
  | { kind: 'fine' }
  | { kind: 'refused'; flaw: Exclude<ReturnFlaw, 'form'> }
  | { kind: 'refused'; flaw: 'form'; as: string }

const refused = (flaw: Exclude<ReturnFlaw, 'form'>): ReturnJudged => ({ kind: 'refused', flaw })

/**
 * Whether an operator may list this URL for sign-in to return to: absolute, https, in the one spelling that every program reads alike.
 * @param loopback whether http on this machine will do, as in development
 * @see RFC 9700 §2.1, §4.11; https://url.spec.whatwg.org/
 */
export function judgeReturn(text: string, loopback: boolean): ReturnJudged {
  if (text.length > LONGEST) return refused('too_long')
  if (/^(?!https?:)[a-z][a-z\d+.-]*:/i.test(text)) return refused('scheme')
  if (!/^https?:\/\/[^/?#\\]/i.test(text)) return refused('unreadable')
  if (!PLAIN.test(text) || /[\\"<>^`{|}]/.test(text) || !URL.canParse(text)) return refused('unreadable')
  const url = new URL(text)
  if (url.username || url.password || /^[^/?#]*\/\/[^/?#]*@/.test(text)) return refused('user')
  if (text.includes('#')) return refused('fragment')
  if (text.includes('*')) return refused('pattern')
  if (url.protocol !== 'https:' && !(loopback && LOOPBACK.test(url.hostname))) return refused('scheme')
  if (!HOST.test(url.hostname) || url.hostname.endsWith('.') || url.port === '0') return refused('host')
  if (TWICE.test(url.pathname)) return refused('path')
  return url.href === text ? { kind: 'fine' } : { kind: 'refused', flaw: 'form', as: url.href }
}

/** Whether sign-in may return there: it is one of the list, letter for letter (RFC 9700 §2.1). */
export const isReturn = (list: readonly string[], wish: string): boolean => list.includes(wish)
