// A server to be measured, in a process of its own: Sello whole, its three services in processes of their own, or its limit.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { persistence } from '../src/contract/persistence.ts'
import { serviceKey } from '../src/development.ts'
import { connect } from '../src/http/connect.ts'
import { introspectLimit, loginLimit, refreshLimit, verifyLimit } from './account-limits.ts'
import type { Name, Said, Side } from './benches.ts'
import { checkLimit, registerLimit } from './identity-limits.ts'
import { servePages } from './pages-server.ts'
import { createPlace, KEY } from './place.ts'
import { accessTokens, addressOf, many, peopleFor, preload, type Signed, tokensOf } from './preload.ts'
import { serveQueue } from './queue-server.ts'

const [name, side, folder, storeUrl, smtpUrl = '', asked = '0'] = process.argv.slice(2) as [
  Name | 'queue' | 'pages',
  Side,
  string,
  string,
  string?,
  string?,
]
/** How many requests will come. */
const count = Number(asked)
const place = createPlace(folder, storeUrl, smtpUrl)
/** Accounts whose passwords are what is measured. */
const MEMBERS = 50

process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit())
const tell = (said: Omit<Said, 'key'>) => process.send!({ key: KEY, ...said })
const own = { pids: [process.pid] }

if (name === 'queue') tell({ ...own, ...(await serveQueue(place, count)) })
else if (name === 'pages') tell({ ...own, ...(await servePages(place, count)) })
else if (side === 'limit') tell({ ...own, ...(await limit(name)) })
else tell(await (side === 'split' ? split(name) : whole(name)))

async function limit(of: Name): Promise<{ port: number; items: unknown[] }> {
  const store = await place.openStore()
  switch (of) {
    case 'register':
      return { port: await registerLimit(place, store), items: [] }
    case 'check':
      return { port: await checkLimit(place, store, count), items: Array.from({ length: count }, () => '482109375516') }
    case 'verify-email':
      return verifyLimit(place, store, count)
    case 'login':
      return { ...(await loginLimit()), items: Array.from({ length: MEMBERS }, (_, i) => addressOf(i)) }
    case 'refresh':
      return refreshLimit(place, store, count)
    case 'introspect':
      return introspectLimit(place, store, count)
  }
}

/** What must lie in the store and needs no dear password, put there by a Sello that ends before the one that is measured begins. */
async function before(of: Name): Promise<unknown[]> {
  if (of !== 'verify-email' && of !== 'refresh' && of !== 'introspect') return []
  const store = await place.openStore()
  const { result } = await place.prepared<unknown[]>(store, true, (handlers) => {
    const { signUp, signedIn } = preload(place, handlers)
    return of === 'verify-email' ? many(count, (i) => signUp(addressOf(i))) : many(peopleFor(count), (i) => signedIn(addressOf(i)))
  })
  await store.close()
  return result
}

/** The rest, put there by the one that is measured. @param url the issuer of its tokens */
async function after(of: Name, lying: unknown[], handlers: Parameters<typeof preload>[1], url: string): Promise<unknown[]> {
  const { number, member } = preload(place, handlers)
  if (of === 'check') return many(count, (i) => number(`p${i}@example.com`))
  if (of === 'login') return many(MEMBERS, (i) => member(addressOf(i)))
  if (of !== 'introspect') return lying
  const sessions = (lying as Signed[]).map(({ session }) => session)
  return accessTokens(place, await tokensOf(place, url), sessions, count)
}

async function whole(of: Name) {
  const lying = await before(of)
  const house = await place.open()
  return { ...own, port: house.port, items: await after(of, lying, house.persistence!.handlers, house.url) }
}

/** The three services as they run in production, on loopback. */
async function split(of: Name) {
  const lying = await before(of)
  const behind = await service('persistence')
  const messaging = await service('messaging')
  const front = await service('gateway', { SELLO_PERSISTENCE_URL: behind.url, SELLO_MESSAGING_URL: messaging.url })
  const key = serviceKey(place.generated, 'persistence')
  const client = connect(persistence, { urls: [new URL(behind.url)], key })
  const items = await after(of, lying, client, front.url)
  await client.close()
  return { port: Number(new URL(front.url).port), items, pids: [front.pid, behind.pid, messaging.pid] }
}

async function service(role: string, more: Record<string, string> = {}): Promise<{ url: string; pid: number }> {
  const main = join(import.meta.dirname, '../src/main.ts')
  const child: ChildProcess = spawn(process.execPath, [main, 'start', '--role', role], {
    env: { PATH: process.env.PATH, ...place.settings, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.on('exit', () => child.kill('SIGKILL'))
  const isGateway = role === 'gateway'
  for (let said = ''; ; ) {
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer]
    said += chunk.toString()
    const url = (isGateway ? /API +(http:\/\/\S+?)\/v1/ : /Service +(\S+)/).exec(said)?.[1]
    if (!url || !said.includes('Health')) continue
    child.stdout!.resume()
    return { url, pid: child.pid! }
  }
}
