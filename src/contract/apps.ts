import Type, { type Static } from 'typebox'
import { Kind, Nullable } from './kinds.ts'

export const AppView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  displayName: Type.String(),
  replyTo: Nullable(Type.String()),
  /** Whether people sign up and in for it; and the web origins whose pages may call its public routes. */
  accounts: Type.Boolean(),
  origins: Type.Array(Type.String()),
  createdAt: Type.Number(),
  keys: Type.Array(Type.Object({ hint: Type.String(), createdAt: Type.Number(), development: Type.Boolean() })),
})
export type AppView = Static<typeof AppView>
/** `subject`: a person's, a MAC of the address. */
const About = { app: Type.Optional(Type.String()), subject: Type.Optional(Type.String()) }
const AppRef = { app: Type.String() }
const AppUnknown = Kind('app_unknown')
const AppKeyed = Type.Object({ kind: Type.Literal('done'), app: AppView, apiKey: Type.String() })

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
    /** What is left out stays as it is; `origins` are these and no others. */
    input: Type.Object({
      ...AppRef,
      displayName: Type.Optional(Type.String()),
      replyTo: Type.Optional(Nullable(Type.String())),
      accounts: Type.Optional(Type.Boolean()),
      origins: Type.Optional(Type.Array(Type.String())),
    }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('done'), app: AppView }),
      AppUnknown,
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
