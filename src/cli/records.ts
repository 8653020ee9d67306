import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { Refused } from './tools.ts'

export type Records = {
  /** A line that was refused, and why. */
  refused(record: { line: number; reason: string; detail: string }): void
  /** An account that is there, made by this run or an earlier one; `id`: what it was called elsewhere. */
  made(record: { line: number; id: string | null; account: string }): void
  close(): void
}

/** Files of JSON lines; the first record makes the file. What an earlier run left there is gone: each run tells of every line. */
export function createRecords(paths: { refused: string; ids: string | null }): Records {
  const refused = fileOf(paths.refused)
  const made = paths.ids === null ? null : fileOf(paths.ids)
  return {
    refused: refused.write,
    made: (record) => made?.write(record),
    close() {
      refused.close()
      made?.close()
    },
  }
}

const CHUNK = 64 * 1024

function fileOf(path: string) {
  rmSync(path, { force: true })
  let fd: number | null = null
  let waiting = ''
  const flush = () => {
    if (waiting === '') return
    try {
      fd ??= openSync(path, 'w', 0o600)
      writeSync(fd, waiting)
    } catch (error) {
      throw new Refused(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`)
    }
    waiting = ''
  }
  return {
    write(record: unknown) {
      waiting += `${JSON.stringify(record)}\n`
      if (waiting.length > CHUNK) flush()
    },
    close() {
      flush()
      if (fd !== null) closeSync(fd)
    },
  }
}
