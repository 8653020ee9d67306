import { domainToASCII } from 'node:url'
import type { Client } from '../contract/contract.ts'
import type { ImportResult, imports } from '../contract/imports.ts'
import { type Account, newAccount, newMailbox } from '../rules/account.ts'
import { reserved } from '../rules/account-life.ts'
import { type Foreign, sampleOf, weightOf, writeForeign } from '../rules/foreign.ts'
import { readForeign } from '../rules/foreign-forms.ts'
import { type ImportLine, type ImportRules, type ReadLine, readLine } from '../rules/import-line.ts'
import type { App } from './apps.ts'
import { accountKey, accountPut, asAccount, asMailbox, mailboxKey, mailboxPut, newHandle, partitionOfHandle } from './mailboxes.ts'
import type { Room } from './room.ts'
import type { Partition } from './store/store.ts'
import type { Decision, View } from './store/transact.ts'

type Import = Client<typeof imports>
/** `lines`: MACs of the line as it was given, under each pepper. */
type Newcomer = ImportLine & { app: App; partition: Partition; lines: string[]; dryRun: boolean }

const TAKEN: ImportResult = {
  kind: 'refused',
  reason: 'address_taken',
  detail: 'there is an account with this address, which another line or person made',
}

/** Accounts from elsewhere, for operators. Each line is one commit; a line that is given again is known by its MAC in the account. */
export function createImport(room: Room): Import {
  const { env, secrets, apps, passwords } = room

  async function take(newcomer: Newcomer, view: View): Promise<Decision<ImportResult>> {
    const { app, email, partition, lines, id, dryRun } = newcomer
    const [record] = await view.read(mailboxKey(email.canonical, app.id))
    const mailbox = asMailbox(record) ?? newMailbox(app.id, email.canonical)
    // Whoever moved away since is no reason to make the account again.
    const held = [mailbox.account, ...mailbox.former.map((one) => one.id)].filter(
      (one) => one !== null && partitionOfHandle(one) === partition,
    )
    const holders = held.length > 0 ? await view.read(...held.map((one) => accountKey(one!))) : []
    const mine = holders.map(asAccount).find((account) => account?.imported && lines.includes(account.imported.line))
    if (mine) return { outcome: { kind: 'already', id, account: mine.id } }
    const account = imported(newcomer)
    const next = reserved(mailbox, account)
    if (!next) return { outcome: TAKEN }
    if (dryRun) return { outcome: { kind: 'imported', id, account: null } }
    return {
      outcome: { kind: 'imported', id, account: account.id },
      puts: [mailboxPut(next), accountPut(account)],
    }
  }

  function imported({ app, email, partition, hash, locale, createdAt, id, lines }: Newcomer): Account {
    const password = hash && passwords.adopt(`${app.id}/${email.canonical}`, hash)
    const born = { id: newHandle(env, 'acc', partition), app: app.id, email: email.canonical, password, locale, createdAt }
    return { ...newAccount({ ...born, verifiedAt: env.now() }), imported: { id, line: lines[0]! } }
  }

  /** Before the first account of a kind, so that no sign-in is ever faster than its like. */
  async function slowDown(app: App, read: readonly ReadLine[]) {
    const hashes = read.flatMap((one) => ('line' in one && one.line.hash ? [one.line.hash] : []))
    const merge = (known: readonly string[]) => costliest(known, hashes)
    const isNew = ({ foreign = [] }: App) => merge(foreign).join() !== foreign.join()
    if (!isNew(app)) return
    await room.inTurn(`foreign/${app.id}`, async () => {
      const present = await apps.named(app.id)
      if (present && isNew(present)) await apps.withForeign(app.id, merge)
    })
  }

  return {
    async importAccounts({ app: wanted, lines, hashConfig: config, trustAddresses, locale, dryRun }) {
      const app = await apps.named(wanted)
      if (!app) return { kind: 'app_unknown' }
      const rules = { config, trustAddresses, locale, now: env.now(), toAscii: domainToASCII, timeOf: Date.parse }
      const read = lines.map((line) => readJson(line, rules))
      if (!dryRun) await slowDown(app, read)
      const results = read.map((one, i): Promise<ImportResult> => {
        if (!('line' in one)) return Promise.resolve({ kind: 'refused', ...one })
        const { canonical, untagged } = one.line.email
        const macs = secrets.places('import', `${app.id}/${canonical}/${lines[i]!.trim()}`)
        const newcomer = { ...one.line, app, partition: room.homeOf(untagged), lines: macs, dryRun }
        return room.inTurn(`address/${untagged}`, () => room.transact(newcomer.partition, (view) => take(newcomer, view)))
      })
      return { kind: 'done', app: app.id, results: await Promise.all(results) }
    },
  }
}

function readJson(text: string, rules: ImportRules): ReadLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { reason: 'not_json', detail: 'a line is one JSON object' } // what the parser says of it quotes it
  }
  return readLine(value, rules)
}

/** Of each kind the costliest, those that were known and the new ones taken together. */
function costliest(known: readonly string[], hashes: readonly Foreign[]): string[] {
  const most = new Map<string, Foreign>()
  const former = known.map((text) => readForeign(text)).flatMap((read) => ('hash' in read ? [read.hash] : []))
  for (const hash of [...former, ...hashes]) {
    const other = most.get(hash.kind)
    if (!other || weightOf(other) < weightOf(hash)) most.set(hash.kind, sampleOf(hash))
  }
  return [...most.values()].map(writeForeign).sort()
}
