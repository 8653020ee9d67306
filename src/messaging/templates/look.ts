import { isColour, mix, readable, textOn } from './colour.ts'

/** The series of stamps: numbers are green, codes blue, links plum, new passwords ochre, notices slate. */
export type Ink = 'green' | 'blue' | 'plum' | 'ochre' | 'slate'
export type Shades = { light: string; dark: string }

/** Ink and paper of each stamp, and what all letters share; every ink is readable on its paper (4.5:1) in both themes. */
export const INKS = {
  green: { ink: { light: '#0A6A50', dark: '#66D1A8' }, paper: { light: '#E2F0EA', dark: '#14302A' } },
  blue: { ink: { light: '#2450A6', dark: '#9DB8FF' }, paper: { light: '#E8EEFB', dark: '#1A2540' } },
  plum: { ink: { light: '#7A2E6E', dark: '#E3A5D8' }, paper: { light: '#F5E9F3', dark: '#2C1E2E' } },
  ochre: { ink: { light: '#8A5A00', dark: '#E8C074' }, paper: { light: '#FAF1DF', dark: '#2E2615' } },
  slate: { ink: { light: '#4A5568', dark: '#A9B5C4' }, paper: { light: '#EDF0F4', dark: '#1F2937' } },
  text: { light: '#16213A', dark: '#E8EDF3' },
  soft: { light: '#4A566B', dark: '#A9B5C4' },
  sheet: { light: '#FFFFFF', dark: '#161E29' },
  desk: { light: '#E9EEF0', dark: '#0E141D' },
  edge: { light: '#D0D9DE', dark: '#2C3847' },
  control: { light: '#75838F', dark: '#728399' },
} as const satisfies Record<Ink, { ink: Shades; paper: Shades }> & Record<string, unknown>

/** What a letter is drawn in: ink and paper of its stamp; its button, the edge of that, and the words on it. */
export type Look = { ink: Shades; paper: Shades; button: Shades; rim: Shades; label: Shades }

/**
 * The look of a kind of letter or, where the application has a colour, in that: as it is on the button, and on the stamp with as much
 * black or white in it as its words need to be read.
 * @param accent `#rrggbb`; anything else is none
 */
export function lookOf(ink: Ink, accent: string | undefined): Look {
  if (!isColour(accent)) return { ...INKS[ink], button: INKS.text, rim: INKS.text, label: INKS.sheet }
  const paper = { light: mix(accent, INKS.sheet.light, 0.1), dark: mix(accent, INKS.sheet.dark, 0.14) }
  const readableInk = { light: readable(accent, paper.light, 4.5), dark: readable(accent, paper.dark, 4.5) }
  const label = textOn(accent)
  return { ink: readableInk, paper, button: { light: accent, dark: accent }, rim: readableInk, label: { light: label, dark: label } }
}
