import { commonPasswords } from './common-passwords.ts'

export type PasswordReason = 'too_short' | 'too_long' | 'common' | 'predictable'

/** In code points; 1024 octets of UTF-8 hold any so many. */
const MOST = 256
/** What may be added to known words, in code points, without making a password of them: `ana2026!` is no more than `ana`. */
const ADDED = 5
/** Shorter words are in too many passwords by chance. */
const WORD = 3
/** The same for a part of a word. */
const PART = 4

/** The one change that is made to a password before it is judged, stored or compared: NFC, so that two keyboards write the same one (in the spirit of RFC 8265 §4). */
export const normalizePassword = (password: string): string => password.normalize('NFC')

/** @param text normalised */
export const isTooLong = (text: string): boolean => lengthOf(text) > MOST

/**
 * Judges a new password. Nothing is asked of its composition.
 *
 * @param min   its least length, in code points after normalizePassword
 * @param email the canonical address it is for
 * @param app   the name of the app it is for
 * @returns `common`: it is on the block list, whatever its capitals. `predictable`: without the words of the address and of the app's name at
 *   most 5 code points of it are left. Null when nothing speaks against it
 * @see NIST SP 800-63B-4 §3.1.1.2; ASVS 5.0 §6.2.1, 6.2.4, 6.2.5, 6.2.9, 6.2.11
 */
export function judgePassword(password: string, { min, email, app }: { min: number; email: string; app: string }): PasswordReason | null {
  const text = normalizePassword(password)
  if (lengthOf(text) < min) return 'too_short'
  if (isTooLong(text)) return 'too_long'
  const folded = fold(text)
  if (commonPasswords.has(folded)) return 'common'
  return isPredictable(folded, wordsOf(email, app)) ? 'predictable' : null
}

const lengthOf = (text: string): number => [...text].length
const fold = (text: string): string => normalizePassword(text.toLowerCase())

function isPredictable(text: string, words: readonly string[]): boolean {
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), text)
  return rest !== text && lengthOf(rest) <= ADDED
}

/** The address, its local part, its domain and the app's name, each as it stands, without its separators and in parts; longest first. */
function wordsOf(email: string, app: string): string[] {
  const [local = '', domain = ''] = email.split('@')
  const wholes = [email, local, domain, app].map(fold)
  const joined = wholes.map((text) => partsOf(text).join(''))
  const parts = wholes.flatMap(partsOf).filter((part) => lengthOf(part) >= PART)
  const words = [...wholes, ...joined, ...parts].filter((word) => lengthOf(word) >= WORD)
  return [...new Set(words)].sort((a, b) => b.length - a.length)
}

/** Between what is neither letter, mark nor digit. */
const partsOf = (text: string): string[] => text.split(/[^\p{L}\p{M}\p{N}]+/u).filter((part) => part !== '')
