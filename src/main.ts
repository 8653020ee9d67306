import { run } from './cli/cli.ts'
import { type Config, type Role, readConfig } from './config.ts'
import { readGenerated } from './development.ts'
import { realEnv } from './env.ts'
import { builtInTexts } from './i18n/letter-texts.ts'

process.umask(0o077) // what it writes is for this user alone
const env = realEnv()
// What a command does not need is not loaded for it.
const openHouse: typeof import('./house.ts').openHouse = async (parts) => (await import('./house.ts')).openHouse(parts)
const openOffice = async (config: Config) => {
  const persistence = await import('./roles/persistence.ts')
  return persistence.openOffice(config, env, () => (config.mode === 'development' ? readGenerated(config.dataDir, env) : null))
}
const sampleLetters = async ({ mailFrom: from, codeInSubject, letterTexts: texts, publicUrl }: Config, accent: string | undefined) => {
  const house = await import('./house.ts')
  const links = publicUrl ?? 'http://localhost:3000'
  return house.sampleLetters({ from, texts, codeInSubject: codeInSubject === 'on', publicUrl: links, accent })
}
const read = (role?: Role) => readConfig(process.env, role)
await run(process.argv.slice(2), { readConfig: read, openHouse, openOffice, env, sampleLetters, builtInTexts })
