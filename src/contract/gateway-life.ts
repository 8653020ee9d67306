import Type from 'typebox'
import { AccountShown, always, LinkToken, Password, strict } from './gateway-accounts.ts'
import { type Api, Email, Instant, LocaleTag } from './routes.ts'

export const ForgotBody = Type.Object({ email: Email }, strict)
export const ResetBody = Type.Object({ token: LinkToken, password: Password }, strict)
export const ChangePasswordBody = Type.Object({ current: Password, password: Password }, strict)
export const UpdateAccountBody = Type.Object({ locale: LocaleTag }, strict)
export const DeleteAccountBody = Type.Object({ password: Password }, strict)
export const ChangeEmailBody = Type.Object({ email: Email, password: Type.Optional(Password) }, strict)
export const ConfirmEmailChangeBody = Type.Object({ token: LinkToken, password: Type.Optional(Password) }, strict)
export const UndoBody = Type.Object({ token: LinkToken }, strict)

export const Asked = Type.Object({ message: Type.String({ description: 'For the person' }), email: Type.String() })
export const EmailChanged = Type.Object({ status: Type.Literal('changed'), email: Type.String() })
export const Undone = Type.Object({ status: Type.Literal('undone'), email: Type.String() })
export const SessionList = Type.Array(
  Type.Object({ id: Type.String(), createdAt: Instant, usedAt: Instant, expiresAt: Instant, current: Type.Boolean() }),
)
export const Exported = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Everything that is stored about the person at this app',
})

export const lifeSchemas = {
  ForgotBody,
  ResetBody,
  ChangePasswordBody,
  UpdateAccountBody,
  DeleteAccountBody,
  ChangeEmailBody,
  ConfirmEmailChangeBody,
  UndoBody,
  Asked,
  EmailChanged,
  Undone,
  SessionList,
  Exported,
}

const deadlineMs = 5000
const email = 'ana@example.com'
const password = 'another correct horse'
const current = 'correct horse battery'
const token = '42Zq8vN3xLr0TgYb6mKpWd1H'
const createdAt = '2026-11-21T02:07:51.706Z'
const group = 'Accounts'
const signedIn = [...always, 'token_invalid'] as const
const session = { id: 'ses_1c0fVhW2bR7mKq9xT4nYp3Ls', createdAt, usedAt: createdAt, expiresAt: '2026-12-21T02:07:51.706Z', current: true }
const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description: 'As the list answered it', examples: [session.id] }) })

/** What becomes of an account after its sign-up. */
export const lifeRoutes = {
  forgotPassword: {
    method: 'POST',
    path: '/v1/password/forgot',
    group,
    summary: 'Mail a link to a new password',
    about: 'The answer is the same whatever the address. The newest three links work; using one kills the others.',
    auth: 'public',
    body: ForgotBody,
    examples: { usual: { summary: 'An address', value: { email } } },
    status: 202,
    answer: Asked,
    example: { message: 'If there is an account with that email, we have sent a link.', email },
    refusals: [...always, 'rate_limited'],
  },
  resetPassword: {
    method: 'POST',
    path: '/v1/password/reset',
    group,
    summary: 'Set a new password by the token of such a link',
    about: 'Ends every session. An address that waited to be verified is verified by it.',
    auth: 'public',
    deadlineMs,
    body: ResetBody,
    examples: { usual: { summary: 'The token and the new password', value: { token, password } } },
    status: 204,
    refusals: [...always, 'link_invalid', 'password_rejected'],
  },
  changePassword: {
    method: 'POST',
    path: '/v1/password/change',
    group,
    summary: 'Set a new password, knowing the present one',
    about: 'Ends every other session. The address gets a notice with a link that takes it back.',
    auth: 'account',
    deadlineMs,
    body: ChangePasswordBody,
    examples: { usual: { summary: 'Both passwords', value: { current, password } } },
    status: 204,
    refusals: [...signedIn, 'invalid_credentials', 'password_rejected'],
  },
  updateAccount: {
    method: 'PATCH',
    path: '/v1/account',
    group,
    summary: 'Choose the language of letters',
    auth: 'account',
    body: UpdateAccountBody,
    examples: { usual: { summary: 'Russian', value: { locale: 'ru' } } },
    status: 200,
    answer: AccountShown,
    example: { id: 'acc_1c0fVhW2bR7mKq9xT4nYp3Ls', email, emailVerified: true, createdAt, locale: 'ru' },
    refusals: signedIn,
  },
  deleteAccount: {
    method: 'POST',
    path: '/v1/account/delete',
    group,
    summary: 'Delete the account',
    about: 'At once for everybody. The address gets a notice whose link brings it back within seven days; then nothing of it is left.',
    auth: 'account',
    deadlineMs,
    body: DeleteAccountBody,
    examples: { usual: { summary: 'The password', value: { password: current } } },
    status: 204,
    refusals: [...signedIn, 'invalid_credentials'],
  },
  requestEmailChange: {
    method: 'POST',
    path: '/v1/account/email',
    group,
    summary: 'Mail a link to the address that the account shall move to',
    about:
      'Without the password the sign-in must be younger than 15 minutes. The answer is the same whether the new address is free or taken.',
    auth: 'account',
    deadlineMs,
    body: ChangeEmailBody,
    examples: { usual: { summary: 'The new address and the password', value: { email: 'ana@example.org', password: current } } },
    status: 202,
    answer: Asked,
    example: { message: 'We have sent a link to ana@example.org.', email: 'ana@example.org' },
    refusals: [...signedIn, 'invalid_credentials', 'reauthentication_required', 'rate_limited'],
  },
  confirmEmailChange: {
    method: 'POST',
    path: '/v1/account/email/confirm',
    group,
    summary: 'Move the account to the address that the link was mailed to',
    about:
      'By the account alone: with its access token, or with its password. The old address gets a notice with a link that takes it back.',
    auth: 'either',
    deadlineMs,
    body: ConfirmEmailChangeBody,
    examples: {
      usual: { summary: 'Signed in', value: { token } },
      elsewhere: { summary: 'Elsewhere, with the password', value: { token, password: current } },
    },
    status: 200,
    answer: EmailChanged,
    example: { status: 'changed', email: 'ana@example.org' },
    refusals: [...always, 'token_invalid', 'link_invalid', 'password_required'],
  },
  undoChange: {
    method: 'POST',
    path: '/v1/undo',
    group,
    summary: 'Take back what a notice told of, and all that came after it',
    about:
      'Brings the address back, also after a deletion, ends every session and voids the password: the next step is a new one by letter.',
    auth: 'public',
    body: UndoBody,
    examples: { usual: { summary: 'The token of a notice’s link', value: { token } } },
    status: 200,
    answer: Undone,
    example: { status: 'undone', email },
    refusals: [...always, 'link_invalid'],
  },
  listSessions: {
    method: 'GET',
    path: '/v1/account/sessions',
    group,
    summary: 'Where the account is signed in',
    auth: 'account',
    status: 200,
    answer: SessionList,
    example: [session],
    refusals: ['token_invalid', 'unavailable', 'fault'],
  },
  endSession: {
    method: 'DELETE',
    path: '/v1/account/sessions/:id',
    group,
    summary: 'End one session',
    auth: 'account',
    params: Id,
    status: 204,
    refusals: [...signedIn, 'reauthentication_required', 'session_unknown', 'not_found'],
  },
  endOtherSessions: {
    method: 'DELETE',
    path: '/v1/account/sessions',
    group,
    summary: 'End every session but this one',
    auth: 'account',
    status: 204,
    refusals: [...signedIn, 'reauthentication_required'],
  },
  exportAccount: {
    method: 'GET',
    path: '/v1/account/export',
    group,
    summary: 'Everything that is stored about the person',
    auth: 'account',
    status: 200,
    answer: Exported,
    example: { account: { id: 'acc_1c0fVhW2bR7mKq9xT4nYp3Ls', email }, sessions: [session] },
    refusals: ['token_invalid', 'reauthentication_required', 'unavailable', 'fault'],
  },
} as const satisfies Api
