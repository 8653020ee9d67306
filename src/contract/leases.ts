import Type, { type Static } from 'typebox'
import { Letter } from './messaging.ts'

/** The right to send one letter and to say what became of it, until another holder takes it. */
export const Lease = Type.Object({
  partition: Type.String({ pattern: '^[0-9]{2}$' }),
  key: Type.String(),
  version: Type.String(),
  until: Type.Number(),
})
export type Lease = Static<typeof Lease>
export const LeasedLetter = Type.Object({ letter: Letter, lease: Lease })
export type LeasedLetter = Static<typeof LeasedLetter>
