import assert from 'node:assert/strict'
import { otherThan, PASSWORD, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { world } from '../support/world.ts'

/** Routes with right bodies, and those of their fields that may be absent. */
const routes = {
  register: { path: '/v1/register', fields: ['email', 'password', 'locale'], optional: ['locale'] },
  verify: { path: '/v1/verify-email', fields: ['email', 'code', 'flow', 'password'], optional: ['flow', 'password'] },
  confirm: { path: '/v1/confirm', fields: ['token', 'flow', 'password', 'newPassword'], optional: ['flow', 'password', 'newPassword'] },
  resend: { path: '/v1/resend', fields: ['email', 'flow'], optional: ['flow'] },
  login: { path: '/v1/login', fields: ['email', 'password'], optional: [] as string[] },
  logout: { path: '/v1/logout', fields: ['refresh_token'], optional: [] as string[] },
} as const
type Values = Record<string, unknown>

/** What is not a text with something in it; `right` is the value that would do. */
const confusions = (right: unknown): unknown[] => [
  '',
  null,
  true,
  false,
  0,
  -1,
  Number.parseInt(String(right), 10) || 4892,
  [],
  [right],
  [null],
  {},
  { value: right },
  { $ne: null },
  { toString: right, length: 4 },
]

/** Every body that is right but for one field, or lacks one that it needs. */
function bodiesOf({ fields, optional }: (typeof routes)[keyof typeof routes], right: Values): { told: string; body: Values }[] {
  const whole = Object.fromEntries(fields.map((field) => [field, right[field]]))
  return fields.flatMap((field) => {
    const others = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== field))
    const lacking = (optional as readonly string[]).includes(field) ? [] : [{ told: `no ${field}`, body: others }]
    const confused = confusions(whole[field]).map((value) => ({
      told: `${field}: ${JSON.stringify(value)}`,
      body: { ...others, [field]: value },
    }))
    return [...lacking, ...confused]
  })
}

test('what is no text, or an empty one, is malformed on every route and never a match', async (t) => {
  const here = await world(t, { settings: { SELLO_LIMITS: 'off' } })
  const { call, signedUp, member, verify, login } = people(here)
  const { code, token, flow } = await signedUp('waits@example.com')
  await member('is-in@example.com')
  const session = await login({ email: 'is-in@example.com', password: PASSWORD })
  const mine = { code, token, flow, password: PASSWORD, newPassword: PASSWORD, locale: 'en', refresh_token: session.body.refresh_token }
  let asked = 0
  for (const email of ['waits@example.com', 'is-in@example.com', 'nobody@example.com']) {
    for (const route of Object.values(routes)) {
      for (const { told, body } of bodiesOf(route, { ...mine, email })) {
        const answer = await call('POST', route.path, body)
        assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_request'], `${route.path} ${email} ${told}`)
        asked++
      }
    }
  }
  assert.ok(asked > 600, `${asked} bodies`)
  for (const { path } of Object.values(routes)) {
    for (const body of ['null', '[]', '""', '1', 'true', `["${code}"]`, '{', '']) {
      const response = await fetch(here.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const told = (await response.json()) as { code?: string }
      assert.deepEqual([response.status, told.code], [400, 'invalid_request'], `${path} ${body}`)
    }
  }

  // Nothing was counted, used, opened, ended or mailed by any of it.
  const still = await login({ email: 'waits@example.com', password: PASSWORD })
  assert.equal(still.body.code, 'email_not_verified')
  assert.equal((await verify({ email: 'waits@example.com', code: otherThan(code), flow })).body.attemptsLeft, 2)
  assert.equal((await verify({ email: 'nobody@example.com', code })).body.code, 'code_expired')
  assert.equal((await people(here).account(session.body.access_token)).status, 200)
  await here.delivered()
  assert.equal((await here.inbox('waits@example.com')).length, 1)
  assert.equal((await here.inbox('nobody@example.com')).length, 0)
  assert.equal((await verify({ email: 'waits@example.com', code, flow })).status, 200)
})
