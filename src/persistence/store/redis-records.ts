import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { COUNTER_VERSION, type Partition, type Put, type Stored } from './store.ts'

export type Script = { text: string; sha: string }
const script = (name: string): Script => {
  const text = readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
export const scripts = {
  commit: script('commit'),
  claim: script('claim'),
  hit: script('hit'),
  depth: script('depth'),
  sweep: script('sweep'),
}

/** What is in braces decides the slot: a partition lies in one. */
export const recordAt = (partition: Partition, key: string) => `{sello:${partition}}:r:${key}`
export const queueAt = (partition: Partition, name: string) => `{sello:${partition}}:q:${name}`
export const logAt = (partition: Partition) => `{sello:${partition}}:log`

/** @throws when a name would be taken for something else: it stands in a line of its own before the record */
export function inLine(name: string): string {
  if (name === '' || name === COUNTER_VERSION || name.includes('\n')) throw new TypeError('not a name for a version or a queue')
  return name
}
export function jsonOf(value: unknown): string {
  const json = JSON.stringify(value)
  if (json === undefined) throw new TypeError('not a JSON value')
  return json
}
export function whole(ms: number): string {
  if (!Number.isSafeInteger(ms)) throw new TypeError('not a time in whole milliseconds')
  return String(ms)
}
/** Redis refuses a time before its epoch; what is past is gone at once either way. */
export const sweepTime = (ms: number | undefined) => (ms === undefined ? '' : whole(Math.max(1, ms)))

/** A record is one text: version, queue and dueAt in a line each, then the JSON. */
export function writeRecord(version: string, { value, queue }: Put): string {
  const head = queue ? `${inLine(queue.name)}\n${whole(queue.dueAt)}` : '\n'
  return `${version}\n${head}\n${jsonOf(value)}`
}

/** A counter is its digits alone. */
export function readRecord(text: string): Stored {
  const first = text.indexOf('\n')
  if (first < 0) return { value: JSON.parse(text), version: COUNTER_VERSION, dueAt: null }
  const second = text.indexOf('\n', first + 1)
  const third = text.indexOf('\n', second + 1)
  const dueAt = text.slice(second + 1, third)
  return { value: JSON.parse(text.slice(third + 1)), version: text.slice(0, first), dueAt: dueAt === '' ? null : Number(dueAt) }
}
