// What /inbox does in the browser besides what its links and forms do: copies numbers and codes, and looks again as soon as letters come
// or go. The page it looks at is its own, made by the server.

const COPIED_MS = 2000
/** After the server refused a stream: it has as many as it keeps. */
const RETRY_MS = 3000
const said = document.querySelector('#said')
const make = (name, more, ...children) => {
  const element = Object.assign(document.createElement(name), more)
  element.append(...children)
  return element
}

/** What can only be selected without script becomes a button. */
function offerCopies(root) {
  for (const value of root.querySelectorAll('b[data-copy]')) {
    const button = make('button', { type: 'button', className: value.className }, value.textContent, ' ', action('Copy'))
    button.dataset.copy = value.dataset.copy
    value.replaceWith(button)
  }
  for (const command of root.querySelectorAll('.command')) {
    const button = make('button', { type: 'button', className: 'btn' }, action('Copy'))
    button.dataset.copy = command.textContent
    command.after(button)
  }
}
const action = (text) => make('span', { className: 'do', textContent: text })

async function copy(button) {
  const done = button.querySelector('.do')
  try {
    await navigator.clipboard.writeText(button.dataset.copy)
    done.textContent = 'Copied'
    said.textContent = `Copied ${button.dataset.copy.split('\n', 1)[0]}`
    setTimeout(() => {
      done.textContent = 'Copy'
    }, COPIED_MS)
  } catch {
    getSelection().selectAllChildren(button)
    done.textContent = 'Press Ctrl+C'
  }
}

/** Where the keyboard is in the list, to be there again after the list is another one. */
function placeOf(element) {
  const row = element?.closest('li[data-id]')
  return row && { id: row.dataset.id, selector: element.matches('.grab') ? '.grab' : '.subject' }
}
const rows = () => [...document.querySelectorAll('li[data-id]')]
const rowOf = (id) => rows().find(({ dataset }) => dataset.id === id)

/** Takes over what another look at the page shows, but for what is being typed or read. */
function show(fresh) {
  const place = placeOf(document.activeElement)
  const before = new Set(rows().map(({ dataset }) => dataset.id))
  offerCopies(fresh)
  const [found, newer] = [document, fresh].map((page) => page.querySelector('#found'))
  if (found && newer) found.replaceWith(newer)
  else document.querySelector('main').replaceWith(fresh.querySelector('main'))
  document.querySelector('main').dataset.version = fresh.querySelector('main')?.dataset.version ?? newest
  showLife()
  if (place) rowOf(place.id)?.querySelector(place.selector)?.focus({ preventScroll: true })
  const come = rows().filter(({ dataset }) => !before.has(dataset.id))
  for (const row of come) row.classList.add('new')
  const [first] = come
  if (!first) return
  const one = `${first.querySelector('.subject').textContent}, to ${first.querySelector('.to').textContent}`
  said.textContent = come.length === 1 ? `New letter. ${one}` : `${come.length} new letters`
}

let newest = document.querySelector('main').dataset.version
let isLooking = false
/** One look at a time; what changed during it is looked at after it. */
async function look() {
  if (isLooking) return
  isLooking = true
  try {
    while (newest !== document.querySelector('main').dataset.version) {
      const response = await fetch(location.href, { cache: 'no-store' })
      if (!response.ok) break
      const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
      newest = fresh.querySelector('main').dataset.version
      show(fresh)
    }
  } catch {
    // The server is away: the stream comes back with it, and tells the version.
  } finally {
    isLooking = false
  }
}

let events = null
let isPaused = false
function listen() {
  events?.close()
  events = isPaused || document.hidden ? null : new EventSource('/inbox/events')
  if (!events) return
  events.addEventListener('inbox', ({ data }) => {
    newest = data
    void look()
  })
  events.addEventListener('open', showLife)
  events.addEventListener('error', () => {
    showLife()
    if (events?.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS)
  })
}

/** The link to look again is for when nobody does it by itself. */
function showLife() {
  const again = document.querySelector('#again')
  if (!again) return
  const isLive = events?.readyState === EventSource.OPEN
  const pause = document.querySelector('#pause') ?? make('button', { type: 'button', id: 'pause' })
  pause.replaceChildren(...(isPaused ? ['Resume'] : [make('span', { className: isLive ? 'dot' : 'sr' }), isLive ? 'Live, pause' : 'Pause']))
  again.hidden = isLive
  if (!pause.isConnected) again.after(pause)
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('button[data-copy]')
  if (button) void copy(button)
  if (!target.closest('#pause')) return
  isPaused = !isPaused
  listen()
  showLife()
})

document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const place = step && placeOf(event.target)
  if (!place) return
  const next = rows()[rows().indexOf(rowOf(place.id)) + step]
  if (!next) return
  event.preventDefault()
  next.querySelector('.subject').focus()
})

// A page that nobody looks at holds no connection: a browser has few of them for one server.
document.addEventListener('visibilitychange', listen)
addEventListener('pagehide', () => events?.close())
addEventListener('pageshow', ({ persisted }) => persisted && listen())

offerCopies(document)
listen()
showLife()
