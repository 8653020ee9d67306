import type { Step } from './jar.ts'
import type { Visit } from './visit.ts'

/** Remembers whose password it was about, for the page that says what happened: the address stands in a cookie, never in the URL. */
export function remember({ jar }: Visit, app: string, email: string, step: Step) {
  const { flow } = jar
  const isSame = flow?.app === app && flow.email === email
  jar.setFlow({ ...(isSame ? flow : { app, email, flow: null }), step })
}

/** A span as a stamp shows it: its number, and its unit below. */
export function onStamp(life: string): { value: string; unit: string } {
  const [value = '', ...unit] = life.split('\u00a0')
  return { value, unit: unit.join(' ') }
}
