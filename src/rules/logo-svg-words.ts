/** Every element that a logo may have, with the attributes that only it has. */
export const ELEMENTS: Record<string, readonly string[]> = {
  svg: [],
  g: [],
  defs: [],
  symbol: ['viewBox', 'preserveAspectRatio'],
  path: ['d'],
  rect: ['x', 'y', 'width', 'height', 'rx', 'ry'],
  circle: ['cx', 'cy', 'r'],
  ellipse: ['cx', 'cy', 'rx', 'ry'],
  line: ['x1', 'y1', 'x2', 'y2'],
  polyline: ['points'],
  polygon: ['points'],
  use: ['x', 'y', 'width', 'height', 'href'],
  linearGradient: ['x1', 'y1', 'x2', 'y2', 'gradientUnits', 'gradientTransform', 'spreadMethod', 'href'],
  radialGradient: ['cx', 'cy', 'r', 'fx', 'fy', 'fr', 'gradientUnits', 'gradientTransform', 'spreadMethod', 'href'],
  stop: ['offset'],
  clipPath: ['clipPathUnits'],
  mask: ['x', 'y', 'width', 'height', 'maskUnits', 'maskContentUnits'],
}
export const SHAPES = ['path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon']
/** Left out with all that is in them: nobody sees them. */
export const UNSEEN = ['title', 'desc', 'metadata']

const NUMBER = '[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d{1,3})?'
const LENGTH = new RegExp(`^${NUMBER}(?:px|%)?$`)
const LENGTHS = new RegExp(`^${NUMBER}(?:px|%)?(?:(?:\\s*,\\s*|\\s+)${NUMBER}(?:px|%)?)*$`)
const NUMBERS = /^[\d\s,.eE+-]+$/
const PATH = /^[MmLlHhVvCcSsQqTtAaZz\d\s,.eE+-]*$/
const TRANSFORM = /^(?:(?:matrix|translate|scale|rotate|skewX|skewY)\s?\([\d\s,.eE+-]*\)[\s,]*)*$/
const UNITS = /^(?:userSpaceOnUse|objectBoundingBox)$/
const ID = '[A-Za-z_][A-Za-z0-9_.-]{0,63}'
const COLOUR = '#(?:[\\dA-Fa-f]{3,4}|[\\dA-Fa-f]{6}|[\\dA-Fa-f]{8})|[A-Za-z]{3,20}|(?:rgb|rgba|hsl|hsla)\\([\\d\\s,.%/]+\\)'
const REFERENCE = new RegExp(`^(?:none|url\\(#${ID}\\))$`)
const words = (...all: string[]) => new RegExp(`^(?:${all.join('|')}|inherit)$`)

/** What the value of each attribute looks like. No value has `<`, `&`, quotes or a URL in it, other than `url(#id)`. */
const VALUES: Record<string, RegExp> = {
  id: new RegExp(`^${ID}$`),
  href: new RegExp(`^#${ID}$`),
  d: PATH,
  points: NUMBERS,
  viewBox: NUMBERS,
  transform: TRANSFORM,
  gradientTransform: TRANSFORM,
  gradientUnits: UNITS,
  clipPathUnits: UNITS,
  maskUnits: UNITS,
  maskContentUnits: UNITS,
  spreadMethod: /^(?:pad|reflect|repeat)$/,
  preserveAspectRatio: /^(?:none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max)(?: (?:meet|slice))?)$/,
}

/** Attributes of every element that can also be properties in `style`. */
const PAINT = new RegExp(`^(?:${COLOUR}|url\\(#${ID}\\)(?:\\s+(?:${COLOUR}))?)$`)
const PLAIN_COLOUR = new RegExp(`^(?:${COLOUR})$`)
const RULE = words('nonzero', 'evenodd')
export const PROPERTIES: Record<string, RegExp> = {
  fill: PAINT,
  stroke: PAINT,
  color: PLAIN_COLOUR,
  'stop-color': PLAIN_COLOUR,
  'fill-opacity': LENGTH,
  'stroke-opacity': LENGTH,
  'stop-opacity': LENGTH,
  opacity: LENGTH,
  'fill-rule': RULE,
  'clip-rule': RULE,
  'stroke-width': LENGTH,
  'stroke-miterlimit': LENGTH,
  'stroke-dashoffset': LENGTH,
  'stroke-dasharray': new RegExp(`^none$|${LENGTHS.source}`),
  'stroke-linecap': words('butt', 'round', 'square'),
  'stroke-linejoin': words('miter', 'round', 'bevel'),
  'clip-path': REFERENCE,
  mask: REFERENCE,
  'mask-type': words('alpha', 'luminance'),
  display: words('none', 'inline', 'block'),
  visibility: words('visible', 'hidden', 'collapse'),
  'paint-order': /^[a-z ]{4,30}$/,
  'vector-effect': words('none', 'non-scaling-stroke'),
  'shape-rendering': words('auto', 'optimizeSpeed', 'crispEdges', 'geometricPrecision'),
}

/** What a value of this attribute looks like, on this element; null where the attribute is not known there. */
export function patternOf(element: string, attribute: string): RegExp | null {
  if (Object.hasOwn(PROPERTIES, attribute)) return PROPERTIES[attribute]!
  const isKnown = attribute === 'id' || attribute === 'transform' || ELEMENTS[element]!.includes(attribute)
  return isKnown ? (VALUES[attribute] ?? LENGTH) : null
}
