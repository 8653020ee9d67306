import type { Reply, SendResult } from '../contract/messaging.ts'

/** Whose trouble an error is: the session's with the server (connection, greeting, TLS, log-in), or this letter's, on its way or waiting for its turn. */
export type Stage = 'session' | 'letter' | 'turn'
/** An error as nodemailer gives it; `response` holds the server's words when there were any. */
export type Failure = Error & Partial<{ code: string; originalCode: string; timeoutType: string; response: string; responseCode: number }>

// "Log in first" (RFC 4954 §6) says that we are set up wrongly, not that the letter is.
const LOG_IN_FIRST = [530, 534, 535, 538]

const NOTHING = { session: 'no session', letter: 'no answer', turn: 'no turn among the letters to this domain' }

/**
 * What an error makes of a letter (RFC 5321 §4.2.1): `deferred` or `failed`. An unforeseen one (without a code) shows its class only.
 * @param awaited what the server owed when it came
 */
export function resultOf(error: Failure, stage: Stage, awaited = ''): SendResult {
  const known = typeof error.code === 'string'
  const names = known ? [error.code, error.originalCode ?? error.timeoutType] : [error.name]
  const what = names.filter((name) => /^\w{1,60}$/.test(name ?? '')).join(' ')
  const reply = error.response
    ? replyOf(error.response)
    : { code: null, enhanced: null, text: `${NOTHING[stage]}: ${what}${known && awaited ? ` at ${awaited}` : ''}` }
  const code = reply.code ?? 0
  if ((stage === 'session' && known) || code === 421 || LOG_IN_FIRST.includes(code)) return { kind: 'deferred', scope: 'server', reply }
  // 503 is about the order of commands: another session may take the same letter.
  const refused = code >= 500 && code < 600 && code !== 503
  const unsendable = code === 0 && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE')
  return refused || unsendable ? { kind: 'failed', reply } : { kind: 'deferred', scope: 'recipient', reply }
}

/** A server's words as a reply: codes apart (RFC 2034), one line of at most 200 characters, runs of twelve digits and more taken out. */
export function replyOf(words: string): Reply {
  const code = /^[2-5]\d\d/.exec(words)?.[0] ?? null
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?![.\d])/.exec(words)?.[1] ?? null
  const text = words
    .toWellFormed()
    .split(/\r?\n/)
    .map((line) => line.replace(/^\d{3}(?:[ -]|$)/, '').replace(/^[245]\.\d{1,3}\.\d{1,3}(?: |$)/, ''))
    .join(' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/\p{Nd}(?:[ \p{Pd}]{0,4}\p{Nd}){11,}/gu, '••••')
    .trim()
  const fits = enhanced?.[0] === code?.[0]
  return { code: code === null ? null : Number(code), enhanced: fits ? enhanced : null, text: Array.from(text).slice(0, 200).join('') }
}

/** An error of ours in nodemailer's form. */
export function trouble(code: string): Failure {
  return Object.assign(new Error(code), { code })
}
