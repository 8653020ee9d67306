import type { LogoRead } from './logo.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const MOST_PX = 1024
/** Bit depths of each colour type. */
const DEPTHS: Record<number, number[]> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] }
const PALETTE = 3
/** Chunks that are kept, in the order that they have to come in. */
const ORDER = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']

type Chunk = { name: string; data: Uint8Array; whole: Uint8Array }
const refused = (reason: string): LogoRead => ({ kind: 'refused', reason })

/**
 * A PNG with only what its picture needs: header, palette, transparency, pixels. Texts, colour profiles, animation and what follows its
 * end are left out.
 * @see https://www.w3.org/TR/png-3/ §5 (chunks, CRC), §11.2, §11.3.1 (which there are)
 */
export function readPng(bytes: Uint8Array): LogoRead {
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte)) return refused('it is neither a PNG nor an SVG')
  const chunks = chunksOf(bytes)
  if (typeof chunks === 'string') return refused(chunks)
  const flaw = flawOf(chunks)
  if (flaw) return refused(flaw)
  const header = view(chunks[0]!.data)
  const data = joined([Uint8Array.from(SIGNATURE), ...chunks.map(({ whole }) => whole)])
  return { kind: 'read', type: 'image/png', data, width: header.getUint32(0), height: header.getUint32(4) }
}

/** Those that are kept, up to the end of the picture; or what is wrong with the file. */
function chunksOf(bytes: Uint8Array): Chunk[] | string {
  const kept: Chunk[] = []
  const all = view(bytes)
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = all.getUint32(at)
    const end = at + 12 + length
    if (end > bytes.length) break
    const whole = bytes.subarray(at, end)
    const name = String.fromCharCode(...whole.subarray(4, 8))
    if (!/^[A-Za-z]{2}[A-Z][A-Za-z]$/.test(name)) return 'it is a damaged PNG'
    if (crc(whole.subarray(4, 8 + length)) !== all.getUint32(end - 4)) return `it is a damaged PNG: the checksum of its ${name} is wrong`
    if (ORDER.includes(name)) kept.push({ name, data: whole.subarray(8, 8 + length), whole })
    else if (/^[A-Z]/.test(name)) return `it has a part that no PNG needs: ${name}`
    if (name === 'IEND') return kept
    at = end
  }
  return 'it is a PNG that breaks off'
}

function flawOf(chunks: Chunk[]): string | null {
  const names = chunks.map(({ name }) => name)
  const once = names.filter((name) => name !== 'IDAT')
  const ranks = names.map((name) => ORDER.indexOf(name))
  const isOrdered = ranks.every((rank, at) => at === 0 || ranks[at - 1]! <= rank) && new Set(once).size === once.length
  const [header] = chunks
  if (!isOrdered || header?.name !== 'IHDR' || header.data.length !== 13 || !names.includes('IDAT')) return 'it is a damaged PNG'
  return headerFlaw(view(header.data)) ?? paletteFlaw(chunks, header.data[9]!)
}

function headerFlaw(header: DataView): string | null {
  const [width, height] = [header.getUint32(0), header.getUint32(4)]
  const [depth, color, compression, filter, interlace] = [8, 9, 10, 11, 12].map((at) => header.getUint8(at)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (!DEPTHS[color]?.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) return 'it is a damaged PNG'
  if (width < 1 || height < 1) return 'it is a PNG without a size'
  return width > MOST_PX || height > MOST_PX ? `it is ${width} × ${height} px: at most ${MOST_PX} × ${MOST_PX} will do` : null
}

function paletteFlaw(chunks: Chunk[], color: number): string | null {
  const lengthOf = (wanted: string) => chunks.find(({ name }) => name === wanted)?.data.length
  const palette = lengthOf('PLTE')
  const clear = lengthOf('tRNS')
  const colours = (palette ?? 0) / 3
  const isPaletteFine = palette === undefined ? color !== PALETTE : color % 4 !== 0 && palette > 0 && palette <= 768 && palette % 3 === 0
  const isClearFine = clear === undefined || (color === PALETTE ? clear > 0 && clear <= colours : clear === { 0: 2, 2: 6 }[color])
  const isEndFine = lengthOf('IEND') === 0
  return isPaletteFine && isClearFine && isEndFine ? null : 'it is a damaged PNG'
}

/** CRC-32 of ISO 3309, as PNG §D has it. */
export function crc(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  }
  return (value ^ 0xffffffff) >>> 0
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function joined(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
