import type { Document } from '../../contract/openapi.ts'
import { COMMON, callSection } from './docs-call.ts'
import { type Html, html, textIn } from './html.ts'
import { stamp } from './look.ts'

/** `apiKey`: what the form is filled in with, on a development machine; `inbox`: letters can be looked at there. */
export type DocsPage = { document: Document; url: string; apiKey: string | null; inbox: boolean }

/**
 * The API as a page to read and to try. Whole without script: then it is documentation with programs to copy; the script only sends
 * the forms, keeps the programs in step with them and tells what happened next.
 */
export function docsPage({ document, url, apiKey, inbox }: DocsPage): string {
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const groups = (document.tags as { name: string; description: string }[]).map((group) => ({
    ...group,
    calls: calls.filter(({ operation }) => operation.tags.includes(group.name)),
  }))
  const info = document.info as { version: string; description: string }
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API · Sello</title>
<link rel="stylesheet" href="/docs/style.css">
<script type="module" src="/docs/script.js"></script>
</head>
<body data-url="${url}"${inbox && html` data-inbox`}>
<a class="skip" href="#calls">Skip to the calls</a>
<header class="bar"><a class="brand" href="/docs">${stamp}Sello</a>
<nav aria-label="Pages"><a href="/docs" aria-current="page">API</a>${inbox && html`<a href="/inbox">Inbox</a>`}<a href="/openapi.json">openapi.json</a></nav></header>
${apiKey !== null && development}
<div class="docs">
<nav class="toc" aria-label="Calls">${groups.map(
    ({ name, calls: some }) =>
      html`<h2>${name}</h2><ul>${some.map(
        ({ method, path, operation }) =>
          html`<li><a href="#${operation.operationId}"><span class="method ${method.toLowerCase()}">${method}</span> <span class="path">${path}</span></a></li>`,
      )}</ul>`,
  )}</nav>
<main id="calls" autocapitalize="off" spellcheck="false">
<h1>API <span class="muted">${info.version}</span></h1>
<p>${sentences(info.description)}</p>
<p>Address: <code>${url}</code></p>
${bearers(apiKey)}
${refusals(document)}
${groups.map(
  ({ name, description, calls: some }) => html`<h2 class="group">${name}</h2><p>${description}</p>
${some.map((call) => callSection({ document, url, apiKey, ...call }))}`,
)}
</main>
</div>
</body>
</html>
`.markup
}

const development = html`<aside class="devbar" aria-label="Development only"><span><b>Development.</b> Calls go to this Sello with the development
key, filled in for a browser on this machine only. With <code>SELLO_MODE=production</code> no key stands here.</span></aside>`

function bearers(apiKey: string | null): Html {
  return html`<div class="field key"><label for="key">API key</label>
<input id="key" value="${apiKey ?? ''}" autocomplete="off" aria-describedby="key-about"${apiKey !== null && html` data-development`}>
<p class="about" id="key-about">Sent as <code>Authorization: Bearer</code>. It stays in this page and is forgotten with it. ${
    apiKey === null && html`The programs below read it from the variable <code>API_KEY</code>.`
  }</p></div>
<div class="field key"><label for="token">Access token</label>
<input id="token" autocomplete="off" aria-describedby="token-about">
<p class="about" id="token-about">Of a person who signed in, sent by calls for the signed-in; signing in below fills it in. Programs read it from
<code>ACCESS_TOKEN</code>.</p></div>`
}

/** What every refusal looks like, what each one means, and those of nearly every call, once. */
function refusals({ paths }: Document): Html {
  const calls = Object.values(paths).flatMap((methods) => Object.values(methods))
  const contents = calls.flatMap(({ responses }) => Object.values(responses)).flatMap(({ content }) => Object.entries(content ?? {}))
  const listed = (type: string) => new Map(contents.flatMap(([one, { examples }]) => (one === type ? Object.entries(examples ?? {}) : [])))
  const problems = listed('application/problem+json')
  const meanings = (some: typeof problems) =>
    html`<dl class="facts">${[...some].map(([code, { summary }]) => html`<div><dt><code>${code}</code></dt><dd>${sentences(summary)}</dd></div>`)}</dl>`
  const statuses = calls.flatMap(({ responses }) => Object.entries(responses))
  const common = COMMON.map((code) => {
    const [status] = statuses.find(([, { content }]) => content?.['application/problem+json']?.examples?.[code]) ?? []
    return html`<b class="status bad">${status}</b> <code>${code}</code>`
  })
  return html`<p>Each call names its own refusals. Besides, as far as it takes a body, asks the store or changes something:
${common.map((one, at) => html`${at > 0 && ', '}${one}`)}.</p>
<details><summary>What a refusal looks like, and what each <code>code</code> means</summary>
<pre tabindex="0">${textIn(JSON.stringify(problems.get('invalid_request')?.value, null, 2))}</pre>
${meanings(problems)}
<p>Those of the OAuth routes are the <code>error</code> of RFC 6749:</p>
${meanings(listed('application/json'))}</details>`
}

/** Code between backticks. */
const sentences = (text: string): Html[] => text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
