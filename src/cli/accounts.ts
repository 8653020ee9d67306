import { createReadStream, readFileSync, realpathSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type HashConfig, IMPORT_LINE_LENGTH, IMPORT_LINES, type ImportResult } from '../contract/imports.ts'
import { type Line, linesOf } from './lines.ts'
import { createProgress, type Tally } from './progress.ts'
import { createRecords, type Records } from './records.ts'
import { type Office, print, Refused, type Tools, Usage, withOffice } from './tools.ts'

/** Of one call, in UTF-16 code units: with everything escaped it is still less than the service takes. */
const BATCH_LENGTH = 128 * 1024
const INTERRUPTED = 130

type Options = { app: string; hashConfig: HashConfig | null; trustAddresses: boolean; locale: 'es' | 'ru' | 'en'; dryRun: boolean }
type Input = { stream: AsyncIterable<Buffer> & { destroy(): unknown; bytesRead?: number }; size: number | null; report: string }
type Run = { tally: Tally; options: Options; records: Records; isStopped: () => boolean; show: (tally: Tally) => void }

/** `./sello accounts import FILE`: accounts from elsewhere, with the hashes of their passwords. */
export async function accounts(args: string[], tools: Tools) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      app: { type: 'string', default: 'default' },
      'hash-config': { type: 'string' },
      'trust-addresses': { type: 'boolean', default: false },
      locale: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      report: { type: 'string' },
      ids: { type: 'string' },
    },
  })
  const [verb, file, ...rest] = positionals
  if (verb !== 'import') throw new Usage(`accounts has ${verb ? `no ${JSON.stringify(verb)}` : 'one command: import FILE'}`)
  if (!file || rest.length > 0) throw new Usage('accounts import FILE: one file, or - for what comes in')
  const options: Options = {
    app: values.app,
    hashConfig: values['hash-config'] === undefined ? null : readHashConfig(values['hash-config']),
    trustAddresses: values['trust-addresses'],
    locale: localeOf(values.locale ?? tools.readConfig('tools').locale ?? 'es'),
    dryRun: values['dry-run'],
  }
  const input = openInput(file, values.report)
  const paths = { refused: input.report, ids: values.ids ?? null }
  if ([paths.refused, paths.ids].some((path) => path !== null && isSame(path, file)))
    throw new Usage('a report would replace the file itself')
  await withOffice(tools, ({ admin }) => importAll(admin, input, options, createRecords(paths), tools))
}

async function importAll(admin: Office['admin'], input: Input, options: Options, records: Records, { env }: Tools) {
  const progress = createProgress(process.stderr, input.size, env.now)
  const tally: Tally = { lines: 0, imported: 0, already: 0, refused: 0, bytes: 0 }
  let stopped = false
  const stop = () => {
    stopped = true // after what is under way; a second one ends it at once
    input.stream.destroy()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop)
  const show = () => progress.show({ ...tally, bytes: input.stream.bytesRead ?? 0 })
  try {
    await work(admin, input.stream, { tally, options, records, isStopped: () => stopped, show })
  } catch (error) {
    if (!stopped || (error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  } finally {
    progress.end()
    records.close()
    input.stream.destroy()
  }
  tell(tally, stopped, options.dryRun, input.report)
}

async function work(admin: Office['admin'], stream: AsyncIterable<Buffer>, run: Run) {
  let batch: Line[] = []
  let length = 0
  const flush = async () => {
    await hand(admin, batch, run)
    batch = []
    length = 0
  }
  for await (const lines of linesOf(stream, IMPORT_LINE_LENGTH)) {
    for (const line of lines) {
      if (run.isStopped()) return
      if (line.text === '') run.tally.lines++
      else batch.push(line)
      length += line.text?.length ?? 0
      if (batch.length === IMPORT_LINES || length >= BATCH_LENGTH) await flush()
    }
  }
  if (batch.length > 0 && !run.isStopped()) await flush()
}

const UNREADABLE = { too_long: `a line has at most ${IMPORT_LINE_LENGTH} bytes`, not_utf8: 'a line is UTF-8' }

async function hand(admin: Office['admin'], batch: Line[], run: Run) {
  const sent = batch.filter(({ text }) => text !== null)
  const answer = await admin.importAccounts({ ...run.options, lines: sent.map(({ text }) => text!) })
  if (answer.kind === 'app_unknown') throw new Refused(`there is no app ${JSON.stringify(run.options.app)}; ./sello apps list shows them`)
  const results = new Map(sent.map(({ number }, i) => [number, answer.results[i]!]))
  for (const { number, problem } of batch) {
    const result = results.get(number) ?? { kind: 'refused' as const, reason: problem!, detail: UNREADABLE[problem!] }
    note(number, result, run)
  }
  run.show(run.tally)
}

function note(line: number, result: ImportResult, { tally, records }: Run) {
  tally.lines++
  if (result.kind === 'refused') {
    tally.refused++
    return records.refused({ line, reason: result.reason, detail: result.detail })
  }
  tally[result.kind]++
  if (result.account !== null) records.made({ line, id: result.id, account: result.account })
}

function tell({ lines, imported, already, refused }: Tally, stopped: boolean, dryRun: boolean, report: string) {
  const counted = [
    `${imported} ${dryRun ? 'would be imported' : 'imported'}`,
    ...(already > 0 ? [`${already} were there from an earlier run`] : []),
    `${refused} refused`,
  ]
  print(`${lines} lines: ${counted.join(', ')}`)
  if (refused > 0) print(`Which and why: ${report}`)
  if (stopped) {
    print('Stopped. The same command goes on from here.')
    process.exitCode = INTERRUPTED
  } else if (refused > 0) process.exitCode = 1
}

function openInput(file: string, report: string | undefined): Input {
  if (file === '-') return { stream: process.stdin, size: null, report: report ?? 'accounts.refused.jsonl' }
  try {
    if (!statSync(file).isFile()) throw new Refused(`${file} is no file`)
    return {
      stream: createReadStream(file, { highWaterMark: 256 * 1024 }),
      size: statSync(file).size,
      report: report ?? `${file}.refused.jsonl`,
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code ? new Refused(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`) : error
  }
}

function isSame(path: string, file: string): boolean {
  try {
    return file !== '-' && realpathSync(path) === realpathSync(file)
  } catch {
    return false // one that is not there
  }
}

function localeOf(text: string): Options['locale'] {
  const locale = (['es', 'ru', 'en'] as const).find((one) => one === text)
  if (!locale) throw new Usage('--locale is es, ru or en')
  return locale
}

/** `hash_config` as the Firebase console shows it, or as JSON. */
function readHashConfig(path: string): HashConfig {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refused(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  const field = (name: string) => new RegExp(`\\b${name}"?\\s*[:=]\\s*"?([\\w+/=-]+)`).exec(text)?.[1]
  const [signerKey, saltSeparator] = [field('base64_signer_key'), field('base64_salt_separator')]
  const [rounds, memCost] = [Number(field('rounds')), Number(field('mem_cost'))]
  if (!signerKey || saltSeparator === undefined || !Number.isInteger(rounds) || !Number.isInteger(memCost))
    throw new Refused(`${path} has not all of base64_signer_key, base64_salt_separator, rounds and mem_cost`)
  return { signerKey, saltSeparator, rounds, memCost }
}
