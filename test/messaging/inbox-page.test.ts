import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboxMessage } from '../../src/contract/messaging.ts'
import { html, raw } from '../../src/gateway/web/html.ts'
import { inboxCss, inboxPage } from '../../src/gateway/web/inbox.ts'

const HOSTILE = `"><script>alert('1')</script>&`
const message = (change: Partial<InboxMessage> = {}): InboxMessage => ({
  id: 'let_1',
  to: 'ana@example.com',
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
const page = (change: Partial<Parameters<typeof inboxPage>[0]> = {}) =>
  inboxPage({ messages: [message()], selectedId: null, publicUrl: 'http://localhost:3000', ...change })

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
  assert.match(empty, /curl &#39;https:\/\/id\.example\/v1\/identities&#39;|curl 'https:\/\/id\.example\/v1\/identities'/)
  assert.match(empty, /Bearer \$SELLO_API_KEY/)
  assert.match(page({ messages: [], apiKeyHint: 'key_1' }), /Bearer key_1/)
})

test('the list shows subject, recipient, time and the number', () => {
  const list = page()
  for (const words of [
    'Librería Norte · 10:32 UTC</span>',
    'ana@example.com',
    '2025-12-18 10:32:05 UTC',
    '<b class="value">4821 0937 5516</b>',
  ]) {
    assert.ok(list.includes(words), words)
  }
  assert.match(list, /href="\/inbox\?id=let_1#letter"/)
  assert.ok(!page({ messages: [message({ text: 'Hello\nNumber: 1' })] }).includes('class="value"'))
})

test('a letter shows its parts and headers, the HTML in a sandbox', () => {
  const open = page({ selectedId: 'let_1' })
  assert.match(open, /<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="\/inbox\/html\?id=let_1" title="[^"]+"><\/iframe>/)
  assert.ok(open.includes('<dd>Librería Norte &lt;no-reply@localhost&gt;</dd>'))
  assert.ok(open.includes('&lt;let_1@localhost&gt;'))
  assert.ok(open.includes('<pre lang="es">Número: 4821 0937 5516\n'))
  assert.ok(open.includes('<summary>Headers (3)</summary>'))
  assert.ok(open.includes('aria-current="true"'))
  assert.match(page({ selectedId: 'let_9' }), /That letter is not here/)
})

test('the links of a letter can be followed, and its code copied from the list', () => {
  const link = 'https://id.example/confirm?token=a1&x=<y>'
  const text = `Código: 4892\n\nAbrir la página:\n${link}\n\nNo https://evil.example/\n`
  const open = page({ messages: [message({ text })], selectedId: 'let_1' })
  assert.ok(open.includes('<b class="value">4892</b>'))
  const escaped = link.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
  assert.ok(open.includes(`<dt>Link</dt><dd class="mono"><a href="${escaped}">${escaped}</a></dd>`))
  assert.equal(open.split('<dt>Link</dt>').length, 2)
  const notice = page({ messages: [message({ text: `Ya tienes cuenta\n\nEntrar:\n${link}\n` })], selectedId: 'let_1' })
  assert.ok(!notice.includes('class="value"'))
  assert.ok(!page({ selectedId: 'let_1' }).includes('<dt>Link</dt>'))
})

test('the page looks again by itself only while no letter is asked for', () => {
  const refresh = '<meta http-equiv="refresh" content="3">'
  assert.ok(page().includes(refresh))
  assert.ok(page({ messages: [] }).includes(refresh))
  assert.ok(!page({ selectedId: 'let_1' }).includes(refresh))
  assert.ok(!page({ selectedId: 'let_9' }).includes(refresh))
})

test('every state says that it is for development, and needs no script and no inline style', () => {
  for (const state of [page(), page({ messages: [] }), page({ selectedId: 'let_1' }), page({ selectedId: 'let_9' })]) {
    assert.match(state, /Development inbox.*Nothing has left this machine.*SELLO_SMTP_URL.*SELLO_MODE=production/s)
    assert.match(state, /^<!doctype html>\n<html lang="en">/)
    assert.doesNotMatch(state, /<script|<style|\sstyle=|\son\w+=|javascript:|src="http|href="http/i)
    for (const landmark of ['<header', '<main', 'id="letter"']) assert.equal(state.split(landmark).length, 2, landmark)
    assert.equal(state.split('<h1').length, 2)
    assert.doesNotMatch(state, />(undefined|null|false|\[object)/)
  }
  assert.doesNotMatch(inboxCss, /@import|url\(|<|expression/i)
  assert.match(inboxCss, /prefers-color-scheme:dark/)
  assert.match(inboxCss, /:focus-visible/)
})

test('what stands in a message cannot become markup', () => {
  const hostile = message({
    id: HOSTILE,
    to: HOSTILE,
    subject: HOSTILE,
    text: `x: ${HOSTILE}`,
    headers: { from: HOSTILE, 'content-language': HOSTILE, [HOSTILE]: HOSTILE },
    at: HOSTILE,
  })
  for (const state of [
    page({ messages: [hostile] }),
    page({ messages: [hostile], selectedId: HOSTILE }),
    page({ messages: [], publicUrl: HOSTILE, apiKeyHint: HOSTILE }),
  ]) {
    assert.ok(state.includes('&lt;script&gt;'), 'the words are there')
    assert.doesNotMatch(state, /<script/)
  }
})
