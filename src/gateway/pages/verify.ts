import type { SignUpView } from '../../contract/browsers.ts'
import { type CodeWords, code as words } from '../../i18n/pages/code.ts'
import { link as linkWords } from '../../i18n/pages/link.ts'
import { Problem } from '../../problem.ts'
import { type Html, html } from '../web/html.ts'
import { delivery, resendForm } from './delivery.ts'
import { developmentNote } from './development.ts'
import { shownOf } from './events.ts'
import type { Flow } from './jar.ts'
import { mistakesIn } from './mistakes.ts'
import type { PageRoute, Shown } from './pages.ts'
import { codeField, form, instant, type Mistake, note, passwordField, summary } from './parts.ts'
import { lifeStamp } from './stamps.ts'
import type { Visit } from './visit.ts'

/** How the page looks for who has no sign-up of his own to look at: after a log-in, say. */
const blank = ({ rules, now }: Visit): SignUpView => ({
  verifiedAt: null,
  digits: rules.codeDigits,
  attemptsLeft: -1,
  maxAttempts: 3,
  sentAt: now,
  expiresAt: Number.POSITIVE_INFINITY,
  resendAt: now,
  letter: 'sent',
})

/** Where the sign-up in the cookie stands; null when it is none any more, or another one proved the address. */
export async function signUpOf(visit: Visit, { app, email, flow }: Flow): Promise<SignUpView | null> {
  if (flow === null) return blank(visit)
  const found = await visit.house.persistence.showSignUp({ app, email, flow })
  return found.kind === 'found' ? found.signUp : null
}

/** POST /verify-email (seed 004, steps 11 to 18, and "Flujo de Error"). The address stands in a cookie, never in the URL. */
export const verify: PageRoute = {
  path: '/verify-email',
  of: 'flow',
  op: 'pageVerify',
  fields: ['code', 'password', 'sent'],
  async get(visit) {
    const { flow } = visit.jar
    if (flow?.done !== undefined) return { to: visit.href('/verified') }
    const isOther = flow?.flow === null && flow.step !== undefined
    const signUp = flow && !isOther && (await signUpOf(visit, flow))
    if (!flow || !signUp) return { to: visit.href('/resend') }
    return signUp.verifiedAt === null ? show(visit, flow, signUp) : done(visit, flow, signUp.verifiedAt)
  },
  async post(visit) {
    const { flow } = visit.jar
    if (!flow) return { to: visit.href('/resend') }
    // In another tab of this browser.
    if (flow.done !== undefined) return { to: visit.href('/verified') }
    if (isAnybodys(flow) && visit.field('password') === '') return show(visit, flow, blank(visit), new Problem('password_required'))
    const code = digitsOf(visit.field('code'))
    const body = { email: flow.email, code, flow: flow.flow ?? undefined, password: visit.field('password') || undefined }
    const answer = await visit.ask('verifyEmail', body, { app: flow.app })
    if (!('refusal' in answer)) return done(visit, flow, visit.now)
    const signUp = (await signUpOf(visit, flow)) ?? blank(visit)
    // Verified meanwhile, in another tab or by the link.
    return signUp.verifiedAt === null ? show(visit, flow, signUp, answer.refusal) : done(visit, flow, signUp.verifiedAt)
  },
}

/**
 * An address that was only typed: the code may be that of somebody else's sign-up, whose password the account would have. So the code is
 * not enough, as in another browser the link is not.
 */
const isAnybodys = ({ flow, shown }: Flow): boolean => flow === null && !shown

/** Pasted codes have spaces, dashes and digits of other scripts. */
const digitsOf = (text: string): string => text.normalize('NFKC').replace(/[\s\p{Pd}.]/gu, '')

function done(visit: Visit, flow: Flow, at: number) {
  visit.jar.setFlow({ ...flow, flow: null, done: at })
  return { to: visit.href('/verified') }
}

const minutes = (ms: number) => Math.max(1, Math.round(ms / 60_000))

/** What the code field says, and what the page says besides. */
function judged(visit: Visit, flow: Flow, signUp: SignUpView, problem: Problem | undefined) {
  const said = words[visit.locale]
  const { attemptsLeft, maxAttempts, digits, expiresAt, sentAt } = signUp
  const at = (text: string): Mistake[] => [{ field: 'code', text }]
  const left = problem?.extras.attemptsLeft ?? attemptsLeft
  if (problem?.code === 'code_wrong' && left > 0)
    return { mistakes: at(left === 1 ? `${said.wrong(left)} ${said.newest}` : said.wrong(left)) }
  if (problem?.code === 'password_required') {
    const { passwordMissing, passwordWrong } = visit.words
    const mistakes = [{ field: 'password', text: visit.field('password') === '' ? passwordMissing : passwordWrong }]
    return isAnybodys(flow) ? { mistakes } : { mistakes, notice: note('warn', said.contested.heading, said.contested.lead) }
  }
  if (problem?.code === 'code_expired' || visit.now >= expiresAt) {
    return {
      mistakes: [],
      notice: note('warn', said.expired.heading, said.expired.lead(minutes(expiresAt - sentAt || visit.rules.codeTtlMs))),
    }
  }
  if (left === 0 || problem?.code === 'too_many_attempts')
    return { mistakes: [], notice: note('warn', said.locked.heading, said.locked.lead(maxAttempts)) }
  if (problem?.code === 'invalid_request') return { mistakes: at(said.format(digits)) }
  return { mistakes: problem ? mistakesIn(visit, problem) : [] }
}

function show(visit: Visit, flow: Flow, signUp: SignUpView, problem?: Problem): Shown {
  const { locale, words: common, now } = visit
  const said = words[locale]
  const { mistakes, notice } = judged(visit, flow, signUp, problem)
  const isOver = notice !== undefined && problem?.code !== 'password_required'
  const needsPassword = isAnybodys(flow) || problem?.code === 'password_required' || visit.field('password') !== ''
  const why = { mistakes, ...(isAnybodys(flow) ? { hint: linkWords[locale].elsewhere } : {}) }
  const sentAt = Number(visit.field('sent'))
  const [before, after] = said.code.lead(signUp.digits)
  const entry = form(visit, {
    action: '/verify-email',
    submit: said.code.submit,
    body: [
      codeField(
        {
          name: 'code',
          label: said.code.label(signUp.digits),
          value: visit.field('code'),
          hint: said.code.hint,
          autocomplete: '',
          mistakes,
        },
        signUp.digits,
      ),
      needsPassword && passwordField(visit, { name: 'password', label: said.contested.label, autocomplete: 'current-password', ...why }),
      clock(visit, said, signUp),
    ],
  })
  const isJustSent = !problem && !isOver && Number.isSafeInteger(sentAt) && sentAt > 0
  const body = html`<div data-made="${new Date(now).toISOString()}"${flow.flow !== null && html` data-events="/verify-email/events?shown=${shownOf(signUp)}" data-here="${visit.href('/verify-email')}"`}></div>
${summary(visit, mistakes)}${isJustSent && note('ok', said.resent.heading, [said.resent.lead[0], instant(signUp.sentAt, common.time(signUp.sentAt)), said.resent.lead[1]])}${notice}${delivery(visit, flow, signUp)}
<h1>${said.code.heading}</h1>
<p class="lead">${before}<b class="wrap">${flow.email}</b>${after} <a href="${visit.href('/register')}">${said.code.correct}</a></p>
${!isOver && html`${developmentNote(visit)}${entry}`}
<div class="env-foot">${!isOver && html`<h2>${said.code.notArrived}</h2><p class="muted">${said.code.notArrivedHint}</p>`}
<div class="row">${resendForm(visit, signUp, isOver)}</div>
<p class="muted small"><a href="${visit.href('/verify-email')}">${said.code.reload}</a></p></div>`
  const stamp = lifeStamp(visit, 'code', said.code.stamp, visit.rules.codeTtlMs)
  return { title: said.code.heading, body, kind: stamp, ...(problem ? { problem } : {}) }
}

function clock({ words: common }: Visit, said: CodeWords, { attemptsLeft, maxAttempts, expiresAt }: SignUpView): Html | false {
  if (attemptsLeft < 0) return false
  const pips = Array.from({ length: maxAttempts }, (_, at) => html`<i${at < attemptsLeft && html` class="on"`}></i>`)
  const [before, after] = said.code.expires
  return html`<p class="clock"><span><span class="pips" aria-hidden="true">${pips}</span>${said.code.attempts(attemptsLeft)}</span><span>${before}${instant(expiresAt, common.time(expiresAt))}${after} <span hidden>· ${said.code.left} <b role="timer" data-until="${new Date(expiresAt).toISOString()}"></b></span></span></p>`
}
