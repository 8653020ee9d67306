import Type, { type Static } from 'typebox'
import type { Api } from './routes.ts'
import { Email, Instant, LocaleTag } from './routes.ts'

export const Password = Type.String({ minLength: 1, maxLength: 4096, description: 'Any characters; its length is judged in code points' })
const Flow = Type.String({ minLength: 1, maxLength: 128, description: 'As the registration answered it' })
/** A guess of whatever length: anything else is malformed, and free. */
const Code = Type.String({ pattern: '^[0-9]{4,8}$', description: 'From the letter: 4 to 8 ASCII digits' })
export const LinkToken = Type.String({ minLength: 1, maxLength: 256, description: 'The part of the letter’s link after token=' })
const RefreshToken = Type.String({ minLength: 1, maxLength: 512, description: 'As it was issued' })
export const strict = { additionalProperties: false }

export const RegisterAccountBody = Type.Object({ email: Email, password: Password, locale: Type.Optional(LocaleTag) }, strict)
export const VerifyEmailBody = Type.Object(
  { email: Email, code: Code, flow: Type.Optional(Flow), password: Type.Optional(Password) },
  strict,
)
export const ConfirmBody = Type.Object(
  { token: LinkToken, flow: Type.Optional(Flow), password: Type.Optional(Password), newPassword: Type.Optional(Password) },
  strict,
)
export const ResendBody = Type.Object({ email: Email, flow: Type.Optional(Flow) }, strict)
export const LoginBody = Type.Object({ email: Email, password: Password }, strict)
export const LogoutBody = Type.Object({ refresh_token: RefreshToken }, strict)
export type RegisterAccountBody = Static<typeof RegisterAccountBody>

export const SignedUp = Type.Object({
  message: Type.String({ description: 'For the person, in the language of Accept-Language' }),
  email: Type.String(),
  flow: Type.String({ description: 'Of this call alone: send it with the code or the link’s token' }),
})
export const Resent = Type.Object({ message: Type.String(), email: Type.String() })
export const EmailVerified = Type.Object({ status: Type.Literal('verified'), email: Type.String() })
export const SignedIn = Type.Object({
  access_token: Type.String({ description: 'JWT (RFC 9068)' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.String(),
  refresh_expires_in: Type.Integer({ description: 'Seconds until the session ends for good' }),
  account: Type.Object({ id: Type.String(), email: Type.String() }),
})
export const AccountShown = Type.Object({
  id: Type.String(),
  email: Type.String(),
  emailVerified: Type.Boolean(),
  createdAt: Instant,
  locale: Type.Enum(['es', 'ru', 'en']),
})

/** What the document calls them. */
export const accountSchemas = {
  RegisterAccountBody,
  VerifyEmailBody,
  ConfirmBody,
  ResendBody,
  LoginBody,
  LogoutBody,
  SignedUp,
  Resent,
  EmailVerified,
  SignedIn,
  AccountShown,
}

const HASHING_MS = 5000
export const always = ['invalid_request', 'content_type_unsupported', 'body_too_large', 'busy', 'unavailable', 'fault'] as const
const email = 'ana@example.com'
const password = 'correct horse battery'
const flow = 'flw_1c0fVhW2bR7mKq9xT4nYp3LsZ'
const token = '42Zq8vN3xLr0TgYb6mKpWd1HsE9uFcJaRi5o'

/** Sign-up and sign-in (seeds 003, 004). */
export const accountRoutes = {
  registerAccount: {
    method: 'POST',
    path: '/v1/register',
    group: 'Accounts',
    summary: 'Sign up: a letter with a code and a link goes to the address',
    about: `The answer is the same whether the address is free or taken: then its owner gets a letter that says so. Keep flow with the visitor,
in their session say, and send it with the code: when somebody else registers the same address, the code alone no longer suffices.`,
    auth: 'public',
    deadlineMs: HASHING_MS,
    body: RegisterAccountBody,
    examples: { usual: { summary: 'An address and a password', value: { email, password } } },
    status: 202,
    answer: SignedUp,
    example: { message: 'We sent a 4-digit code to ana@example.com.', email, flow },
    refusals: [...always, 'password_rejected', 'rate_limited'],
  },
  verifyEmail: {
    method: 'POST',
    path: '/v1/verify-email',
    group: 'Accounts',
    summary: 'Judge the code from the letter; it never opens a session',
    about:
      'Each code may be guessed three times, and an address only so often, whoever asks for new codes. The link of the letter works on.',
    auth: 'public',
    deadlineMs: HASHING_MS,
    body: VerifyEmailBody,
    examples: { usual: { summary: 'With the flow of the sign-up', value: { email, code: '4892', flow } } },
    status: 200,
    answer: EmailVerified,
    example: { status: 'verified', email },
    refusals: [...always, 'code_wrong', 'code_expired', 'password_required', 'too_many_attempts'],
  },
  confirmEmail: {
    method: 'POST',
    path: '/v1/confirm',
    group: 'Accounts',
    summary: 'Confirm the address with the token of the letter’s link',
    about: `Whoever clicks must show to be the one who signed up: by flow or password. newPassword instead is for the mailbox’s owner who was
signed up by somebody else: that password is dropped and this one set. A second visit with the same proof is answered alike.`,
    auth: 'public',
    deadlineMs: HASHING_MS,
    body: ConfirmBody,
    examples: {
      usual: { summary: 'In the browser that signed up', value: { token, flow } },
      elsewhere: { summary: 'Elsewhere, with the password', value: { token, password } },
      owner: { summary: 'As the mailbox’s owner, with a password of one’s own', value: { token, newPassword: password } },
    },
    status: 200,
    answer: EmailVerified,
    example: { status: 'verified', email },
    refusals: [...always, 'link_invalid', 'password_required', 'password_rejected'],
  },
  resendCode: {
    method: 'POST',
    path: '/v1/resend',
    group: 'Accounts',
    summary: 'Mail a new code and link; the older ones die',
    about: 'The answer is the same whatever the address. Guesses that were made stay counted.',
    auth: 'public',
    body: ResendBody,
    examples: { usual: { summary: 'With the flow of the sign-up', value: { email, flow } } },
    status: 202,
    answer: Resent,
    example: { message: 'If ana@example.com waits to be verified, a new code is on its way.', email },
    refusals: [...always, 'rate_limited'],
  },
  login: {
    method: 'POST',
    path: '/v1/login',
    group: 'Accounts',
    summary: 'Sign in with address and password',
    auth: 'public',
    deadlineMs: HASHING_MS,
    body: LoginBody,
    examples: { usual: { summary: 'An address and its password', value: { email, password } } },
    status: 200,
    answer: SignedIn,
    example: {
      access_token: 'eyJhbGciOiJFUzI1NiIs…',
      token_type: 'Bearer',
      expires_in: 86_400,
      refresh_token: 'rt_1c0fVhW2bR7mKq9xT4nYp3LsZ…',
      refresh_expires_in: 2_592_000,
      account: { id: 'acc_1c0fVhW2bR7mKq9xT4nYp3Ls', email },
    },
    refusals: [...always, 'invalid_credentials', 'email_not_verified'],
  },
  logout: {
    method: 'POST',
    path: '/v1/logout',
    group: 'Accounts',
    summary: 'End the session of a refresh token',
    about: 'Its access tokens are refused here and by introspection within a second. Answers 204 for an unknown token, too.',
    auth: 'public',
    body: LogoutBody,
    examples: { usual: { summary: 'The newest refresh token', value: { refresh_token: 'rt_1c0fVhW2bR7mKq9xT4nYp3LsZ…' } } },
    status: 204,
    refusals: always,
  },
  showAccount: {
    method: 'GET',
    path: '/v1/account',
    group: 'Accounts',
    summary: 'Who is signed in',
    auth: 'account',
    status: 200,
    answer: AccountShown,
    example: { id: 'acc_1c0fVhW2bR7mKq9xT4nYp3Ls', email, emailVerified: true, createdAt: '2026-11-21T02:07:51.706Z', locale: 'es' },
    refusals: ['token_invalid', 'unavailable', 'fault'],
  },
} as const satisfies Api
