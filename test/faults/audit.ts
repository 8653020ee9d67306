import assert from 'node:assert/strict'
import type { Client } from '../../src/contract/contract.ts'
import type { admin } from '../../src/contract/persistence.ts'
import type { Api } from '../support/server.ts'
import type { Captured } from '../support/smtp.ts'
import { type client, type Entry, each } from './ledger.ts'

const AT_ONCE = 16

type Found = Awaited<ReturnType<Client<typeof admin>['listLetters']>>
type Books = {
  /** What the clients know. */
  told: Awaited<ReturnType<typeof client>>[]
  /** Every letter that arrived. */
  arrivals: readonly Captured[]
  /** The newest letter to an address. */
  newest: ReadonlyMap<string, Captured>
  /** Speaks to what is left, in one more life. */
  reader: Api
  /** What an operator is told of an address. */
  lettersTo: (email: string) => Promise<Found>
}

/** Holds what the clients were told, what arrived and what is in the store against each other; each list names what does not fit. */
export async function audit({ told, arrivals, newest, reader, lettersTo }: Books) {
  const entries = told.flatMap((one) => one.entries)
  const acked = entries.filter(({ id }) => id !== null)
  const byAddress = Map.groupBy(entries, ({ email }) => email)
  const statuses = new Map<string, string>()
  await each(acked, AT_ONCE, async ({ id }) => {
    const { status, body } = await reader.show(id!)
    statuses.set(id!, status === 200 ? String(body.status) : `HTTP ${status}`)
  })
  const lost = acked.filter(({ id }) => statuses.get(id!)?.startsWith('HTTP')).map(({ email, id }) => `${email} ${id}: not in the store`)

  const sure = acked.filter(({ checked }) => checked?.sure === 'yes')
  const replays: string[] = []
  await each(sure, AT_ONCE, async ({ email, id, checked }) => {
    const { status } = await reader.check(checked!.number)
    if (status !== 404 || statuses.get(id!) !== 'checked') replays.push(`${email}: ${status} ${statuses.get(id!)}`)
  })

  const wrong: string[] = []
  await each([...byAddress], AT_ONCE, async ([email, asked]) => {
    const fault = await faultOf(reader, asked, statuses, newest.get(email))
    if (fault === 'no letter') lost.push(`${email}: ${fault}`)
    else if (fault) wrong.push(`${email}: ${fault}`)
  })

  // A repeat with the same Idempotency-Key is the same registration, also when a kill swallowed the first answer.
  const tooMany: string[] = []
  await each([...byAddress], AT_ONCE, async ([email, asked]) => {
    const found = await lettersTo(email)
    const ids = found.kind === 'found' ? found.letters.map(({ identity }) => identity) : []
    if (ids.length > asked.length) tooMany.push(`${email}: ${ids.length} identities for ${asked.length} registrations`)
    for (const { id } of asked) if (id && !ids.includes(id)) lost.push(`${email} ${id}: not among its letters`)
  })
  for (const [email, letters] of Map.groupBy(arrivals, ({ envelope }) => envelope.to)) {
    const different = new Set(letters.map(({ messageId }) => messageId)).size
    const asked = byAddress.get(email)?.length ?? 0
    if (different > asked) tooMany.push(`${email}: ${different} letters for ${asked} registrations`)
  }

  const surprises = told.flatMap((one) => one.surprises)
  const twoThings = twoThingsIn(arrivals)
  return { entries: entries.length, acked: acked.length, checks: sure.length, lost, replays, wrong, twoThings, tooMany, surprises }
}

/** The live number of an address is the one in its last letter, and it leads to the one identity that lives. */
async function faultOf(reader: Api, asked: Entry[], statuses: Map<string, string>, letter: Captured | undefined): Promise<string | null> {
  const known = asked.flatMap(({ id }) => (id ? [id] : []))
  const living = known.filter((id) => statuses.get(id) !== 'replaced')
  if (!letter) return living.length > 0 ? 'no letter' : null
  const { status, body } = await reader.check(letter.number)
  if (living.some((id) => statuses.get(id) === 'checked')) return status === 404 ? null : `a used number answers ${status}`
  if (asked.some(({ checked }) => checked?.sure === 'unsure') && status === 404) return null
  if (status !== 200) return `the number of the last letter answers ${status}`
  const isRight = living.length > 0 ? living.join() === body.id : !known.includes(body.id!)
  return isRight ? null : `the number of the last letter is that of ${body.id}, and ${living.join() || 'none we know of'} lives`
}

/** One Message-ID, one number, one address, one text: byte for byte. */
export function twoThingsIn(arrivals: readonly Captured[]): string[] {
  const found: string[] = []
  for (const [name, key, other] of [
    ['Message-ID', 'messageId', 'number'],
    ['number', 'number', 'messageId'],
  ] as const) {
    for (const [value, same] of Map.groupBy(arrivals, (letter) => letter[key])) {
      const variants = new Set(same.map((letter) => `${letter[other]} ${letter.envelope.to}`))
      if (variants.size > 1) found.push(`${name} ${value}: ${[...variants].join(' and ')}`)
      if (new Set(same.map(({ raw }) => raw.toString('latin1'))).size > 1) found.push(`${name} ${value}: its bytes differ`)
    }
  }
  return found
}

export function assertSound({ lost, replays, wrong, twoThings, tooMany, surprises }: Awaited<ReturnType<typeof audit>>) {
  const none: string[] = []
  assert.deepEqual(lost, none, 'acknowledged and lost')
  assert.deepEqual(replays, none, 'a used number came back')
  assert.deepEqual(wrong, none, 'the last letter does not carry the live number')
  assert.deepEqual(twoThings, none, 'one letter, one number')
  assert.deepEqual(tooMany, none, 'one registration, one identity, one letter')
  assert.deepEqual(surprises, none, 'answers that nobody should get')
}
