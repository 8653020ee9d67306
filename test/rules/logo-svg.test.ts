import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readLogo, shownSize } from '../../src/rules/logo.ts'
import { ELEMENTS, PROPERTIES } from '../../src/rules/logo-svg-words.ts'

const XMLNS = 'xmlns="http://www.w3.org/2000/svg"'
const svg = (inside: string, frame = 'viewBox="0 0 80 40"') => `<svg ${XMLNS} ${frame}>${inside}</svg>`
const read = (text: string) => readLogo(Buffer.from(text))
const written = (text: string) => {
  const logo = read(text)
  assert.ok(logo.kind === 'read', `${text}: ${logo.kind === 'refused' && logo.reason}`)
  return Buffer.from(logo.data).toString()
}
const reason = (text: string) => {
  const logo = read(text)
  return logo.kind === 'refused' ? logo.reason : `taken: ${Buffer.from(logo.data)}`
}

test('what a drawing program saves is written anew with what can be seen of it', () => {
  const inkscape = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created with Inkscape -->
<svg width="80mm" height="40mm" viewBox="0 0 80 40" version="1.1" id="svg5" class="x" inkscape:version="1.3" sodipodi:docname="a&amp;b.svg"
  xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:xlink="http://www.w3.org/1999/xlink" ${XMLNS}>
  <title>Shop</title><metadata><rdf:RDF><cc:Work rdf:about=""/></rdf:RDF></metadata>
  <sodipodi:namedview id="view"><inkscape:grid type="x"/></sodipodi:namedview>
  <defs id="defs2"><linearGradient id="a"><stop style="stop-color:#0A6A50;stop-opacity:1" offset="0"/></linearGradient></defs>
  <g inkscape:label="Layer 1" transform="translate(1,
     2)"><path style="fill:url('#a');-inkscape-stroke:none;stroke-width:.5" d="M 0,0 H 80 V 40 Z" fill="red"></path></g>
  <use xlink:href="#p"/>
</svg>
`
  assert.equal(
    written(inkscape),
    `<svg ${XMLNS} width="80" height="40" viewBox="0 0 80 40" id="svg5"><defs id="defs2"><linearGradient id="a"><stop offset="0" ` +
      'stop-color="#0A6A50" stop-opacity="1"/></linearGradient></defs><g transform="translate(1, 2)"><path d="M 0,0 H 80 V 40 Z" ' +
      'fill="url(#a)" stroke-width=".5"/></g><use href="#p"/></svg>\n',
  )
  assert.equal(
    written('<svg width="20px" height="10"><circle r="5"/></svg>'),
    `<svg ${XMLNS} width="20" height="10" viewBox="0 0 20 10"><circle r="5"/></svg>\n`,
  )
})

test('how large a logo is shown: it fits into 200 × 40', () => {
  for (const [box, width, height] of [
    ['0 0 80 40', 80, 40],
    ['0 0 8 4', 80, 40],
    ['-5 -5 1000 100', 200, 20],
    ['0,0,1,1', 40, 40],
    ['0 0 1 1000', 1, 40],
    ['0 0 9999 1', 200, 1],
  ] as const) {
    const logo = read(svg('<path d=""/>', `viewBox="${box}" width="5" height="7"`))
    assert.ok(logo.kind === 'read')
    assert.deepEqual(shownSize(logo), { width, height }, box)
  }
})

/** What must never come out, each with the reason. */
const HOSTILE: [RegExp, ...string[]][] = [
  [/neither a PNG nor an SVG/, '', 'no picture', '\x00<svg/>', 'GIF89a', '\xff\xfe<svg/>'],
  [/no SVG: it begins with <html>/, '<html><script>alert(1)</script></html>'],
  [/begins with <SVG>/, '<SVG viewBox="0 0 1 1"><path/></SVG>'],
  [/begins with <x:svg>/, '<x:svg xmlns:x="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path/></x:svg>'],
  [/a <script>/, svg('<script>alert(1)</script><path/>'), svg('<script href="https://evil.example/"/>'), svg('<g><g><script/></g></g>')],
  [/a <SCRIPT>/, svg('<SCRIPT>alert(1)</SCRIPT>')],
  [/a <a>/, svg('<a href="javascript:alert(1)"><path/></a>')],
  [/a <foreignObject>/, svg('<foreignObject><iframe src="https://evil.example/"/></foreignObject>')],
  [
    /a <(animate|set|animateTransform|animateMotion)>/,
    svg('<animate attributeName="href" to="javascript:x"/>'),
    svg('<path><set attributeName="d" to="x"/></path>'),
    svg('<animateTransform/>'),
    svg('<g><animateMotion path="M0"/></g>'),
  ],
  [
    /a <(iframe|object|embed|video|audio|link|meta|base|form|input|handler|listener|canvas|math|discard)>/,
    ...'iframe object embed video audio link meta base form input handler listener canvas math discard'
      .split(' ')
      .map((name) => svg(`<${name}/><path/>`)),
  ],
  [
    /a <(filter|pattern|marker|switch|view|cursor|font|feImage|svg|hatch|textPath|tref)>/,
    ...'filter pattern marker switch view cursor font feImage svg hatch textPath tref'
      .split(' ')
      .map((name) => svg(`<path/><${name} id="a"/>`)),
  ],
  [
    /a <(constructor|__proto__|toString|hasOwnProperty)>/,
    ...'constructor __proto__ toString hasOwnProperty'.split(' ').map((name) => svg(`<path/><${name}/>`)),
  ],
  [/a <style>/, svg('<style>@import url(https://evil.example/)</style><path/>'), svg('<style/><path/>')],
  [/picture inside/, svg('<image href="https://evil.example/x.png"/>'), svg('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>')],
  [/turn that into paths/, svg('<text>hello</text>'), svg('<text><tspan>x</tspan></text>')],
  [/has text in it/, svg('hello<path/>'), svg('<g>x</g>'), svg('<path>&#60;script></path>')],
  [
    /a logo runs nothing/,
    svg('<path onload="alert(1)"/>'),
    svg('<path/>', 'viewBox="0 0 1 1" onload="alert(1)"'),
    svg('<g ONCLICK="x"><path/></g>'),
    svg('<path oncustom=""/>'),
  ],
  [
    /href=".*" of <use> is not understood/,
    svg('<use href="https://evil.example/x.svg#a"/>'),
    svg('<use xlink:href="//evil.example/#a"/>'),
    svg('<use href="data:image/svg+xml,x#a"/>'),
    svg('<use href="x.svg#a"/>'),
    svg('<use href=""/>'),
    svg('<use href="#"/>'),
    svg("<use href='#a\"b'/>"),
    svg('<use href="javascript:alert(1)"/>'),
    svg('<use href="&#35;a"/>'),
  ],
  [/href="[^"]*" of <linearGradient> is not/, svg('<linearGradient href="https://evil.example/#a"/>')],
  [
    /is not understood/,
    svg('<path fill="url(https://evil.example/#a)"/>'),
    svg('<path fill="url(//evil.example)"/>'),
    svg('<path fill="url(#a) url(https://evil.example)"/>'),
    svg('<path stroke="url(&quot;https://evil.example&quot;)"/>'),
    svg('<g clip-path="url(x.svg#a)"/>'),
    svg('<g mask="url(data:x)"/>'),
    svg('<path fill="var(--x)"/>'),
    svg('<path fill="\\75rl(https://evil.example)"/>'),
    svg('<path fill="image(https://evil.example)"/>'),
  ],
  [
    /is not understood/,
    svg('<path style="fill:url(https://evil.example)"/>'),
    svg('<path style="background:url(https://evil.example)"/>'),
    svg('<path style="fill:u\\rl(x)"/>'),
    svg('<path style="f\\69ll:red"/>'),
    svg('<path style="@import \'x\'"/>'),
    svg('<path style="fill:expression(alert(1))"/>'),
    svg('<path style="filter:url(#a)"/>'),
    svg('<path style="fill:red;cursor:url(https://evil.example)"/>'),
  ],
  [
    /is not understood/,
    svg('<path d="M0 0 javascript:x"/>'),
    svg('<path d="M0&#x20;0"/>'),
    svg('<rect width="1em"/>'),
    svg('<rect width="calc(1px)"/>'),
    svg('<g transform="matrix(url(x))"/>'),
    svg('<g transform="rotate(1"/>'),
    svg('<path id="a b"/>'),
    svg("<path id='a\"onload=x'/>"),
    svg(`<path id="${'a'.repeat(65)}"/>`),
    svg('<path opacity="1;x"/>'),
  ],
  [
    /DOCTYPE/,
    `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg('<path d="&x;"/>')}`,
    `<!doctype svg>${svg('<path/>')}`,
    `<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">${svg('<path/>')}`,
  ],
  [/CDATA/, svg('<![CDATA[<script>]]><path/>')],
  [
    /processing instruction/,
    `<?xml-stylesheet href="https://evil.example/"?>${svg('<path/>')}`,
    svg('<?php x ?><path/>'),
    ` <?xml version="1.0"?>${svg('<path/>')}`,
  ],
  [/comment/, svg('<!-- a -- b --><path/>'), svg('<!-- <path/>')],
  [
    /cannot be read/,
    svg('<path d=x/>'),
    svg('<path d="a" d="b"/>'),
    svg('<path d="<"/>'),
    svg('<path d="x"'),
    svg('< path/>'),
    svg('<path d/>'),
    svg('<path\u00e9/>'),
    svg('<!ENTITY a "b"><path/>'),
    svg('<path d="a"id="b"/>'),
  ],
  [/closes nothing/, svg('</g><path/>'), svg('<g><path></g></path>'), svg('<g></G>')],
  [/breaks off/, `<svg ${XMLNS}><g>`, '<!-- only -->', '<svg><path/>'],
  [/text outside/, `${svg('<path/>')}alert(1)`],
  [/more than one root/, `${svg('<path/>')}<script/>`],
  [
    /neither a viewBox nor/,
    svg('<path/>', ''),
    svg('<path/>', 'width="10"'),
    svg('<path/>', 'width="10%" height="10%"'),
    svg('<path/>', 'viewBox="0 0 0 10"'),
    svg('<path/>', 'viewBox="0 0 10"'),
    svg('<path/>', 'viewBox="0 0 -1 5"'),
    svg('<path/>', 'viewBox="0 0 a b"'),
    svg('<path/>', 'viewBox="0 0 1e9 1"'),
    svg('<path/>', 'viewBox="Infinity 0 1 1"'),
    svg('<path/>', 'width="1.2.3" height="4"'),
    svg('<path/>', 'viewBox=""'),
  ],
  [/draws nothing/, svg(''), svg('<g/>'), svg('<defs><title>x</title></defs>'), svg('<svg:path/>'), svg('<x:script>alert(1)</x:script>')],
  [/two elements with id "a"/, svg('<path id="a"/><g id="a"/>')],
  [
    /lead in circles/,
    svg('<path/><use id="a" href="#a"/>'),
    svg('<path/><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
    svg('<path/><mask id="m"><path mask="url(#m)"/></mask>'),
    svg('<path/>', 'viewBox="0 0 1 1" id="r" clip-path="url(#r)"'),
  ],
  [/deep/, svg(`${'<g>'.repeat(70)}<path/>${'</g>'.repeat(70)}`)],
  [/64 KiB/, svg(`<path d="${'M'.repeat(65_536)}"/>`)],
  [/5000 elements/, svg('<g/>'.repeat(5000))],
]

test('what could run, load, move, say or multiply something is refused with a reason', () => {
  for (const [why, ...texts] of HOSTILE) for (const text of texts) assert.match(reason(text), why, text.slice(0, 200))
})

test('references that multiply are refused, however they are made', () => {
  const level = (make: (n: number) => string) => svg(`<path id="x0"/>${Array.from({ length: 8 }, (_, n) => make(n)).join('')}`)
  const uses = level((n) => `<g id="x${n + 1}">${`<use href="#x${n}"/>`.repeat(8)}</g>`)
  const masks = level((n) => `<mask id="x${n + 1}">${`<path mask="url(#x${n})"/>`.repeat(8)}</mask>`)
  const clips = level((n) => `<clipPath id="x${n + 1}">${`<path style="clip-path:url(#x${n})"/>`.repeat(8)}</clipPath>`)
  const chain = svg(`<path id="x0"/>${Array.from({ length: 2000 }, (_, n) => `<use id="x${n + 1}" href="#x${n}"/>`).join('')}`)
  for (const text of [uses, masks, clips, chain]) assert.match(reason(text), /circles, or draw too much/)
})

test('reading takes no longer for what was made to take long', () => {
  const long = 60_000
  const started = performance.now()
  for (const text of [
    `<svg${' '.repeat(long)}`,
    svg(`<path opacity="${'1'.repeat(long)}x"/>`),
    svg(`<path stroke-dasharray="${'1 '.repeat(long / 2)}x"/>`),
    svg(`<g transform="${'scale(1) '.repeat(long / 10)}x"/>`),
    svg(`<path fill="${'a'.repeat(long)}"/>`),
    `<!--${'-a'.repeat(long / 2)}`,
    `<svg ${'a'.repeat(long)}`,
    svg(`<path style="${'x:'.repeat(long / 2)}"/>`),
    svg(`<path style="${';'.repeat(long)}"/>`),
  ]) {
    read(text)
  }
  assert.ok(performance.now() - started < 3000)
})

const colours = fc.constantFrom(
  'red',
  '#0a6a50',
  'none',
  'url(#a)',
  'url(https://evil.example)',
  'javascript:x',
  'rgb(1,2,3)',
  'var(--x)',
  '"><script>',
)
const values = fc.oneof(
  colours,
  fc.constantFrom('1', '0 0 1 1', '-1e3px', 'M0 0z', '#a', 'https://evil.example/#a', 'rotate(1)', 'a', 'evenodd', 'nonzero'),
  fc.string({ maxLength: 6 }),
)
const names = fc.constantFrom(
  ...Object.keys(PROPERTIES),
  ...new Set(Object.values(ELEMENTS).flat()),
  'id',
  'style',
  'onload',
  'class',
  'xlink:href',
  'filter',
  'src',
  'xml:base',
  'data-x',
)
const attributes = fc.dictionary(names, values, { maxKeys: 4 })
const tags = fc.constantFrom(...Object.keys(ELEMENTS), 'title', 'script', 'x:y', 'style', 'animate')
const tag = fc.oneof({ arbitrary: fc.constantFrom('g', 'path', 'use', 'defs', 'mask'), weight: 6 }, tags)
const around = (inside: fc.Arbitrary<string>) =>
  fc
    .tuple(tag, attributes, fc.array(inside, { maxLength: 3 }))
    .map(([name, own, texts]) => `<${name}${attributesOf(own)}>${texts.join('')}</${name}>`)
const attributesOf = (own: Record<string, string>) =>
  Object.entries(own)
    .map(([key, value]) => ` ${key}="${value}"`)
    .join('')
const element = around(around(around(fc.constant(''))))

test('of whatever is put together: nothing beyond the list comes out, and reading that again changes nothing', () => {
  const TAG = /<(\/?)([A-Za-z]+)((?: [a-z][A-Za-z0-9-]*="[^"<>&]*")*)(\/?)>/g
  let taken = 0
  fc.assert(
    fc.property(fc.array(element, { maxLength: 4 }), attributes, (inside, frame) => {
      const logo = read(`<svg${attributesOf({ ...frame, viewBox: '0 0 10 10' })}><path/>${inside.join('')}</svg>`)
      if (logo.kind === 'refused') return
      taken++
      const text = Buffer.from(logo.data).toString()
      assert.equal(text.replaceAll(TAG, ''), '\n')
      for (const [, , name, own] of text.matchAll(TAG)) {
        assert.ok(Object.hasOwn(ELEMENTS, name!), `<${name}>`)
        for (const [, key, value] of own!.matchAll(/ ([^=]+)="([^"]*)"/g)) {
          assert.ok(
            Object.hasOwn(PROPERTIES, key!) ||
              ['id', 'transform', 'xmlns', 'viewBox', 'width', 'height', ...ELEMENTS[name!]!].includes(key!),
            `${key} of <${name}>`,
          )
          if (key !== 'xmlns') assert.doesNotMatch(value!.replace(/url\(#[\w.-]+\)/, ''), /url|[:"'<>&\\@]|script/i)
        }
      }
      const again = readLogo(logo.data)
      assert.deepEqual(again, logo)
    }),
    { numRuns: 2000 },
  )
  assert.ok(taken > 100, `${taken} were taken`)
})
