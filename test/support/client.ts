import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { buildClient } from '../../client/build.ts'
import { folder } from './folder.ts'

const run = promisify(execFile)
type Cleanup = { after(done: () => void): void }
/** A project outside the repository that has nothing but the packed client. */
export type Project = {
  path: string
  client: typeof import('../../client/src/client.ts')
  tokens: typeof import('../../client/src/tokens.ts')
  /** Writes a program into the project and runs it. @returns what it printed */
  run(name: string, text: string, env: Record<string, string>, node?: string): Promise<string>
}

/** Packs the client and installs it as anybody would, without a network. */
export async function installClient(t: Cleanup): Promise<Project> {
  const packed = buildClient(folder(t))
  const path = folder(t)
  writeFileSync(join(path, 'package.json'), '{"name":"somebody","private":true,"type":"module"}')
  const args = ['install', '--offline', '--cache', folder(t), '--no-audit', '--no-fund', '--ignore-scripts', packed]
  await run('npm', args, { cwd: path })
  const dist = join(path, 'node_modules/@sello/client/dist')
  return {
    path,
    client: await import(pathToFileURL(join(dist, 'client.js')).href),
    tokens: await import(pathToFileURL(join(dist, 'tokens.js')).href),
    async run(name, text, env, node = process.execPath) {
      writeFileSync(join(path, name), text)
      const { stdout } = await run(node, [name], { cwd: path, env, timeout: 20_000 })
      return stdout
    },
  }
}

/** The blocks of code in client/README.md, by the file that each is named after. */
export function readmeBlocks(): Map<string, string> {
  const text = readFileSync(join(import.meta.dirname, '../../client/README.md'), 'utf8')
  return new Map(
    [...text.matchAll(/^```(\w+) ?([\w.-]*)\n([\s\S]*?)^```$/gm)].map(([, language, name, code]) => [name || language!, code!]),
  )
}
