import { setTimeout as wait } from 'node:timers/promises'
import { outsideCalls } from '../../call.ts'
import type { RedisUrl } from '../../redis-url.ts'
import { type Address, dial, inWords, isRefusal, type Reply, textOf } from './redis-client.ts'
import { type Keeping, keepServer, type Server } from './redis-server.ts'
import { PARTITIONS, type Partition } from './store.ts'

const SLOTS = 16_384
const REFRESH_MS = 1000

export type Routes = {
  /** The server that holds a partition. */
  of(partition: Partition): Server
  /** Every server that holds something. */
  all(): Server[]
  /**
   * Judges a refusal that may mean that the partition lies elsewhere now.
   * @returns where to ask next, and whether only this once; null when asking elsewhere is no help
   */
  follow(partition: Partition, refusal: Error): { server: Server; once: boolean } | null
  close(): void
}

/** Connects to what the URL names. @throws with the reason why a server cannot be used */
export async function openRoutes(url: RedisUrl, keeping: Keeping): Promise<Routes> {
  if (url.kind === 'cluster') return openCluster(url, keeping)
  const locate = url.kind === 'sentinel' ? () => askSentinels(url, keeping) : async () => url.hosts[0]!
  const server = keepServer(locate, keeping)
  try {
    await server.open()
  } catch (error) {
    server.close()
    throw new Error(url.kind === 'sentinel' && server.name() !== 'the master' ? `${server.name()}: ${inWords(error)}` : inWords(error), {
      cause: error,
    })
  }
  return { of: () => server, all: () => [server], follow: () => null, close: server.close }
}

/** Asks one server one thing on a connection of its own. */
async function askOnce(address: Address, access: Keeping, question: string[]): Promise<Reply> {
  const wire = await dial(address, access, () => {})
  const timer = setTimeout(() => wire.cut(), access.connectMs)
  try {
    return await wire.send(question)
  } finally {
    clearTimeout(timer)
    wire.cut()
  }
}

/** The first sentinel that knows the master. Sentinels often have no password where their servers have one. */
async function askSentinels({ hosts, master }: RedisUrl, keeping: Keeping): Promise<Address> {
  const question = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master!]
  const open: Keeping = { ...keeping, username: null, password: null, database: 0 }
  let last = ''
  for (const address of hosts) {
    try {
      const ask = (access: Keeping) => askOnce(address, access, question)
      const answer = await ask(open).catch((error) => {
        if (keeping.password && /NOAUTH|NOPERM/.test(inWords(error))) return ask({ ...keeping, database: 0 })
        throw error
      })
      if (Array.isArray(answer)) return { host: String(answer[0]), port: Number(answer[1]) }
      last = `${textOf(address)} knows no master ${master}`
    } catch (error) {
      last = `${textOf(address)}: ${inWords(error)}`
    }
  }
  throw new Error(`no sentinel names the master; the last one asked, ${last}`)
}

/** CRC-16/XMODEM, by which a cluster spreads its keys. */
function slotOf(partition: Partition): number {
  let crc = 0
  for (const byte of Buffer.from(`sello:${partition}`)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc % SLOTS
}
const SLOT_OF = new Map(PARTITIONS.map((partition) => [partition, slotOf(partition)]))

type Shard = { first: number; last: number; master: Address }

async function openCluster(url: RedisUrl, keeping: Keeping): Promise<Routes> {
  const servers = new Map<string, Server>()
  const home = new Map<Partition, Server>()
  let isClosed = false
  let isLooking = false
  const onEvent: Keeping['onEvent'] = (event, detail) => {
    keeping.onEvent(event, detail)
    if (event === 'lost') look()
  }

  function serverAt(address: Address, start: boolean): Server {
    const known = servers.get(textOf(address))
    if (known) return known
    const made = keepServer(async () => address, { ...keeping, onEvent })
    servers.set(textOf(address), made)
    if (start) made.start()
    return made
  }

  function apply(shards: Shard[], start: boolean) {
    for (const partition of PARTITIONS) {
      const slot = SLOT_OF.get(partition)!
      const shard = shards.find(({ first, last }) => slot >= first && slot <= last)
      if (shard) home.set(partition, serverAt(shard.master, start))
    }
    const inUse = new Set(home.values())
    for (const [name, server] of servers) {
      if (inUse.has(server)) continue
      servers.delete(name)
      server.close()
    }
  }

  async function shards(): Promise<Shard[]> {
    const up = [...servers].filter(([, server]) => server.isUp())
    for (const [, server] of up) {
      const reply = await server.call(['CLUSTER', 'SLOTS'], performance.now() + keeping.timeoutMs).catch(() => null)
      if (reply) return readShards(reply, hostOf(server.name()))
    }
    let last: unknown
    for (const address of url.hosts) {
      try {
        return readShards(await askOnce(address, { ...keeping, database: 0 }, ['CLUSTER', 'SLOTS']), address.host)
      } catch (error) {
        const isAlone = isRefusal(error) && /cluster support disabled/.test(error.message)
        last = isAlone ? new Error('it is no node of a cluster; name it as redis://host:port') : error
      }
    }
    throw last
  }

  /** Looks where everything is until everything is somewhere. */
  function look() {
    if (isLooking || isClosed) return
    isLooking = true
    void outsideCalls(async () => {
      do {
        const found = await shards().catch(() => null)
        if (isClosed) return
        if (found) apply(found, true)
        await wait(REFRESH_MS, undefined, { ref: false })
      } while (!isClosed && [...servers.values()].some((server) => !server.isUp()))
      isLooking = false
    })
  }

  const close = () => {
    isClosed = true
    for (const server of servers.values()) server.close()
  }
  try {
    apply(await shards(), false)
    if (home.size < PARTITIONS.length) throw new Error('the cluster does not serve all of its slots')
    const opening = [...servers.values()].map((server) =>
      server.open().catch((error) => {
        throw new Error(`${server.name()}: ${inWords(error)}`, { cause: error })
      }),
    )
    await Promise.all(opening)
  } catch (error) {
    close()
    throw error
  }

  return {
    of: (partition) => home.get(partition)!,
    all: () => [...servers.values()],
    follow(partition, refusal) {
      const moved = /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(refusal.message)
      if (/^(MOVED|CLUSTERDOWN)/.test(refusal.message)) look()
      if (!moved) return null
      const host = moved[2] || hostOf(home.get(partition)!.name())
      const server = serverAt({ host, port: Number(moved[3]) }, true)
      if (moved[1] === 'MOVED') home.set(partition, server)
      return { server, once: moved[1] === 'ASK' }
    },
    close,
  }
}

const hostOf = (name: string) => name.slice(0, name.lastIndexOf(':')).replace(/^\[|\]$/g, '')

function readShards(reply: Reply, asked: string): Shard[] {
  return (reply as [number, number, [string, number]][]).map(([first, last, [host, port]]) => ({
    first,
    last,
    master: { host: host || asked, port },
  }))
}
