import assert from 'node:assert/strict'
import { recorded } from '../support/dump.ts'
import { PASSWORD, people } from '../support/people.ts'
import { test } from '../support/places.ts'
import { world } from '../support/world.ts'

const OLD = 'elsewhere@example.org'
const NEW = 'zurriburri@example.com'

for (const confirmed of [true, false]) {
  test(`letters about an account lie with it: erased with the address that it ${confirmed ? 'moved to' : 'only asked for'}`, async (t) => {
    const here = await world(t, { settings: { SELLO_LIMITS: 'off' } })
    const dump = recorded(here.store)
    const ana = people(here)
    await ana.member(OLD)
    const { body } = await ana.login({ email: OLD, password: PASSWORD })
    const authorization = `Bearer ${String(body.access_token)}`
    const asked = await ana.call('POST', '/v1/account/email', { email: NEW, password: PASSWORD }, { authorization })
    assert.equal(asked.status, 202)
    const [letter] = await here.inbox(NEW, 1)
    const token = /token=(\S+)$/m.exec(letter!.text)![1]
    if (confirmed) assert.equal((await ana.call('POST', '/v1/account/email/confirm', { token, password: PASSWORD })).status, 200)
    await here.persistence.admin.eraseAddress({ email: NEW, confirmed: true })
    const left = (await dump.records())
      .map(({ key, value }) => `${key} ${JSON.stringify(value)}`)
      .filter((text) => text.includes('zurriburri'))
    assert.deepEqual(left, [])
  })
}
