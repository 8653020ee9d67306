import { ConfigMistakes } from '../config.ts'
import { apps } from './apps.ts'
import { demo } from './demo.ts'
import { erase } from './erase.ts'
import { help } from './help.ts'
import { keys } from './keys.ts'
import { letters } from './letters.ts'
import { start } from './start.ts'
import { type Tools, Usage } from './tools.ts'

type Command = (args: string[], tools: Tools) => Promise<void>
// The formats of imports come with the validator, which nothing else here needs.
const accounts: Command = async (args, tools) => (await import('./accounts.ts')).accounts(args, tools)
const commands: Record<string, Command> = { start, apps, accounts, keys, letters, erase, demo }

/** Runs one command and ends the process: 0 = done, 1 = refused or failed, 2 = the command or the settings are not right. */
export async function run(argv: string[], tools: Tools) {
  const [name = '--help', ...args] = argv
  try {
    process.stdout.on('error', () => {}) // whoever read it has gone: what was asked is done all the same
    const asked = ['--help', '-h', 'help']
    if (asked.includes(name) || args.includes('--help') || args.includes('-h')) {
      process.stdout.write(help(asked.includes(name) ? args[0] : name))
    } else {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined
      if (!command) throw new Usage(`there is no command ${JSON.stringify(name)}`)
      await command(args, tools)
    }
  } catch (error) {
    process.exitCode = report(error)
  }
  if (process.stdout.writableLength > 0) await new Promise((resolve) => process.stdout.write('', resolve)) // to a slow reader
  // Nothing is left to wait for: a kept-alive connection to the running process must not hold this one.
  process.exit()
}

function report(error: unknown): number {
  if (error instanceof ConfigMistakes) {
    const count = error.lines.length === 1 ? 'One setting is' : `${error.lines.length} settings are`
    process.stderr.write(`${count} not right:\n${error.lines.map((line) => `  ${line}\n`).join('')}`)
    return 2
  }
  if (error instanceof Usage || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) {
    process.stderr.write(`sello: ${(error as Error).message}\nTry: ./sello --help\n`)
    return 2
  }
  process.stderr.write(`sello: ${(error as Error).message}\n`)
  return 1
}
