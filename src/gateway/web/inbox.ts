import type { InboxKind, InboxLetter } from '../../contract/messaging.ts'
import { type Html, html, textIn } from './html.ts'
import { letterParts, unusual, type View } from './inbox-parts.ts'
import { stamp } from './look.ts'

/** What the page is asked to show. `id`: the letter beside the list; `query`: what is searched. */
export type Wish = { id: string | null; query: string; view: View }
/**
 * `messages`: the newest of the `found` ones, which are all of the `held` ones when nothing is searched; `version` tells whether any
 * came or went since. `open`: the letter that was asked for, null when it is not here. `apiKeyHint`: an API key to stand in the
 * command to type; `inMemory`: the letters go with the messaging process.
 */
export type InboxPage = {
  wish: Wish
  messages: InboxLetter[]
  found: number
  held: number
  version: string
  open: { message: InboxLetter; source: string } | null
  publicUrl: string
  inMemory?: boolean
  apiKeyHint?: string | null
}

const KINDS: Record<InboxKind, string> = { number: 'Number', code: 'Code', link: 'Link', reset: 'Reset', notice: 'Notice' }
/** A notice says what was done: its letter is that of an announcement, as N is the number's. */
const MARKS: Record<InboxKind, string> = { number: 'N', code: 'C', link: 'L', reset: 'R', notice: 'A' }

const note = (
  inMemory: boolean,
) => html`<aside class="devbar" aria-label="Development only"><span><b>Development inbox.</b> Nothing has left this machine: every
letter lands here${inMemory && html`, in the memory of the messaging process, and is gone when that ends`}. To send for real set <code>SELLO_SMTP_URL</code>; with <code>SELLO_MODE=production</code> this page does not
exist.</span></aside>`

/**
 * The developer's inbox: the list beside one letter, on a phone one or the other. Whole without script: search, parts and deletion are
 * links and forms. The script copies, and looks again by itself when letters come or go.
 */
export function inboxPage(page: InboxPage): string {
  const { wish, open, held, publicUrl, inMemory = false, apiKeyHint = null, version } = page
  const isEmpty = held === 0
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
${isEmpty && html`<noscript><meta http-equiv="refresh" content="3"></noscript>`}
<title>${open ? `${open.message.subject} · ` : ''}Inbox · Sello</title>
<link rel="stylesheet" href="/inbox/style.css">
<script type="module" src="/inbox/script.js"></script>
</head>
<body>
<a class="skip" href="#letter">Skip to the letter</a>
<header class="bar"><a class="brand" href="/inbox">${stamp}Sello</a>
<nav aria-label="Pages"><a href="/inbox" aria-current="page">Inbox</a><a href="/docs">API</a></nav></header>
${note(inMemory)}
<p class="sr" id="said" role="status"></p>
${
  isEmpty
    ? html`<main data-version="${version}">${firstSteps(publicUrl, apiKeyHint)}</main>`
    : html`<main class="inbox${wish.id !== null && ' reading'}" data-version="${version}">
<section class="list" aria-labelledby="letters">${listHead(wish)}<div id="found">${found(page)}</div></section>
${open ? letterView(open, wish) : nothingOpen(wish)}
</main>`
}
</body>
</html>
`.markup
}

/** Where the page shows that. */
function urlOf({ id, query, view }: Wish): string {
  const parameters = new URLSearchParams({
    ...(query && { q: query }),
    ...(id !== null && { id, ...unusual(view) }),
  })
  return `/inbox${parameters.size > 0 ? `?${parameters}` : ''}${id === null ? '' : '#letter'}`
}

function listHead(wish: Wish): Html {
  const heading = wish.id === null ? html`<h1 id="letters">Letters</h1>` : html`<h2 id="letters">Letters</h2>`
  return html`<header>${heading}
<form class="search" role="search" action="/inbox"><label class="sr" for="q">Search the letters</label>
<input type="search" id="q" name="q" value="${wish.query}" maxlength="200" placeholder="to:ana kind:code" autocomplete="off" autocapitalize="off"
spellcheck="false"><button class="btn">Search</button></form>
<div class="tools"><a id="again" href="${urlOf(wish)}">Refresh</a>
<details><summary>Clear all</summary><form method="post" action="/inbox/clear"><button class="btn">Delete every letter</button></form></details></div>
</header>`
}

function found({ wish, messages, found: all }: InboxPage): Html {
  const { query } = wish
  if (all === 0) {
    return html`<div class="none"><h2>No letter matches</h2>
<p>Nothing here has <q>${query}</q> in its recipient, subject or text.</p>
<p class="muted">Words that all must occur; <code>to:ana</code>, <code>subject:norte</code>, <code>text:4892</code>,
<code>kind:number</code>, <code>code</code>, <code>link</code>, <code>reset</code> or <code>notice</code> look in one place only.</p>
<p><a href="/inbox">Show all letters</a></p></div>`
  }
  const clear = query && html` <a href="/inbox">Show all letters</a>`
  const most = messages.length < all && html`The newest ${messages.length} of ${all}; a search finds the others.`
  return html`${(most || clear) && html`<p class="note">${most || html`${all} of the letters match.`}${clear}</p>`}
<ol>${messages.map((message) => row(message, wish))}</ol>`
}

function row(message: InboxLetter, wish: Wish): Html {
  const { id, kind, subject, to } = message
  return html`<li data-id="${id}"><span class="kind ${kind}" aria-hidden="true">${MARKS[kind]}</span>
<a class="subject" href="${urlOf({ ...wish, id })}"${id === wish.id && html` aria-current="true"`}><span class="sr">${KINDS[kind]}: </span><span
lang="${languageOf(message)}">${subject}</span></a>
<span class="meta"><span class="to">${to}</span> <time datetime="${message.at}">${shortTimeOf(message)}</time></span>${grab(message)}</li>
`
}

/** What the letter is for, to take along: its number or code to copy, else the link that only its reader has. */
function grab(message: InboxLetter): Html | false {
  const value = shownValue(message)
  if (value !== undefined) return html`<b class="grab" data-copy="${value.replaceAll(' ', '')}">${value}</b>`
  const link = linksOf(message).find((one) => one.includes('token='))
  const { pathname, search } = URL.parse(link ?? '') ?? {}
  return (
    pathname !== undefined &&
    html`<a class="grab" href="${link}"><span class="path">${pathname}${search}</span> <span class="do">Open</span></a>`
  )
}

function letterView({ message, source }: NonNullable<InboxPage['open']>, wish: Wish): Html {
  const { id, kind, subject, to, headers } = message
  const value = shownValue(message)
  return html`<article class="letter" id="letter" aria-labelledby="subject">
<a class="back" href="${urlOf({ ...wish, id: null })}">← All letters</a>
<div class="title"><h1 id="subject"><span class="kind ${kind}" aria-hidden="true">${MARKS[kind]}</span><span
lang="${languageOf(message)}">${subject}</span></h1>
<div class="acts"><a class="btn" href="/inbox/source?id=${encodeURIComponent(id)}&amp;as=eml" download>Download .eml</a>
<form method="post" action="/inbox/delete"><input type="hidden" name="id" value="${id}"><input type="hidden" name="q" value="${wish.query}"><button
class="btn">Delete</button></form></div></div>
<dl class="facts">
<div><dt>${value === undefined ? 'Kind' : KINDS[kind]}</dt><dd>${value === undefined ? KINDS[kind] : grab(message)}</dd></div>
<div><dt>From</dt><dd>${decoded(headers.from ?? '')}</dd></div>
<div><dt>To</dt><dd>${to}</dd></div>
<div><dt>Caught</dt><dd><time datetime="${message.at}">${message.at.slice(0, 10)} ${message.at.slice(11, 19)} UTC</time></dd></div>
<div><dt>Message-ID</dt><dd class="mono">${headers['message-id'] ?? ''}</dd></div>
${linksOf(message).map((link) => html`<div><dt>Link</dt><dd class="mono"><a href="${link}">${link}</a></dd></div>\n`)}</dl>
${letterParts(wish.view, message, source, (change) => urlOf({ ...wish, view: { ...wish.view, ...change } }))}
</article>`
}

function nothingOpen(wish: Wish): Html {
  if (wish.id !== null) {
    return html`<article class="letter" id="letter"><h1>That letter is not here</h1>
<p>It was deleted, or it is not among the newest, which alone are kept. <a href="${urlOf({ ...wish, id: null })}">All letters</a></p></article>`
  }
  return html`<article class="letter" id="letter"><h2>Open a letter</h2>
<p class="muted">New ones show up in the list by themselves.</p></article>`
}

function firstSteps(publicUrl: string, apiKeyHint: string | null): Html {
  // A key is given between single quotes, the name of a variable between double ones, so that the shell fills it in.
  const bearer = apiKeyHint === null ? '"Authorization: Bearer $SELLO_API_KEY"' : `'Authorization: Bearer ${apiKeyHint}'`
  const command = `curl '${publicUrl}/v1/identities' \\
  -H ${bearer} \\
  -H 'Content-Type: application/json' \\
  -d '{"email":"ana@example.com","token":"my-session-token"}'`
  return html`<article class="letter" id="letter"><h1>No letters yet</h1>
<p>Ask for an identity number, and its letter shows up here:</p>
<pre class="command" tabindex="0">${textIn(command)}</pre></article>`
}

/** The number or code of a letter: the digits behind the word in the first line of its text part. */
function shownValue({ kind, text }: InboxLetter): string | undefined {
  return kind === 'number' || kind === 'code' ? /^[^:\r\n]{1,40}: (\d[\d ]{1,38}\d)[\r\n]/.exec(text)?.[1] : undefined
}

/** Lines of the text part that are nothing but a link. */
function linksOf({ text }: InboxLetter): string[] {
  return text.match(/^https?:\/\/\S+$/gm) ?? []
}

function languageOf({ headers }: InboxLetter): string {
  return headers['content-language'] ?? 'en'
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** In UTC, as the letters themselves have it. */
const shortTimeOf = ({ at }: InboxLetter) => `${Number(at.slice(8, 10))} ${MONTHS[Number(at.slice(5, 7)) - 1] ?? ''} ${at.slice(11, 19)}`

/** Encoded words as Sello writes them (RFC 2047: UTF-8, B, no character cut in two). */
function decoded(value: string): string {
  return value.replace(/=\?UTF-8\?B\?([\w+/]*={0,2})\?=(?:\s+(?==\?))?/gi, (_, word: string) =>
    Buffer.from(word, 'base64').toString('utf8'),
  )
}
