import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { admin } from '../contract/persistence.ts'
import { readEmail } from '../rules/email.ts'
import type { Address, Identity, Send } from '../rules/identity.ts'
import { type Row, readRow } from '../rules/outbox.ts'
import { asIndex, INDEX } from './app-records.ts'
import { addressKey, findIdentity, show } from './identities.ts'
import { nextKey, storyKey } from './letters.ts'
import { accountKey, asAccount, asMailbox, mailboxKey, partitionOfHandle } from './mailboxes.ts'
import { CONTROL } from './partitions.ts'
import type { Room } from './room.ts'
import type { Partition } from './store/store.ts'

type Found = Extract<Awaited<ReturnType<Client<typeof admin>['listLetters']>>, { kind: 'found' }>
type Letters = Found['letters']

/** What an address's record remembers of a letter, looked up: none or one, if it can still be read and went to that very address. */
export function createLetterStories(room: Room) {
  const { env, store } = room

  async function ofNumber(partition: Partition, { number }: Send, email: string): Promise<Letters> {
    const [record] = await store.read(partition, [number])
    const identity = record?.value as Identity | undefined
    // The untagged address also remembers the letters of its +tags, for their budget; they are not its own.
    if (!identity || identity.email !== email) return []
    const found = await findIdentity(room, identity.id, null)
    if (!found) return []
    const { id, status, createdAt, expiresAt, timeline } = show(found, env.now())
    return [{ app: identity.app, letter: identity.letter, kind: 'number', identity: id, status, createdAt, expiresAt, timeline }]
  }

  async function ofAccount(partition: Partition, { number: key, letter }: Send, email: string): Promise<Letters> {
    const records = await store.read(partition, [key, nextKey(key), storyKey(key, letter!)])
    const row = records.map((record) => record && readRow(record.value)).find((one) => one?.id === letter)
    return row && row.to === email ? [shown(row, env.now())] : []
  }

  return (partition: Partition, send: Send, email: string): Promise<Letters> => {
    if (send.number === '') return Promise.resolve([]) // nobody had signed up: nothing was sent
    return (send.letter ? ofAccount : ofNumber)(partition, send, email)
  }
}

/** Every letter to an address that can still be read, newest first, over all apps: what an operator is asked for. */
export function createLettersTo(room: Room) {
  const { store, homeOf } = room
  const storyOf = createLetterStories(room)

  /** Accounts that have the address, had it, or asked to move to it: letters about an account lie with it. */
  async function accountsAt(partition: Partition, email: string, sends: readonly Send[]): Promise<Set<string>> {
    const [index] = await store.read(CONTROL, [INDEX])
    const keys = asIndex(index).apps.map(({ id }) => mailboxKey(email, id))
    const mailboxes = keys.length > 0 ? (await store.read(partition, keys)).map(asMailbox) : []
    const held = mailboxes.flatMap((mailbox) => [mailbox?.account ?? [], mailbox?.former.map(({ id }) => id) ?? []].flat())
    return new Set([...held, ...sends.flatMap(({ account }) => account ?? [])])
  }

  async function aboutAccount(id: string, email: string): Promise<Letters> {
    const home = partitionOfHandle(id)
    const [record] = home ? await store.read(home, [accountKey(id)]) : []
    const about = asAccount(record)?.letters.filter(({ to }) => to === email) ?? []
    const found = about.map(({ id: letter, key, at }) => storyOf(home!, { at, app: '', number: key, letter }, email))
    return (await Promise.all(found)).flat()
  }

  return async function lettersTo(text: string) {
    const email = readEmail(text, domainToASCII)
    if (!email) return { kind: 'email_invalid' as const }
    const partition = homeOf(email.untagged)
    const [record] = await store.read(partition, [addressKey(email.canonical)])
    const sends = (record?.value as Address | undefined)?.sends ?? []
    const found: Letters = []
    for (const send of sends) found.push(...(await storyOf(partition, send, email.canonical)))
    for (const id of await accountsAt(partition, email.canonical, sends)) found.push(...(await aboutAccount(id, email.canonical)))
    const once = new Map(found.toReversed().map((one) => [one.letter, one]))
    return { kind: 'found' as const, letters: [...once.values()].sort((a, b) => b.createdAt - a.createdAt) }
  }
}

function shown({ id, app, kind, requestedAt, deadlineAt, events }: Row, now: number): Letters[number] {
  const has = (event: string) => events.some((entry) => entry.event === event)
  const late = now >= deadlineAt ? 'expired' : 'queued'
  const status = has('failed') ? 'failed' : has('accepted') ? 'sent' : late
  const timeline = [{ at: requestedAt, event: 'queued' }, ...events]
  return { app, letter: id, kind, identity: null, status, createdAt: requestedAt, expiresAt: deadlineAt, timeline }
}
