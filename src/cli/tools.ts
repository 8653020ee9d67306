import type { Config, Role } from '../config.ts'
import type { Client } from '../contract/contract.ts'
import type { admin } from '../contract/persistence.ts'
import type { Env } from '../env.ts'
import type { Log } from '../log.ts'

/** What main.ts hands to the commands. */
export type Tools = {
  /** @throws ConfigMistakes */
  readConfig(role?: Role): Config
  openHouse(parts: {
    config: Config
    env: Env
    log: Log
    idleMs?: number
  }): Promise<{ url: string; opsUrl: string; apiKey: string | null; close(): Promise<void> }>
  openOffice(config: Config): Promise<Office>
  env: Env
  /** Every letter in each of its states and in every language, with the settings that letters follow. */
  sampleLetters(config: Config, accent: string | undefined): Promise<Sample[]>
  /** The words of letters, as SELLO_LETTER_TEXTS takes them. */
  builtInTexts(locale: 'es' | 'ru' | 'en'): object
}
/** A letter to be looked at: `files` holds its forms by the ending of a file's name. */
export type Sample = { name: string; locale: string; subject: string; files: Record<string, string | Uint8Array> }
export type Office = { admin: Client<typeof admin>; close(): Promise<unknown> }

/** The command line is not one that the command knows. */
export class Usage extends Error {}
/** The command was understood and cannot be done; the message is all there is to say. */
export class Refused extends Error {}

export const print = (text: string) => void process.stdout.write(`${text}\n`)

/** Opens the office for one piece of work. */
export async function withOffice<T>(tools: Tools, work: (office: Office) => Promise<T>): Promise<T> {
  const office = await tools.openOffice(tools.readConfig('tools'))
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}

/** Columns, as wide as their widest cell. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? '')].length)))
  const line = (row: string[]) =>
    row
      .map((cell, i) => cell + ' '.repeat(widths[i]! - [...cell].length))
      .join('  ')
      .trimEnd()
  return all.map(line).join('\n')
}

/** `2026-11-21 10:32:07` in UTC. */
export const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
