import Type, { type Static } from 'typebox'
import { Accent } from './brands.ts'
import { Kind, Nullable } from './kinds.ts'

export const AppView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  displayName: Type.String(),
  replyTo: Nullable(Type.String()),
  /** Whether people sign up and in for it; and the web origins whose pages may call its public routes. */
  accounts: Type.Boolean(),
  origins: Type.Array(Type.String()),
  /** How it shows itself; `logo`: as large as it is shown, px. And where sign-in at a page may return to. */
  accent: Nullable(Accent),
  logo: Nullable(Type.Object({ width: Type.Integer(), height: Type.Integer() })),
  returns: Type.Array(Type.String()),
  createdAt: Type.Number(),
  keys: Type.Array(Type.Object({ hint: Type.String(), createdAt: Type.Number(), development: Type.Boolean() })),
})
export type AppView = Static<typeof AppView>
/** `subject`: a person's, a MAC of the address. */
const About = { app: Type.Optional(Type.String()), subject: Type.Optional(Type.String()) }
const AppRef = { app: Type.String() }
const AppUnknown = Kind('app_unknown')
const AppKeyed = Type.Object({ kind: Type.Literal('done'), app: AppView, apiKey: Type.String() })

/** What is left out stays as it is; `origins` and `returns` are these and no others. */
const SetApp = Type.Object({
  ...AppRef,
  displayName: Type.Optional(Type.String()),
  replyTo: Type.Optional(Nullable(Type.String())),
  accounts: Type.Optional(Type.Boolean()),
  origins: Type.Optional(Type.Array(Type.String())),
  /** `#rrggbb`, for the light theme; that for the dark one is made from it. */
  accent: Type.Optional(Nullable(Type.String())),
  /** A PNG or an SVG, base64. */
  logo: Type.Optional(Nullable(Type.String())),
  returns: Type.Optional(Type.Array(Type.String())),
})
export type SetApp = Static<typeof SetApp>
/** Contrast on the sheet and on the paper of a theme, 1 to 21. */
const Ratios = Type.Object({ sheet: Type.Number(), paper: Type.Number() })
/** Why a brand is not taken. `nearest`: the lightest colour of that hue that would be; `as`: how the URL has to be written. */
const BrandRefused = Type.Union([
  Kind('accent_unreadable'),
  Type.Object({ kind: Type.Literal('accent_low'), ratios: Ratios, nearest: Type.String() }),
  Type.Object({ kind: Type.Literal('logo_invalid'), reason: Type.String() }),
  Type.Object({
    kind: Type.Literal('return_invalid'),
    url: Type.String(),
    flaw: Type.Enum(['too_long', 'unreadable', 'scheme', 'user', 'fragment', 'pattern', 'host', 'path', 'form']),
    as: Nullable(Type.String()),
  }),
  Type.Object({ kind: Type.Literal('returns_too_many'), most: Type.Integer() }),
])
export type BrandRefused = Static<typeof BrandRefused>

/** Client applications, for operators. */
export const apps = {
  addApp: {
    path: '/add-app',
    input: Type.Object({ name: Type.String() }),
    output: Type.Union([AppKeyed, Kind('name_taken'), Kind('name_invalid')]),
  },
  listApps: { path: '/list-apps', input: Type.Object({}), output: Type.Object({ apps: Type.Array(AppView) }) },
  setApp: {
    path: '/set-app',
    input: SetApp,
    output: Type.Union([
      /** `contrast`: of an accent that was given. */
      Type.Object({ kind: Type.Literal('done'), app: AppView, contrast: Nullable(Type.Object({ light: Ratios, dark: Ratios })) }),
      AppUnknown,
      BrandRefused,
      Kind('display_name_invalid'),
      Kind('reply_to_invalid'),
      Type.Object({ kind: Type.Literal('origin_invalid'), origin: Type.String() }),
      Type.Object({ kind: Type.Literal('origins_too_many'), most: Type.Integer() }),
    ]),
  },
  /** A second key beside the present one; `now` revokes every older key at once. */
  rotateKey: { path: '/rotate-key', input: Type.Object({ ...AppRef, now: Type.Boolean() }), output: Type.Union([AppKeyed, AppUnknown]) },
  /** Ends a rotation: only the newest key stays. */
  finishRotation: {
    path: '/finish-rotation',
    input: Type.Object(AppRef),
    output: Type.Union([Type.Object({ kind: Type.Literal('done'), app: AppView }), AppUnknown]),
  },
  removeApp: { path: '/remove-app', input: Type.Object(AppRef), output: Type.Union([Kind('done'), AppUnknown]) },
  /** What administrators did, oldest first. */
  listChanges: {
    path: '/list-changes',
    input: Type.Object({}),
    output: Type.Object({ changes: Type.Array(Type.Object({ at: Type.Number(), change: Type.String(), ...About })) }),
  },
} as const
