import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LETTER_KINDS, type Letter, type LetterOf } from '../../src/contract/messaging.ts'
import type { Env } from '../../src/env.ts'
import { type Entry, type Keep, openInbox } from '../../src/messaging/inbox.ts'
import { smtpTransport } from '../../src/messaging/mail.ts'
import { createMessaging } from '../../src/messaging/messaging.ts'
import { buildMessage } from '../../src/messaging/mime.ts'
import { letterOf, PUBLIC_URL } from '../support/letters.ts'
import { captureSmtp } from '../support/smtp.ts'

const FROM = { name: 'Sello', address: 'no-reply@sello.test' }
const NOW = Date.UTC(2025, 11, 18, 10, 32, 5, 123)
const env = { now: () => NOW } as Env

const letter = (change: Partial<LetterOf<'number'>> = {}) =>
  letterOf('number', { app: { name: 'Librería Norte', replyTo: 'hola@libreria.example' }, requestedAt: NOW, ...change })
/** What the gateway sends. */
const sent = (change: Partial<LetterOf<'number'>> = {}) => ({ letter: letter(change), publicUrl: PUBLIC_URL })

const entry = (at: number, change: Partial<LetterOf<'number'>> = {}): Entry => ({
  letter: letter({ id: `let_${at}`, ...change }),
  publicUrl: PUBLIC_URL,
  at: NOW,
})

/** A disk that can be told to fail. */
function disk(lines: string[] = []) {
  const state = { lines, rewrites: 0, broken: false }
  const check = () => {
    if (state.broken) throw new RangeError('482109375516')
  }
  const keep: Keep = {
    load: () => [...state.lines],
    async append(line) {
      await Promise.resolve()
      check()
      state.lines.push(line)
    },
    async rewrite(all) {
      await Promise.resolve()
      check()
      state.rewrites += 1
      state.lines = all
    },
  }
  return { state, keep }
}

const ids = (entries: Entry[]) => entries.map(({ letter }) => letter.id)

test('the built-in inbox takes a letter as it would have been sent', async () => {
  const service = createMessaging({ env, from: FROM, transport: null, inbox: await openInbox() })
  assert.deepEqual(await service.sendLetter(sent()), {
    kind: 'accepted',
    reply: { code: 250, enhanced: '2.0.0', text: 'captured by the built-in inbox' },
  })
  const box = await service.listInbox({ limit: 10 })
  assert.equal(box.kind, 'open')
  const [taken, ...others] = box.kind === 'open' ? box.messages : []
  assert.deepEqual(others, [])
  assert.equal(taken!.id, 'let_07aB3')
  assert.equal(taken!.to, 'ana@example.com')
  assert.equal(taken!.subject, 'Tu número de identidad para Librería Norte · 10:32 UTC')
  assert.ok(taken!.text.startsWith('Número: 4821 0937 5516\n\n'))
  assert.ok(taken!.html.startsWith('<!doctype html>'))
  assert.equal(taken!.at, '2025-12-18T10:32:05.123Z')
  const { from, subject, ...headers } = taken!.headers
  assert.equal(from, '=?UTF-8?B?TGlicmVyw61hIE5vcnRl?= <no-reply@sello.test>')
  assert.match(subject!, /^=\?UTF-8\?B\?[^\r\n]+\?= =\?UTF-8\?B\?[^\r\n]+\?=$/)
  assert.match(headers['content-type']!, /^multipart\/alternative; boundary="[^"]+"$/)
  assert.deepEqual(
    { ...headers, 'content-type': '' },
    {
      date: 'Thu, 18 Dec 2025 10:32:05 +0000',
      to: 'ana@example.com',
      'reply-to': 'hola@libreria.example',
      'message-id': '<let_07aB3@sello.test>',
      'auto-submitted': 'auto-generated',
      'x-auto-response-suppress': 'All',
      'content-language': 'es',
      'mime-version': '1.0',
      'content-type': '',
    },
  )
})

test('an application without a name goes by the configured one', async () => {
  const inbox = await openInbox()
  const service = createMessaging({ env, from: FROM, transport: null, inbox })
  await service.sendLetter(sent({ app: { name: ' \n', replyTo: null } }))
  const listed = await service.listInbox({ limit: 1 })
  const [taken] = listed.kind === 'open' ? listed.messages : []
  assert.equal(taken!.headers.from, 'Sello <no-reply@sello.test>')
  assert.equal(taken!.subject, 'Tu número de identidad para Sello · 10:32 UTC')
})

test('with SMTP the inbox is closed and the same message goes out', async (t) => {
  const server = await captureSmtp()
  const transport = smtpTransport({ url: server.url, tls: 'none', from: FROM, timeouts: { quitMs: 50 } })
  t.after(() => transport.close())
  t.after(() => server.close())
  const inbox = await openInbox()
  const service = createMessaging({ env, from: FROM, transport, inbox })
  const next = server.next('ana@example.com')
  assert.equal((await service.sendLetter(sent())).kind, 'accepted')
  const closed = { kind: 'closed' }
  assert.deepEqual(await service.listInbox({ limit: 10 }), closed)
  assert.deepEqual(await service.readInbox({ id: 'let_07aB3' }), closed)
  assert.deepEqual(await service.clearInbox({}), closed)
  assert.deepEqual(await service.watchInbox({}), closed)
  assert.deepEqual(inbox.list({ limit: 10 }), [])
  const came = await next
  assert.equal(came.number, '482109375516')
  assert.equal(came.envelope.from, FROM.address)
  assert.equal(came.from, 'Librería Norte <no-reply@sello.test>')
})

test('a letter that cannot be made fails at once, without its words, and the next one passes', async () => {
  const inbox = await openInbox()
  const service = createMessaging({ env, from: FROM, transport: null, inbox })
  const poison: Partial<LetterOf<'number'>>[] = [
    { to: 'a@b.test\r\nBcc: x@y.z' },
    { to: '' },
    { number: '12' },
    { id: 'let_\r\nX: y' },
    { app: { name: 'x', replyTo: 'nobody' } },
    { locale: 'fr' as never },
    { kind: 'code' as never },
    { kind: 'card' as never },
    { kind: 'code', code: '4892', token: 'x', linkExpiresAt: Number.NaN } as never,
    { requestedAt: Number.NaN },
  ]
  for (const change of poison) {
    const result = await service.sendLetter(sent(change))
    assert.equal(result.kind, 'failed', JSON.stringify(change))
    assert.match(result.reply.text, /^the letter could not be made: \w*Error$/)
  }
  assert.deepEqual(inbox.list({ limit: 10 }), [])
  assert.equal((await service.sendLetter(sent())).kind, 'accepted')
})

test('a repeat shows once', async () => {
  const inbox = await openInbox()
  const service = createMessaging({ env, from: FROM, transport: null, inbox })
  for (const id of ['let_1', 'let_2', 'let_1']) await service.sendLetter(sent({ id }))
  assert.deepEqual(ids(inbox.list({ limit: 10 })), ['let_1', 'let_2'])
})

test('newest first, at most the limit, of one address whatever the case of its ASCII letters', async () => {
  const inbox = await openInbox()
  for (const [at, to] of ['ana@example.com', 'Bob@example.com', 'ÑU@example.com', 'bob@example.com'].entries())
    await inbox.add(entry(at, { to }))
  assert.deepEqual(ids(inbox.list({ limit: 3 })), ['let_3', 'let_2', 'let_1'])
  assert.deepEqual(ids(inbox.list({ to: 'BOB@EXAMPLE.COM', limit: 10 })), ['let_3', 'let_1'])
  assert.deepEqual(ids(inbox.list({ to: 'bob@example.com', limit: 1 })), ['let_3'])
  assert.deepEqual(inbox.list({ to: 'ñu@example.com', limit: 10 }), [])
  assert.deepEqual(inbox.list({ to: '', limit: 10 }), [])
  assert.deepEqual(inbox.list({ limit: 0 }), [])
  assert.deepEqual(inbox.list({ limit: -1 }), [])
})

test('the newest are kept, as many as there is room for', async () => {
  const inbox = await openInbox(undefined, 1000)
  for (let at = 0; at < 1003; at++) await inbox.add(entry(at))
  const kept = ids(inbox.list({ limit: 5000 }))
  assert.equal(kept.length, 1000)
  assert.equal(kept[0], 'let_1002')
  assert.equal(kept.at(-1), 'let_3')
})

test('a message is accepted once it is on disk, and not at all when it does not get there', async () => {
  const { state, keep } = disk()
  const inbox = await openInbox(keep)
  const service = createMessaging({ env, from: FROM, transport: null, inbox })
  const sending = inbox.add(entry(1))
  assert.deepEqual(inbox.list({ limit: 10 }), [])
  await sending
  assert.equal(state.lines.length, 1)
  assert.deepEqual(ids(inbox.list({ limit: 10 })), ['let_1'])
  state.broken = true
  const result = await service.sendLetter(sent())
  assert.equal(result.kind === 'deferred' && result.scope, 'server')
  assert.equal(result.reply.text, 'the inbox cannot be written: RangeError')
  assert.deepEqual(ids(inbox.list({ limit: 10 })), ['let_1'])
  state.broken = false
  assert.equal((await service.sendLetter(sent())).kind, 'accepted')
})

test('a restart finds what was kept, past torn and foreign lines', async () => {
  const lines = [[entry(1)], [entry(2), entry(3)], [entry(1)]].map((some) => JSON.stringify(some))
  const { keep } = disk(['', '[{"letter":{"id":"let_0"', 'null', '7', '[null,7,{"letter":{"id":1}}]', ...lines, lines[0]!.slice(0, 20)])
  const inbox = await openInbox(keep)
  assert.deepEqual(ids(inbox.list({ limit: 10 })), ['let_1', 'let_3', 'let_2'])
  assert.deepEqual(inbox.list({ limit: 1 }), [entry(1)])
})

test('what an older version kept is a letter with a number, and links stay what they were', async () => {
  const { kind: _, ...older } = letter({ id: 'let_old' })
  const kept = [
    { letter: older, at: NOW },
    { letter: letter({ id: 'let_newer' }), at: NOW },
  ]
  const { state, keep } = disk([JSON.stringify(kept), JSON.stringify([{ letter: { ...older, kind: 'card', id: 'let_card' }, at: NOW }])])
  const parts = { env, from: FROM, transport: null }
  const before = createMessaging({ ...parts, inbox: await openInbox(keep) })
  await before.sendLetter({ letter: letterOf('code', { id: 'let_code' }), publicUrl: 'https://old.example.com' })
  for (const service of [before, createMessaging({ ...parts, inbox: await openInbox(disk(state.lines).keep) })]) {
    const box = await service.listInbox({ limit: 10 })
    const [code, newer, old, ...others] = box.kind === 'open' ? box.messages : []
    assert.deepEqual(others, [])
    assert.deepEqual([code!.id, newer!.id, old!.id], ['let_code', 'let_newer', 'let_old'])
    for (const { text } of [newer!, old!]) assert.ok(text.startsWith('Número: 4821 0937 5516\n\n'))
    assert.match(code!.text, /^Código: 4892\n[\s\S]*\nhttps:\/\/old\.example\.com\/confirm\?token=\w+\n/)
    assert.match(code!.html, /href="https:\/\/old\.example\.com\/confirm\?token=\w+"/)
  }
})

test('what comes together is written together, in the order of arrival', async () => {
  const { state, keep } = disk()
  const inbox = await openInbox(keep)
  await Promise.all(Array.from({ length: 100 }, (_, at) => inbox.add(entry(at))))
  assert.ok(state.lines.length <= 2, `${state.lines.length} writes`)
  const again = await openInbox(disk(state.lines).keep)
  assert.deepEqual(
    ids(again.list({ limit: 100 })),
    Array.from({ length: 100 }, (_, i) => `let_${99 - i}`),
  )
})

test('the disk is tidied past twice as many letters as are kept, and a failure to tidy loses nothing', async () => {
  const { state, keep } = disk()
  const inbox = await openInbox(keep, 10)
  for (let at = 0; at < 20; at++) await inbox.add(entry(at))
  assert.equal(state.lines.length, 20)
  assert.equal(state.rewrites, 0)
  const { rewrite } = keep
  keep.rewrite = () => Promise.reject(new Error('full'))
  await inbox.add(entry(20))
  assert.equal(state.lines.length, 21)
  keep.rewrite = rewrite
  await inbox.add(entry(21))
  assert.equal(state.rewrites, 1)
  assert.equal(state.lines.length, 10)
  await inbox.add(entry(22))
  assert.equal(state.lines.length, 11)
  const again = await openInbox(disk(state.lines).keep, 10)
  assert.deepEqual(ids(again.list({ limit: 5000 })), ids(inbox.list({ limit: 5000 })))
  assert.equal(again.list({ limit: 1 })[0]!.letter.id, 'let_22')
})

test('what is deleted stays deleted: one, all that are there, past a failing disk and a restart', async () => {
  const { state, keep } = disk()
  const inbox = await openInbox(keep)
  for (let at = 0; at < 4; at++) await inbox.add(entry(at))
  const before = inbox.changes()
  assert.equal(await inbox.remove('let_1'), 1)
  assert.ok(inbox.changes() > before)
  assert.equal(await inbox.remove('let_1'), 0)
  assert.deepEqual(ids(inbox.list({ limit: 9 })), ['let_3', 'let_2', 'let_0'])
  assert.doesNotMatch(state.lines.join(), /let_1/)
  state.broken = true
  await assert.rejects(inbox.remove('let_2'), RangeError)
  assert.equal(inbox.list({ limit: 9 }).length, 3)
  state.broken = false
  assert.equal(inbox.get('let_2')?.letter.id, 'let_2')
  assert.deepEqual(ids((await openInbox(disk(state.lines).keep)).list({ limit: 9 })), ['let_3', 'let_2', 'let_0'])
  const [gone, , came] = await Promise.all([inbox.remove(), inbox.add(entry(7)), inbox.remove('let_3')])
  assert.deepEqual([gone, came], [3, 0])
  for (const one of [inbox, await openInbox(disk(state.lines).keep)]) assert.deepEqual(ids(one.list({ limit: 9 })), ['let_7'])
  const inMemory = await openInbox()
  await inMemory.add(entry(1))
  assert.equal(await inMemory.remove(), 1)
  assert.deepEqual(inMemory.list({ limit: 9 }), [])
})

test('every kind of letter outlives a restart, and says what it brings', async () => {
  const { state, keep } = disk()
  const parts = { env, from: FROM, transport: null }
  const before = createMessaging({ ...parts, inbox: await openInbox(keep) })
  const letters = [...LETTER_KINDS.map((kind) => letterOf(kind, { id: kind })), letterOf('code', { id: 'link', code: null })]
  for (const one of letters) assert.equal((await before.sendLetter({ letter: one, publicUrl: PUBLIC_URL })).kind, 'accepted')
  const after = createMessaging({ ...parts, inbox: await openInbox(disk(state.lines).keep) })
  const box = await after.listInbox({ limit: 20 })
  assert.ok(box.kind === 'open')
  const told = { number: 'number', code: 'code', link: 'link', reset: 'reset', email_change: 'link' }
  const notices = Object.fromEntries(LETTER_KINDS.map((kind) => [kind, 'notice']))
  assert.deepEqual(Object.fromEntries(box.messages.map(({ id, kind }) => [id, kind])), { ...notices, ...told })
})

test('a search looks at recipient, kind and words, without regard to case, accents and the spaces of a number', async () => {
  const service = createMessaging({ env, from: FROM, transport: null, inbox: await openInbox() })
  const put = (change: Letter) => service.sendLetter({ letter: change, publicUrl: PUBLIC_URL })
  await put(letter({ id: 'let_ana' }))
  await put(letterOf('code', { id: 'let_ru', to: 'I.Petrova@primer.ru', locale: 'ru', app: { name: 'Ёлка Норд', replyTo: null } }))
  await put(letterOf('reset', { id: 'let_reset', to: 'ana.b@example.com' }))
  const found = async (query: string, limit = 9) => {
    const box = await service.listInbox({ query, limit })
    assert.ok(box.kind === 'open')
    assert.equal(box.held, 3)
    return { ids: box.messages.map(({ id }) => id), found: box.found }
  }
  for (const [query, ...wanted] of [
    ['', 'let_reset', 'let_ru', 'let_ana'],
    ['  ', 'let_reset', 'let_ru', 'let_ana'],
    ['to:ana', 'let_reset', 'let_ana'],
    ['TO:PETROVA', 'let_ru'],
    ['kind:code', 'let_ru'],
    ['kind:r', 'let_reset'],
    ['to:ana kind:number', 'let_ana'],
    ['to:ana kind:code'],
    ['NUMERO', 'let_ana'],
    ['482109375516', 'let_ana'],
    ['4821 0937 5516', 'let_ana'],
    ['"0937 5516"', 'let_ana'],
    ['елка', 'let_ru'],
    ['subject:елка', 'let_ru'],
    ['subject:4892'],
    ['text:4892', 'let_ru'],
    ['text:petrova'],
    ['petrova', 'let_ru'],
    ['from:ana'],
    ['.*'],
    ['"'],
    ['to:'],
  ] as [string, ...string[]][]) {
    assert.deepEqual((await found(query)).ids, wanted, query)
  }
  assert.deepEqual(await found('to:ana', 1), { ids: ['let_reset'], found: 2 })
})

test('a message is read whole, as it would have been sent, and its deletion can be seen', async () => {
  const sign = (raw: Buffer) => Buffer.concat([Buffer.from('DKIM-Signature: v=1\r\n'), raw])
  const service = createMessaging({ env, from: FROM, transport: null, sign, inbox: await openInbox() })
  await service.sendLetter(sent({ to: 'ñu@example.com' }))
  const read = await service.readInbox({ id: 'let_07aB3' })
  assert.ok(read.kind === 'open')
  const box = await service.listInbox({ limit: 1 })
  assert.ok(box.kind === 'open')
  assert.deepEqual(read.message, box.messages[0])
  const { subject, text, html } = read.message
  const mail = { id: 'let_07aB3', from: { ...FROM, name: 'Librería Norte' }, to: 'ñu@example.com', replyTo: 'hola@libreria.example' }
  const whole = buildMessage({ ...mail, locale: 'es', date: NOW, subject, text, html }).raw()
  assert.deepEqual(Buffer.from(read.source), sign(whole))
  assert.deepEqual(await service.readInbox({ id: 'let_9' }), { kind: 'unknown' })
  const before = await service.watchInbox({})
  assert.deepEqual(before, { kind: 'open', version: box.version })
  assert.deepEqual(await service.clearInbox({ id: 'let_9' }), { kind: 'open', deleted: 0 })
  assert.deepEqual(await service.watchInbox({}), before)
  assert.deepEqual(await service.clearInbox({ id: 'let_07aB3' }), { kind: 'open', deleted: 1 })
  assert.notDeepEqual(await service.watchInbox({}), before)
})
