import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import type { Role } from '../../src/config.ts'

export const deploy = join(import.meta.dirname, '../../deploy')
export const fileOf = (name: string) => readFileSync(join(deploy, name), 'utf8')

export type Environment = Record<string, string>
export type Service = {
  image: string
  build?: { context: string; dockerfile: string }
  command?: string[]
  user?: string
  profiles?: string[]
  ports?: string[]
  networks: string[]
  environment?: Environment
  secrets?: string[]
  restart?: string
  read_only: boolean
  cap_drop: string[]
  mem_limit: string
}
export type Compose = {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean }>
  volumes: Record<string, unknown>
  secrets: Record<string, { file: string }>
}

/** deploy/compose.yaml, with the defaults of its variables. */
export function readCompose(): Compose {
  const text = fileOf('compose.yaml').replace(/\$\{\w+:-([^}]*)\}/g, '$1')
  return parse(text, { merge: true }) as Compose
}

/** What deploy/Dockerfile sets for every role. */
export const imageEnvironment = (): Environment =>
  Object.fromEntries([...fileOf('Dockerfile').matchAll(/^(?:ENV| {3}) *(SELLO_\w+)=(\S+)/gm)].map(([, name, value]) => [name!, value!]))

export const roleIn = (words: readonly string[]): Role => (/--role (\w+)/.exec(words.join(' '))?.[1] as Role | undefined) ?? 'all'

export type Unit = { name: string; role: Role; environment: Environment; credentials: Record<string, string>; text: string }
/** The units, each with its own settings; those of its EnvironmentFile are not here. */
export function readUnits(): Unit[] {
  return globSync('systemd/*.service', { cwd: deploy }).map((path) => {
    const text = fileOf(path)
    const all = (key: string) => [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value!)
    const pair = (text: string, by: string) => [text.slice(0, text.indexOf(by)), text.slice(text.indexOf(by) + 1)] as const
    return {
      name: basename(path),
      role: roleIn(all('ExecStart')),
      environment: Object.fromEntries(all('Environment').map((one) => pair(one, '='))),
      credentials: Object.fromEntries(all('LoadCredential').map((one) => pair(one, ':'))),
      text,
    }
  })
}

/** Runs the two scripts as an operator does, into one folder. Every server is called localhost besides its own name. */
export function makeFiles(folder: string) {
  const run = (script: string, ...args: string[]) => execFileSync('sh', [join(deploy, script), folder, ...args], { encoding: 'utf8' })
  run('certificates.sh', ...['persistence', 'messaging', 'redis', 'mailpit'].map((name) => `${name},localhost`))
  run('secrets.sh')
  return folder
}

/** Every value with each of these texts replaced. */
export const replaced = (environment: Environment, texts: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      Object.entries(texts).reduce((text, [from, to]) => text.replaceAll(from, to), value),
    ]),
  )
