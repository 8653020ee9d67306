import { hash } from 'node:crypto'
import type { BrandRefused, SetApp } from '../contract/apps.ts'
import type { Accent } from '../contract/brands.ts'
import { judgeAccent, type Ratios } from '../rules/contrast.ts'
import { readLogo, shownSize } from '../rules/logo.ts'
import { judgeReturn, MOST_RETURNS } from '../rules/return-url.ts'
import type { App, LogoRecord } from './app-records.ts'

/** What becomes of the brand of an app; what was not wished for is left out. `logo`: the picture, null = none. */
export type BrandWish = {
  kind: 'fine'
  fields: Partial<Pick<App, 'accent' | 'returns' | 'logo'>>
  logo?: LogoRecord | null
  contrast: { light: Ratios; dark: Ratios } | null
}
type Given = Pick<SetApp, 'accent' | 'returns' | 'logo'>
type Part<T> = { kind: 'fine'; value: T } | BrandRefused
type Colours = { accent: Accent | null; contrast: BrandWish['contrast'] }

const HASH_CHARACTERS = 16

/** Judges how an app wants to show itself; nothing of it is taken when one part is refused. @param loopback whether sign-in may return to http on this machine */
export function readBrandWish({ accent, returns, logo }: Given, loopback: boolean): BrandWish | BrandRefused {
  const colours = accent === undefined ? null : readAccent(accent)
  if (colours && colours.kind !== 'fine') return colours
  const listed = returns && readReturns(returns, loopback)
  if (listed && listed.kind !== 'fine') return listed
  const picture = logo === undefined ? null : readPicture(logo)
  if (picture && picture.kind !== 'fine') return picture
  return {
    kind: 'fine',
    fields: {
      ...(colours && { accent: colours.value.accent }),
      ...(listed && { returns: listed.value }),
      ...(picture && { logo: picture.value.logo }),
    },
    ...(picture && { logo: picture.value.record }),
    contrast: colours?.value.contrast ?? null,
  }
}

function readAccent(wish: string | null): Part<Colours> {
  if (wish === null) return { kind: 'fine', value: { accent: null, contrast: null } }
  const judged = judgeAccent(wish)
  if (judged.kind === 'unreadable') return { kind: 'accent_unreadable' }
  if (judged.kind === 'low') return { kind: 'accent_low', ratios: judged.ratios, nearest: judged.nearest }
  return { kind: 'fine', value: { accent: judged.accent, contrast: judged.ratios } }
}

function readReturns(wish: string[], loopback: boolean): Part<string[]> {
  for (const url of wish) {
    const judged = judgeReturn(url, loopback)
    if (judged.kind === 'refused') return { kind: 'return_invalid', url, flaw: judged.flaw, as: judged.flaw === 'form' ? judged.as : null }
  }
  const value = [...new Set(wish)]
  return value.length > MOST_RETURNS ? { kind: 'returns_too_many', most: MOST_RETURNS } : { kind: 'fine', value }
}

function readPicture(wish: string | null): Part<{ logo: App['logo']; record: LogoRecord | null }> {
  if (wish === null) return { kind: 'fine', value: { logo: null, record: null } }
  const read = readLogo(Buffer.from(wish, 'base64'))
  if (read.kind === 'refused') return { kind: 'logo_invalid', reason: read.reason }
  const name = hash('sha256', read.data).slice(0, HASH_CHARACTERS)
  const record = { v: 1 as const, hash: name, type: read.type, data: Buffer.from(read.data).toString('base64') }
  return { kind: 'fine', value: { logo: { hash: name, ...shownSize(read) }, record } }
}
