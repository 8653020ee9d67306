import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { appendFile, type FileHandle, open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Env } from './env.ts'
import { openFolder } from './folder.ts'
import { derive, type Secrets } from './persistence/secrets.ts'

/** Secrets that a development machine generates for itself, kept in the data folder (0600). Keys in base64, the first one writes. */
export type Generated = { v: 1; secret: string; pepper: string[]; seal: string[]; signing: { keys: Record<string, unknown>[] } }

const FILE = 'development-secrets.json'

/**
 * Reads the generated secrets, or makes them for a new data folder.
 * @throws when the file is damaged, or is gone while the store is there: new keys would make its contents unreadable
 */
export function readGenerated(dataDir: string, env: Env): Generated {
  const path = join(dataDir, FILE)
  if (!existsSync(path)) {
    if (existsSync(join(dataDir, 'sello.db'))) {
      throw new Error(
        `${path} is gone, and without it the store beside it cannot be read. Put it back, or move the whole data folder away to begin anew.`,
      )
    }
    openFolder(dataDir)
    create(path, {
      v: 1,
      secret: env.secret(32).toString('base64'),
      pepper: [newKey(env)],
      seal: [newKey(env)],
      signing: { keys: [newSigningKey()] },
    })
  }
  chmodSync(path, 0o600)
  try {
    const generated = JSON.parse(readFileSync(path, 'utf8')) as Generated
    if (generated.v === 1 && generated.secret && generated.pepper[0] && generated.seal[0] && generated.signing.keys[0]) return generated
  } catch {
    // told below
  }
  throw new Error(`${path} is damaged. Put a good copy back, or move the whole data folder away to begin anew.`)
}

/** Replaces the file as a whole. */
export function writeGenerated(dataDir: string, generated: Generated) {
  const path = join(dataDir, FILE)
  writeFileSync(`${path}.new`, JSON.stringify(generated, null, 2), { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

/** Appears complete or not at all; of two processes that start at once, the first one's secrets are everybody's. */
function create(path: string, generated: Generated) {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, JSON.stringify(generated, null, 2), { mode: 0o600, flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}

export const newKey = (env: Env): string => env.secret(32).toString('base64')
/** A private P-256 key as JWK. */
export const newSigningKey = (): Record<string, unknown> => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
})

/** The API key that `start` prints: derived, so it is the same at every start and stored nowhere. */
export const developmentApiKey = ({ secret }: Generated): string =>
  `sello_dev_${derive(Buffer.from(secret, 'base64'), 'development-api-key').toString('hex').slice(0, 40)}`

/** The key of an edge between services on a development machine, where they share the data folder. */
export const serviceKey = ({ secret }: Generated, service: 'persistence' | 'messaging'): string =>
  derive(Buffer.from(secret, 'base64'), `${service}-key`).toString('hex')

export const inboxSecret = ({ secret }: Generated): Buffer => derive(Buffer.from(secret, 'base64'), 'inbox')

/** Where the built-in inbox keeps its letters across restarts: a file of sealed lines in the data folder. */
export function keepSealed(dataDir: string, secrets: Secrets) {
  const path = join(dataDir, 'inbox')
  const seal = (line: string) => `${secrets.seal('inbox', 'inbox', line)}\n`
  const unseal = (line: string) => {
    try {
      return [secrets.open('inbox', 'inbox', line)]
    } catch {
      return [] // empty, or torn by a kill in the middle of its writing: that letter was not yet acknowledged, and is sent again
    }
  }
  let file: Promise<FileHandle> | null = null
  return {
    async load(): Promise<string[]> {
      const text = await readFile(path, 'utf8').catch(() => '')
      if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n')
      return text.split('\n').flatMap(unseal)
    },
    async append(line: string) {
      file ??= open(path, 'a', 0o600)
      await (await file).appendFile(seal(line))
    },
    async rewrite(lines: string[]) {
      await writeFile(`${path}.new`, lines.map(seal).join(''), { mode: 0o600 })
      await rename(`${path}.new`, path)
      await this.close()
    },
    async close() {
      const open = file
      file = null
      await (await open)?.close()
    },
  }
}
