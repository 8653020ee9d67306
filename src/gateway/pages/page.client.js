// What a script adds to the pages, all of which work without it: the visitor's own time, clocks that run, a password that can be read,
// one click for one submission, what was typed when the language changes, and news of a link that was opened elsewhere.
;(() => {
  const all = (selector) => document.querySelectorAll(selector)
  const language = document.documentElement.lang

  // The answer to a refused form: going back to it, or a reload, must not ask whether to send it again.
  const { at } = document.documentElement.dataset
  if (at) history.replaceState(null, '', at)

  const forms = {
    time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    dateTime: { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }
  for (const time of all('time[data-local]')) {
    time.textContent = new Intl.DateTimeFormat(language, forms[time.dataset.local]).format(new Date(time.dateTime))
  }

  // Clocks: `data-until` is an instant; the page's own clock may be wrong, so what is left is counted from when the page was made.
  const made = Date.parse(document.querySelector('[data-made]')?.dataset.made ?? '')
  const began = performance.now()
  const left = (until) => Math.max(0, Math.ceil((Date.parse(until) - made - (performance.now() - began)) / 1000))
  const shown = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  function tick() {
    for (const clock of all('[data-until]')) {
      const seconds = left(clock.dataset.until)
      clock.textContent = shown(seconds)
      clock.closest('[hidden]')?.removeAttribute('hidden')
      if (seconds === 120 || seconds === 0) clock.setAttribute('aria-live', 'polite')
      else clock.removeAttribute('aria-live')
    }
    for (const button of all('button[data-from]')) {
      const seconds = left(button.dataset.from)
      button.setAttribute('aria-disabled', String(seconds > 0))
      button.textContent = seconds > 0 ? `${button.dataset.wait} ${shown(seconds)}` : button.dataset.text
    }
  }
  if (!Number.isNaN(made)) {
    tick()
    setInterval(tick, 1000)
  }

  for (const button of all('.pw button')) {
    const input = button.parentElement.querySelector('input')
    button.hidden = false
    button.addEventListener('click', () => {
      const isHidden = input.type === 'password'
      input.type = isHidden ? 'text' : 'password'
      button.textContent = isHidden ? button.dataset.hide : button.dataset.show
      button.setAttribute('aria-pressed', String(isHidden))
    })
    // A password manager must meet a password field.
    button.form?.addEventListener('submit', () => {
      input.type = 'password'
    })
  }

  for (const form of all('form[data-busy]')) {
    form.addEventListener('submit', (event) => {
      const button = form.querySelector('button.btn')
      if (button.getAttribute('aria-disabled') === 'true') return event.preventDefault()
      setTimeout(() => {
        button.setAttribute('aria-disabled', 'true')
        button.textContent = form.dataset.busy
      })
    })
  }
  // A page that comes back from the browser's memory is not busy any more.
  addEventListener('pageshow', (event) => event.persisted && location.reload())

  document.getElementById('summary')?.focus()

  const kept = 'sello-typed'
  const typed = JSON.parse(sessionStorage.getItem(kept) ?? 'null')
  sessionStorage.removeItem(kept)
  for (const [name, value] of typed?.path === location.pathname ? typed.values : []) {
    const input = document.getElementById(name)
    if (input && input.value === '') input.value = value
  }
  if (typed?.focus) document.getElementById(typed.focus)?.focus()
  function keep(focus) {
    const inputs = [...all('input.in')].filter(({ type }) => type !== 'password')
    const values = inputs.map(({ id, value }) => [id, value])
    sessionStorage.setItem(kept, JSON.stringify({ path: location.pathname, values, focus }))
  }
  for (const link of all('.langs a')) link.addEventListener('click', () => keep())

  const waiting = document.querySelector('[data-events]')?.dataset
  if (waiting) {
    const source = new EventSource(waiting.events)
    // The page itself leads on then.
    source.addEventListener('verified', () => {
      source.close()
      location.replace(waiting.here)
    })
    // Somewhere else the letter's fate became known: the page says so, but takes nothing from who is typing.
    source.addEventListener('letter', () => {
      const input = document.querySelector('input.in')
      if (input && input.value !== '') return
      keep(document.activeElement?.id)
      location.replace(waiting.here)
    })
    source.addEventListener('over', () => source.close())
  }
})()
