import { LETTER_KINDS, type Letter } from '../contract/messaging.ts'

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
  get(id: string): Entry | null
  /** Deletes that one, or all that are there when it is called; they are off the disk when it resolves. Returns how many that were. */
  remove(id?: string): Promise<number>
  /** How often letters have come or gone since it was opened. */
  changes(): number
}

const CAPACITY = 5000

/** Opens the inbox with what `keep` has; a line that cannot be read (torn by a crash) is passed over. */
export async function openInbox(keep?: Keep, capacity = CAPACITY): Promise<Inbox> {
  const entries = new Map<string, Entry>()
  const stored = (await keep?.load()) ?? []
  let lines = 0
  let changes = 0
  for (const line of stored) put(parse(line))

  function put(some: Entry[]) {
    lines += some.length
    changes++
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
    // The letters are safe as appended; when this fails the next one tries again.
    await tidy([...entries.values()]).catch(() => {})
  }

  async function tidy(kept: Entry[]) {
    await keep?.rewrite(kept.map((entry) => JSON.stringify([entry])))
    lines = kept.length
  }

  /** From the disk first: what is gone from the list must not come back with a restart. */
  async function drop(ids: ReadonlySet<string>) {
    const kept = [...entries.values()].filter(({ letter }) => !ids.has(letter.id))
    const dropped = entries.size - kept.length
    if (dropped === 0) return 0
    await tidy(kept)
    for (const id of ids) entries.delete(id)
    changes++
    return dropped
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
    get: (id) => entries.get(id) ?? null,
    remove(id) {
      const ids = new Set(id === undefined ? entries.keys() : [id])
      const dropping = last.then(() => drop(ids))
      last = dropping.catch(() => {})
      return dropping
    },
    changes: () => changes,
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
  if (!LETTER_KINDS.includes(letter.kind)) return false
  if (letter.kind === 'number') return typeof letter.number === 'string'
  return !('token' in letter) || letter.token === null || typeof letter.token === 'string'
}
