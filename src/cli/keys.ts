import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { newKey, newSigningKey, readGenerated, writeGenerated } from '../development.ts'
import type { Env } from '../env.ts'
import { keyId } from '../persistence/secrets.ts'
import { print, Refused, type Tools, table, Usage, withOffice } from './tools.ts'

type Kind = 'signing' | 'pepper' | 'seal'
/** A list of keys and where it is kept; without `write` it stands in the environment itself. */
type List = { kind: Kind; from: string; keys: Entry[]; write: ((keys: Entry[]) => void) | null }
type Entry = { id: string; key: unknown }
const VARIABLES: Record<Kind, string> = { signing: 'SELLO_SIGNING_KEY', pepper: 'SELLO_PEPPER', seal: 'SELLO_SEAL_KEY' }

/** `./sello keys …`: signing keys, peppers and seals, each a list whose first key is the one in use. */
export async function keys(args: string[], tools: Tools) {
  const { values, positionals } = parseArgs({ args: idsLast(args), allowPositionals: true, options: { force: { type: 'boolean' } } })
  const [verb = 'list', word] = positionals
  if (verb === 'new') return print(fresh(word, tools.env))
  const config = tools.readConfig('tools')
  const lists = readLists(config, tools.env)
  if (verb === 'list') return list(lists)
  if (verb === 'add') return add(lists, word, tools.env)
  if (verb === 'use')
    return change(lists, word, ({ keys }, entry) => [entry, ...keys.filter((other) => other !== entry)], 'is the one in use')
  if (verb === 'retire') {
    await mayRetire(lists, word, values.force === true, tools)
    return change(lists, word, ({ keys }, entry) => keys.filter((other) => other !== entry), 'is retired')
  }
  throw new Usage(`keys has no ${JSON.stringify(verb)}`)
}

function list(lists: List[]) {
  const roleOf = (kind: Kind, first: boolean) => (kind === 'signing' ? (first ? 'signs' : 'published') : first ? 'writes' : 'tried')
  const rows = lists.flatMap(({ kind, from, keys }) => keys.map(({ id }, i) => [kind, id, roleOf(kind, i === 0), from]))
  print(table(['KIND', 'ID', 'DOES', 'FROM'], rows))
}

/** For a production setting: a whole JWK Set, or one key. Nothing is read, nothing is kept. */
function fresh(kind: string | undefined, env: Env): string {
  if (kind === 'signing') return JSON.stringify({ keys: [newSigningKey()] })
  if (kind === 'pepper' || kind === 'seal') return newKey(env)
  throw new Usage('keys new signing, keys new pepper or keys new seal')
}

function add(lists: List[], word: string | undefined, env: Env) {
  const found = lists.find(({ kind }) => kind === word)
  if (!found) throw new Usage('keys add signing, keys add pepper or keys add seal')
  const key = found.kind === 'signing' ? newSigningKey() : newKey(env)
  const { id } = entryOf(found.kind, key)
  if (found.write) {
    found.write([...found.keys, { id, key }])
    return print(`${found.kind} key ${id} is added at the end of ${found.from}. Restart; then ./sello keys use ${id}`)
  }
  const variable = VARIABLES[found.kind]
  print(`${found.kind} key ${id}. Put it at the end of ${variable} (which is not a file, so it is not changed here) and restart:\n`)
  print(found.kind === 'signing' ? JSON.stringify(found.keys.length === 0 ? { keys: [key] } : key) : String(key))
}

/** The id of a signing key is a thumbprint, and one in 64 begins with a dash: it must not be taken for an option. */
function idsLast(args: string[]): string[] {
  const isId = (word: string) => /^-[\w-]{42}$/.test(word)
  return [...args.filter((word) => !isId(word)), '--', ...args.filter(isId)]
}

function change(lists: List[], id: string | undefined, next: (list: List, entry: Entry) => Entry[], done: string) {
  const { list: found, entry } = find(lists, id)
  if (!found.write)
    throw new Refused(`${VARIABLES[found.kind]} stands in the environment: change its order or its keys there, then restart`)
  found.write(next(found, entry))
  print(`${found.kind} key ${entry.id} ${done} from the next start on`)
}

async function mayRetire(lists: List[], id: string | undefined, force: boolean, tools: Tools) {
  const { list: found, entry } = find(lists, id)
  if (found.keys[0] === entry)
    throw new Refused(`${entry.id} is the ${found.kind} key in use; ./sello keys use makes another one that first`)
  if (found.kind === 'pepper') {
    const { peppers } = await withOffice(tools, ({ admin }) => admin.peppersInUse({}))
    if (peppers.includes(entry.id))
      throw new Refused(`an API key still depends on pepper ${entry.id}: it moves at its next use, or by ./sello apps rotate`)
  }
  if (force) return
  const lost = {
    signing: 'receipts and access tokens signed with it can no longer be verified',
    pepper: 'numbers and codes mailed under it stop working, as do the sessions and the passwords of all who did not sign in since',
    seal: 'tokens, letters and imported passwords sealed under it can no longer be opened',
  }
  throw new Refused(
    `after this, ${lost[found.kind]}. Wait until what was made under it has expired, then: ./sello keys retire ${entry.id} --force`,
  )
}

function find(lists: List[], id: string | undefined): { list: List; entry: Entry } {
  if (!id) throw new Usage('the key’s id is missing; ./sello keys list shows them')
  for (const list of lists) for (const entry of list.keys) if (entry.id === id) return { list, entry }
  throw new Refused(`there is no key ${JSON.stringify(id)}; ./sello keys list shows them`)
}

function readLists(config: Config, env: Env): List[] {
  const generated = config.mode === 'development' ? readGenerated(config.dataDir, env) : null
  const fromFile = 'the data folder'
  const lists: { kind: Kind; given: unknown[] | null; made: unknown[]; keep: (keys: unknown[]) => void }[] = [
    {
      kind: 'signing',
      given: config.signingKey?.keys ?? null,
      made: generated?.signing.keys ?? [],
      keep: (keys) => writeGenerated(config.dataDir, { ...generated!, signing: { keys: keys as Record<string, unknown>[] } }),
    },
    {
      kind: 'pepper',
      given: config.pepper?.map((key) => key.toString('base64')) ?? null,
      made: generated?.pepper ?? [],
      keep: (keys) => writeGenerated(config.dataDir, { ...generated!, pepper: keys as string[] }),
    },
    {
      kind: 'seal',
      given: config.sealKey?.map((key) => key.toString('base64')) ?? null,
      made: generated?.seal ?? [],
      keep: (keys) => writeGenerated(config.dataDir, { ...generated!, seal: keys as string[] }),
    },
  ]
  return lists.map(({ kind, given, made, keep }) => {
    const text = process.env[VARIABLES[kind]]?.trim() ?? ''
    const path = text.startsWith('file:') ? text.slice(5) : null
    const entries = (given ?? made).map((key) => entryOf(kind, key))
    const bare = (list: Entry[]) => list.map(({ key }) => key)
    if (!given)
      return { kind, from: generated ? fromFile : VARIABLES[kind], keys: entries, write: generated ? (next) => keep(bare(next)) : null }
    return { kind, from: path ?? VARIABLES[kind], keys: entries, write: path ? (next) => writeFile(path, kind, bare(next)) : null }
  })
}

function writeFile(path: string, kind: Kind, keys: unknown[]) {
  readFileSync(path)
  writeFileSync(`${path}.new`, kind === 'signing' ? JSON.stringify({ keys }, null, 2) : `${keys.join(',')}\n`, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

/** A signing key by its RFC 7638 thumbprint, as in the key set; the others by the id that their MACs and seals carry. */
function entryOf(kind: Kind, key: unknown): Entry {
  if (kind !== 'signing') return { id: keyId(Buffer.from(key as string, 'base64')), key }
  const { crv, kty, x, y, e, n } = key as Record<string, string>
  return { id: createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url'), key }
}
