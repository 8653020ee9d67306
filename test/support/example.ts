import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const START_MS = 20_000
const LETTERS_MS = 15_000

export type Example = {
  url: string
  /** Everything that it has said so far, on both streams. */
  said(): string
  /** SIGTERM, and the status that it ended with. */
  stop(): Promise<number | null>
}

/** Runs `./sello example` to its end. */
export async function runExample(settings: Record<string, string>, args: string[] = []): Promise<{ code: number | null; said: string }> {
  const { child, ended, said } = launch(settings, args)
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  await ended.finally(() => clearTimeout(timer))
  return { code: child.exitCode, said: said() }
}

/** Starts `./sello example` on a free port. @throws with its words when it does not come up */
export async function startExample(t: { after(done: () => Promise<void>): void }, settings: Record<string, string>): Promise<Example> {
  const { child, ended, said } = launch(settings, [])
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  const found = () => /Example application +(\S+)\/\n.*\n.*\n/.exec(said())?.[1]
  while (!found() && child.exitCode === null && child.signalCode === null) await Promise.race([once(child.stdout, 'data'), ended])
  clearTimeout(timer)
  const url = found()
  if (!url) throw new Error(`the example did not start: ${said()}`)
  return {
    url,
    said,
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}

function launch(settings: Record<string, string>, args: string[]) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, EXAMPLE_PORT: '0', ...settings }
  const child = spawn(join(ROOT, 'sello'), ['example', ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  let words = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words += text
    })
  }
  return { child, ended, said: () => words }
}

type Letter = { subject: string; text: string }

/** The numbers in the letters to an address, newest first, once there are `count` of them. @throws when they do not come */
export async function numbersOf(selloUrl: string, to: string, count: number): Promise<string[]> {
  for (const end = performance.now() + LETTERS_MS; performance.now() < end; ) {
    const response = await fetch(`${selloUrl}/inbox/messages?to=${encodeURIComponent(to)}`)
    const letters = (await response.json()) as Letter[]
    if (letters.length >= count) return letters.map(({ text }) => /: (\d{4} \d{4} \d{4})/.exec(text)![1]!)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`there are not ${count} letters to ${to}`)
}
