/** What an import has come to. */
export type Tally = { lines: number; imported: number; already: number; refused: number; bytes: number }
export type Progress = {
  show(tally: Tally): void
  /** Clears the bar. */
  end(): void
}

const BAR_MS = 200
const LINE_MS = 5000
const CELLS = 24

/**
 * A bar with a rate on a terminal, otherwise a line every five seconds; both on stderr.
 * @param size of the whole in bytes; null when it is not known
 */
export function createProgress(out: NodeJS.WriteStream, size: number | null, now: () => number): Progress {
  const began = now()
  const everyMs = out.isTTY ? BAR_MS : LINE_MS
  let shownAt = began
  let width = 0

  function text({ lines, refused, bytes }: Tally): string {
    const seconds = Math.max(0.001, (now() - began) / 1000)
    const counts = `${count(lines)} lines, ${count(refused)} refused, ${count(Math.round(lines / seconds))} lines/s`
    if (size === null || size === 0) return counts
    const part = Math.min(1, bytes / size)
    const percent = `${Math.floor(part * 100)} %`
    if (!out.isTTY) return `${percent}: ${counts}`
    const left = bytes > 0 ? `, ${span((seconds / bytes) * Math.max(0, size - bytes))} left` : ''
    return `${'█'.repeat(Math.round(part * CELLS)).padEnd(CELLS, '░')} ${percent.padStart(5)}  ${counts}${left}`
  }

  return {
    show(tally) {
      if (now() - shownAt < everyMs) return
      shownAt = now()
      const line = text(tally)
      if (!out.isTTY) return void out.write(`${line}\n`)
      const shown = line.slice(0, (out.columns || 80) - 1) // a bar that wraps could not be written over
      out.write(`\r${shown.padEnd(width)}`)
      width = shown.length
    },
    end() {
      if (out.isTTY && width > 0) out.write(`\r${' '.repeat(width)}\r`)
    },
  }
}

const count = (number: number) => number.toLocaleString('en').replaceAll(',', '\u202f')
const span = (seconds: number) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`)
