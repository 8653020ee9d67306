import type { InboxKind } from '../contract/messaging.ts'

/** What a search looks at; `words`, subject and text, costs something and is asked for last. */
export type Searched = { to: string; kind: InboxKind; words(): { subject: string; text: string } }
type Place = 'to' | 'kind' | 'subject' | 'text' | 'anywhere'
type Term = { place: Place; wanted: string }

const COST: Place[] = ['kind', 'to', 'subject', 'text', 'anywhere']

/**
 * A search in the inbox: words, or `"some words"`, that all must occur, in the recipient, the subject or the text, or where a prefix
 * says (`to:ana kind:code`). Neither case nor accents count, nor the spaces within a number. An empty query finds everything.
 */
export function searchFor(query: string): (letter: Searched) => boolean {
  const terms = [...query.matchAll(/(?:(to|kind|subject|text):)?(?:"([^"]+)"?|(\S+))/gi)].map(
    ([, place, quoted, word]): Term => ({ place: (place?.toLowerCase() as Place) ?? 'anywhere', wanted: folded(quoted ?? word ?? '') }),
  )
  terms.sort((one, other) => COST.indexOf(one.place) - COST.indexOf(other.place))
  return (letter) => terms.every((term) => occurs(term, letter))
}

function occurs({ place, wanted }: Term, letter: Searched): boolean {
  if (place === 'kind') return letter.kind.startsWith(wanted)
  if (place === 'to') return folded(letter.to).includes(wanted)
  if (place === 'anywhere' && folded(letter.to).includes(wanted)) return true
  const { subject, text } = letter.words()
  if (place !== 'text' && subject.includes(wanted)) return true
  return place !== 'subject' && (text.includes(wanted) || (/^\d+$/.test(wanted) && joined(text).includes(wanted)))
}

/** As it is compared: without case and accents. */
export const folded = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()

const joined = (text: string) => text.replace(/(?<=\d) (?=\d)/g, '')
