import type { InboxMessage } from '../../src/contract/messaging.ts'
import { speak } from './http.ts'
import type { Answer, World } from './world.ts'

export const PASSWORD = 'correct horse battery'

/** What a letter of a sign-up carries; '' where it carries none. */
export const codeIn = (letter: InboxMessage | undefined): string =>
  /^[^:\n]+: (\d{4,8})$/m.exec(letter?.text.split('\n', 1)[0] ?? '')?.[1] ?? ''
export const tokenIn = (letter: InboxMessage | undefined): string => /^http\S+\/confirm\?token=(\S+)$/m.exec(letter?.text ?? '')?.[1] ?? ''
/** The token of a letter's link to this page; '' where there is none. */
export const linkIn = (letter: InboxMessage | undefined, path: string): string =>
  letter?.text
    .split('\n')
    .find((line) => line.startsWith('http') && line.includes(`${path}?token=`))
    ?.split('token=')[1] ?? ''
/** A code that is not this one. */
export const otherThan = (code: string, by = 1): string => String((Number(code) + by) % 10 ** code.length).padStart(code.length, '0')

export type People = ReturnType<typeof people>

/** The public routes, as a person's browser or an application without a key calls them. */
export function people({ url, inbox }: Pick<World, 'url' | 'inbox'>, sent: Record<string, string> = {}) {
  async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const json: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const all = { ...json, ...sent, ...headers }
    const {
      status,
      headers: told,
      text,
    } = await speak(url + path, { method, headers: all, ...(body ? { body: JSON.stringify(body) } : {}) })
    return { status, headers: told, body: text === '' ? {} : JSON.parse(text) }
  }
  const post = (path: string) => (body: object, headers?: Record<string, string>) => call('POST', path, body, headers)
  const signedIn = (method: string, path: string) => (token: unknown, body?: object) =>
    call(method, path, body, { authorization: `Bearer ${String(token)}` })
  const register = post('/v1/register')
  const verify = post('/v1/verify-email')
  /** Signs up and waits for the letter. `letters`: how many the address then has. */
  async function signedUp(email: string, password = PASSWORD, letters = 1) {
    const answer = await register({ email, password })
    const [letter] = await inbox(email, letters)
    return { answer, flow: String(answer.body.flow), letter: letter!, code: codeIn(letter), token: tokenIn(letter) }
  }
  return {
    call,
    register,
    verify,
    confirm: post('/v1/confirm'),
    resend: post('/v1/resend'),
    login: post('/v1/login'),
    logout: post('/v1/logout'),
    account: (token: unknown) => call('GET', '/v1/account', undefined, { authorization: `Bearer ${String(token)}` }),
    forgot: post('/v1/password/forgot'),
    reset: post('/v1/password/reset'),
    undo: post('/v1/undo'),
    changePassword: signedIn('POST', '/v1/password/change'),
    moveTo: signedIn('POST', '/v1/account/email'),
    remove: signedIn('POST', '/v1/account/delete'),
    confirmMove: (body: object, token?: unknown) =>
      call('POST', '/v1/account/email/confirm', body, token ? { authorization: `Bearer ${String(token)}` } : {}),
    token: (refreshToken: unknown) => call('POST', '/v1/token', { grant_type: 'refresh_token', refresh_token: refreshToken }),
    signedUp,
    /** An address with an account. */
    async member(email: string, password = PASSWORD) {
      const { code, flow } = await signedUp(email, password)
      await verify({ email, code, flow })
    },
  }
}
