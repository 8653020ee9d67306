import Type, { type Static } from 'typebox'
import { Kind, Nullable } from './kinds.ts'

/** One colour for the light theme and one for the dark, `#rrggbb`; each reaches 4.5:1 on the sheet and the paper of its theme. */
export const Accent = Type.Object({ light: Type.String(), dark: Type.String() })
export type Accent = Static<typeof Accent>

/** How an app shows itself to people. */
export const Brand = Type.Object({
  /** Its id. */
  app: Type.String(),
  /** Its display name. */
  name: Type.String(),
  accent: Nullable(Accent),
  /** A short hash of the logo, which stands in its URL. */
  logo: Nullable(Type.String()),
  /** How large it is shown, CSS px: at most 40 high and 200 wide. */
  logoSize: Nullable(Type.Object({ width: Type.Integer(), height: Type.Integer() })),
  /** Where sign-in at a page may return to: exactly these texts. */
  returns: Type.Array(Type.String()),
})
export type Brand = Static<typeof Brand>

/** What the settings say that pages tell people. */
export const PageRules = Type.Object({
  passwordMin: Type.Integer(),
  codeDigits: Type.Integer(),
  codeTtlMs: Type.Number(),
  linkTtlMs: Type.Number(),
  undoTtlMs: Type.Number(),
})
export type PageRules = Static<typeof PageRules>

/** What pages show of apps, a part of persistence. `app`: an id, null = app `default`; an app whose accounts are off is unknown. */
export const brands = {
  showBrand: {
    path: '/show-brand',
    /** `returnTo`: where a page was asked to return to. */
    input: Type.Object({ app: Nullable(Type.String()), returnTo: Type.Optional(Type.String()) }),
    output: Type.Union([
      /** `returnTo`: the same where it is one of `returns`, otherwise null. `isDefault`: addresses of pages need not name it. */
      Type.Object({
        kind: Type.Literal('found'),
        brand: Brand,
        isDefault: Type.Boolean(),
        rules: PageRules,
        returnTo: Nullable(Type.String()),
      }),
      Kind('app_unknown'),
    ]),
    quiet: true,
  },
  /** `logo`: the hash from the brand. `data`: base64; it was read and written anew before it was kept. */
  showLogo: {
    path: '/show-logo',
    input: Type.Object({ app: Type.String(), logo: Type.String() }),
    output: Type.Union([
      Type.Object({
        kind: Type.Literal('found'),
        type: Type.Union([Type.Literal('image/svg+xml'), Type.Literal('image/png')]),
        data: Type.String(),
      }),
      Kind('unknown'),
    ]),
    quiet: true,
  },
} as const
