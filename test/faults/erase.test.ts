import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { folder } from '../support/folder.ts'
import { PASSWORD, people } from '../support/people.ts'
import { runSello, type Settings, startSello, until } from '../support/server.ts'
import type { World } from '../support/world.ts'
import { filesOf } from './needles.ts'

/** Nothing else has these letters in it. */
const LOCAL = 'zurriburri'
const EMAIL = `${LOCAL}@example.com`

async function ran(settings: Settings, code: number, ...args: string[]) {
  const answer = await runSello(args, settings)
  assert.equal(answer.code, code, `${args.join(' ')}: ${answer.stderr}${answer.stdout}`)
  return answer
}
const peopleAt = (url: string) => {
  const inbox: World['inbox'] = (to, atLeast = 0) =>
    until(`${atLeast} letters to ${to}`, 5000, async () => {
      const messages = await (await fetch(`${url}/inbox/messages?to=${encodeURIComponent(to)}`)).json()
      return (messages as unknown[]).length >= atLeast && (messages as Awaited<ReturnType<World['inbox']>>)
    })
  return { ...people({ url, inbox }), inbox }
}
const cleared = (dataDir: string, when: string) =>
  filesOf(dataDir, when)
    .filter(({ bytes }) => bytes.includes(LOCAL))
    .map(({ place }) => place)

test('erase: says what it would do, does it beside a running Sello or alone, and no file knows the person once that is stopped', async (t) => {
  const settings = { SELLO_DATA_DIR: folder(t), SELLO_LIMITS: 'off' }
  const sello = await startSello(t, settings)
  const ana = peopleAt(sello.url)
  // Others, so that her pages are not hers alone.
  for (let i = 0; i < 40; i++) await sello.register(`somebody${i}@example.com`)
  await ana.member(EMAIL)
  await ana.inbox(EMAIL, 2)
  const { body } = await ana.login({ email: EMAIL, password: PASSWORD })
  const registered = await sello.register(EMAIL)
  await until('the letter', 15_000, async () => (await sello.show(registered.body.id!)).body.status === 'sent')
  await ana.member('second@example.com')
  await until('an empty outbox', 15_000, async () => (await sello.metric('sello_outbox_letters')) === 0)
  assert.ok(cleared(settings.SELLO_DATA_DIR, 'before').length > 0)

  const look = await ran(settings, 1, 'erase', 'Zurriburri@EXAMPLE.com')
  assert.match(
    look.stdout,
    /^zurriburri@example\.com: 1 account, 1 session, 1 app’s record of sign-ups, 3 letters, 1 identity number, 1 link, 1 record of budgets to remove\n$/,
  )
  assert.match(look.stderr, /^sello: nothing is removed yet\. If that is meant: \.\/sello erase zurriburri@example\.com --yes\n$/)
  assert.equal((await ana.account(body.access_token)).status, 200)

  const done = await ran(settings, 0, 'erase', EMAIL, '--yes')
  assert.match(done.stdout, /^zurriburri@example\.com: 1 account, .* removed\n/)
  const subject = / calls this person ([0-9a-f]{8}\.[\w-]{43})\n$/.exec(done.stdout)?.[1] ?? assert.fail(done.stdout)
  assert.equal((await ana.account(body.access_token)).status, 401)
  assert.equal((await sello.show(registered.body.id!)).status, 404)
  assert.match((await ran(settings, 0, 'letters', '--to', EMAIL)).stdout, /Nobody asked/)
  assert.match((await ran(settings, 0, 'apps', 'history')).stdout, new RegExp(`\\n[-0-9: ]{19}  erased +${subject.replace('.', '\\.')}\n$`))
  assert.match((await ran(settings, 1, 'erase', EMAIL)).stdout, /: nothing to remove/)

  await sello.stop()
  assert.deepEqual(cleared(settings.SELLO_DATA_DIR, 'stopped'), [])
  assert.match((await ran(settings, 0, 'erase', 'second@example.com', '--yes')).stdout, /^second@example\.com: 1 account, .* removed\n/)
  const db = new DatabaseSync(join(settings.SELLO_DATA_DIR, 'sello.db'), { readOnly: true })
  const found = db.prepare("SELECT count(*) AS many FROM record WHERE value LIKE '%second@%' OR key LIKE '%second@%'").get()
  db.close()
  assert.equal(found?.many, 0)
})
