import type { FastifyInstance } from 'fastify'
import type { House } from '../gateway.ts'
import { account } from './account.ts'
import { accountDelete, accountDeleted } from './account-delete.ts'
import { accountEmail } from './account-email.ts'
import { accountEmailConfirm } from './account-email-confirm.ts'
import { accountExport } from './account-export.ts'
import { accountLanguage } from './account-language.ts'
import { accountPassword } from './account-password.ts'
import { serveAssets } from './assets.ts'
import { confirm } from './confirm.ts'
import { errorPage } from './error.ts'
import { serveSignUpEvents } from './events.ts'
import { forgot, sent } from './forgot.ts'
import { login, logout } from './login.ts'
import { guards, NOBODY, type PageRoute, servePages } from './pages.ts'
import { register } from './register.ts'
import { resend } from './resend.ts'
import { reset, resetDone } from './reset.ts'
import { undo, undone } from './undo.ts'
import { verified } from './verified.ts'
import { verify } from './verify.ts'
import type { Handlers } from './visit.ts'

const routes: readonly PageRoute[] = [
  ...[register, verify, verified, resend, confirm, login, logout],
  ...[forgot, sent, reset, resetDone, undo, undone],
  ...[account, accountPassword, accountEmail, accountEmailConfirm, accountLanguage, accountExport, accountDelete, accountDeleted],
]

/** The pages that people see (seed 004: FRONTEND). */
export function serveSite(app: FastifyInstance, house: House, handlers: Handlers) {
  serveAssets(app)
  serveSignUpEvents(app, house)
  servePages(app, house, handlers, routes)
  app.errorPage = (request, problem) => ({ html: errorPage(house, request, problem), headers: guards(NOBODY, house.publicUrl()) })
}
