/** Red, green and blue of `#rrggbb`, each 0 to 255. */
type Rgb = [number, number, number]

const rgbOf = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as Rgb

/** Whether it is `#rrggbb` and so can stand in a style. */
export const isColour = (text: string | undefined): text is string => /^#[0-9a-f]{6}$/i.test(text ?? '')

/** `share` of the one colour, from 0 to 1, and the rest of the other. */
export function mix(one: string, other: string, share: number): string {
  const under = rgbOf(other)
  const parts = rgbOf(one).map((part, at) => Math.round(part * share + under[at]! * (1 - share)))
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** From 1 to 21. @see WCAG 2.2, "contrast ratio" */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const [red, green, blue] = rgbOf(colour).map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Black or white, whichever is read better on that colour: one of them always has 4.5:1. */
export const textOn = (colour: string): string => (contrast('#000000', colour) > contrast('#ffffff', colour) ? '#000000' : '#ffffff')

/** The colour itself, or as little of black or white in it as it takes to have `ratio` on what it stands on. */
export function readable(colour: string, on: string, ratio: number): string {
  for (let share = 100; share > 0; share--) {
    const tried = mix(colour, textOn(on), share / 100)
    if (contrast(tried, on) >= ratio) return tried
  }
  return textOn(on)
}
