import { clockFor, type Messages } from './messages.ts'

const { date, clock } = clockFor('en-GB')
const dateTime = (ms: number) => `${date(ms)} at ${clock(ms)} (UTC)`

export default {
  problems: {
    invalid_request: 'The request is not valid. Check the fields that are named.',
    number_malformed: 'The number is not written correctly: it has 12 digits. This did not cost you an attempt.',
    api_key_invalid: 'The API key is missing or not valid.',
    service_key_invalid: 'The service key is missing or not valid.',
    not_allowed_here: 'This opens only in a browser on the same machine, with SELLO_MODE=development.',
    not_found: 'There is nothing at this address.',
    number_unknown: 'That number does not work. Check that it is from the newest email.',
    identity_unknown: 'There is no identity with that id.',
    method_not_allowed: 'This address does not take that method.',
    body_too_large: 'The body of the request is larger than 64 KiB.',
    content_type_unsupported: 'Send JSON (application/json) in UTF-8, uncompressed.',
    idempotency_conflict: 'That Idempotency-Key was already used with other content.',
    rate_limited: 'Too many requests. Wait a little and try again.',
    email_required: 'Too many wrong numbers. Send the email address too.',
    fault: 'Something failed on our side. Try again.',
    numbers_exhausted: 'There is no free number at the moment. Try again shortly.',
    unavailable: 'The service does not answer at the moment. Try again shortly.',
    late: 'The call came too late; nothing was done.',
    busy: 'Too many changes at once. Try again shortly.',
  },
  time: (ms) => `${clock(ms)} (UTC)`,
  dateTime,
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
    questions: 'Questions? Reply to this email.',
  },
} satisfies Messages
