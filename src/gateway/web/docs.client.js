// What /docs does in the browser: sends its forms, keeps the programs in step with them, and tells what happened next. Served behind
// snippets.ts in one file, docs.script.js. Everything that came from outside is put into the page as text.
/* global languages, pathOf, snippet */

const POLL_MS = 500
const POLLS = 240
/** Calls that mail a code, and those whose answers other calls need. */
const MAILING = ['registerAccount', 'resendCode']
const PERSONAL = ['registerAccount', 'login', 'refreshSession']
const FINAL = ['sent', 'failed', 'checked', 'replaced', 'revoked', 'expired']
const hasInbox = 'inbox' in document.body.dataset
const bearers = { key: document.querySelector('#key'), token: document.querySelector('#token') }
const forms = [...document.querySelectorAll('.call form')]
const formOf = (op) => document.querySelector(`#${op} form`)

/** What stands in a form; empty fields are left out. */
function callOf(form) {
  const call = form.closest('.call')
  const filled = (place) =>
    Object.fromEntries(
      [...form.querySelectorAll(`input[data-place=${place}]`)]
        .filter((input) => input.value !== '')
        .map((input) => [input.name, input.value]),
    )
  const body = form.querySelector('input[data-place=body]') ? filled('body') : null
  const path = pathOf(call.querySelector('.path').textContent, filled('path'))
  return { method: call.querySelector('.method').textContent, path, headers: filled('header'), body, bearer: form.dataset.bearer }
}

/** Only the development key is written into programs; another one is theirs to read. */
function showPrograms(form) {
  const { path, bearer, ...call } = callOf(form)
  const { dataset, value, defaultValue } = bearers.key
  const isDevelopment = bearer === 'key' && 'development' in dataset && value === defaultValue
  const whole = { ...call, url: document.body.dataset.url + path, key: bearer && (isDevelopment ? value : null) }
  if (bearer === 'token') whole.variable = 'ACCESS_TOKEN'
  for (const { id } of languages) {
    form.closest('.call').querySelector(`[data-language=${id}]`).textContent = snippet(id, whole)
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

async function ask({ method, path, headers, body, bearer }) {
  const sent = { ...(body ? { 'content-type': 'application/json' } : {}), ...headers }
  if (bearer) sent.authorization = `Bearer ${bearers[bearer].value.trim()}`
  const began = performance.now()
  const init = { method, headers: sent, credentials: 'omit', cache: 'no-store', ...(body ? { body: JSON.stringify(body) } : {}) }
  const response = await fetch(path, init)
  const text = await response.text()
  return { status: response.status, ms: Math.round(performance.now() - began), headers: [...response.headers], text }
}

async function send(form) {
  const op = form.closest('.call').id
  const place = document.querySelector(`#${op}-answer`)
  const button = form.querySelector('button[type=submit]')
  if (button.ariaDisabled === 'true') return
  button.ariaDisabled = 'true'
  const call = callOf(form)
  try {
    const isMailing = hasInbox && MAILING.includes(op)
    const older = isMailing ? await letterTo(call.body.email) : null
    const answer = await ask(call)
    showAnswer(place, answer)
    if (answer.status >= 300) return
    const said = answer.text ? JSON.parse(answer.text) : {}
    await follow(op, call, said)
    if (isMailing) void followLetter(said, older, place)
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
    for (const other of ['showIdentity', 'revokeIdentity']) fill(other, { id: answer.id })
    void tell(answer.id, answer.email)
  }
  if (op === 'checkIdentity') void tell(answer.id, answer.email)
  if (op === 'revokeIdentity') void tell(decodeURIComponent(call.path.split('/').at(-1)), null)
  if (PERSONAL.includes(op)) followPerson(answer, call.body.password)
}

/** Sign-up hands its flow to what comes after it, sign-in its tokens. */
function followPerson({ email, flow, access_token: access, refresh_token: refresh }, password) {
  if (flow) for (const other of ['verifyEmail', 'confirmEmail', 'resendCode']) fill(other, { flow })
  if (flow) fill('login', { password })
  if (email) for (const other of ['verifyEmail', 'resendCode', 'login']) fill(other, { email })
  if (!access) return
  bearers.token.value = access
  fill('introspectToken', { token: access })
  fill('revokeToken', { token: refresh })
  for (const other of ['refreshSession', 'logout']) fill(other, { refresh_token: refresh })
}

function fill(op, values) {
  const form = formOf(op)
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value
  showPrograms(form)
}

/** The letter of a sign-up, where it can be looked at: its code and token go into the forms that take them. */
async function followLetter({ email }, older, place) {
  for (let polls = 0; polls < 20; polls++) {
    const letter = await letterTo(email)
    if (letter && letter.id !== older?.id) {
      const code = /: (\d{4,8})\n/.exec(letter.text)?.[1]
      const token = /confirm\?token=(\S+)/.exec(letter.text)?.[1]
      if (code) fill('verifyEmail', { code })
      if (token) fill('confirmEmail', { token })
      return place.append(letterLinks(letter))
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

let latest = 0
/** The identity's timeline, until nothing more is to be expected of its letter; only the newest call's is told. */
async function tell(id, email) {
  const turn = ++latest
  let status = ''
  for (let polls = 0; polls < POLLS && turn === latest && !FINAL.includes(status); polls++) {
    if (polls > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    const answer = await ask({ method: 'GET', path: pathOf('/v1/identities/{id}', { id }), headers: {}, body: null, bearer: 'key' }).catch(
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

/** The page itself brings the program for a shell. */
function addLanguages(snippets, op) {
  const shell = snippets.firstElementChild
  for (const [at, { id, name }] of languages.entries()) {
    const program = make('details', '', { name: `${op}-program`, open: at === 0 })
    const text = at === 0 ? shell : make('pre', '', { tabIndex: 0 })
    text.dataset.language = id
    program.append(make('summary', name), text)
    snippets.append(program)
  }
}

/** What only a script can use: a button, a place for the answer, and which description is of which field. */
function equip(form, op) {
  const row = make('p', '', { className: 'send' })
  row.append(make('button', 'Send', { type: 'submit' }))
  form.append(row)
  for (const about of form.querySelectorAll('.about')) {
    const input = about.parentElement.querySelector('input')
    about.id = `${op}-${input.name}-about`
    input.setAttribute('aria-describedby', about.id)
  }
  form.after(make('div', '', { id: `${op}-answer`, className: 'answer', role: 'status', hidden: true }))
  form.autocomplete = 'off'
  form.noValidate = true // a wrong call is worth seeing, too
}

for (const form of forms) {
  const call = form.closest('.call')
  addLanguages(call.querySelector('.snippets'), call.id)
  equip(form, call.id)
  form.addEventListener('input', () => showPrograms(form))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(form)
  })
  showPrograms(form)
}
bearers.key.addEventListener('input', () => forms.forEach(showPrograms))
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
