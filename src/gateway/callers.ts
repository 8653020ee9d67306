import type { Access } from '../contract/accounts.ts'
import type { Route } from '../contract/routes.ts'
import type { Call } from '../http/api.ts'
import type { House } from './gateway.ts'

/** Who calls a signed-in route: the session that a page was opened with, or what the access token says; null when that is not valid. */
export const createAccessOf =
  ({ tokens, now }: Pick<House, 'tokens' | 'now'>) =>
  ({ access, accessToken }: Pick<Call<Route>, 'access' | 'accessToken'>): Access | null =>
    access ?? tokens.verifyAccess(accessToken, now())?.access ?? null
