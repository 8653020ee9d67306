import Type, { type Static } from 'typebox'
import { Kind, Nullable } from './kinds.ts'
import { Locale } from './messaging.ts'

/** More lines in one call are refused. */
export const IMPORT_LINES = 256
/** In UTF-16 code units. */
export const IMPORT_LINE_LENGTH = 16 * 1024

/** What all hashes of a Firebase project share, in base64 (`hash_config` of its console). */
export const HashConfig = Type.Object({
  signerKey: Type.String(),
  saltSeparator: Type.String(),
  rounds: Type.Integer(),
  memCost: Type.Integer(),
})
export type HashConfig = Static<typeof HashConfig>

/**
 * What became of a line. `already`: its account is there, and this very line made it. `detail`: in words, never any of the hash.
 * Account null: it would be imported, were this no trial.
 */
export const ImportResult = Type.Union([
  Type.Object({ kind: Type.Enum(['imported', 'already']), id: Nullable(Type.String()), account: Nullable(Type.String()) }),
  Type.Object({ kind: Type.Literal('refused'), reason: Type.String(), detail: Type.String() }),
])
export type ImportResult = Static<typeof ImportResult>

export const imports = {
  /** Accounts from elsewhere, with the hashes of their passwords: JSON lines, each judged by itself, results in their order. */
  importAccounts: {
    path: '/import-accounts',
    input: Type.Object({
      app: Type.String(),
      lines: Type.Array(Type.String({ maxLength: IMPORT_LINE_LENGTH }), { maxItems: IMPORT_LINES }),
      hashConfig: Nullable(HashConfig),
      /** Addresses that nobody verified count as verified. */
      trustAddresses: Type.Boolean(),
      /** Of whoever has none of es, ru, en. */
      locale: Locale,
      /** Judges and writes nothing. */
      dryRun: Type.Boolean(),
    }),
    output: Type.Union([
      Type.Object({ kind: Type.Literal('done'), app: Type.String(), results: Type.Array(ImportResult) }),
      Kind('app_unknown'),
    ]),
    deadlineMs: 60_000,
    quiet: true,
  },
} as const
