import Type, { type TSchema } from 'typebox'

/** An outcome without anything besides. */
export const Kind = <K extends string>(kind: K) => Type.Object({ kind: Type.Literal(kind) })
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** `remaining` of `count` per `spanMs`, full again in `resetMs`. */
export const Allowance = Type.Object({
  name: Type.String(),
  count: Type.Number(),
  spanMs: Type.Number(),
  remaining: Type.Number(),
  resetMs: Type.Number(),
})
export const Allowances = Type.Array(Allowance)
export const Limited = Type.Object({ kind: Type.Literal('limited'), waitMs: Type.Number(), allowances: Allowances })
export const Invalid = Type.Object({
  kind: Type.Literal('invalid'),
  fields: Type.Array(Type.Object({ field: Type.String(), code: Type.String(), hint: Type.String() })),
})
