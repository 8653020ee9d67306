import { clockFor, countFor, type Messages } from './messages.ts'

const { date, day, dayUnlessOf, clock } = clockFor('en-GB')
const dateTime = (ms: number) => `${date(ms)} at ${clock(ms)} (UTC)`
/** `at 10:32 (UTC)`, with the day where it is not that of `from`. */
const moment = (ms: number, from: number) => {
  const other = dayUnlessOf(from, ms)
  return `${other === null ? '' : `on ${other} `}at ${clock(ms)} (UTC)`
}
const until = (ms: number, from: number) => `until ${moment(ms, from).replace(/^(at|on) /, '')}`
const { count, life: lifeIn } = countFor('en-GB')
const life = lifeIn({ one: '# minute', other: '# minutes' }, { one: '# hour', other: '# hours' })

export default {
  problems: {
    invalid_request: 'The request is not valid. Check the fields that are named.',
    number_malformed: 'The number is not written correctly: it has 12 digits. This did not cost you an attempt.',
    code_wrong: 'That code does not match. Check that you are using the newest email.',
    code_expired: 'There is no code that works at the moment. Ask for a new one.',
    link_invalid: 'This link does not work any more. Ask for a new one.',
    password_rejected: 'That password cannot be used. Choose a longer or less common one.',
    api_key_invalid: 'The API key is missing or not valid.',
    token_invalid: 'You are not signed in any more. Sign in again.',
    invalid_credentials: 'Email or password is incorrect.',
    password_required: 'Show that this sign-up is yours: enter its password.',
    service_key_invalid: 'The service key is missing or not valid.',
    email_not_verified: 'Verify your email first.',
    not_allowed_here: 'This opens only in a browser on the same machine, with SELLO_MODE=development.',
    not_found: 'There is nothing at this address.',
    number_unknown: 'That number does not work. Check that it is from the newest email.',
    identity_unknown: 'There is no identity with that id.',
    method_not_allowed: 'This address does not take that method.',
    body_too_large: 'The body of the request is larger than 64 KiB.',
    content_type_unsupported: 'Send JSON (application/json) in UTF-8, uncompressed.',
    idempotency_conflict: 'That Idempotency-Key was already used with other content.',
    rate_limited: 'Too many requests. Wait a little and try again.',
    too_many_attempts: 'This code no longer works: all attempts are used. Ask for a new code; your account is not locked.',
    email_required: 'Too many wrong numbers. Send the email address too.',
    fault: 'Something failed on our side. Try again.',
    numbers_exhausted: 'There is no free number at the moment. Try again shortly.',
    unavailable: 'The service does not answer at the moment. Try again shortly.',
    late: 'The call came too late; nothing was done.',
    busy: 'Too many changes at once. Try again shortly.',
  },
  signedUp: (email, digits) => `We sent a ${digits}-digit code to ${email}.`,
  resent: (email) => `If ${email} is waiting to be verified, a new code is on its way. The one before it no longer works.`,
  time: (ms) => `${clock(ms)} (UTC)`,
  dateTime,
  day,
  clock,
  life,
  attemptsLeft: count({ one: 'You have # attempt left.', other: 'You have # attempts left.' }),
  letter: {
    questions: 'Questions? Reply to this email.',
    signIn: 'Sign in',
    newPassword: 'Change password',
    confirmPage: 'Open the confirmation page',
  },
  numberLetter: {
    word: 'Number',
    mark: 'Personal',
    subject: (app, at) => `Your identity number for ${app} · ${clock(at)} UTC`,
    preheader: (app) => `Open it and type the number in ${app}.`,
    heading: 'Your identity number',
    lead: (app) => `Type it on the ${app} screen that asks for it.`,
    replaces: (at) => `It replaces any earlier number. Requested on ${dateTime(at)}.`,
    validUntil: (at) => `Valid until ${dateTime(at)}.`,
    nobodyAsks: (app) => `Nobody at ${app} will ask you for it by phone or message.`,
    notYou: 'Did not ask for this? Someone typed your address by mistake: ignore this message, without the number nobody can continue.',
  },
  codeLetter: {
    word: 'Code',
    subject: (app, at) => `Your code for ${app} · ${clock(at)} UTC`,
    subjectWithCode: (app, code) => `${code} is your ${app} code`,
    preheader: (at, from) => `Valid for ${life(at - from)}, ${until(at, from)}.`,
    heading: 'Verification code',
    lead: (app) => `Enter it on the ${app} page to verify your email.`,
    orLink: 'You can also confirm without typing it: open the page, check the address and press the button. Works on any device.',
    validUntil: (at, linkAt, from) => `The code is valid ${until(at, from)}, the link ${until(linkAt, from)}.`,
    replaces: (at, from) => `This is a newer code: the one sent ${moment(at, from)} and its link no longer work.`,
    doNotShare: (app) => `Do not share it: nobody at ${app} will ask for it.`,
    notYou:
      'Did not ask for this? Ignore it: without the code or the link nobody can continue. If you want the account yourself, open the link and choose a password of your own.',
  },
  linkLetter: {
    word: 'Link',
    subject: (app, at) => `Confirm your email for ${app} · ${clock(at)} UTC`,
    preheader: (at, from) => `Open the page and press the button. Valid ${until(at, from)}.`,
    heading: 'Confirm your email',
    lead: (app) => `Open the ${app} page, check the address and press the button. Works on any device.`,
    noCode: 'There is no code this time: too many wrong ones were tried, or it expired on its way. The link is enough.',
    validUntil: (linkAt, from) => `The link is valid ${until(linkAt, from)}.`,
    replaces: (at, from) => `This is a newer link: the one sent ${moment(at, from)} no longer works.`,
    doNotShare: (app) => `Do not share it: nobody at ${app} will ask for it.`,
    notYou:
      'Did not ask for this? Ignore it: without the link nobody can continue. If you want the account yourself, open the link and choose a password of your own.',
  },
  registeredLetter: {
    word: 'Notice',
    subject: (app, at) => `You already have a ${app} account · ${clock(at)} UTC`,
    preheader: 'Someone, perhaps you, tried to create another. You can sign in to the one you have.',
    heading: (app) => `You already have a ${app} account`,
    lead: (_, at) =>
      `Someone, perhaps you, tried to create another on ${dateTime(at)}. Sign in with the password you have, or choose a new one.`,
    notYou: 'Not you? Do nothing: your account and your password are as they were.',
  },
  welcomeLetter: {
    word: 'Verified',
    subject: (app, at) => `Your ${app} account is ready · ${clock(at)} UTC`,
    preheader: 'Email verified: you can sign in.',
    heading: () => 'Email verified',
    lead: (app, at) => `Your email was verified on ${dateTime(at)}. Your ${app} account is ready: you can sign in.`,
    notYou: 'Not you? Choose a new password: every session ends, and the old password stops working.',
  },
} satisfies Messages
