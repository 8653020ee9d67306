import type { Accent, Brand } from '../../contract/brands.ts'

/** Where a brand's logo is served. Its hash stands there, so it may be kept for ever. */
export const logoPath = (app: Brand['app'], logo: string): string => `/brand/${app}/${logo}`

/** The style sheet that sets an accent, to be linked after that of the page: all that is in it stands in its path. */
export const accentPath = ({ light, dark }: Accent): string => `/brand/accent/${light.slice(1)}-${dark.slice(1)}.css`

/** What is served there; null when it is the path of no accent. @param file the path's last part */
export function accentCss(file: string): string | null {
  const [, light, dark] = /^([0-9a-f]{6})-([0-9a-f]{6})\.css$/.exec(file) ?? []
  return light && dark ? `:root{--seal:#${light}}\n@media (prefers-color-scheme:dark){:root{--seal:#${dark}}}\n` : null
}
