import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contrast, GROUNDS, judgeAccent, LEAST, luminance, readable } from '../../src/rules/contrast.ts'

const colors = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`)
const ratio = (value: number) => value.toFixed(2)

test('contrast ratios that are known', () => {
  for (const [one, other, expected] of [
    ['#000000', '#ffffff', '21.00'],
    ['#ffffff', '#ffffff', '1.00'],
    ['#767676', '#ffffff', '4.54'],
    ['#777777', '#ffffff', '4.48'],
    ['#ff0000', '#ffffff', '4.00'],
    ['#00ff00', '#ffffff', '1.37'],
    ['#0000ff', '#ffffff', '8.59'],
    ['#0a6a50', GROUNDS.light.sheet, '6.58'],
    ['#0a6a50', GROUNDS.light.paper, '5.63'],
    ['#66d1a8', GROUNDS.dark.sheet, '8.99'],
    ['#66d1a8', GROUNDS.dark.paper, '9.90'],
  ] as const) {
    assert.equal(ratio(contrast(one, other)), expected, `${one} on ${other}`)
    assert.equal(contrast(one, other), contrast(other, one))
  }
  assert.deepEqual([luminance('#000000'), luminance('#ffffff')], [0, 1])
})

test('an accent: readable as it is in the light theme, lightened for the dark one', () => {
  for (const [light, dark] of [
    ['#0a6a50', '#0e9772'],
    ['#000000', '#858585'],
    ['#0000ff', '#7474ff'],
    ['#b3261e', '#e1564e'],
  ] as const) {
    const judged = judgeAccent(light.toUpperCase())
    assert.ok(judged.kind === 'fine')
    assert.deepEqual(judged.accent, { light, dark })
  }
})

test('a colour that is too light is refused, with the nearest darker one that will do', () => {
  const judged = judgeAccent('#ff8800')
  assert.ok(judged.kind === 'low')
  assert.equal(`${ratio(judged.ratios.sheet)} ${ratio(judged.ratios.paper)} ${judged.nearest}`, '2.39 2.05 #a45800')
  assert.equal(judgeAccent(judged.nearest).kind, 'fine')
})

test('what is no #rrggbb is no colour', () => {
  for (const text of [
    '',
    '#',
    '#fff',
    '0a6a50',
    '#0a6a5',
    '#0a6a500',
    '#0a6a50ff',
    '#0a6a5g',
    'red',
    'rgb(1,2,3)',
    ' #0a6a50',
    '#0a6a50\n',
    '#0a6a50;}',
  ])
    assert.deepEqual(judgeAccent(text), { kind: 'unreadable' }, text)
})

test('of every colour: what is taken is readable in both themes, what is refused is not, and what is proposed is taken', () => {
  const reads = (color: string, theme: 'light' | 'dark') =>
    contrast(color, GROUNDS[theme].sheet) >= LEAST && contrast(color, GROUNDS[theme].paper) >= LEAST
  fc.assert(
    fc.property(colors, (color) => {
      const judged = judgeAccent(color)
      assert.ok(judged.kind !== 'unreadable')
      assert.equal(judged.kind === 'fine', reads(color, 'light'))
      if (judged.kind === 'low') return assert.equal(judgeAccent(judged.nearest).kind, 'fine')
      assert.equal(judged.accent.light, color)
      assert.ok(reads(judged.accent.dark, 'dark'))
      assert.ok(luminance(judged.accent.dark) >= luminance(color))
      assert.equal(readable(judged.accent.dark, 'dark'), judged.accent.dark)
    }),
    { numRuns: 300 },
  )
})
