import type { Static, TSchema } from 'typebox'

/**
 * What a service offers, as data. Expected refusals are values of `output` (`{kind: 'unknown'}`), so nothing has to be
 * rebuilt across HTTP; an exception is a fault.
 */
export type Operation = {
  path: string
  input: TSchema
  output: TSchema
  /** How long a caller waits at most; `CALL_MS` where it is not named. */
  deadlineMs?: number
  /** It may take long while the service is well, so `deadlineMs` is long; for a service that is silent nobody waits longer than `CALL_MS`. */
  renewed?: boolean
  /** Asked all the time: only what goes wrong is worth a log line. */
  quiet?: boolean
  /** For every process of the service, not for one of them; answered by any. */
  everywhere?: boolean
}
export const CALL_MS = 1500
export type Contract = Record<string, Operation>

/** The same typed functions on both sides: what a service implements and what its callers hold. */
export type Client<C extends Contract> = { [K in keyof C]: (input: Static<C[K]['input']>) => Promise<Static<C[K]['output']>> }
