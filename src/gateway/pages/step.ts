import type { Step } from './jar.ts'
import type { Visit } from './visit.ts'

/** Remembers whose password it was about, for the page that says what happened: the address stands in a cookie, never in the URL. */
export function remember({ jar }: Visit, app: string, email: string, step: Step) {
  const { flow } = jar
  const isSame = flow?.app === app && flow.email === email
  jar.setFlow({ ...(isSame ? flow : { app, email, flow: null }), step })
}
