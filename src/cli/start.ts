import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { readRedisUrl } from '../redis-url.ts'
import { print, type Tools, Usage } from './tools.ts'

/** Longer than the other services keep an idle connection: none of their calls meets one that is being closed. */
const IDLE_MS = 1500

/** Starts everything in one process, or one service, and stays until SIGTERM or SIGINT; a second signal ends it at once. */
export async function start(args: string[], { readConfig, openHouse, env }: Tools) {
  const { values } = parseArgs({ args, options: { role: { type: 'string', default: 'all' } } })
  const role = (['all', 'gateway', 'persistence', 'messaging'] as const).find((known) => known === values.role)
  if (!role) throw new Usage(`there is no role ${JSON.stringify(values.role)}; there are all, gateway, persistence and messaging`)
  const started = performance.now()
  const config = readConfig(role)
  const { createLog } = await import('../log.ts')
  const log = createLog({ fd: 1, terminal: process.stdout.isTTY === true }, env.now)
  const house = await openHouse({ config, env, log, idleMs: IDLE_MS })
  print(banner(config, house, Math.round(performance.now() - started)))
  for (const name of config.withoutEffect) log.warn({ op: 'start', outcome: 'setting_without_effect', detail: name })
  if (config.limits === 'off') log.warn({ op: 'start', outcome: 'limits_off' })
  log.info({ op: 'start', outcome: 'ready' })
  const fault = (error: unknown) => {
    log.error({ op: 'process', outcome: 'fault', error })
    void log.end().then(() => process.exit(1))
  }
  process.on('uncaughtException', fault)
  process.on('unhandledRejection', fault)

  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name))
  })
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => process.exit(1))
  log.info({ op: 'stop', outcome: 'begun', detail: signal })
  await house.close()
  log.info({ op: 'stop', outcome: 'done' })
  await log.end()
}

/** What a person reads first. The development key stands here and, for this machine's browser, in /docs. */
function banner(config: Config, { url, opsUrl, apiKey }: { url: string; opsUrl: string; apiKey: string | null }, ms: number): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  const inside = relative(process.cwd(), config.dataDir)
  const folder = inside.startsWith('..') ? config.dataDir : inside || '.'
  const head = (name: string) => `\n  ▦ Sello ${version}   ${name}   ready in ${ms} ms\n\n`
  const list = (rows: (string | undefined)[][]) => `${rows.map(([name, value]) => `    ${name!.padEnd(9)} ${value}`).join('\n')}\n`
  if (config.role === 'persistence' || config.role === 'messaging') {
    return head(`${config.role}, ${config.mode}`) + list(serviceRows(config, url, opsUrl, folder))
  }
  const where = [
    ['API', `${url}/v1/identities`],
    ['Docs', `${url}/docs   (every call, to read and to try)`],
    ['Sign up', `${url}/register   (the pages that people see, in your browser)`],
    lettersRow(config, url),
    ['Health', `${opsUrl}/health/ready`],
    ['Data', folder],
    ['API key', keyLine(config, apiKey)],
  ]
  const shown = config.mode === 'production' ? where.slice(0, -1) : where
  const text = head(config.role === 'gateway' ? `gateway, ${config.mode}` : config.mode) + list(shown)
  if (config.mode === 'production') return text
  const passing = [apiKey ? 'the API key above' : '', `the secrets in ${folder}`, config.smtpUrl ? '' : 'the inbox', 'plain http']
  return `${text}
  Try it:

curl ${url}/v1/identities \\
  -H ${bearer(config, apiKey)} \\
  -H 'Content-Type: application/json' \\
  -d '{"email":"ana@example.com","token":"session-42"}'

  For development only: ${passing.filter(Boolean).join(', ')}.
  SELLO_MODE=production refuses them. Ctrl-C stops.
`
}

const lettersRow = (config: Config, url: string): string[] => {
  if (config.role === 'gateway') return ['Letters', `through messaging at ${config.messagingUrl!.map(({ href }) => href).join(', ')}`]
  return config.smtpUrl ? ['Letters', `by SMTP through ${config.smtpUrl.host}`] : ['Inbox', `${url}/inbox   (letters stay on this machine)`]
}

function serviceRows(config: Config, url: string, opsUrl: string, folder: string): string[][] {
  const rows = [
    ['Service', url],
    ['Health', `${opsUrl}/health/ready`],
  ]
  if (config.role === 'messaging') {
    const inbox = 'in memory, seen at the gateway’s /inbox'
    return [...rows, config.smtpUrl ? ['Letters', `by SMTP through ${config.smtpUrl.host}`] : ['Inbox', inbox]]
  }
  return [...rows, ['Store', storeOf(config)], ['Data', folder]]
}

/** Where the store is, without user and password. */
const storeOf = ({ store }: Config): string => {
  const url = readRedisUrl(store)
  return 'wrong' in url
    ? store
    : `${url.kind === 'single' ? 'Redis' : `Redis ${url.kind}`} at ${url.hosts.map(({ host, port }) => `${host}:${port}`).join(', ')}`
}

const keyLine = (config: Config, apiKey: string | null): string => {
  if (apiKey) return `${apiKey}   (app default, this machine only)`
  if (config.bootstrapKey) return 'SELLO_BOOTSTRAP_KEY, for app default'
  return 'the development key was revoked; ./sello apps rotate default gives a new one'
}

/** The header for the shell: the development key itself; otherwise a variable that holds a key, which is not repeated here. */
function bearer(config: Config, apiKey: string | null): string {
  if (apiKey) return `'Authorization: Bearer ${apiKey}'`
  return config.bootstrapKey ? '"Authorization: Bearer $SELLO_BOOTSTRAP_KEY"' : '"Authorization: Bearer $API_KEY"'
}
