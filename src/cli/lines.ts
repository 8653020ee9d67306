/** A line of a file. `text` null: it is longer than `most` bytes, or not UTF-8. */
export type Line = { number: number; text: string | null; problem: 'too_long' | 'not_utf8' | null }

const LF = 10

/**
 * The lines of a stream, some at a time, without their ends (LF or CRLF) and without a byte order mark. Holds no more than one chunk and
 * one line of `most` bytes: what a longer one has beyond that is passed over.
 */
export async function* linesOf(source: AsyncIterable<Buffer>, most: number): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let pieces: Buffer[] = []
  let length = 0
  let number = 0

  function keep(piece: Buffer) {
    if (length <= most) pieces.push(Buffer.from(piece)) // not the chunk that it is a part of
    length += piece.length
    if (length > most) pieces = []
  }

  function end(): Line {
    const line = read(length > most ? null : Buffer.concat(pieces))
    pieces = []
    length = 0
    return line
  }

  function read(bytes: Buffer | null): Line {
    number++
    if (bytes === null) return { number, text: null, problem: 'too_long' }
    try {
      return { number, text: decoder.decode(bytes).trim(), problem: null }
    } catch {
      return { number, text: null, problem: 'not_utf8' }
    }
  }

  for await (const chunk of source) {
    const lines: Line[] = []
    let from = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      keep(chunk.subarray(from, at))
      lines.push(end())
      from = at + 1
    }
    if (from < chunk.length) keep(chunk.subarray(from))
    yield lines
  }
  if (length > 0) yield [end()]
}
