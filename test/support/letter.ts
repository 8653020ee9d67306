import assert from 'node:assert/strict'

/** A message taken apart by a reader that shares no code with Sello's writer. Header values are unfolded, not decoded. */
export type ReadLetter = {
  headers: [name: string, value: string][]
  subject: string
  from: string
  to: string
  messageId: string
  text: string
  html: string
  number: string
}

/**
 * Checks a message byte by byte (CRLF only, lines of at most 998 octets, ASCII unless `utf8`, no header twice) and takes it apart.
 * @throws AssertionError when a byte is out of place
 */
export function readLetter(raw: Buffer, { utf8 = false } = {}): ReadLetter {
  const bytes = raw.toString('latin1')
  assert.ok(bytes.endsWith('\r\n'), 'ends with a line end')
  assert.doesNotMatch(bytes.replaceAll('\r\n', ''), /[\r\n\0]/, 'no bare CR, bare LF or NUL')
  for (const line of bytes.split('\r\n')) assert.ok(line.length <= 998, 'no line over 998 octets')
  if (!utf8) assert.match(bytes, /^[\t\r\n\x20-\x7e]*$/, 'ASCII only')
  const { headers, body } = split(raw.toString('utf8'))
  const names = headers.map(([name]) => name.toLowerCase())
  assert.equal(new Set(names).size, names.length, 'no header twice')
  const header = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? ''
  const boundary = /^multipart\/alternative;\s*boundary="([^"]{1,70})"$/.exec(header('content-type'))?.[1]
  assert.ok(boundary, 'a multipart/alternative with a boundary')
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`)
  assert.equal(pieces.length, 4, 'two parts')
  assert.equal(pieces[0], '')
  assert.equal(pieces[3], '--\r\n')
  const [text, html] = [partOf(pieces[1]!, 'text/plain'), partOf(pieces[2]!, 'text/html')]
  const number = (/^[^:\r\n]+: ([\d ]+)\r\n/.exec(text)?.[1] ?? '').replaceAll(' ', '')
  const [subject, from] = [decodeWords(header('subject')), decodeWords(header('from'))]
  return { headers, subject, from, to: header('to'), messageId: header('message-id'), text, html, number }
}

/** RFC 2047 §6.2: white space between two encoded words is not part of the text. */
export function decodeWords(value: string): string {
  return value.replace(/(=\?[^?\s]+\?[BQ]\?[^?\s]*\?=)\s+(?==\?)/g, '$1').replace(/(?:=\?UTF-8\?B\?[^?\s]*\?=)+/g, (run) => {
    const chunks = [...run.matchAll(/=\?UTF-8\?B\?([^?\s]*)\?=/g)].map(([word, data]) => {
      assert.ok(word.length <= 75, 'an encoded word of at most 75 characters')
      const chunk = Buffer.from(data!, 'base64')
      assert.doesNotThrow(() => new TextDecoder('utf-8', { fatal: true }).decode(chunk), 'no character cut in two')
      return chunk
    })
    return Buffer.concat(chunks).toString('utf8')
  })
}

function split(text: string) {
  const end = text.indexOf('\r\n\r\n')
  assert.ok(end > 0, 'an empty line after the headers')
  const headers = text
    .slice(0, end)
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map((line): [string, string] => {
      const field = /^([\x21-\x39\x3b-\x7e]+): (.*)$/s.exec(line)
      assert.ok(field, 'every line of the header is a field')
      return [field[1]!, field[2]!]
    })
  return { headers, body: text.slice(end + 4) }
}

function partOf(piece: string, type: string): string {
  const { headers, body } = split(piece.slice(2))
  assert.deepEqual(headers, [
    ['Content-Type', `${type}; charset=utf-8`],
    ['Content-Transfer-Encoding', 'base64'],
  ])
  const lines = body.split('\r\n')
  for (const line of lines) assert.match(line, /^[A-Za-z0-9+/]{0,76}={0,2}$/)
  const text = Buffer.from(lines.join(''), 'base64').toString('utf8')
  assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\r\n]/, 'CRLF in the text as well')
  return text
}
