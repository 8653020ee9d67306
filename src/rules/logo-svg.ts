import type { LogoRead } from './logo.ts'
import { ELEMENTS, PROPERTIES, patternOf, SHAPES, UNSEEN } from './logo-svg-words.ts'
import { type Element, readXml } from './xml.ts'

const MOST_DRAWN = 20_000
/** Elements in each other, those that they refer to among them. */
const DEEPEST = 200
const LARGEST = 100_000
const ON_HANDLER = /^on/i

/** An element of the picture as it will be written. */
type Node = { name: string; attributes: Map<string, string>; children: Node[] }
/** What is wrong, the first thing first. */
type Flaws = string[]

/**
 * An SVG, written anew with the elements and attributes of a list: shapes, groups, gradients, clips, masks and local `use`. What nobody
 * would see (titles, editors' notes) is left out; what could run, load, move or say something is refused.
 * @see https://www.w3.org/TR/SVG2/
 */
export function readSvg(bytes: Uint8Array): LogoRead {
  const text = decode(bytes)
  if (text === null || !text.trimStart().startsWith('<')) return { kind: 'refused', reason: 'it is neither a PNG nor an SVG' }
  const xml = readXml(text)
  if (xml.kind === 'refused') return xml
  if (xml.root.name !== 'svg') return { kind: 'refused', reason: `it is no SVG: it begins with <${xml.root.name}>` }
  const flaws: Flaws = []
  const root = readNode(xml.root, flaws, true)
  if (!root || flaws[0] !== undefined) return { kind: 'refused', reason: flaws[0] ?? 'it draws nothing' }
  const size = sizeOf(xml.root)
  if (!size) return { kind: 'refused', reason: 'it has neither a viewBox nor a width and a height in px' }
  const reason = drawingFlaw(root)
  if (reason !== null) return { kind: 'refused', reason }
  const data = new TextEncoder().encode(written(root, size))
  return { kind: 'read', type: 'image/svg+xml', data, width: size.width, height: size.height }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The element with what is known of it; null where it is left out. */
function readNode(element: Element, flaws: Flaws, isRoot = false): Node | null {
  const { name } = element
  if (UNSEEN.includes(name) || name.includes(':')) return null
  if (!Object.hasOwn(ELEMENTS, name) || (name === 'svg' && !isRoot)) flaws.push(whyNot(name))
  else if (element.text) flaws.push(`<${name}> has text in it`)
  if (flaws.length > 0) return null
  const attributes = readAttributes(element, flaws)
  const children = element.children.map((child) => readNode(child, flaws)).filter((child) => child !== null)
  return { name, attributes, children }
}

function whyNot(name: string): string {
  if (name === 'style') return 'it has a <style>; save it with presentation attributes instead'
  if (name === 'text' || name === 'tspan') return 'it has text; turn that into paths'
  if (name === 'image') return 'it has a picture inside; save that as a PNG'
  return `it has a <${name}>, which no logo needs`
}

function readAttributes({ name, attributes }: Element, flaws: Flaws): Map<string, string> {
  const read = new Map<string, string>()
  const keep = (attribute: string, value: string) => {
    const pattern = patternOf(name, attribute)
    if (!pattern) return
    const plain = value.trim().replaceAll(/\s+/g, ' ')
    if (pattern.test(plain)) read.set(attribute, plain)
    else flaws.push(`${attribute}="${plain.slice(0, 40)}" of <${name}> is not understood`)
  }
  for (const [attribute, value] of attributes) {
    if (ON_HANDLER.test(attribute)) flaws.push(`<${name}> has ${attribute}: a logo runs nothing`)
    if (attribute !== 'style') keep(attribute === 'xlink:href' ? 'href' : attribute, value)
  }
  // A declaration has more say than an attribute (SVG 2 §6.5), so it comes last.
  for (const declaration of (attributes.get('style') ?? '').split(';')) {
    const colon = declaration.indexOf(':')
    const property = declaration.slice(0, Math.max(0, colon)).trim()
    if (Object.hasOwn(PROPERTIES, property))
      keep(property, declaration.slice(colon + 1).replace(/^\s*url\((['"])(#[^'"()]*)\1\)/, 'url($2)'))
    else if (/[(@\\]/.test(declaration)) flaws.push(`style="${declaration.trim().slice(0, 40)}" of <${name}> is not understood`)
  }
  return read
}

type Size = { box: string; width: number; height: number }

/** Of the viewBox; without one, of width and height. */
function sizeOf({ attributes }: Element): Size | null {
  const side = (name: string) => Number(/^\s*([\d.]+)(?:px)?\s*$/.exec(attributes.get(name) ?? '')?.[1] ?? Number.NaN)
  const given = attributes.get('viewBox')
  const box =
    given === undefined
      ? [0, 0, side('width'), side('height')]
      : given
          .trim()
          .split(/\s*,\s*|\s+/)
          .map(Number)
  const [x, y, width, height] = box as [number, number, number, number]
  const isFine = box.length === 4 && [x, y].every((place) => Math.abs(place) < LARGEST) && [width, height].every(isSide)
  return isFine ? { box: box.join(' '), width, height } : null
}
const isSide = (length: number) => length > 0.001 && length < LARGEST

/** Nothing drawn, the same id twice, or references that lead in circles or multiply. */
function drawingFlaw(root: Node): string | null {
  const byId = new Map<string, Node>()
  const all = [root]
  for (const node of all) {
    all.push(...node.children)
    const id = node.attributes.get('id')
    if (id === undefined) continue
    if (byId.has(id)) return `it has two elements with id "${id}"`
    byId.set(id, node)
  }
  if (!all.some(({ name }) => SHAPES.includes(name))) return 'it draws nothing'
  const drawn = weigh(root, byId, new Map(), 0)
  return drawn > MOST_DRAWN ? 'its references lead in circles, or draw too much' : null
}

/** How many elements are drawn for this one, with all that it refers to; Infinity in a circle, or where that is too deep. */
function weigh(node: Node, byId: Map<string, Node>, known: Map<Node, number>, depth: number): number {
  const before = depth > DEEPEST ? Number.POSITIVE_INFINITY : known.get(node)
  if (before !== undefined) return before
  known.set(node, Number.POSITIVE_INFINITY)
  const targets = [...node.attributes].flatMap(([name, value]) => byId.get(referenceOf(name, value) ?? '') ?? [])
  const weight = [...node.children, ...targets].reduce((sum, one) => sum + weigh(one, byId, known, depth + 1), 1)
  known.set(node, weight)
  return weight
}
const referenceOf = (name: string, value: string) => (name === 'href' ? value.slice(1) : /url\(#([^)]*)\)/.exec(value)?.[1])

/** Its own size is that of its viewBox, so that whoever shows it alone knows it, too. */
function written(root: Node, { box, width, height }: Size): string {
  const frame = `xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${box}"`
  return `<svg ${frame}${attributesOf(root.attributes)}>${root.children.map(markup).join('')}</svg>\n`
}

const markup = ({ name, attributes, children }: Node): string =>
  children.length === 0
    ? `<${name}${attributesOf(attributes)}/>`
    : `<${name}${attributesOf(attributes)}>${children.map(markup).join('')}</${name}>`

const attributesOf = (attributes: Map<string, string>) => [...attributes].map(([name, value]) => ` ${name}="${value}"`).join('')
