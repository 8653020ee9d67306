import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { InboxLetter } from '../../src/contract/messaging.ts'
import { html, raw } from '../../src/gateway/web/html.ts'
import { type InboxPage, inboxPage, type Wish } from '../../src/gateway/web/inbox.ts'
import { unusual, type View, viewOf } from '../../src/gateway/web/inbox-parts.ts'
import { inboxCss } from '../../src/gateway/web/inbox-style.ts'

const HOSTILE = `"><script>alert('1')</script>&`
const message = (change: Partial<InboxLetter> = {}): InboxLetter => ({
  id: 'let_1',
  to: 'ana@example.com',
  kind: 'number',
  subject: 'Tu número de identidad para Librería Norte · 10:32 UTC',
  text: 'Número: 4821 0937 5516\n\nEscríbelo.\n',
  html: '<p>Número</p>',
  headers: {
    from: '=?UTF-8?B?TGlicmVyw61hIE5v?= =?UTF-8?B?cnRl?= <no-reply@localhost>',
    'message-id': '<let_1@localhost>',
    'content-language': 'es',
  },
  at: '2025-12-18T10:32:05.123Z',
  ...change,
})
type Change = Partial<Omit<InboxPage, 'wish' | 'open'>> & Partial<Omit<Wish, 'view'> & View>
/** As messaging would answer: what is asked for is open when it is among the messages. */
function page({
  id = null,
  query = '',
  part = 'html',
  width = 'desktop',
  theme = 'system',
  messages = [message()],
  ...change
}: Change = {}) {
  const asked = messages.find((one) => one.id === id)
  const open = asked ? { message: asked, source: `Subject: =?x?=\r\n\r\n${asked.html}` } : null
  const count = { found: messages.length, held: messages.length, version: '7-1' }
  return inboxPage({
    wish: { id, query, view: { part, width, theme } },
    messages,
    open,
    ...count,
    publicUrl: 'http://localhost:3000',
    ...change,
  })
}
const states = () => [
  page(),
  page({ messages: [] }),
  page({ id: 'let_1' }),
  page({ id: 'let_9' }),
  page({ query: 'x', messages: [], found: 0, held: 3 }),
]

test('a template escapes what is put into it, once', () => {
  const name = `<b>"&'`
  const inner = html`<i title="${name}">${name}</i>`
  assert.equal(html`<p>${inner}</p>`.markup, '<p><i title="&lt;b&gt;&quot;&amp;&#39;">&lt;b&gt;&quot;&amp;&#39;</i></p>')
  assert.equal(html`${['<', 1, html`<br>`, ['>']]}${null}${undefined}${false}${0}${raw('<hr>')}`.markup, '&lt;1<br>&gt;0<hr>')
  assert.equal(html`\\ ${'x'}`.markup, '\\ x')
})

test('an empty inbox says so and how to fill it', () => {
  const empty = page({ messages: [], publicUrl: 'https://id.example' })
  assert.match(empty, /<h1>No letters yet<\/h1>/)
  assert.match(empty, /curl 'https:\/\/id\.example\/v1\/identities'/)
  assert.match(empty, /"Authorization: Bearer \$SELLO_API_KEY"/)
  assert.match(page({ messages: [], apiKeyHint: 'key_1' }), /'Authorization: Bearer key_1'/)
  assert.doesNotMatch(empty, /type="search"|\/inbox\/clear/)
})

test('the list shows kind, subject, recipient, time and the number, whose digits are what is copied', () => {
  const list = page()
  for (const words of [
    '<span class="kind number" aria-hidden="true">N</span>',
    '<span class="sr">Number: </span>',
    'Librería Norte · 10:32 UTC</span>',
    'ana@example.com',
    '<time datetime="2025-12-18T10:32:05.123Z">18 Dec 10:32:05</time>',
    '<b class="grab" data-copy="482109375516">4821 0937 5516</b>',
  ]) {
    assert.ok(list.includes(words), words)
  }
  assert.match(list, /href="\/inbox\?id=let_1#letter"/)
  assert.match(page({ query: 'to:ana norte' }), /href="\/inbox\?q=to%3Aana\+norte&amp;id=let_1#letter"/)
  for (const kind of ['link', 'reset', 'notice'] as const) {
    const other = page({ messages: [message({ kind, text: 'Ojo: esto no es un código\n' })] })
    assert.ok(!other.includes('data-copy'), kind)
    assert.match(other, new RegExp(`class="kind ${kind}" aria-hidden="true">${kind === 'notice' ? 'A' : kind[0]!.toUpperCase()}<`))
  }
})

test('a letter shows one of its parts, the HTML in a sandbox', () => {
  const open = page({ id: 'let_1' })
  assert.match(
    open,
    /<iframe class="desktop system" sandbox="allow-popups allow-popups-to-escape-sandbox" src="\/inbox\/html\?id=let_1" title="[^"]+"><\/iframe>/,
  )
  assert.ok(open.includes('<dd>Librería Norte &lt;no-reply@localhost&gt;</dd>'))
  assert.ok(open.includes('&lt;let_1@localhost&gt;'))
  assert.ok(open.includes('2025-12-18 10:32:05 UTC'))
  assert.match(open, /<a class="subject"[^>]* aria-current="true"/)
  assert.match(open, /<a href="\/inbox\?id=let_1&amp;part=source#letter">Source<\/a>/)
  assert.match(open, /<form method="post" action="\/inbox\/delete"><input type="hidden" name="id" value="let_1">/)
  const parts = {
    text: '<pre lang="es">Número: 4821 0937 5516\n',
    headers: '<pre>from: =?UTF-8?B?',
    source: 'Subject: =?x?=\r\n\r\n&lt;p&gt;Número',
  }
  for (const [part, words] of Object.entries(parts) as [keyof typeof parts, string][]) {
    const shown = page({ id: 'let_1', part, query: 'a' })
    assert.ok(shown.includes(words), part)
    assert.ok(!shown.includes('<iframe'))
    assert.match(shown, new RegExp(`<a href="/inbox\\?q=a&amp;id=let_1&amp;part=${part}#letter" aria-current="true">`))
  }
  assert.match(page({ id: 'let_9' }), /That letter is not here/)
})

test('a letter is seen in two widths and four colours, and stays so when another is opened', () => {
  const open = page({ id: 'let_1', width: 'phone', theme: 'inverted' })
  assert.match(open, /<iframe class="phone inverted" [^>]* src="\/inbox\/html\?id=let_1&amp;theme=inverted"/)
  assert.match(open, /<a href="\/inbox\?id=let_1&amp;theme=inverted#letter">Desktop<\/a>/)
  assert.match(open, /<a href="\/inbox\?id=let_1&amp;width=phone&amp;theme=inverted#letter" aria-current="true">Inverted<\/a>/)
  assert.match(open, /<a class="subject" href="\/inbox\?id=let_1&amp;width=phone&amp;theme=inverted#letter"/)
  const usual = { part: 'html', width: 'desktop', theme: 'system' } as const
  for (const name of ['toString', '__proto__', '', '<b>'])
    assert.deepEqual(
      viewOf(() => name),
      usual,
    )
  assert.deepEqual(unusual(usual), {})
  assert.deepEqual(unusual(viewOf((name) => ({ theme: 'dark', part: 'text' })[name])), { part: 'text', theme: 'dark' })
})

test('the links of a letter can be followed, the one that only its reader has from the list', () => {
  const link = 'https://id.example/confirm?token=a1&x=<y>'
  const text = `Código: 4892\n\nAbrir la página:\n${link}\n\nNo https://evil.example/\n`
  const open = page({ messages: [message({ text, kind: 'code' })], id: 'let_1' })
  assert.ok(open.includes('<b class="grab" data-copy="4892">4892</b>'))
  const escaped = link.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
  assert.ok(open.includes(`<dt>Link</dt><dd class="mono"><a href="${escaped}">${escaped}</a></dd>`))
  assert.equal(open.split('<dt>Link</dt>').length, 2)
  assert.ok(!open.includes('<a class="grab"'))
  const list = page({ messages: [message({ kind: 'link', text })] })
  assert.ok(list.includes(`<a class="grab" href="${escaped}"><span class="path">/confirm?token=a1&amp;x=%3Cy%3E</span>`))
  const notice = page({ messages: [message({ kind: 'notice', text: 'Ya tienes cuenta\n\nEntrar:\nhttps://id.example/login\n' })] })
  assert.ok(!notice.includes('class="grab"'))
  assert.ok(!page({ id: 'let_1' }).includes('<dt>Link</dt>'))
})

test('a search stays in its field, says what it found, and what it can do when that is nothing', () => {
  const some = page({ query: '"><b>', found: 1, held: 9 })
  assert.match(some, /name="q" value="&quot;&gt;&lt;b&gt;"/)
  assert.match(some, /1 of the letters match\. <a href="\/inbox">Show all letters/)
  assert.match(page({ found: 213, held: 213 }), /The newest 1 of 213; a search finds the others\./)
  const none = page({ query: 'kind:<x>', messages: [], found: 0, held: 9 })
  assert.match(none, /<h2>No letter matches<\/h2>\s*<p>Nothing here has <q>kind:&lt;x&gt;<\/q>/)
  assert.match(none, /<code>to:ana<\/code>/)
  assert.doesNotMatch(page(), /class="note"/)
})

test('without script the page looks again by itself only while there is nothing to be disturbed', () => {
  const refresh = '<noscript><meta http-equiv="refresh" content="3"></noscript>'
  assert.ok(page({ messages: [] }).includes(refresh))
  for (const state of [page(), page({ id: 'let_1' })]) assert.ok(!state.includes('http-equiv'))
  assert.match(page({ query: 'a', id: 'let_1' }), /<a id="again" href="\/inbox\?q=a&amp;id=let_1#letter">Refresh<\/a>/)
})

test('every state says that it is for development, and has one script of its own and no inline style', () => {
  for (const state of states()) {
    assert.match(state, /Development inbox.*Nothing has left this machine.*SELLO_SMTP_URL.*SELLO_MODE=production/s)
    assert.match(state, /^<!doctype html>\n<html lang="en">/)
    assert.equal(state.split('<script type="module" src="/inbox/script.js"></script>').length, 2)
    assert.doesNotMatch(state.replace(/<script.*/, ''), /<script|<style|\sstyle=|\son\w+=|javascript:|src="http/i)
    for (const landmark of ['<header class="bar"', '<main', 'id="letter"', 'data-version="7-1"'])
      assert.equal(state.split(landmark).length, 2, landmark)
    assert.equal(state.split('<h1').length, 2)
    assert.doesNotMatch(state, />(undefined|null|false|\[object)/)
  }
  assert.doesNotMatch(inboxCss, /@import|url\(|<|expression/i)
  assert.match(inboxCss, /prefers-color-scheme:dark/)
  assert.match(inboxCss, /:focus-visible/)
})

test('what stands in a message or a search cannot become markup', () => {
  const hostile = message({
    id: HOSTILE,
    to: HOSTILE,
    subject: HOSTILE,
    text: `x: ${HOSTILE}\nhttps://x.test/?token=${HOSTILE}\n`,
    headers: { from: HOSTILE, 'content-language': HOSTILE, [HOSTILE]: HOSTILE },
    at: HOSTILE,
  })
  for (const state of [
    page({ messages: [hostile] }),
    page({ messages: [{ ...hostile, kind: 'link' }], query: HOSTILE }),
    ...(['html', 'text', 'headers', 'source'] as const).map((part) => page({ messages: [hostile], id: HOSTILE, part })),
    page({ messages: [], found: 0, held: 1, query: HOSTILE }),
    page({ messages: [], publicUrl: HOSTILE, apiKeyHint: HOSTILE }),
  ]) {
    assert.ok(state.includes('&lt;script&gt;'), 'the words are there')
    assert.doesNotMatch(state.replace('<script type="module" src="/inbox/script.js">', ''), /<script/)
  }
})

test('fifty letters and one open weigh 6 KB', () => {
  // Ids and numbers are what does not repeat.
  const messages = Array.from({ length: 50 }, (_, at) => {
    const unique = `${Math.sin(at + 1)}${Math.cos(at + 1)}`.replace(/\D/g, '')
    const change = { id: `let_${Buffer.from(unique).toString('base64url').slice(0, 22)}`, to: `person-${unique.slice(0, 5)}@example.com` }
    return message({ ...change, text: `Número: ${unique.slice(0, 12).replace(/(.{4})/g, '$1 ')}\n` })
  })
  assert.ok(gzipSync(page({ messages, id: messages[0]!.id })).length <= 6 * 1024)
})
