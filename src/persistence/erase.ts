import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { admin } from '../contract/persistence.ts'
import { Problem } from '../problem.ts'
import { type Email, readEmail } from '../rules/email.ts'
import type { Change } from './app-records.ts'
import type { Kind, Part } from './erase-draft.ts'
import { createErasePlan } from './erase-plan.ts'
import { CONTROL } from './partitions.ts'
import type { Room } from './room.ts'

type Erase = Pick<Client<typeof admin>, 'eraseAddress'>
type Counts = Record<Kind, number>
/** An address in use may change while it is looked through; so often it is looked at again. */
const ATTEMPTS = 32

const none = (): Counts => ({ addresses: 0, mailboxes: 0, accounts: 0, sessions: 0, letters: 0, identities: 0, links: 0 })
const add = (counts: Counts, { gone }: Part) => {
  for (const kind of gone.values()) counts[kind]++
}

/**
 * Removes a person from the store: everything of an address, over all apps. Each partition's part is one commit. What leads to the rest
 * goes last, so that after a crash the same call finds what is left.
 */
export function createErase(room: Room): Erase {
  const { secrets, env } = room
  const plan = createErasePlan(room)

  /** False, and nothing done, when something changed since it was seen. */
  function commit({ partition, seen, gone, puts }: Part): Promise<boolean> {
    return room.transact<boolean>(partition, async (view) => {
      const keys = [...seen.keys()]
      const found = await view.read(...keys)
      const isSame = keys.every((key, i) => found[i]?.version === seen.get(key)?.version)
      // A record that waits for its next step would lose its place: it is tried again once that is done.
      const isBusy = [...puts.keys()].some((key) => seen.get(key)?.dueAt != null)
      if (!isSame || isBusy) return { outcome: false }
      return { outcome: true, puts: [...puts.values()], deletes: [...gone.keys()] }
    })
  }

  async function commitAll(parts: Part[], counts: Counts): Promise<boolean> {
    for (const part of parts) {
      if (!(await commit(part))) return false
      add(counts, part)
    }
    return true
  }

  async function erase(email: Email) {
    const counts = none()
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { parts, ...rest } = await plan(email)
      if (await commitAll(parts, counts)) return { counts, ...rest }
    }
    throw new Problem('busy')
  }

  /** An administrator's deed like others; of the person it holds a pseudonym. */
  async function tell(subject: string) {
    const log: Change[] = [{ at: env.now(), change: 'erased', subject }]
    await room.transact(CONTROL, async ({ read }) => {
      await read()
      return { outcome: null, log }
    })
  }

  return {
    async eraseAddress({ email: text, confirmed }) {
      const email = readEmail(text, domainToASCII)
      if (!email) return { kind: 'email_invalid' }
      if (!confirmed) {
        const { parts, ...rest } = await plan(email)
        const counts = none()
        for (const part of parts) add(counts, part)
        return { kind: 'found', email: email.canonical, counts, ...rest }
      }
      const erased = await room.inTurn(`address/${email.untagged}`, () => erase(email))
      const subject = secrets.mac('erased', email.canonical)
      await tell(subject)
      return { kind: 'erased', email: email.canonical, subject, ...erased }
    },
  }
}
