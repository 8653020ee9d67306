export type Email = {
  /** The one form for store, lookup, limits and mail. */
  canonical: string
  /** Without its +tag: what decides the partition and a second sending limit. Tags and dots do not merge addresses. */
  untagged: string
}

const ATEXT = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\u{10ffff}-]+$/u
/** Beyond ASCII only letters, marks and digits: no invisible, private, unassigned or half characters. */
const BEYOND_ASCII = /^[[\p{L}\p{M}\p{N}]--\p{Default_Ignorable_Code_Point}]*$/v
/** ToASCII takes its argument for a part of a URL: it ends at `/?#\`, decodes `%61`, drops line feeds and what is invisible. */
const U_LABEL = /^[[A-Za-z0-9\-\u200c\u200d\u0080-\u{10ffff}]--[\p{Default_Ignorable_Code_Point}--[\u200c\u200d]]]+$/v
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/

/**
 * Reads exactly one plain address: no display name, quotes, comments, lists, IP literals or spaces. The domain becomes lower-case
 * A-labels; of the local part only ASCII is lower-cased, so that no two different mailboxes ever fall together. Linear time.
 *
 * @param toAscii UTS #46 ToASCII for one label's worth of domain ('' when it is not a domain)
 * @returns null when it is not such an address; limits 64/255/254 octets
 * @see RFC 5321 §4.5.3.1, RFC 5322 §3.2.3 (dot-atom), RFC 6531 (beyond ASCII)
 */
export function readEmail(text: string, toAscii: (domain: string) => string): Email | null {
  if (text.length > 254) return null
  const at = text.indexOf('@')
  if (at < 1 || at !== text.lastIndexOf('@')) return null
  const local = text.slice(0, at)
  const domain = readDomain(text.slice(at + 1), toAscii)
  if (domain === null || !isLocal(local)) return null
  const folded = local.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const canonical = `${folded}@${domain}`
  if (octets(canonical) > 254) return null
  const plus = folded.indexOf('+')
  return { canonical, untagged: plus > 0 ? `${folded.slice(0, plus)}@${domain}` : canonical }
}

function isLocal(local: string): boolean {
  if (octets(local) > 64 || !ATEXT.test(local)) return false
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return false
  return BEYOND_ASCII.test(local.replace(/[\u0000-\u007f]/g, ''))
}

/** A label with characters beyond ASCII must become an A-label: look-alikes that fold into plain ASCII are refused. */
function readDomain(text: string, toAscii: (domain: string) => string): string | null {
  const labels = text.split('.')
  if (labels.length < 2 || labels.length > 127) return null
  const ascii = labels.map((label) => {
    const plain = /^[\u0000-\u007f]*$/.test(label)
    const result = plain ? label.toLowerCase() : toAscii(label)
    if (!plain && (!U_LABEL.test(label) || !result.startsWith('xn--'))) return ''
    if (result.startsWith('xn--') && toAscii(result) !== result) return ''
    return LABEL.test(result) ? result : ''
  })
  const domain = ascii.join('.')
  if (ascii.includes('') || domain.length > 253 || /^\d+$/.test(ascii.at(-1)!)) return null
  return domain
}

/** Length in UTF-8. */
function octets(text: string): number {
  let count = 0
  for (const char of text) {
    const code = char.codePointAt(0)!
    count += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return count
}
