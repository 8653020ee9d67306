import { readPng } from './logo-png.ts'
import { readSvg } from './logo-svg.ts'

/** A logo as it was given, at most. */
export const MOST_BYTES = 64 * 1024
const HIGH = 40
const WIDE = 200

/** A picture written anew from what was understood of it; `width` and `height`: its own, px. `reason` is for whoever chose the file. */
export type LogoRead =
  | { kind: 'read'; type: 'image/svg+xml' | 'image/png'; data: Uint8Array; width: number; height: number }
  | { kind: 'refused'; reason: string }

/** A PNG, or otherwise an SVG. */
export function readLogo(bytes: Uint8Array): LogoRead {
  if (bytes.length > MOST_BYTES) return { kind: 'refused', reason: 'it is larger than 64 KiB' }
  return bytes[0] === 0x89 ? readPng(bytes) : readSvg(bytes)
}

/** How large a logo is shown, CSS px: it fits into 200 × 40; a PNG is never enlarged. */
export function shownSize({ type, width, height }: Pick<Extract<LogoRead, { kind: 'read' }>, 'type' | 'width' | 'height'>) {
  const scale = Math.min(HIGH / height, WIDE / width, type === 'image/png' ? 1 : Number.POSITIVE_INFINITY)
  const whole = (length: number) => Math.max(1, Math.round(length * scale))
  return { width: whole(width), height: whole(height) }
}
