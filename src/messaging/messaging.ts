import type { Client } from '../contract/contract.ts'
import type { InboxMessage, messaging, SendResult } from '../contract/messaging.ts'
import type { Env } from '../env.ts'
import { createComposer, type House } from './compose.ts'
import type { Signer } from './dkim.ts'
import type { Entry, Inbox } from './inbox.ts'
import type { Transport } from './mail.ts'
import { type Envelope, type Message, wireAddress } from './mime.ts'

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

  function shown({ letter, publicUrl, at }: Entry): InboxMessage {
    const rendered = render(letter, publicUrl)
    const headers = headersOf(compose(letter, rendered))
    return { id: letter.id, to: letter.to, ...rendered, headers, at: new Date(at).toISOString() }
  }

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
    async listInbox(wish) {
      return transport ? { kind: 'closed' } : { kind: 'open', messages: inbox.list(wish).map(shown) }
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

/** Names in lower case, values as they are sent but unfolded (RFC 5322 §2.2.3). */
function headersOf(message: Message): Record<string, string> {
  return Object.fromEntries(message.headers.map(([name, value]) => [name.toLowerCase(), value.replace(/\r\n(?=[ \t])/g, '')]))
}

/** The name of an error's class; its message may repeat what was in the letter. */
function classOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
