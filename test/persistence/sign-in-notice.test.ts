import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountLetters } from '../../src/persistence/account-letters.ts'
import type { App } from '../../src/persistence/apps.ts'
import { outgoing } from '../../src/persistence/letters.ts'
import type { Room } from '../../src/persistence/room.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import type { View } from '../../src/persistence/store/transact.ts'
import { newAccount } from '../../src/rules/account.ts'
import { readRow } from '../../src/rules/outbox.ts'
import { fakeEnv } from '../support/env.ts'
import { ANA, DAY, keyFrom } from './signed-in.ts'

test('the notice of a sign-in waits in the queue with what it says sealed, and the account knows of it', (t) => {
  const env = fakeEnv({ seed: t.fullName })
  const secrets = createSecrets(env, [keyFrom('pepper')], [keyFrom('seal')])
  const app = { id: 'app_one', name: 'norte', displayName: 'Norte', replyTo: null } as App
  const room = { env, secrets, policy: { undoTtlMs: 7 * DAY } } as unknown as Room
  const now = env.now()
  const born = { id: 'acc_07abc', app: app.id, email: ANA, password: 'x', locale: 'ru' as const, createdAt: now, verifiedAt: now }
  const from = { browser: 'Firefox', system: null }
  const { account, puts, send } = createAccountLetters(room).signedIn(app, newAccount(born), from, { version: 'v' } as View)
  assert.equal(send, null)
  assert.equal(puts.length, 1)
  const [{ key, value, queue }] = puts as [(typeof puts)[number]]
  assert.deepEqual(queue, { name: 'mail', dueAt: now })
  const row = readRow(value)
  assert.ok(!JSON.stringify(row).includes('Firefox'))
  assert.deepEqual(account.letters, [{ id: row.id, key, to: ANA, at: now }])
  const letter = outgoing(row, secrets, app, now)
  const common = { id: row.id, to: ANA, locale: 'ru', app: { id: app.id, named: true, name: 'Norte', replyTo: null }, requestedAt: now }
  assert.deepEqual(letter, { ...common, kind: 'signed_in', ...from, at: now })
  assert.equal(row.deadlineAt, now + 7 * DAY)
})
