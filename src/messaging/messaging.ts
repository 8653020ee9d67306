import type { Client } from '../contract/contract.ts'
import type { InboxKind, InboxLetter, Letter, messaging, SendResult } from '../contract/messaging.ts'
import type { Env } from '../env.ts'
import { createComposer, type House } from './compose.ts'
import type { Signer } from './dkim.ts'
import type { Entry, Inbox } from './inbox.ts'
import type { Transport } from './mail.ts'
import { type Envelope, type Message, wireAddress } from './mime.ts'
import { folded, searchFor } from './search.ts'

/** With a transport the inbox stays closed. */
export type MessagingParts = House & { env: Env; transport: Transport | null; sign?: Signer | null; inbox: Inbox }

/**
 * Controlador de mensajería, seed 001. Refusals are results, so no operation throws; a letter that cannot be made into a
 * message is `failed` at once, as no later try would fare better.
 */
export function createMessaging({ env, transport, sign, inbox, ...house }: MessagingParts): Client<typeof messaging> {
  const { render, compose } = createComposer(house)
  /** Letters on their way; a letter may be so twice, when its lease was lost and another holder took it. */
  const underWay = new Set<{ id: string; recall: AbortController }>()

  async function hand(transport: Transport, id: string, envelope: Envelope, raw: Buffer): Promise<SendResult> {
    const talk = { id, recall: new AbortController() }
    underWay.add(talk)
    return transport.send(envelope, sign ? sign(raw) : raw, talk.recall.signal).finally(() => underWay.delete(talk))
  }

  function open({ letter, publicUrl, at }: Entry) {
    const rendered = render(letter, publicUrl)
    const message = compose(letter, rendered)
    const seen = { id: letter.id, to: letter.to, ...rendered, headers: headersOf(message), at: new Date(at).toISOString() }
    return { message: { ...seen, kind: kindOf(letter) } satisfies InboxLetter, raw: message.raw }
  }

  /** The words of what was searched once: a letter's never change. */
  const known = new WeakMap<Entry, { subject: string; text: string }>()
  function wordsOf(entry: Entry) {
    const before = known.get(entry)
    if (before) return before
    const { subject, text } = render(entry.letter, entry.publicUrl)
    const words = { subject: folded(subject), text: folded(text) }
    known.set(entry, words)
    return words
  }
  function find(query: string, entries: Entry[]) {
    const matches = searchFor(query)
    return entries.filter((entry) => matches({ to: entry.letter.to, kind: kindOf(entry.letter), words: () => wordsOf(entry) }))
  }

  const opened = env.now()
  const version = () => `${opened}-${inbox.changes()}`

  return {
    async sendLetter({ letter, publicUrl }) {
      let message: Message
      let envelope: Envelope
      try {
        message = compose(letter, render(letter, publicUrl))
        envelope = { from: wireAddress(house.from.address), to: wireAddress(letter.to) }
      } catch (error) {
        return { kind: 'failed', reply: { code: null, enhanced: null, text: `the letter could not be made: ${classOf(error)}` } }
      }
      return transport ? hand(transport, letter.id, envelope, message.raw()) : capture(inbox, { letter, publicUrl, at: env.now() })
    },
    async recallLetters({ letters }) {
      for (const { id, recall } of underWay) if (letters.includes(id)) recall.abort()
      return {}
    },
    async probe() {
      return { service: 'messaging' as const }
    },
    async listInbox({ to, query = '', limit }) {
      if (transport) return { kind: 'closed' }
      const all = inbox.list({ limit: Number.POSITIVE_INFINITY })
      const found = find(query, to === undefined ? all : inbox.list({ to, limit: all.length }))
      const messages = found.slice(0, limit).map((entry) => open(entry).message)
      return { kind: 'open', messages, found: found.length, held: all.length, version: version() }
    },
    async readInbox({ id }) {
      if (transport) return { kind: 'closed' }
      const entry = inbox.get(id)
      if (!entry) return { kind: 'unknown' }
      const { message, raw } = open(entry)
      return { kind: 'open', message, source: (sign ? sign(raw()) : raw()).toString('utf8') }
    },
    async clearInbox({ id }) {
      return transport ? { kind: 'closed' } : { kind: 'open', deleted: await inbox.remove(id) }
    },
    async watchInbox() {
      return transport ? { kind: 'closed' } : { kind: 'open', version: version() }
    },
  }
}

async function capture(inbox: Inbox, entry: Entry): Promise<SendResult> {
  try {
    await inbox.add(entry)
    return { kind: 'accepted', reply: { code: 250, enhanced: '2.0.0', text: 'captured by the built-in inbox' } }
  } catch (error) {
    return {
      kind: 'deferred',
      scope: 'server',
      reply: { code: null, enhanced: null, text: `the inbox cannot be written: ${classOf(error)}` },
    }
  }
}

function kindOf(letter: Letter): InboxKind {
  switch (letter.kind) {
    case 'number':
    case 'reset':
      return letter.kind
    case 'code':
      return letter.code === null ? 'link' : 'code'
    case 'email_change':
      return 'link'
    case 'registered':
    case 'welcome':
    case 'password_changed':
    case 'email_changed':
    case 'deleted':
    case 'signed_in':
      return 'notice'
  }
}

/** Names in lower case, values as they are sent but unfolded (RFC 5322 §2.2.3). */
function headersOf(message: Message): Record<string, string> {
  return Object.fromEntries(message.headers.map(([name, value]) => [name.toLowerCase(), value.replace(/\r\n(?=[ \t])/g, '')]))
}

/** The name of an error's class; its message may repeat what was in the letter. */
function classOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
