import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { persistence } from '../contract/persistence.ts'
import { Problem } from '../problem.ts'
import { type Account, type Move, newMailbox, type Undo } from '../rules/account.ts'
import { onItsWay, released, reserved, undone, undoOf } from '../rules/account-life.ts'
import { readEmail } from '../rules/email.ts'
import { createAccountLetters } from './account-letters.ts'
import {
  accountKey,
  accountPut,
  asAccount,
  asMailbox,
  followLink,
  MOVE_LEASE_MS,
  mailboxKey,
  mailboxPut,
  partitionOfHandle,
} from './mailboxes.ts'
import type { Room } from './room.ts'
import { sessionsOver } from './session-records.ts'
import { PARTITIONS, type Partition, type Put } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

export type Moves = ReturnType<typeof createMoves>
export const UNDER_WAY = 'under_way'
const ATTEMPTS = 8

/**
 * An account's way to another address, from there back, or to none. The addresses and the account may lie in three partitions, so the
 * way has steps, each one commit that may be repeated: reserve the address, let the account go there, release the old one. Until the
 * account goes, only the old address opens it; from then on only the new one: it has never two addresses, and never none.
 */
export function createMoves(room: Room) {
  const { env, store, apps } = room
  const letters = createAccountLetters(room)

  const atAddress = <O>(email: string, plan: (partition: Partition, view: View) => Promise<Decision<O>>): Promise<O> => {
    const { untagged } = readEmail(email, domainToASCII)!
    const partition = room.homeOf(untagged)
    return room.inTurn(`address/${untagged}`, () => room.transact(partition, (view) => plan(partition, view)))
  }
  const atHome = <O>(id: string, plan: (account: Account | null, view: View) => Promise<Decision<O>> | Decision<O>): Promise<O> =>
    room.inTurn(accountKey(id), () =>
      room.transact(partitionOfHandle(id)!, async (view) => {
        const [record] = await view.read(accountKey(id))
        return plan(asAccount(record), view)
      }),
    )

  /** The address is the account's from now on, or somebody else's. */
  const reserve = (account: Account, email: string) =>
    atAddress(email, async (_, view) => {
      const [record] = await view.read(mailboxKey(email, account.app))
      const mailbox = asMailbox(record) ?? newMailbox(account.app, email)
      const next = reserved(mailbox, account)
      return { outcome: next !== null, puts: next && next !== mailbox ? [mailboxPut(next)] : [] }
    })

  /** A step at home on the way that was read; on another one, or at another step, there is nothing to do. */
  const step = (
    id: string,
    ways: number,
    phase: Move['phase'],
    plan: (account: Account, move: Move, view: View) => Promise<Put[]> | Put[],
  ) =>
    atHome(id, async (account, view) => {
      const move = account?.ways === ways && account.move?.phase === phase ? account.move : null
      if (!account || !move) return { outcome: account }
      return { outcome: null, puts: await plan(account, move, view) }
    })

  /** The account goes to the address that was reserved for it; or stays, where somebody else has it. */
  const apply = ({ id, ways }: Account, isReserved: boolean) =>
    step(id, ways, 'reserve', async (account, move, view) => {
      const app = await apps.byId(account.app)
      if (!isReserved || !app) return [accountPut({ ...account, move: null })]
      const leave: Move | null = move.email === account.email ? null : { ...move, phase: 'release', email: account.email, undo: null }
      const there = { email: move.email, arrivedAt: env.now(), move: leave }
      if (move.undo) return [accountPut({ ...undone(account, move.undo), ...there })]
      const told = letters.notify(app, account, 'email_changed', account.email, { email: move.email }, view)
      return [accountPut({ ...told.account, ...there, resets: [], change: null }), ...told.puts]
    })

  /** @param way a later one than that by which the account came there */
  const release = ({ id, app }: Account, email: string, way: number) =>
    atAddress(email, async (_, view) => {
      const [record] = await view.read(mailboxKey(email, app))
      const mailbox = asMailbox(record)
      const next = mailbox && released(mailbox, id, way, env.now() + room.policy.undoTtlMs)
      return { outcome: null, puts: next && next !== mailbox ? [mailboxPut(next)] : [] }
    })

  const arrive = ({ id, ways }: Account) => step(id, ways, 'release', (account) => [accountPut({ ...account, move: null })])

  async function reserveAndGo(account: Account, email: string) {
    const isReserved = await reserve(account, email)
    await apply(account, isReserved)
    if (!isReserved) return
    // Others may have taken these steps long before, and the account may have left that address again.
    const now = await read(account.id)
    const isThere = now?.email === email && now.deletedAt === null
    const isComing = now?.move?.phase === 'reserve' && now.move.email === email
    if (!isThere && !isComing) await release(account, email, account.ways + 1)
  }

  async function read(id: string): Promise<Account | null> {
    const [record] = await store.read(partitionOfHandle(id)!, [accountKey(id)])
    return asAccount(record)
  }

  /** Takes the steps that are left; returns the account as it then is. Safe to run twice at once, and to be overtaken. */
  async function run(id: string): Promise<Account | null> {
    for (;;) {
      const account = await read(id)
      if (!account?.move) return account
      const { phase, email } = account.move
      if (phase === 'reserve') await reserveAndGo(account, email)
      else {
        await release(account, email, account.ways)
        await arrive(account)
      }
    }
  }

  return {
    run,
    atHome,

    /** Work that sets out, once every other way has ended; `under_way` = another one began meanwhile. */
    async inTurn<O>(id: string, work: () => Promise<O | typeof UNDER_WAY>): Promise<O> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        await run(id)
        const outcome = await work()
        if (outcome !== UNDER_WAY) return outcome
      }
      throw new Problem('busy')
    },

    /** Whether an account could have that address: nobody else does. */
    async isOpen(id: string, app: string, email: string): Promise<boolean> {
      const partition = room.homeOf(readEmail(email, domainToASCII)!.untagged)
      const [record] = await store.read(partition, [mailboxKey(email, app)])
      return [null, undefined, id].includes(asMailbox(record)?.account)
    },

    /** Goes on with what somebody began and did not finish. The trouble of one is its own. */
    async resume(): Promise<void> {
      for (const partition of PARTITIONS) {
        const now = env.now()
        const left = await store.claimDue(partition, 'moves', now, now + MOVE_LEASE_MS, 100, env.id())
        for (const { value } of left) await run((value as Account).id).catch(() => {})
      }
    },
  }
}

type Life = Pick<Client<typeof persistence>, 'undoChange'>
type Undone = Awaited<ReturnType<Life['undoChange']>>

/** What a notice told of is taken back. */
export function createUndo(room: Room, moves: Moves): Life {
  const { env, apps } = room

  /** Sessions, password and links end at once; the address comes back on the way that follows, if it is another one. */
  const begin = (id: string, link: string) =>
    moves.atHome<Undo | null | typeof UNDER_WAY>(id, (account) => {
      const undo = account && undoOf(account, link, env.now())
      if (!undo) return { outcome: null }
      if (account.move) return { outcome: UNDER_WAY }
      const deletes = sessionsOver(account)
      const back = undone(account, undo)
      if (account.email === undo.email && account.deletedAt === null) return { outcome: undo, puts: [accountPut(back)], deletes }
      // What is still to come back is kept until it does.
      const stays = { ...back, undos: account.undos, deletedAt: account.deletedAt }
      const next = onItsWay(stays, { phase: 'reserve', email: undo.email, undo: { link } }, env.now())
      return { outcome: undo, puts: [accountPut(next)], deletes }
    })

  return {
    async undoChange({ app: id, token }): Promise<Undone> {
      const app = await apps.forAccounts(id)
      if (!app) return { kind: 'app_unknown' }
      const found = await followLink(room, app.id, token)
      if (found?.pointer.of !== 'undo') return { kind: 'link_invalid' }
      const { account, email } = found.pointer
      // Somebody else has the address by now: nothing comes back, and nothing is touched.
      if (!(await moves.isOpen(account, app.id, email))) return { kind: 'link_invalid' }
      const undo = await moves.inTurn(account, () => begin(account, found.key))
      if (!undo) return { kind: 'link_invalid' }
      const back = await moves.run(account)
      if (back?.email !== undo.email || back.deletedAt !== null) return { kind: 'link_invalid' }
      return { kind: 'done', app: app.id, email: undo.email }
    },
  }
}
