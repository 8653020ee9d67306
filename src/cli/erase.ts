import { parseArgs } from 'node:util'
import { type Office, print, Refused, type Tools, Usage, withOffice } from './tools.ts'

type Outcome = Exclude<Awaited<ReturnType<Office['admin']['eraseAddress']>>, { kind: 'email_invalid' }>
const WORDS: Record<keyof Outcome['counts'], [one: string, many: string]> = {
  accounts: ['account', 'accounts'],
  sessions: ['session', 'sessions'],
  mailboxes: ['app’s record of sign-ups', 'apps’ records of sign-ups'],
  letters: ['letter', 'letters'],
  identities: ['identity number', 'identity numbers'],
  links: ['link', 'links'],
  addresses: ['record of budgets', 'records of budgets'],
}

/** `./sello erase ADDRESS`: everything of an address goes, over all apps. */
export async function erase(args: string[], tools: Tools) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { yes: { type: 'boolean' } } })
  const [email, ...more] = positionals
  if (!email) throw new Usage('erase ADDRESS: the address is missing')
  if (more.length > 0) throw new Usage('erase ADDRESS: one address at a time')
  const confirmed = values.yes === true
  const outcome = await withOffice(tools, ({ admin }) => admin.eraseAddress({ email, confirmed }))
  if (outcome.kind === 'email_invalid') throw new Refused('that is not exactly one plain address')
  print(`${outcome.email}: ${listed(outcome.counts)}${outcome.kind === 'erased' ? ' removed' : ' to remove'}`)
  if (outcome.elsewhere > 0)
    print(
      `${count(outcome.elsewhere, WORDS.accounts)} that had this address, or wanted it, ${outcome.elsewhere === 1 ? 'is' : 'are'} at another one: kept, without this one`,
    )
  if (outcome.tagged.length > 0) print(`Addresses of their own, to be erased by themselves: ${outcome.tagged.join(', ')}`)
  if (outcome.kind === 'found') throw new Refused(`nothing is removed yet. If that is meant: ./sello erase ${outcome.email} --yes`)
  print(`./sello apps history calls this person ${outcome.subject}`)
}

const count = (many: number, words: [string, string]) => `${many} ${words[many === 1 ? 0 : 1]}`

function listed(counts: Outcome['counts']): string {
  const found = (Object.keys(WORDS) as (keyof typeof WORDS)[]).filter((kind) => counts[kind] > 0)
  return found.length === 0 ? 'nothing' : found.map((kind) => count(counts[kind], WORDS[kind])).join(', ')
}
