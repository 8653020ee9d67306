// The states of the pages, each as a person comes to it. A page that is not there, or answers otherwise, fails its walk.
import { codeIn, otherThan, PASSWORD } from '../support/people.ts'
import { linkOf, type Stage } from './stage.ts'

const WRONG = 'another horse battery'
const NEW = 'correct donkey battery'

export type Walk = (stage: Stage) => Promise<void>
/** The second part waits until a minute has passed, when codes have expired and new ones may be asked for. */
export type LateWalk = (stage: Stage) => Promise<() => Promise<void>>

async function signUp({ visitor, address, inbox }: Stage) {
  const one = await visitor()
  await one.open('/register')
  await one.shot('register')
  await one.press('/register', 400)
  await one.shot('register-empty')
  const email = address('code')
  await one.fill({ email, password: 'short' })
  await one.press('/register', 400)
  await one.shot('register-short-password')
  await one.fill({ email, password: PASSWORD })
  await one.press('/register')
  await one.shot('code')
  await one.fill({ code: '12' })
  await one.press('/verify-email', 400)
  await one.shot('code-not-one')
  const code = codeIn((await inbox(email))[0])
  for (const [at, state] of ['code-wrong', 'code-last-attempt', 'code-locked'].entries()) {
    await one.fill({ code: otherThan(code, at + 1) })
    await one.press('/verify-email', 400)
    await one.shot(state)
  }
  await one.send('/resend', 429)
  await one.shot('resend-too-early')
}

async function verified({ visitor, address, inbox }: Stage) {
  const one = await visitor()
  const email = address('verified')
  await one.open('/register')
  await one.fill({ email, password: PASSWORD })
  await one.press('/register')
  await one.fill({ code: codeIn((await inbox(email))[0]) })
  await one.press('/verify-email')
  await one.shot('verified')
  const other = await visitor()
  await other.open('/resend')
  await other.shot('resend')
  await other.press('/resend', 400)
  await other.shot('resend-empty')
}

async function link({ visitor, address, inbox }: Stage) {
  const [own, other] = [await visitor(), await visitor()]
  const email = address('link')
  await own.open('/register')
  await own.fill({ email, password: PASSWORD })
  await own.press('/register')
  const letter = linkOf((await inbox(email))[0], '/confirm')
  await own.open(letter)
  await own.shot('link')
  await other.open(letter)
  await other.shot('link-elsewhere')
  await other.fill({ password: WRONG })
  await other.press('/confirm', 401)
  await other.shot('link-elsewhere-wrong')
  await own.press('/confirm')
  await own.open(letter)
  await own.shot('link-used')
  await own.open('/confirm?token=nothing', 400)
  await own.shot('link-unknown')
}

async function login({ visitor, address, member, signedIn, people }: Stage) {
  const email = await member('login')
  const one = await visitor()
  await one.open('/login')
  await one.shot('login')
  await one.press('/login', 400)
  await one.shot('login-empty')
  await one.fill({ email, password: WRONG })
  await one.press('/login', 401)
  await one.shot('login-wrong')
  const pending = address('pending')
  await people.signedUp(pending)
  await one.fill({ email: pending, password: PASSWORD })
  await one.press('/login')
  await one.shot('login-not-verified')
  await one.open('/nowhere', 404)
  await one.shot('missing')
  await one.open('/login?next=/account')
  await one.shot('login-first')
  const inside = await signedIn(email)
  await inside.press('/logout')
  await inside.shot('logged-out')
}

async function account({ visitor, address, member, signedIn, inbox }: Stage) {
  const email = await member('account')
  const one = await signedIn(email)
  await one.shot('account')
  const other = await signedIn(email)
  await one.open('/account')
  await one.shot('account-two-sessions')
  await one.press('/account')
  await one.shot('account-others-ended')
  await other.open('/account')
  await one.open('/account/password')
  await one.shot('account-password')
  await one.press('/account/password', 400)
  await one.shot('account-password-empty')
  await one.open('/account/language')
  await one.shot('account-language')
  await one.open('/account/export')
  await one.shot('account-export')
  await one.open('/account/email')
  await one.shot('account-email')
  const moved = address('moved')
  await one.fill({ email: moved, password: PASSWORD })
  await one.press('/account/email')
  await one.shot('account-email-sent')
  await one.open('/account')
  await one.shot('account-email-pending')
  const confirm = linkOf((await inbox(moved))[0], '/account/email/confirm')
  const stranger = await visitor()
  await stranger.open(confirm)
  await stranger.shot('account-email-confirm-elsewhere')
  await one.open(confirm)
  await one.shot('account-email-confirm')
  await one.press('/account/email/confirm')
  await one.shot('account-email-done')
  await one.open('/account/delete')
  await one.shot('account-delete')
  await one.press('/account/delete', 400)
  await one.shot('account-delete-empty')
  await one.fill({ password: PASSWORD })
  await one.press('/account/delete')
  await one.shot('account-deleted')
}

async function undo({ visitor, member, inbox, people }: Stage) {
  const email = await member('undo')
  const { body } = await people.login({ email, password: PASSWORD })
  const before = (await inbox(email)).length
  const changed = await people.changePassword(body.access_token, { current: PASSWORD, password: NEW })
  if (changed.status !== 204) throw new Error(`the change of a password is answered ${changed.status}`)
  const letter = linkOf((await inbox(email, before + 1))[0], '/undo')
  const one = await visitor()
  await one.open(letter)
  await one.shot('undo')
  await one.press('/undo')
  await one.shot('undone')
  await one.open(letter, 400)
  await one.shot('undo-over')
}

async function help({ visitor }: Stage) {
  const one = await visitor()
  await one.open('/help/no-mail')
  await one.shot('help')
  await one.open('/privacy')
  await one.shot('privacy')
}

async function letters({ visitor, address, people }: Stage) {
  const email = address('letter')
  await people.register({ email, password: PASSWORD })
  const one = await visitor()
  await one.open(`/inbox?q=to:${email}`)
  await one.shot('inbox')
}

export const walks: Record<string, Walk> = { signUp, verified, link, login, account, undo, help, letters }

async function resent({ visitor, address }: Stage) {
  const one = await visitor()
  await one.open('/register')
  await one.fill({ email: address('resent'), password: PASSWORD })
  await one.press('/register')
  return async () => {
    await one.open('/verify-email')
    await one.press('/resend')
    await one.shot('code-resent')
  }
}

/** Somebody else has signed up with the same address meanwhile. */
async function contested({ visitor, address, inbox, people }: Stage) {
  const one = await visitor()
  const email = address('contested')
  await one.open('/register')
  await one.fill({ email, password: PASSWORD })
  await one.press('/register')
  return async () => {
    await people.register({ email, password: NEW })
    await one.open('/verify-email')
    await one.fill({ code: codeIn((await inbox(email, 2))[0]) })
    await one.press('/verify-email', 401)
    await one.shot('code-contested')
  }
}

/** A letter to a new password is one that anybody may ask for: it waits for its minute, too. */
async function password({ visitor, member, inbox }: Stage) {
  const email = await member('password')
  return async () => {
    const one = await visitor()
    await one.open('/password/forgot')
    await one.shot('password-forgot')
    await one.press('/password/forgot', 400)
    await one.shot('password-forgot-empty')
    const before = (await inbox(email)).length
    await one.fill({ email })
    await one.press('/password/forgot')
    await one.shot('password-sent')
    const letter = linkOf((await inbox(email, before + 1))[0], '/password/reset')
    await one.open(letter)
    await one.shot('password-reset')
    await one.fill({ password: 'short' })
    await one.press('/password/reset', 400)
    await one.shot('password-reset-short')
    await one.fill({ password: NEW })
    await one.press('/password/reset')
    await one.shot('password-done')
    await one.open(letter, 400)
    await one.shot('password-reset-over')
  }
}

/** On a Sello whose codes live for a minute. */
async function expired({ visitor, address }: Stage) {
  const one = await visitor()
  await one.open('/register')
  await one.fill({ email: address('expired'), password: PASSWORD })
  await one.press('/register')
  return async () => {
    await one.open('/verify-email')
    await one.shot('code-expired')
  }
}

export const lateWalks: Record<string, LateWalk> = { resent, contested, password }
export const minuteWalks: Record<string, LateWalk> = { expired }
