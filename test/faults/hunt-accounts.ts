import assert from 'node:assert/strict'
import type { Api } from '../support/server.ts'
import type { Hunt } from './hunt.ts'

/** Codes that are long enough to be searched for, and new ones as often as the flows ask for them. */
export const ACCOUNTS = { SELLO_CODE_DIGITS: '8', SELLO_LIMIT_PUBLIC_SENDS: '9/1m' }
/** The text of the next letter to an address, asked for before the call that it is the answer to. */
type TextTo = (email: string) => Promise<string>

const WRONG_CODE = '90817263'

/** All flows of accounts, right and wrong ones: every code, link, flow, password and token of theirs is searched for. */
export async function playAccounts(sello: Pick<Api, 'ask'>, { keep }: Hunt, textTo: TextTo) {
  async function post(status: number, path: string, body: object) {
    const answer = await sello.ask({ method: 'POST', path: `/v1/${path}`, body, key: null })
    assert.equal(answer.status, status, `${path}: ${answer.body.code}`)
    return answer.body as Record<string, string>
  }
  const letterIn = (text: string) => ({
    code: keep('code', /^[^:\r\n]+: (\d{8})\r?$/m.exec(text)?.[1] ?? assert.fail(`no code in: ${text}`)),
    token: keep('link token', /confirm\?token=(\w+)/.exec(text)?.[1] ?? assert.fail(`no link in: ${text}`)),
  })
  async function mailed<T>(email: string, work: () => Promise<T>) {
    const text = textTo(email)
    const told = await work()
    return { told, text: await text }
  }
  async function signUp(email: string) {
    const password = keep('password')
    const { told, text } = await mailed(email, () => post(202, 'register', { email, password }))
    return { email, password, flow: keep('flow', told.flow!), ...letterIn(text) }
  }
  async function signIn(email: string, password: string) {
    const granted = await post(200, 'login', { email, password })
    const access = keep('access token', granted.access_token!)
    keep('signature of the access token', access.split('.')[2]!)
    return { access, refresh: keep('refresh token', granted.refresh_token!) }
  }
  const account = (token: string) => sello.ask({ path: '/v1/account', key: token })

  const ana = await signUp('ana.first@example.com')
  await post(400, 'verify-email', { email: ana.email, code: keep('wrong code', WRONG_CODE), flow: ana.flow })
  await post(403, 'login', { email: ana.email, password: ana.password })
  await mailed(ana.email, () => post(200, 'verify-email', { email: ana.email, code: ana.code, flow: ana.flow }))
  await post(400, 'verify-email', { email: ana.email, code: ana.code, flow: ana.flow })
  const session = await signIn(ana.email, ana.password)
  assert.equal((await account(session.access)).status, 200)
  assert.equal((await account(keep('wrong access token'))).status, 401)
  const left = await signIn(ana.email, ana.password)
  await post(204, 'logout', { refresh_token: left.refresh })
  await post(204, 'logout', { refresh_token: keep('wrong refresh token') })
  await post(401, 'login', { email: ana.email, password: keep('wrong password') })
  const taken = keep('password at a taken address')
  const again = await mailed(ana.email, () => post(202, 'register', { email: ana.email, password: taken }))
  keep('flow at a taken address', again.told.flow!)

  const bo = await signUp('bo.first@example.com')
  await sello.ask({ path: `/confirm?token=${bo.token}`, key: null })
  await post(401, 'confirm', { token: bo.token, password: keep('password that is not the sign-up’s') })
  const newPassword = keep('new password')
  await mailed(bo.email, () => post(200, 'confirm', { token: bo.token, newPassword }))
  await signIn(bo.email, newPassword)
  await post(401, 'login', { email: bo.email, password: bo.password })

  const clara = await signUp('clara.first@example.com')
  const resent = await mailed(clara.email, () => post(202, 'resend', { email: clara.email, flow: clara.flow }))
  const { token } = letterIn(resent.text)
  await post(400, 'confirm', { token: clara.token, flow: clara.flow })
  await post(400, 'confirm', { token: keep('wrong link token'), flow: keep('wrong flow') })
  await mailed(clara.email, () => post(200, 'confirm', { token, password: clara.password }))

  await signUp('dan.first@example.com') // waits for ever
  await post(400, 'register', { email: 'eve.first@example.com', password: keep('password').repeat(9) })
  await post(400, 'login', { email: 'eve.first@example.com', password: 1, [keep('field')]: keep('unknown field') })
}
