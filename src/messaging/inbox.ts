import type { Letter } from '../contract/messaging.ts'

/** Where the inbox outlives a restart: lines of JSON, oldest first; handed in by house.ts, which seals the lines. */
export type Keep = {
  load(): Promise<string[]> | string[]
  append(line: string): Promise<void>
  rewrite(lines: string[]): Promise<void>
}

/** A letter as it came, rendered when it is looked at, with what its links begin with; `at` in ms. */
export type Entry = { letter: Letter; publicUrl: string; at: number }

/** The mailbox of development: it takes every letter and hands none on. */
export type Inbox = {
  /** Resolves once the letter is as durable as the inbox is; a letter with an id seen before takes the older one's place. */
  add(entry: Entry): Promise<void>
  /** The newest `limit` letters, newest first; `to` is compared without regard to the case of ASCII letters. */
  list(wish: { to?: string; limit: number }): Entry[]
}

const CAPACITY = 5000

/** Opens the inbox with what `keep` has; a line that cannot be read (torn by a crash) is passed over. */
export async function openInbox(keep?: Keep, capacity = CAPACITY): Promise<Inbox> {
  const entries = new Map<string, Entry>()
  const stored = (await keep?.load()) ?? []
  let lines = 0
  for (const line of stored) put(parse(line))

  function put(some: Entry[]) {
    lines += some.length
    for (const entry of some) {
      entries.delete(entry.letter.id)
      entries.set(entry.letter.id, entry)
      if (entries.size > capacity) entries.delete(entries.keys().next().value!)
    }
  }

  /** What came together is written together, as one line. */
  async function store(some: Entry[]) {
    await keep?.append(JSON.stringify(some))
    put(some)
    if (!keep || lines <= 2 * capacity) return
    const kept = [...entries.values()].map((entry) => JSON.stringify([entry]))
    // The letters are safe as appended; when this fails the next one tries again.
    await keep.rewrite(kept).then(
      () => {
        lines = kept.length
      },
      () => {},
    )
  }

  let arrived: Entry[] = []
  let next: Promise<void> | null = null
  let last: Promise<unknown> = Promise.resolve()
  const storeNext = () => {
    const some = arrived
    arrived = []
    next = null
    return store(some)
  }
  return {
    add(entry) {
      arrived.push(entry)
      if (!next) {
        next = last.then(storeNext)
        last = next.catch(() => {})
      }
      return next
    },
    list({ to, limit }) {
      const wanted = to === undefined ? null : lowerAscii(to)
      const found = [...entries.values()].reverse().filter(({ letter }) => wanted === null || lowerAscii(letter.to) === wanted)
      return found.slice(0, Math.max(0, limit))
    },
  }
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function parse(line: string): Entry[] {
  try {
    const entries: unknown = JSON.parse(line)
    return Array.isArray(entries) ? entries.map(upgraded).filter(isEntry) : []
  } catch {
    return []
  }
}

/** What was kept while there were no letters but those with a number, which have no link. */
function upgraded(value: unknown): unknown {
  const { letter, ...rest } = (value ?? {}) as Partial<Entry>
  return { publicUrl: '', ...rest, letter: { kind: 'number', ...letter } }
}

function isEntry(value: unknown): value is Entry {
  const { letter, publicUrl, at } = value as Partial<Entry>
  if (typeof at !== 'number' || typeof publicUrl !== 'string' || typeof letter?.id !== 'string' || typeof letter.to !== 'string')
    return false
  if (letter.kind === 'number') return typeof letter.number === 'string'
  if (letter.kind === 'code') return typeof letter.token === 'string'
  return letter.kind === 'registered' || letter.kind === 'welcome'
}
