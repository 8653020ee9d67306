import type { InboxMessage } from '../../contract/messaging.ts'
import { type Html, html } from './html.ts'
import { baseCss, stamp } from './look.ts'

/** `selectedId`: the letter to show beside the list, from `?id=`; `apiKeyHint`: an API key to stand in the command to type;
 * `inMemory`: the letters go with the messaging process. */
export type InboxPage = { messages: InboxMessage[]; selectedId: string | null; publicUrl: string; inMemory?: boolean; apiKeyHint?: string }

const note = (
  inMemory: boolean,
) => html`<aside class="devbar" aria-label="Development only"><span><b>Development inbox.</b> Nothing has left this machine: every
letter lands here${inMemory && html`, in the memory of the messaging process, and is gone when that ends`}. To send for real set <code>SELLO_SMTP_URL</code>; with <code>SELLO_MODE=production</code> this page does not
exist.</span></aside>`

/**
 * The developer's inbox: the list beside one letter, above it on a phone. Without script, and without inline styles, so that
 * `style-src 'self'; frame-src 'self'` suffices. Looks for new letters every three seconds until one is opened.
 */
export function inboxPage({ messages, selectedId, publicUrl, inMemory = false, apiKeyHint }: InboxPage): string {
  const open = messages.find((message) => message.id === selectedId)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
${selectedId === null && html`<meta http-equiv="refresh" content="3">`}
<title>${open ? `${open.subject} · ` : ''}Inbox · Sello</title>
<link rel="stylesheet" href="/inbox/style.css">
</head>
<body>
<a class="skip" href="#letter">Skip to the letter</a>
<header class="bar"><a class="brand" href="/inbox">${stamp}Sello</a>
</header>
${note(inMemory)}
${
  messages.length === 0
    ? html`<main>${firstSteps(publicUrl, apiKeyHint)}</main>`
    : html`<main class="inbox${open && ' reading'}">
<section class="list" aria-labelledby="letters"><h1 id="letters">Letters</h1>${listOf(messages, selectedId)}</section>
${open ? letterView(open) : nothingOpen(selectedId)}
</main>`
}
</body>
</html>
`
  return page.markup
}

function listOf(messages: InboxMessage[], selectedId: string | null): Html {
  return html`<ol>${messages.map(
    (message) => html`<li>
<a href="/inbox?id=${encodeURIComponent(message.id)}#letter"${message.id === selectedId && html` aria-current="true"`}>
<span class="subject" lang="${languageOf(message)}">${message.subject}</span>
<span class="meta"><span class="to">${message.to}</span> ${timeOf(message)}</span></a>
${shownValue(message) && html`<b class="value">${shownValue(message)}</b>`}</li>`,
  )}</ol>`
}

function letterView(message: InboxMessage): Html {
  const headers = Object.entries(message.headers)
  return html`<article class="letter" id="letter" aria-labelledby="subject">
<h2 id="subject" lang="${languageOf(message)}">${message.subject}</h2>
<dl>
<div><dt>From</dt><dd>${decoded(message.headers.from ?? '')}</dd></div>
<div><dt>To</dt><dd>${message.to}</dd></div>
<div><dt>Subject</dt><dd lang="${languageOf(message)}">${message.subject}</dd></div>
<div><dt>Message-ID</dt><dd class="mono">${message.headers['message-id'] ?? ''}</dd></div>
<div><dt>Caught</dt><dd>${timeOf(message)}</dd></div>
${linksOf(message).map(
  (link) => html`<div><dt>Link</dt><dd class="mono"><a href="${link}">${link}</a></dd></div>
`,
)}</dl>
<h3>As HTML</h3>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/inbox/html?id=${encodeURIComponent(message.id)}" title="The letter as HTML"></iframe>
<h3>As plain text</h3>
<pre lang="${languageOf(message)}">${message.text}</pre>
<details><summary>Headers (${headers.length})</summary><pre>${headers.map(([name, value]) => `${name}: ${value}\n`)}</pre></details>
</article>`
}

function nothingOpen(selectedId: string | null): Html {
  if (selectedId !== null) {
    return html`<article class="letter" id="letter"><h2>That letter is not here</h2>
<p>The inbox keeps the newest letters only. <a href="/inbox">Back to the list</a></p></article>`
  }
  return html`<article class="letter" id="letter"><h2>Open a letter</h2>
<p class="muted">Until you do, this page looks for new ones every 3 seconds.</p></article>`
}

function firstSteps(publicUrl: string, apiKeyHint: string | undefined): Html {
  // A key is given between single quotes, the name of a variable between double ones, so that the shell fills it in.
  const bearer = apiKeyHint === undefined ? '"Authorization: Bearer $SELLO_API_KEY"' : `'Authorization: Bearer ${apiKeyHint}'`
  return html`<article class="letter" id="letter"><h1>No letters yet</h1>
<p>Ask for an identity number, and its letter shows up here within 3 seconds:</p>
<pre class="command" tabindex="0">curl '${publicUrl}/v1/identities' \\
  -H ${bearer} \\
  -H 'Content-Type: application/json' \\
  -d '{"email":"ana@example.com","token":"my-session-token"}'</pre></article>`
}

/** The number or code of a letter: the digits behind the word in the first line of its text part. */
function shownValue(message: InboxMessage): string | undefined {
  return /^[^:\r\n]{1,40}: (\d[\d ]{1,38}\d)[\r\n]/.exec(message.text)?.[1]
}

/** Lines of the text part that are nothing but a link. */
function linksOf(message: InboxMessage): string[] {
  return message.text.match(/^https?:\/\/\S+$/gm) ?? []
}

function languageOf(message: InboxMessage): string {
  return message.headers['content-language'] ?? 'en'
}

function timeOf({ at }: InboxMessage): Html {
  return html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)} UTC</time>`
}

/** Encoded words as Sello writes them (RFC 2047: UTF-8, B, no character cut in two). */
function decoded(value: string): string {
  return value.replace(/=\?UTF-8\?B\?([\w+/]*={0,2})\?=(?:\s+(?==\?))?/gi, (_, word: string) =>
    Buffer.from(word, 'base64').toString('utf8'),
  )
}

/** The style sheet of the inbox, for `/inbox/style.css`. */
export const inboxCss = `${baseCss}
.inbox{display:grid;grid-template-columns:380px minmax(0,1fr)}
.list{border-right:1px solid var(--line)}
.list h1{font-size:1rem;padding:12px 16px;border-bottom:1px solid var(--line)}
.list ol{list-style:none}
.list li{position:relative;border-bottom:1px solid var(--line);padding:12px 16px}
.list li:has([aria-current]){background:var(--sheet2);box-shadow:inset 4px 0 var(--seal)}
.list li a{display:block;color:var(--ink);text-decoration:none}
.list li a::after{content:"";position:absolute;inset:0}
.list li a:hover .subject{text-decoration:underline}
.list li a:focus-visible{outline:0}.list li:has(a:focus-visible){outline:3px solid var(--focus);outline-offset:-3px}
.subject{display:block;font-weight:700;font-size:.9375rem;overflow-wrap:anywhere}
.meta{display:flex;flex-wrap:wrap;gap:0 12px;justify-content:space-between;color:var(--ink2);font-size:.8125rem}
.to{overflow-wrap:anywhere;min-width:0}
.value{position:relative;display:inline-block;margin-top:8px;padding:4px 10px;font:700 1.375rem/1.3 var(--mono);background:var(--tint);
color:var(--ink);border:2px dotted var(--seal);overflow-wrap:anywhere;-webkit-user-select:all;user-select:all}
.letter{padding:20px 24px 32px;min-width:0}
.letter :is(h1,h2)+p{margin-top:8px}
.letter dl{margin-top:16px;display:grid;gap:6px;font-size:.9375rem}
.letter dl div{display:grid;grid-template-columns:96px minmax(0,1fr);gap:12px}
.letter dt{color:var(--ink2)}.letter dd{overflow-wrap:anywhere}
iframe{display:block;width:100%;height:560px;border:1px solid var(--line);border-radius:4px;background:var(--paper)}
pre{margin:0;padding:12px 16px;background:var(--sheet2);border:1px solid var(--line);border-radius:4px}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
.command{white-space:pre;overflow-x:auto;margin-top:12px;max-width:720px}
details{margin-top:24px}details pre{margin-top:8px}
summary{cursor:pointer;color:var(--seal);text-decoration:underline;text-underline-offset:.18em;width:max-content}
@media (max-width:900px){
.inbox{display:block}.list{border-right:0}
.bar,.devbar{padding-inline:16px}.letter{padding:16px}
.reading .list ol{max-height:44vh;overflow-y:auto}
.reading .letter{border-top:4px dotted var(--line2)}
.letter dl div{grid-template-columns:minmax(0,1fr);gap:0}}
`
