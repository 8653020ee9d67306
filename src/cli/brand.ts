import { readFileSync, statSync } from 'node:fs'
import type { AppView, BrandRefused, SetApp } from '../contract/apps.ts'
import type { Office } from './tools.ts'
import { Refused, Usage } from './tools.ts'

export type BrandValues = { accent?: string; logo?: string; return?: string[]; 'no-returns'?: boolean }
type Set = Awaited<ReturnType<Office['admin']['setApp']>>
type Flaw = Extract<BrandRefused, { kind: 'return_invalid' }>['flaw']

export const brandOptions = {
  accent: { type: 'string' },
  logo: { type: 'string' },
  return: { type: 'string', multiple: true },
  'no-returns': { type: 'boolean' },
} as const
const MOST_BYTES = 64 * 1024

/** What `apps set` is to change of the brand; nothing that was not given. */
export function brandWish({ accent, logo, return: returns, 'no-returns': none }: BrandValues): Pick<SetApp, 'accent' | 'logo' | 'returns'> {
  if (returns && none) throw new Usage('apps set APP: --return or --no-returns, not both')
  return {
    ...(accent === undefined ? {} : { accent: accent === 'none' ? null : accent }),
    ...(logo === undefined ? {} : { logo: logo === 'none' ? null : readPicture(logo) }),
    ...(returns || none ? { returns: returns ?? [] } : {}),
  }
}

/** The file in base64. */
function readPicture(path: string): string {
  const size = statSync(path, { throwIfNoEntry: false })
  if (!size?.isFile()) throw new Refused(`there is no file ${JSON.stringify(path)}`)
  if (size.size > MOST_BYTES) throw new Refused(`the logo is ${Math.ceil(size.size / 1024)} KiB: at most 64 will do`)
  try {
    return readFileSync(path, 'base64')
  } catch (error) {
    throw new Refused(`${JSON.stringify(path)} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

const FLAWS: Record<Exclude<Flaw, 'form'>, string> = {
  too_long: 'it is longer than 2000 characters',
  unreadable: 'it is no URL that every browser reads alike: https://app.example/signed-in, the rest percent-encoded',
  scheme: 'it has to be https, or in development http on localhost, 127.0.0.1 or [::1]',
  user: 'it names a user',
  fragment: 'it has a #',
  pattern: 'it has a *; a return URL is no pattern',
  host: 'its host has signs that no domain has, or ends with a dot, or its port is 0',
  path: 'its path has an encoded /, \\, % or control character',
}

/** @throws Refused when the brand was, in one line that says why */
export function acceptedBrand<S extends Set>(result: S): Exclude<S, BrandRefused> {
  if (result.kind === 'accent_unreadable') throw new Refused("an accent is one colour such as '#0a6a50', or none")
  if (result.kind === 'accent_low') {
    const { sheet, paper } = result.ratios
    throw new Refused(
      `that accent has a contrast of ${ratio(sheet)} on white and ${ratio(paper)} on the page: 4.5:1 is needed. ${result.nearest} has it`,
    )
  }
  if (result.kind === 'logo_invalid') throw new Refused(`the logo is not taken: ${result.reason}`)
  if (result.kind === 'returns_too_many') throw new Refused(`an app has at most ${result.most} return URLs`)
  if (result.kind === 'return_invalid') {
    const why = result.flaw === 'form' ? `browsers write it ${result.as}` : FLAWS[result.flaw]
    throw new Refused(`${JSON.stringify(result.url)} is no return URL: ${why}`)
  }
  return result as Exclude<S, BrandRefused>
}

/** What `apps set` says of the parts of the brand that it was given. */
export function brandLines(
  app: AppView,
  contrast: Extract<Set, { kind: 'done' }>['contrast'],
  wish: ReturnType<typeof brandWish>,
): string[] {
  const { accent, logo, returns } = app
  return [
    wish.accent !== undefined &&
      (accent
        ? `accent ${accent.light}${contrasts(contrast?.light)}, in the dark theme ${accent.dark}${contrasts(contrast?.dark)}`
        : 'no accent'),
    wish.logo !== undefined && (logo ? `logo shown ${logo.width} × ${logo.height} px` : 'no logo'),
    wish.returns !== undefined && (returns.length > 0 ? `sign-in returns to ${returns.join(', ')}` : 'sign-in returns nowhere'),
  ].filter((line) => line !== false)
}

const contrasts = (ratios: { sheet: number; paper: number } | undefined) =>
  ratios ? ` (${ratio(ratios.sheet)} on the sheet, ${ratio(ratios.paper)} on the page)` : ''
/** Rounded down: what is short of 4.5 never looks like it. */
const ratio = (value: number) => `${(Math.floor(value * 100) / 100).toFixed(2)}:1`
