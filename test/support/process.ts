import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Spoken = {
  child: ChildProcess
  /** Everything that it has said so far. */
  lines: string[]
  /** The first line, said or to be said, for which `wanted` holds. @throws when it ended without it */
  line(wanted: (line: string) => boolean): Promise<string>
  /** Ends it without warning and resolves when it is gone and all of its words have been read. */
  kill(): Promise<void>
}

/** Starts a process that speaks in lines; it does not outlive the test. */
export function start(t: { after(done: () => Promise<void>): void }, command: string, args: readonly string[]): Spoken {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout! })
  const ended = Promise.all([once(reader, 'close'), once(child, 'exit')])
  const waiting = new Set<() => void>()
  let isOver = false
  reader.on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  void ended.then(() => {
    isOver = true
    for (const look of waiting) look()
  })

  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  return {
    child,
    lines,
    line: (wanted) =>
      new Promise((resolve, reject) => {
        let read = 0
        const look = () => {
          for (; read < lines.length; read++) if (wanted(lines[read]!)) return settle(() => resolve(lines[read]!))
          if (isOver) settle(() => reject(new Error(`the process ended; it had said: ${lines.slice(-5).join(' | ')}`)))
        }
        const settle = (how: () => void) => {
          waiting.delete(look)
          how()
        }
        waiting.add(look)
        look()
      }),
    kill,
  }
}
