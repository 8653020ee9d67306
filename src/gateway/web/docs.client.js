// What /docs does in the browser: sends its forms, keeps the programs in step with them, and tells what happened next. Served behind
// snippets.ts in one file, docs.script.js. Everything that came from outside is put into the page as text.
/* global languages, pathOf, snippet */

const POLL_MS = 500
const POLLS = 240
const FINAL = ['sent', 'failed', 'checked', 'replaced', 'revoked', 'expired']
const hasInbox = 'inbox' in document.body.dataset
const keyInput = document.querySelector('#key')
const forms = [...document.querySelectorAll('form[data-op]')]
const formOf = (op) => document.querySelector(`form[data-op=${op}]`)

/** What stands in a form; empty fields are left out. */
function callOf(form) {
  const filled = (place) =>
    Object.fromEntries(
      [...form.querySelectorAll(`input[data-place=${place}]`)]
        .filter((input) => input.value !== '')
        .map((input) => [input.name, input.value]),
    )
  const body = form.querySelector('input[data-place=body]') ? filled('body') : null
  const path = pathOf(form.dataset.path, filled('path'))
  return { method: form.dataset.method, path, headers: filled('header'), body, isKeyed: 'keyed' in form.dataset }
}

/** Only the development key is written into programs; another one is theirs to read. */
function showPrograms(form) {
  const { path, isKeyed, ...call } = callOf(form)
  const isDevelopment = 'development' in keyInput.dataset && keyInput.value === keyInput.defaultValue
  const whole = { ...call, url: document.body.dataset.url + path, key: isKeyed ? (isDevelopment ? keyInput.value : null) : undefined }
  for (const { id } of languages) {
    document.querySelector(`[data-for=${form.dataset.op}] [data-language=${id}]`).textContent = snippet(id, whole)
  }
}

const make = (name, text = '', more = {}) => Object.assign(document.createElement(name), { textContent: text }, more)
const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

async function ask({ method, path, headers, body, isKeyed }) {
  const sent = { ...(body ? { 'content-type': 'application/json' } : {}), ...headers }
  if (isKeyed) sent.authorization = `Bearer ${keyInput.value.trim()}`
  const began = performance.now()
  const init = { method, headers: sent, credentials: 'omit', cache: 'no-store', ...(body ? { body: JSON.stringify(body) } : {}) }
  const response = await fetch(path, init)
  const text = await response.text()
  return { status: response.status, ms: Math.round(performance.now() - began), headers: [...response.headers], text }
}

async function send(form) {
  const place = document.querySelector(`#${form.dataset.op}-answer`)
  const button = form.querySelector('button[type=submit]')
  if (button.ariaDisabled === 'true') return
  button.ariaDisabled = 'true'
  const call = callOf(form)
  try {
    const answer = await ask(call)
    showAnswer(place, answer)
    if (answer.status < 300) await follow(form.dataset.op, call, answer.text ? JSON.parse(answer.text) : {})
  } catch (error) {
    place.replaceChildren(make('h4', 'Not sent'), make('p', String(error)))
    place.classList.add('refused')
    place.hidden = false
  } finally {
    button.ariaDisabled = null
  }
}

function showAnswer(place, { status, ms, headers, text }) {
  const said = headers.map(([name, value]) => `${name}: ${value}`).join('\n')
  const details = make('details')
  details.append(make('summary', `Headers (${headers.length})`), make('pre', said, { tabIndex: 0 }))
  place.replaceChildren(make('h4', `${status} in ${ms} ms`), details, ...(text ? [make('pre', pretty(text), { tabIndex: 0 })] : []))
  place.classList.toggle('refused', status >= 400)
  place.hidden = false
}

/** What an answer means for the other forms, and for the story of the identity. */
async function follow(op, call, answer) {
  if (op === 'registerIdentity') {
    for (const other of ['showIdentity', 'revokeIdentity']) {
      formOf(other).elements.id.value = answer.id
      showPrograms(formOf(other))
    }
    void tell(answer.id, answer.email)
  }
  if (op === 'checkIdentity') void tell(answer.id, answer.email)
  if (op === 'revokeIdentity') void tell(decodeURIComponent(call.path.split('/').at(-1)), null)
}

let latest = 0
/** The identity's timeline, until nothing more is to be expected of its letter; only the newest call's is told. */
async function tell(id, email) {
  const turn = ++latest
  let status = ''
  for (let polls = 0; polls < POLLS && turn === latest && !FINAL.includes(status); polls++) {
    if (polls > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    const answer = await ask({ method: 'GET', path: pathOf('/v1/identities/{id}', { id }), headers: {}, body: null, isKeyed: true }).catch(
      () => null,
    )
    if (turn !== latest || answer?.status !== 200) continue
    const identity = JSON.parse(answer.text)
    status = identity.status
    const letter = hasInbox && FINAL.includes(status) ? await letterTo(email ?? identity.email) : null
    if (turn === latest) showNext(identity, letter)
  }
}

function showNext({ email, status, timeline }, letter) {
  const place = document.querySelector('#next')
  const list = make('ol')
  for (const { at, event, detail } of timeline) {
    const line = make('li')
    line.append(make('time', `${at.slice(11, 23)} UTC`, { dateTime: at }), make('b', event), ...(detail ? [make('span', detail)] : []))
    list.append(line)
  }
  place.replaceChildren(make('h4', `What happened next: ${status}`), make('p', `The letter to ${email}`), list)
  if (letter) place.append(letterLinks(letter))
  place.hidden = false
}

async function letterTo(email) {
  const response = await fetch(`/inbox/messages?to=${encodeURIComponent(email)}`, { cache: 'no-store' }).catch(() => null)
  return response?.ok ? ((await response.json())[0] ?? null) : null
}

function letterLinks({ id, text }) {
  const row = make('p', '', { className: 'links' })
  row.append(make('a', 'Open the letter', { href: `/inbox?id=${encodeURIComponent(id)}#letter` }))
  const number = /: (\d{4} \d{4} \d{4})/.exec(text)?.[1]
  if (!number) return row
  const use = make('button', 'Check its number', { type: 'button', className: 'plain' })
  use.addEventListener('click', () => {
    const form = formOf('checkIdentity')
    form.elements.number.value = number
    form.elements.token.value = formOf('registerIdentity').elements.token.value
    showPrograms(form)
    form.elements.number.focus()
  })
  row.append(use)
  return row
}

for (const form of forms) {
  form.querySelector('.send').hidden = false
  form.noValidate = true // a wrong call is worth seeing, too
  form.addEventListener('input', () => showPrograms(form))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(form)
  })
  showPrograms(form)
}
keyInput.addEventListener('input', () => forms.forEach(showPrograms))
for (const program of document.querySelectorAll('.snippets pre')) {
  const button = make('button', 'Copy', { type: 'button', className: 'copy' })
  button.ariaLabel = `Copy the ${program.previousElementSibling.textContent} program`
  const say = (word) => {
    button.textContent = word
    button.ariaLabel = null
  }
  button.addEventListener('click', () => {
    const copied = navigator.clipboard?.writeText(program.textContent) ?? Promise.reject(new Error('plain http'))
    void copied.then(
      () => say('Copied'),
      () => say('Not copied'),
    )
  })
  program.before(button)
}
