// The identity number: two digits of partition, nine random ones, one check digit. Shown `4821 0937 5516`.

/** H. Michael Damm, "Total anti-symmetrische Quasigruppen" (2004): a totally anti-symmetric quasigroup of order 10. */
const DAMM = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
] as const

/** Spaces, dashes, the minus sign and the invisible characters that come along when a number is copied from a letter. */
const IGNORED = /[\s\p{Zs}\p{Pd}\u2212\u00ad\u200b-\u200d\u2060\ufeff]/gu

/** The digit that makes `digits` valid; it catches every single wrong digit and every swap of neighbours. */
export function checkDigit(digits: string): string {
  let state = 0
  for (const digit of digits) state = Number(DAMM[state]![Number(digit)])
  return String(state)
}

/** A number of `partition` from nine random digits. */
export function makeNumber(partition: string, random: string): string {
  const digits = partition + random
  return digits + checkDigit(digits)
}

/** The twelve bare digits of what a person typed, or null when length or check digit are wrong. */
export function readNumber(text: string): string | null {
  const digits = text.replace(IGNORED, '')
  if (!/^\d{12}$/.test(digits)) return null
  return checkDigit(digits) === '0' ? digits : null
}

export const partitionOf = (number: string): string => number.slice(0, 2)
