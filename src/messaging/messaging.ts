import type { Client } from '../contract/contract.ts'
import type { InboxMessage, Letter, messaging, SendResult } from '../contract/messaging.ts'
import type { Env } from '../env.ts'
import type { Signer } from './dkim.ts'
import type { Entry, Inbox } from './inbox.ts'
import type { Transport } from './mail.ts'
import { buildMessage, type Envelope, type Mailbox, type Message, oneLine, wireAddress } from './mime.ts'
import type { Rendered } from './templates/layout.ts'
import { renderLetter } from './templates/letter.ts'

/**
 * `from`: SELLO_MAIL_FROM; its name stands in for an application without one. With a transport the inbox stays closed.
 * `codeInSubject`: SELLO_CODE_IN_SUBJECT.
 */
export type MessagingParts = {
  env: Env
  from: Mailbox
  transport: Transport | null
  sign?: Signer | null
  inbox: Inbox
  codeInSubject?: boolean
}

/**
 * Controlador de mensajería, seed 001. Refusals are results, so no operation throws; a letter that cannot be made into a
 * message is `failed` at once, as no later try would fare better.
 */
export function createMessaging({ env, from, transport, sign, inbox, codeInSubject = false }: MessagingParts): Client<typeof messaging> {
  const senderOf = ({ app }: Letter) => oneLine(app.name) || oneLine(from.name) || from.address
  const render = (letter: Letter, publicUrl: string): Rendered =>
    renderLetter({ ...letter, app: { ...letter.app, name: senderOf(letter) } }, { publicUrl, codeInSubject })
  const compose = (letter: Letter, rendered: Rendered): Message =>
    buildMessage({ ...mailOf(letter), from: { name: senderOf(letter), address: from.address }, ...rendered })
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
        envelope = { from: wireAddress(from.address), to: wireAddress(letter.to) }
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

function mailOf({ id, to, app, locale, requestedAt }: Letter) {
  return { id, to, replyTo: app.replyTo, locale, date: requestedAt }
}

/** Names in lower case, values as they are sent but unfolded (RFC 5322 §2.2.3). */
function headersOf(message: Message): Record<string, string> {
  return Object.fromEntries(message.headers.map(([name, value]) => [name.toLowerCase(), value.replace(/\r\n(?=[ \t])/g, '')]))
}

/** The name of an error's class; its message may repeat what was in the letter. */
function classOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
