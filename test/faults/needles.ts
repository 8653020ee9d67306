import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A secret value with the name that a find is told by. */
export type Secret = { name: string; value: string }
export type Needle = { secret: Secret; form: string; bytes: Buffer }
/** Bytes and where they were found. */
export type Hay = { place: string; bytes: Buffer }

const SHORTEST = 8

/** Every form in which a value could lie about: plain, encoded, or under a hash that anybody can compute. */
export function needlesOf(secrets: readonly Secret[]): Needle[] {
  return secrets.flatMap((secret) => {
    const forms = spellings(secret.value).flatMap(([spelling, text]) => [
      ...encodings(Buffer.from(text)).map(([form, bytes]) => [`${spelling}${form}`, bytes] as const),
      ...texts(text).map(([form, other]) => [`${spelling}${form}`, Buffer.from(other)] as const),
      ['utf-16', Buffer.from(text, 'utf16le')] as const,
      ...['md5', 'sha1', 'sha256', 'sha512'].flatMap((hash) =>
        digests(createHash(hash).update(text).digest()).map(([form, bytes]) => [`${spelling}${hash} ${form}`, bytes] as const),
      ),
    ])
    const long = forms.filter(([, bytes]) => bytes.length >= SHORTEST)
    const distinct = new Map(long.map(([form, bytes]) => [bytes.toString('latin1'), { secret, form, bytes }]))
    return [...distinct.values()]
  })
}

/** A number also as people write it. */
function spellings(value: string): [string, string][] {
  if (!/^\d{12}$/.test(value)) return [['', value]]
  const groups = value.match(/.{4}/g)!
  const joined = [' ', '-', '\u00a0', '\u2009', '+', '.'].map((between): [string, string] => ['grouped ', groups.join(between)])
  return [['', value], ...joined]
}

function texts(text: string): [string, string][] {
  const percent = [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  return [
    ['url', encodeURIComponent(text)],
    ['percent', percent],
    ['PERCENT', percent.toUpperCase()],
    ['json', JSON.stringify(text).slice(1, -1)],
  ]
}

function encodings(bytes: Buffer): [string, Buffer][] {
  const hex = bytes.toString('hex')
  const rows: [string, Buffer][] = [
    ['plain', bytes],
    ['hex', Buffer.from(hex)],
    ['HEX', Buffer.from(hex.toUpperCase())],
  ]
  for (const alphabet of ['base64', 'base64url'] as const) {
    for (const before of [0, 1, 2]) {
      // Only the characters that do not depend on what stands before or behind.
      const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(alphabet)
      rows.push([
        `${alphabet} at ${before}`,
        Buffer.from(text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))),
      ])
    }
  }
  return rows
}

const digests = (digest: Buffer) => encodings(digest).filter(([form]) => !/at [12]/.test(form))

/** All finds, in one pass over the hay: where, what, in which form. */
export function search(hay: readonly Hay[], needles: readonly Needle[]): string[] {
  const byStart = Map.groupBy(needles, ({ bytes }) => bytes.readInt32LE(0))
  const found = new Set<string>()
  for (const { place, bytes } of hay) {
    let window = 0
    for (let end = 0; end < bytes.length; end++) {
      window = (window >>> 8) | (bytes[end]! << 24)
      if (end < 3) continue
      for (const needle of byStart.get(window) ?? []) {
        const start = end - 3
        if (bytes.compare(needle.bytes, 0, needle.bytes.length, start, Math.min(bytes.length, start + needle.bytes.length)) === 0)
          found.add(`${place}: ${needle.secret.name} (${needle.form})`)
      }
    }
  }
  return [...found]
}

/** Every file of a folder as it is now; a socket is no file. */
export function filesOf(folder: string, when: string): Hay[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  return entries.map(({ parentPath, name }) => ({ place: `${when}: ${name}`, bytes: readFileSync(join(parentPath, name)) }))
}
