// Starts a server to be measured, with what it needs around it, and ends all of it.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../test/support/redis.ts'
import type { Name, Said, Side } from './benches.ts'

export const stores = ['sqlite', 'always', 'everysec'] as const
export type StoreName = (typeof stores)[number]
/** Nothing that is measured takes as long: a server that hangs is ended, and what waits for it with it. */
const LONGEST_MS = 10 * 60_000
export type Opened = { said: Said; child: ChildProcess; close(): Promise<void> }

/** @param smtpUrl '' = the built-in inbox @param count how many requests will come */
export async function open(name: Name | 'queue' | 'pages', store: StoreName, side: Side, count: number, smtpUrl: string): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'sello-bench-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const end of endings.splice(0)) await end()
  }
  try {
    const redis =
      store === 'sqlite' ? null : await startRedis({ after: (end) => void endings.unshift(end) }, { args: ['--appendfsync', store] })
    const args = [name, side, folder, redis?.url ?? 'sqlite:', smtpUrl, String(count)]
    const child = fork(join(import.meta.dirname, 'server.ts'), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const gone = once(child, 'exit')
    endings.unshift(() => child.kill('SIGTERM') && gone)
    const watchdog = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
    endings.unshift(() => clearTimeout(watchdog))
    return { said: await told<Said>(child), child, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The next thing that a child says. */
export async function told<T>(child: ChildProcess): Promise<T> {
  const done = new AbortController()
  const exited = once(child, 'exit', done).then(() => Promise.reject(new Error('the process to be measured ended')))
  exited.catch(() => {})
  const [message] = (await Promise.race([once(child, 'message', done), exited])) as [T]
  done.abort()
  return message
}

let silentServer: Promise<string> | null = null
/** The URL of a mail server that takes connections and never says a word. */
export function silent(): Promise<string> {
  silentServer ??= (async () => {
    const server = createServer(() => {})
      .listen(0, '127.0.0.1')
      .unref()
    await once(server, 'listening')
    return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
  })()
  return silentServer
}
