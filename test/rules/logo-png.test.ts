import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { readLogo, shownSize } from '../../src/rules/logo.ts'
import { crc } from '../../src/rules/logo-png.ts'

type Chunk = [name: string, data: Uint8Array]
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

function chunk([name, data]: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
const png = (...chunks: Chunk[]) => Buffer.concat([SIGNATURE, ...chunks.map(chunk)])
function header(width = 4, height = 2, rest = [8, 6, 0, 0, 0]): Chunk {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width)
  data.writeUInt32BE(height, 4)
  data.set(rest, 8)
  return ['IHDR', data]
}
const none = Buffer.alloc(0)
const pixels: Chunk = ['IDAT', deflateSync(Buffer.alloc(2 * (1 + 4 * 4), 7))]
const end: Chunk = ['IEND', none]
const reason = (bytes: Uint8Array) => {
  const logo = readLogo(bytes)
  return logo.kind === 'refused' ? logo.reason : 'taken'
}

test('a PNG keeps its header, palette, transparency and pixels, and nothing else', () => {
  const extra = ['gAMA', 'sRGB', 'iCCP', 'tEXt', 'zTXt', 'iTXt', 'eXIf', 'acTL', 'fcTL', 'fdAT', 'pHYs', 'tIME'].map(
    (name): Chunk => [name, Buffer.from('<script>')],
  )
  const [first, second] = [pixels[1].subarray(0, 5), pixels[1].subarray(5)]
  const whole = Buffer.concat([
    png(header(), ...extra, ['IDAT', first], ['IDAT', second], ['tEXt', Buffer.from('x')], end),
    Buffer.from('<html>after</html>'),
  ])
  const logo = readLogo(whole)
  assert.ok(logo.kind === 'read')
  assert.deepEqual(
    { ...logo, data: Buffer.from(logo.data) },
    { kind: 'read', type: 'image/png', data: png(header(), ['IDAT', first], ['IDAT', second], end), width: 4, height: 2 },
  )
  assert.equal(inflateSync(Buffer.concat([first, second])).length, 34)
  assert.deepEqual(readLogo(logo.data), logo)
  const palette = png(header(4, 2, [2, 3, 0, 0, 1]), ['PLTE', Buffer.alloc(12)], ['tRNS', Buffer.alloc(4)], pixels, end)
  assert.equal(reason(palette), 'taken')
})

test('a PNG is shown as large as it is, at most 40 px high and 200 wide', () => {
  for (const [width, height, shown] of [
    [24, 24, '24 × 24'],
    [80, 80, '40 × 40'],
    [1024, 1, '200 × 1'],
    [1024, 512, '80 × 40'],
    [1, 1024, '1 × 40'],
  ] as const) {
    const logo = readLogo(png(header(width, height), pixels, end))
    assert.ok(logo.kind === 'read')
    const size = shownSize(logo)
    assert.equal(`${size.width} × ${size.height}`, shown)
  }
})

test('what is no sound PNG is refused with a reason', () => {
  const good = png(header(), pixels, end)
  const cut = (bytes: Buffer, at: number) => bytes.subarray(0, at)
  const spoilt = (at: number) => Buffer.from(good).fill(good[at]! ^ 1, at, at + 1)
  const cases: [RegExp, ...Uint8Array[]][] = [
    [/neither/, spoilt(1), Buffer.from([0x89]), SIGNATURE.subarray(0, 7), spoilt(7)],
    [/breaks off/, SIGNATURE, cut(good, 20), cut(good, good.length - 1), cut(good, good.length - 12), png(header(), pixels)],
    [/breaks off/, Buffer.concat([SIGNATURE, Buffer.from([0xff, 0xff, 0xff, 0xff]), good])],
    [/checksum of its IHDR/, spoilt(19), spoilt(29)],
    [/checksum of its IDAT/, spoilt(50)],
    [
      /damaged/,
      png(header(), end),
      png(pixels, end),
      png(end),
      png(header(), header(), pixels, end),
      png(pixels, header(), end),
      png(header(), pixels, ['IEND', Buffer.from('x')]),
    ],
    [
      /damaged/,
      png(header(), pixels, ['PLTE', Buffer.alloc(3)], end),
      png(header(), pixels, ['tRNS', Buffer.alloc(2)], end),
      png(['IHDR', Buffer.alloc(12)], pixels, end),
    ],
    [
      /damaged/,
      ...[
        [3, 6, 0, 0, 0],
        [16, 3, 0, 0, 0],
        [8, 1, 0, 0, 0],
        [8, 7, 0, 0, 0],
        [4, 2, 0, 0, 0],
        [8, 6, 1, 0, 0],
        [8, 6, 0, 1, 0],
        [8, 6, 0, 0, 2],
      ].map((rest) => png(header(4, 2, rest), pixels, end)),
    ],
    [
      /damaged/,
      png(header(4, 2, [8, 3, 0, 0, 0]), pixels, end),
      ...[0, 4, 769, 771].map((length) => png(header(4, 2, [8, 3, 0, 0, 0]), ['PLTE', Buffer.alloc(length)], pixels, end)),
    ],
    [
      /damaged/,
      png(header(4, 2, [8, 0, 0, 0, 0]), ['PLTE', Buffer.alloc(3)], pixels, end),
      png(header(4, 2, [8, 0, 0, 0, 0]), ['tRNS', Buffer.alloc(3)], pixels, end),
      png(header(), ['tRNS', Buffer.alloc(2)], pixels, end),
    ],
    [
      /damaged/,
      png(header(4, 2, [8, 3, 0, 0, 0]), ['PLTE', Buffer.alloc(3)], ['tRNS', Buffer.alloc(2)], pixels, end),
      png(header(), ['ID T', none], pixels, end),
      png(header(), ['tExt', none], pixels, end),
    ],
    [/no PNG needs: CgBI/, png(['CgBI', Buffer.alloc(4)], header(), pixels, end)],
    [/without a size/, png(header(0, 2), pixels, end), png(header(4, 0), pixels, end)],
    [/1025 × 2 px: at most 1024 × 1024/, png(header(1025, 2), pixels, end)],
    [/4294967295 px/, png(header(1, 4_294_967_295), pixels, end)],
    [/64 KiB/, png(header(), ['IDAT', Buffer.alloc(65_536)], end)],
  ]
  assert.equal(reason(good), 'taken')
  for (const [why, ...files] of cases) for (const [at, file] of files.entries()) assert.match(reason(file), why, `${why} ${at}`)
})

test('whatever the bytes: they are refused, or come out the same when they are read again', () => {
  const good = png(
    header(4, 2, [8, 3, 0, 0, 0]),
    ['PLTE', Buffer.alloc(12)],
    ['tEXt', Buffer.from('a\0b')],
    ['tRNS', Buffer.alloc(2)],
    pixels,
    end,
  )
  fc.assert(
    fc.property(fc.nat(good.length), fc.uint8Array({ maxLength: 3 }), fc.nat(3), (at, put, drop) => {
      const logo = readLogo(Buffer.concat([good.subarray(0, at), put, good.subarray(at + drop)]))
      if (logo.kind === 'read') assert.deepEqual(readLogo(logo.data), logo)
    }),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => assert.equal(crc(bytes), crc32(bytes))),
    { numRuns: 100 },
  )
})
