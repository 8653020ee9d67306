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
import { help } from './help.ts'
import { login, logout } from './login.ts'
import { type PageRoute, servePages } from './pages.ts'
import { privacy } from './privacy.ts'
import { register } from './register.ts'
import { resend } from './resend.ts'
import { reset, resetDone } from './reset.ts'
import { undo, undone } from './undo.ts'
import { verified } from './verified.ts'
import { verify } from './verify.ts'
import type { Handlers } from './visit.ts'
import { serveWays } from './ways.ts'

const routes: readonly PageRoute[] = [
  ...[register, verify, verified, resend, confirm, login, logout],
  ...[account, accountPassword, accountEmail, accountEmailConfirm, accountLanguage, accountExport, accountDelete, accountDeleted],
  ...[forgot, sent, reset, resetDone, undo, undone, help, privacy],
]

/** The pages that people see (seed 004: FRONTEND). */
export function serveSite(app: FastifyInstance, house: House, handlers: Handlers) {
  serveAssets(app)
  serveWays(app, house.inbox !== null)
  serveSignUpEvents(app, house)
  servePages(app, house, handlers, routes)
  app.errorPage = (request, problem) => errorPage(house, request, problem)
}
