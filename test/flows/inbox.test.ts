import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { test as bare } from 'node:test'
import { keepSealed } from '../../src/development.ts'
import { openInbox } from '../../src/messaging/inbox.ts'
import { createSecrets } from '../../src/persistence/secrets.ts'
import { fakeEnv } from '../support/env.ts'
import { letterOf } from '../support/letters.ts'
import { places, test } from '../support/places.ts'
import { world } from '../support/world.ts'

/** Kept on disk, and in the memory of messaging: no store has a part in it. */
const both = places.filter(({ store }) => store === 'sqlite')

type Sent = { headers?: Record<string, string>; form?: string }
/** A browser's request, whose headers fetch would not let us write. */
async function ask(url: string, { headers = {}, form }: Sent = {}) {
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const asked = request(url, { method: form === undefined ? 'GET' : 'POST', headers: { ...type, ...headers } })
  asked.end(form)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode!, headers: response.headers, text: await textOf(response) }
}

test(
  'programs get the messages with the keys that they know; one is read whole',
  async (t) => {
    const { url, mailed } = await world(t)
    const { messages } = await mailed('ana@example.com')
    const all = await ask(`${url}/inbox/messages?to=ANA@example.com`)
    assert.deepEqual(JSON.parse(all.text), messages)
    assert.deepEqual(Object.keys(messages[0]!), ['id', 'to', 'subject', 'text', 'html', 'headers', 'at'])
    assert.equal((await ask(`${url}/inbox/messages?to=nobody@example.com`)).text, '[]')
    const { id, headers } = messages[0]!
    const source = await ask(`${url}/inbox/source?id=${id}`)
    assert.equal(source.headers['content-type'], 'text/plain; charset=utf-8')
    assert.ok(source.text.includes(`\r\nMessage-ID: ${headers['message-id']}\r\n`))
    const file = await ask(`${url}/inbox/source?id=${id}&as=eml`)
    assert.equal(file.headers['content-type'], 'message/rfc822')
    assert.equal(file.headers['content-disposition'], `attachment; filename="${id}.eml"`)
    assert.equal(file.text, source.text)
    assert.equal((await ask(`${url}/inbox/source?id=let_none`)).status, 404)
  },
  both,
)

test(
  'whatever the inbox offers is for this machine alone, and deletion for its own page',
  async (t) => {
    const { url, mailed, inbox } = await world(t)
    const { messages } = await mailed('ana@example.com')
    const id = messages[0]!.id
    const own = { origin: url, 'sec-fetch-site': 'same-origin' }
    const stranger = { ...own, 'x-forwarded-for': '203.0.113.7' }
    for (const path of ['', '/messages', '/html?id=x', '/source?id=x', '/events', '/style.css', '/script.js'])
      assert.equal((await ask(`${url}/inbox${path}`, { headers: stranger })).status, 403, path)
    const foreign: Record<string, string>[] = [
      {},
      stranger,
      { ...own, host: 'evil.test' },
      { origin: 'null' },
      { origin: 'http://localhost:1' },
      { origin: url.replace('http', 'https') },
      { 'sec-fetch-site': 'same-site' },
      { origin: url, 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of foreign) {
      for (const [path, form] of [
        ['delete', `id=${id}`],
        ['clear', ''],
      ] as const)
        assert.equal((await ask(`${url}/inbox/${path}`, { headers, form })).status, 403, `${path} ${JSON.stringify(headers)}`)
    }
    assert.equal((await inbox('ana@example.com')).length, 1)
    const invalid = await ask(`${url}/inbox/delete`, { headers: own, form: 'q=x' })
    assert.equal(invalid.status, 400)
    assert.equal((await ask(`${url}/inbox/clear`)).status, 405)

    const deleted = await ask(`${url}/inbox/delete`, { headers: { origin: url }, form: `id=${id}&q=to:ana+a%26b` })
    assert.deepEqual([deleted.status, deleted.headers.location], [303, '/inbox?q=to%3Aana+a%26b'])
    assert.equal((await inbox('ana@example.com')).length, 0)
    await mailed('bob@example.com')
    const cleared = await ask(`${url}/inbox/clear`, { headers: { 'sec-fetch-site': 'same-origin' }, form: '' })
    assert.deepEqual([cleared.status, cleared.headers.location], [303, '/inbox'])
    assert.equal((await ask(`${url}/inbox/messages`)).text, '[]')
  },
  both,
)

bare('the policy of the page lets nothing in that is not its own', async (t) => {
  const { url, mailed } = await world(t)
  const { messages } = await mailed('ana@example.com')
  const page = await ask(`${url}/inbox?id=${messages[0]!.id}`)
  assert.equal(
    page.headers['content-security-policy'],
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  assert.equal(page.headers['referrer-policy'], 'same-origin')
  const letter = await ask(`${url}/inbox/html?id=${messages[0]!.id}`)
  assert.match(
    String(letter.headers['content-security-policy']),
    /default-src 'none'.*sandbox allow-popups allow-popups-to-escape-sandbox$/,
  )
  assert.equal(letter.headers['referrer-policy'], 'no-referrer')
  assert.match(page.text, /\$SELLO_API_KEY|class="list"/)
})

test(
  'a stream tells of what comes and goes, and does not hold up the end',
  async (t) => {
    const { url, mailed, close } = await world(t)
    const asked = request(`${url}/inbox/events`).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    let got = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk
    })
    const versions = () => [...got.matchAll(/^event: inbox\ndata: (\S+)\n\n/gm)].map(([, version]) => version)
    const told = async (times: number) => {
      while (versions().length < times) await once(response, 'data')
    }
    await told(1)
    await mailed('ana@example.com')
    await told(2)
    await ask(`${url}/inbox/clear`, { headers: { origin: url }, form: '' })
    await told(3)
    assert.equal(new Set(versions()).size, 3)
    const ended = once(response, 'end')
    await close()
    await ended
  },
  both,
)

bare('what is deleted is gone from the disk, also after a restart', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sello-inbox-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = fakeEnv()
  const key = env.secret(32)
  const open = async () => {
    const keep = keepSealed(folder, createSecrets(env, [key], [key]))
    return { keep, inbox: await openInbox(keep) }
  }
  const add = (inbox: Awaited<ReturnType<typeof openInbox>>, id: string) =>
    inbox.add({ letter: letterOf('number', { id }), publicUrl: '', at: 0 })
  const first = await open()
  for (const id of ['let_1', 'let_2', 'let_3']) await add(first.inbox, id)
  const size = readFileSync(join(folder, 'inbox')).length
  assert.equal(await first.inbox.remove('let_2'), 1)
  assert.ok(readFileSync(join(folder, 'inbox')).length < size)
  await add(first.inbox, 'let_4')
  await first.keep.close()
  const second = await open()
  const ids = second.inbox.list({ limit: 9 }).map(({ letter }) => letter.id)
  assert.deepEqual(ids, ['let_4', 'let_3', 'let_1'])
  assert.equal(await second.inbox.remove(), 3)
  await second.keep.close()
  assert.equal(readFileSync(join(folder, 'inbox'), 'utf8'), '')
  const third = await open()
  assert.deepEqual(third.inbox.list({ limit: 9 }), [])
  await third.keep.close()
})
