/** What an accent stands on: the sheet and the paper of the pages, in each theme. */
export const GROUNDS = { light: { sheet: '#ffffff', paper: '#e9eef0' }, dark: { sheet: '#161e29', paper: '#0e141d' } } as const
/** Text of usual size. WCAG 2.2, success criterion 1.4.3. */
export const LEAST = 4.5

const COLOUR = /^#[0-9a-f]{6}$/
const STEPS = 512

export type Theme = keyof typeof GROUNDS
/** Contrast with the sheet and with the paper of a theme. */
export type Ratios = { sheet: number; paper: number }
/** `nearest`: the lightest colour of the same hue and saturation that would do. */
export type AccentJudged =
  | { kind: 'fine'; accent: Record<Theme, string>; ratios: Record<Theme, Ratios> }
  | { kind: 'low'; ratios: Ratios; nearest: string }
  | { kind: 'unreadable' }

/**
 * An accent from one colour: it has to be readable in the light theme, and is lightened for the dark one as far as it takes.
 * @param text `#rrggbb`, in capitals or not
 */
export function judgeAccent(text: string): AccentJudged {
  const light = text.toLowerCase()
  if (!COLOUR.test(light)) return { kind: 'unreadable' }
  if (!isReadable(light, 'light')) return { kind: 'low', ratios: ratiosOf(light, 'light'), nearest: readable(light, 'light') }
  const dark = readable(light, 'dark')
  return { kind: 'fine', accent: { light, dark }, ratios: { light: ratiosOf(light, 'light'), dark: ratiosOf(dark, 'dark') } }
}

export const ratiosOf = (color: string, theme: Theme): Ratios => ({
  sheet: contrast(color, GROUNDS[theme].sheet),
  paper: contrast(color, GROUNDS[theme].paper),
})
const isReadable = (color: string, theme: Theme) => Object.values(ratiosOf(color, theme)).every((ratio) => ratio >= LEAST)

/** The colour itself or, step by step darker (in the dark theme: lighter), the first of its hue that is readable. */
export function readable(color: string, theme: Theme): string {
  if (isReadable(color, theme)) return color
  const { hue, saturation, lightness } = toHsl(color)
  const end = theme === 'light' ? 0 : 1
  for (let step = 1; step < STEPS; step++) {
    const next = fromHsl({ hue, saturation, lightness: lightness + ((end - lightness) * step) / STEPS })
    if (isReadable(next, theme)) return next
  }
  return end === 0 ? '#000000' : '#ffffff'
}

/**
 * From 1 (alike) to 21 (black on white).
 * @see WCAG 2.2, "contrast ratio": https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 */
export function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** From 0 (black) to 1 (white). @see WCAG 2.2, "relative luminance": https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function luminance(color: string): number {
  const [r, g, b] = channels(color).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

type Rgb = [number, number, number]
type Hsl = { hue: number; saturation: number; lightness: number }

/** Red, green and blue, each from 0 to 1. */
const channels = (color: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255) as Rgb

/** @see CSS Color 4, §7: https://www.w3.org/TR/css-color-4/#rgb-to-hsl; hue from 0 to 12 */
function toHsl(color: string): Hsl {
  const [r, g, b] = channels(color)
  const most = Math.max(r, g, b)
  const least = Math.min(r, g, b)
  const lightness = (most + least) / 2
  const range = most - least
  if (range === 0) return { hue: 0, saturation: 0, lightness }
  const sixth = most === r ? (g - b) / range + 6 : most === g ? (b - r) / range + 2 : (r - g) / range + 4
  return { hue: (sixth % 6) * 2, saturation: range / (1 - Math.abs(2 * lightness - 1)), lightness }
}

/** @see CSS Color 4, §7: https://www.w3.org/TR/css-color-4/#hsl-to-rgb */
function fromHsl({ hue, saturation, lightness }: Hsl): string {
  const most = saturation * Math.min(lightness, 1 - lightness)
  const channel = (shift: number) => {
    const k = (shift + hue) % 12
    const value = lightness - most * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channel(0)}${channel(8)}${channel(4)}`
}
