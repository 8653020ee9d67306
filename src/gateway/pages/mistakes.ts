import { messages } from '../../i18n/i18n.ts'
import type { Problem } from '../../problem.ts'
import type { Mistake } from './parts.ts'
import type { Visit } from './visit.ts'

/**
 * What a refusal says to a person, at the field that it is about.
 * @param names what this form calls the fields of the route, where that differs
 */
export function mistakesIn({ words, field, now, locale }: Visit, { code, extras }: Problem, names: Record<string, string> = {}): Mistake[] {
  const named = (name: string) => names[name] ?? name
  if (code === 'invalid_request') {
    return (extras.fields ?? []).map(({ field: of }) => {
      const isEmpty = field(named(of)) === ''
      if (of === 'email') return { field: named(of), text: isEmpty ? words.emailMissing : words.emailWrong }
      if (/password|current/i.test(of)) return { field: named(of), text: isEmpty ? words.passwordMissing : words.passwordRejected.too_long }
      return { field: null, text: words.errors.missing.lead }
    })
  }
  if (code === 'password_rejected') return [{ field: named('password'), text: words.passwordRejected[extras.reason ?? 'common'] }]
  if (code === 'invalid_credentials') return [{ field: named('current'), text: words.passwordWrong }]
  if (code === 'rate_limited' || code === 'too_many_attempts')
    return [{ field: null, text: words.limited(now + (extras.retryAfterMs ?? 1000)) }]
  return [{ field: null, text: messages[locale].problems[code] }]
}
