import type { InboxMessage } from '../contract/messaging.ts'

/** Where the inbox outlives a restart: one JSON message per line, oldest first; handed in by main.ts, which seals the lines. */
export type Keep = {
  load(): Promise<string[]> | string[]
  append(line: string): Promise<void>
  rewrite(lines: string[]): Promise<void>
}

/** The mailbox of development: it takes every letter and hands none on. */
export type Inbox = {
  /** Resolves once the message is as durable as the inbox is; a message with a Message-ID seen before takes the older one's place. */
  add(message: InboxMessage): Promise<void>
  /** The newest `limit` messages, newest first; `to` is compared without regard to the case of ASCII letters. */
  list(wish: { to?: string; limit: number }): InboxMessage[]
}

const CAPACITY = 5000

/** Opens the inbox with what `keep` has; a line that cannot be read (torn by a crash) is passed over. */
export async function openInbox(keep?: Keep, capacity = CAPACITY): Promise<Inbox> {
  const messages = new Map<string, InboxMessage>()
  const stored = (await keep?.load()) ?? []
  let lines = stored.length
  for (const line of stored) {
    const message = parse(line)
    if (message) put(message)
  }

  function put(message: InboxMessage) {
    const key = message.headers['message-id'] ?? message.id
    messages.delete(key)
    messages.set(key, message)
    if (messages.size > capacity) messages.delete(messages.keys().next().value!)
  }

  async function store(message: InboxMessage) {
    await keep?.append(JSON.stringify(message))
    lines += 1
    put(message)
    if (!keep || lines <= 2 * capacity) return
    const kept = [...messages.values()].map((entry) => JSON.stringify(entry))
    // The message is safe as appended; when this fails the next one tries again.
    await keep.rewrite(kept).then(
      () => {
        lines = kept.length
      },
      () => {},
    )
  }

  let last: Promise<unknown> = Promise.resolve()
  return {
    add(message) {
      const done = last.then(() => store(message))
      last = done.catch(() => {})
      return done
    },
    list({ to, limit }) {
      const wanted = to === undefined ? null : lowerAscii(to)
      const found = [...messages.values()].reverse().filter((message) => wanted === null || lowerAscii(message.to) === wanted)
      return found.slice(0, Math.max(0, limit))
    },
  }
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function parse(line: string): InboxMessage | null {
  try {
    const message: unknown = JSON.parse(line)
    return isMessage(message) ? message : null
  } catch {
    return null
  }
}

function isMessage(value: unknown): value is InboxMessage {
  if (typeof value !== 'object' || value === null) return false
  const message = value as Record<string, unknown>
  const texts = ['id', 'to', 'subject', 'text', 'html', 'at'].every((key) => typeof message[key] === 'string')
  return texts && typeof message.headers === 'object' && message.headers !== null
}
