import type { Letter, LetterOf } from '../../src/contract/messaging.ts'

const MINUTE = 60_000
export const PUBLIC_URL = 'https://id.example.com'
/** 18 December 2025, 10:32 UTC. */
export const REQUESTED_AT = Date.UTC(2025, 11, 18, 10, 32)
export const LINK = `${PUBLIC_URL}/confirm?token=07aB3cD4eF1234gH56iJ7890kL`

/** One letter of each kind, as persistence makes it. */
const own: { [K in Letter['kind']]: LetterOf<K> } = {
  number: { ...common(), kind: 'number', number: '482109375516', expiresAt: REQUESTED_AT + 24 * 60 * MINUTE },
  code: {
    ...common(),
    kind: 'code',
    code: '4892',
    token: '07aB3cD4eF1234gH56iJ7890kL',
    expiresAt: REQUESTED_AT + 15 * MINUTE,
    linkExpiresAt: REQUESTED_AT + 60 * MINUTE,
    replaces: null,
  },
  registered: { ...common(), kind: 'registered' },
  welcome: { ...common(), kind: 'welcome' },
  reset: { ...common(), kind: 'reset', token: '07rS3cD4', expiresAt: REQUESTED_AT + 60 * MINUTE },
  email_change: { ...common(), kind: 'email_change', to: 'nueva@example.com', token: '07eC3cD4', expiresAt: REQUESTED_AT + 60 * MINUTE },
  password_changed: { ...common(), kind: 'password_changed', ...undo() },
  email_changed: { ...common(), kind: 'email_changed', ...undo(), email: 'ana.2025@nueva.test' },
  deleted: { ...common(), kind: 'deleted', ...undo() },
  signed_in: { ...common(), kind: 'signed_in', browser: 'Firefox', system: 'Linux', at: REQUESTED_AT },
}

export function letterOf<K extends Letter['kind']>(kind: K, change: Partial<LetterOf<K>> = {}): LetterOf<K> {
  return { ...own[kind], ...change }
}

/** A week, as `SELLO_UNDO_TTL` has it. */
function undo() {
  return { token: '07uN3cD4', expiresAt: REQUESTED_AT + 7 * 24 * 60 * MINUTE }
}

function common() {
  return {
    id: 'let_07aB3',
    to: 'ana@example.com',
    locale: 'es' as const,
    app: { name: 'Librería Norte', replyTo: null },
    requestedAt: REQUESTED_AT,
  }
}

/** What a person sees and copies of an HTML part: tags gone, the few references that the templates use resolved. */
export function visible(html: string): string {
  return html
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
