// `./sello example`: the example application against the Sello of this machine, or the one that SELLO_URL and SELLO_API_KEY name.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ConfigMistakes, readConfig } from '../../src/config.ts'
import { developmentApiKey, readGenerated } from '../../src/development.ts'
import { realEnv } from '../../src/env.ts'
import { createSello } from './sello.ts'
import { createApp } from './server.ts'

function refuse(why: string): never {
  console.error(`sello: ${why}`)
  process.exit(1)
}

/** Where Sello is, and the key for it: without settings of its own, what `./sello start` has with the same environment. */
function findSello(environment: NodeJS.ProcessEnv) {
  const { SELLO_URL, SELLO_API_KEY, SELLO_ISSUER, SELLO_APP_ID, ...settings } = environment
  const config = readConfig(settings, 'tools')
  const url = SELLO_URL || config.publicUrl || `http://localhost:${config.port}`
  const keyOfFolder = () => {
    if (!existsSync(join(config.dataDir, 'development-secrets.json'))) refuse(`no Sello has run here yet; ${howToStart}`)
    return developmentApiKey(readGenerated(config.dataDir, realEnv()))
  }
  const known = SELLO_API_KEY || config.bootstrapKey || (config.mode === 'development' && !SELLO_URL ? keyOfFolder() : null)
  const apiKey = known ?? refuse('which API key? Set SELLO_API_KEY')
  const isHere = !SELLO_API_KEY && config.mode === 'development' && !config.smtpUrl
  return { url, apiKey, issuer: SELLO_ISSUER || url, appId: SELLO_APP_ID || null, inbox: isHere ? `${url}/inbox` : null }
}
const howToStart = 'start it first, in another terminal: ./sello start'

/** Whether Sello answers there and takes the key; an identity that cannot exist is asked for, which changes nothing. */
async function probe({ url, apiKey }: { url: string; apiKey: string }) {
  const answer = await fetch(`${url.replace(/\/+$/, '')}/v1/identities/idn_none`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(5000),
  }).catch(() => refuse(`no Sello answers at ${url}; ${howToStart}`))
  if (answer.status === 401) refuse(`the Sello at ${url} does not take this API key; set SELLO_API_KEY`)
  if (answer.status !== 404) refuse(`the Sello at ${url} is not ready (${answer.status})`)
}

async function start() {
  const place = findSello(process.env)
  await probe(place)
  const server = createServer()
  const port = Number(process.env.EXAMPLE_PORT || 4000)
  await new Promise<void>((resolve) => {
    server.once('error', ({ message }) => refuse(`${message}; EXAMPLE_PORT names another port`)).listen(port, '127.0.0.1', resolve)
  })
  const origin = new URL(process.env.EXAMPLE_URL || `http://localhost:${(server.address() as AddressInfo).port}`).origin
  server.on('request', createApp({ origin, sello: createSello(place), inbox: place.inbox }))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit())
      server.closeIdleConnections()
      setTimeout(() => process.exit(), 5000)
    })
  }
  console.log(`\n  Example application   ${origin}/\n  asks Sello at         ${place.url}`)
  console.log(place.inbox ? `  letters               ${place.inbox}\n` : '')
}

await start().catch((error: unknown) =>
  refuse(error instanceof ConfigMistakes ? error.lines.join('\n  ') : `the example cannot start: ${(error as Error).message}`),
)
