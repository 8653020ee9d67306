import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

const made = new WeakMap<TSchema, Validator>()

/** The validator of a schema, made when it is first asked for: compiling all of them would be a good part of the time of a start. */
export function compiled<S extends TSchema>(schema: S): Validator<Record<never, never>, S> {
  const known = made.get(schema) ?? Compile(schema)
  made.set(schema, known as Validator)
  return known as Validator<Record<never, never>, S>
}
