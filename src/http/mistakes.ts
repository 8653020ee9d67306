import type { TSchema } from 'typebox'
import type { Validator } from 'typebox/compile'
import type { FieldMistake } from '../problem.ts'

/** What is wrong with a body, field by field. @param schema the object schema that it was held against */
export function mistakesOf(validator: Validator, schema: TSchema, value: unknown): FieldMistake[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ field: '', code: 'type', hint: 'Send a JSON object' }]
  const properties = (schema as { properties?: Record<string, TSchema> }).properties ?? {}
  const found = new Map<string, FieldMistake>()
  const add = (field: string, code: string, hint: string) => {
    if (!found.has(field) && found.size < 20) found.set(field, { field: field.slice(0, 64), code, hint })
  }
  for (const { keyword, instancePath, params } of validator.Errors(value)) {
    const field = instancePath.slice(1).split('/')[0]!.replaceAll('~1', '/').replaceAll('~0', '~')
    if (keyword === 'required')
      for (const name of (params as { requiredProperties: string[] }).requiredProperties) add(name, 'required', hintFor(properties[name]))
    else if (field !== '' && !Object.hasOwn(properties, field))
      add(field, 'unknown_field', `Known are: ${Object.keys(properties).join(', ')}`)
    else if (field !== '') add(field, keyword === 'type' ? 'type' : keyword, hintFor(properties[field]))
  }
  return [...found.values()]
}

function hintFor(schema: TSchema | undefined): string {
  const { type, description, minLength, maxLength } = (schema ?? {}) as {
    type?: string
    description?: string
    minLength?: number
    maxLength?: number
  }
  const length = maxLength === undefined ? '' : `, ${minLength ?? 0} to ${maxLength} characters`
  return `${type === 'string' ? 'Text' : (type ?? 'A value')}${length}${description ? `: ${description}` : ''}`
}
