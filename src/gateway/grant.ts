import type { SessionView } from '../contract/accounts.ts'
import type { AccessTokens } from './access.ts'

/** What a sign-in and a refresh answer (RFC 6749 §5.1, with the account besides); spans in seconds. */
export function grantOf(tokens: AccessTokens, { session, refreshToken }: { session: SessionView; refreshToken: string }, now: number) {
  const { token, expiresIn } = tokens.accessToken(session, now)
  return {
    access_token: token,
    token_type: 'Bearer' as const,
    expires_in: expiresIn,
    refresh_token: refreshToken,
    refresh_expires_in: Math.max(0, Math.floor((session.expiresAt - now) / 1000)),
    account: { id: session.account, email: session.email },
  }
}
