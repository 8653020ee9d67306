/** An element as it was written: names with their prefixes, values as they stand, nothing decoded. `text`: whether it holds any. */
export type Element = { name: string; attributes: Map<string, string>; children: Element[]; text: boolean }
export type XmlRead = { kind: 'read'; root: Element } | { kind: 'refused'; reason: string }

const DEEPEST = 64
const MOST_ELEMENTS = 5000
const NAME = '[A-Za-z_][A-Za-z0-9_.:-]*'
/** Each reads one piece at the place where reading stands; none can match in two ways. */
const DECLARATION = /<\?xml\s[^<>?]*\?>/y
const COMMENT = /<!--(?:[^-]|-(?!-))*-->/y
const OPENING = new RegExp(`<(${NAME})`, 'y')
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, 'y')
const OPENED = /\s*(\/?)>/y
const CLOSING = new RegExp(`</(${NAME})\\s*>`, 'y')
const TEXT = /[^<]+/y

type Reader = { text: string; at: number }

/**
 * Reads a small part of XML, and nothing else: elements, attributes, text and comments in one tree, ASCII names. There is no DOCTYPE, so
 * there are no entities; no CDATA, no processing instruction but the declaration that a file begins with.
 * @see https://www.w3.org/TR/xml/
 */
export function readXml(text: string): XmlRead {
  const reader = { text, at: 0 }
  take(reader, DECLARATION)
  const open: Element[] = []
  let root: Element | null = null
  let count = 0
  while (reader.at < text.length) {
    const inside = open.at(-1)
    const words = take(reader, TEXT)?.[0]
    if (words !== undefined) {
      if (inside && words.trim()) inside.text = true
      if (!inside && words.trim()) return refused(reader, 'there is text outside of its elements')
      continue
    }
    if (take(reader, COMMENT)) continue
    const closed = take(reader, CLOSING)?.[1]
    if (closed !== undefined) {
      if (closed !== inside?.name) return refused(reader, `</${closed}> closes nothing`)
      open.pop()
      continue
    }
    const element = readOpening(reader)
    if (!element) return refused(reader, flawAt(reader))
    if (root && !inside) return refused(reader, 'it has more than one root')
    if (++count > MOST_ELEMENTS) return refused(reader, `it has more than ${MOST_ELEMENTS} elements`)
    root ??= element.element
    inside?.children.push(element.element)
    if (element.isOpen && open.push(element.element) > DEEPEST) return refused(reader, `its elements are more than ${DEEPEST} deep`)
  }
  return root && open.length === 0 ? { kind: 'read', root } : refused(reader, 'it breaks off')
}

/** An opening tag, with all its attributes; null where there is none. */
function readOpening(reader: Reader): { element: Element; isOpen: boolean } | null {
  const start = reader.at
  const name = take(reader, OPENING)?.[1]
  if (name === undefined) return null
  const attributes = new Map<string, string>()
  for (let found = take(reader, ATTRIBUTE); found; found = take(reader, ATTRIBUTE)) {
    if (attributes.has(found[1]!)) {
      reader.at = start
      return null
    }
    attributes.set(found[1]!, found[2] ?? found[3]!)
  }
  const end = take(reader, OPENED)
  if (end) return { element: { name, attributes, children: [], text: false }, isOpen: end[1] === '' }
  reader.at = start
  return null
}

function take(reader: Reader, what: RegExp): RegExpExecArray | null {
  what.lastIndex = reader.at
  const found = what.exec(reader.text)
  if (found) reader.at = what.lastIndex
  return found
}

function flawAt({ text, at }: Reader): string {
  const next = text.slice(at, at + 9).toUpperCase()
  if (next.startsWith('<!DOCTYPE')) return 'it has a DOCTYPE; take that line out'
  if (next.startsWith('<![CDATA[')) return 'it has a CDATA section'
  if (next.startsWith('<?')) return 'it has a processing instruction'
  return next.startsWith('<!--') ? 'a comment of it does not end, or has -- inside' : 'a tag of it cannot be read'
}

const refused = ({ text, at }: Reader, what: string): XmlRead => ({
  kind: 'refused',
  reason: `${what} (line ${text.slice(0, at).split('\n').length})`,
})
