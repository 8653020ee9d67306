import pino from 'pino'
import { requestId } from './call.ts'

/** Everything that may stand in a log line. Addresses are masked; numbers, tokens, keys and whole URLs have no field. Spans in ms. */
export type Line = {
  op: string
  outcome: string
  requestId?: string
  status?: number
  ms?: number
  app?: string
  identity?: string
  letter?: string
  to?: string
  detail?: string
  error?: unknown
}

export type Log = {
  info(line: Line): void
  warn(line: Line): void
  error(line: Line): void
  /** Lines that a blocked reader made us drop. */
  dropped(): number
  /** Writes what is left and resolves: after a second at the latest, whether or not anybody reads. */
  end(): Promise<void>
}

/** `a***@example.com`: enough to recognise, not enough to use. */
export function mask(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 1 ? '***' : `${[...address][0]}***${address.slice(at)}`
}

/** Of other people's words (a mail server's, an error's) neither addresses nor runs of digits as long as an identity number are kept. */
const redact = (text: string) => text.replace(/\d(?:[ -]?\d){11,}/g, '•••').replace(/[^\s<>@]{1,64}@[^\s<>@]{1,255}/g, mask)

function describe(error: unknown) {
  if (!(error instanceof Error)) return { message: redact(String(error)) }
  const { name, message, stack, cause } = error as Error & { code?: string }
  const code = (error as { code?: string }).code
  return {
    name,
    ...(code ? { code } : {}),
    message: redact(message),
    stack: redact(stack ?? ''),
    ...(cause ? { cause: redact(String(cause)) } : {}),
  }
}

const END_MS = 1000

/** One JSON line per operation; on a terminal a short line that a person reads. A reader that stops reading costs lines, never requests. */
export function createLog(out: { fd: number; terminal: boolean }, now: () => number): Log {
  const destination = pino.destination({
    fd: out.fd,
    sync: out.terminal,
    minLength: out.terminal ? 0 : 4096,
    periodicFlush: 200,
    maxLength: 8 * 1024 * 1024,
  })
  let dropped = 0
  let ended: Promise<void> | null = null
  destination.on('drop', () => dropped++)
  destination.on('error', () => dropped++)
  const write = (level: 'info' | 'warn' | 'error') => (line: Line) => {
    if (ended) return
    const { op, outcome, to, detail, error, ...rest } = line
    const id = rest.requestId ?? requestId()
    const time = new Date(now()).toISOString()
    const entry = {
      time,
      level,
      op,
      outcome,
      ...rest,
      ...(id ? { requestId: id } : {}),
      ...(to ? { to: mask(to) } : {}),
      ...(detail ? { detail: redact(detail) } : {}),
      ...(error ? { error: describe(error) } : {}),
    }
    destination.write(out.terminal ? forTerminal(entry) : `${JSON.stringify(entry)}\n`)
  }
  const end = () =>
    new Promise<void>((resolve) => {
      const over = () => {
        clearTimeout(timer)
        destination.destroy() // what is left then must not be written at exit, where it would wait for its reader
        resolve()
      }
      const timer = setTimeout(over, END_MS)
      destination.once('close', over).once('error', over)
      destination.end()
    })
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    dropped: () => dropped,
    end: () => (ended ??= end()),
  }
}

function forTerminal(entry: Record<string, unknown> & { time: string; level: string }): string {
  const { time, level, op, outcome, status, ms, error, ...rest } = entry
  const mark = level === 'info' ? ' ' : '!'
  const words = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const failure = error ? `\n    ${JSON.stringify((error as { stack?: string }).stack ?? error)}` : ''
  return `${time.slice(11, 19)} ${mark} ${op} ${outcome}${status ? ` ${status}` : ''}${ms === undefined ? '' : ` ${ms} ms`} ${words.join(' ')}${failure}\n`
}
