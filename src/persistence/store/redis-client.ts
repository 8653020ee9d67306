import { isIP } from 'node:net'
import { ClientClosedError, ConnectionTimeoutError, createClient, DisconnectsClientError, ErrorReply } from '@redis/client'
import type { RedisUrl } from '../../redis-url.ts'
import { authorities } from '../../trust.ts'

export type Reply = string | number | null | Reply[]
export type Address = { host: string; port: number }
/** How to get in, and how long one attempt may take. */
export type Access = Pick<RedisUrl, 'username' | 'password' | 'database' | 'tls'> & { ca: string | undefined; connectMs: number }

/** One connection. What it is asked in one turn of the event loop goes out together; answers come in the order of asking. */
export type Wire = {
  /** @throws `ErrorReply` when the server refused it; anything else means that nobody knows whether it was done */
  send(args: string[]): Promise<Reply>
  /** Everything that was asked and not answered rejects. */
  cut(): void
}

export const textOf = ({ host, port }: Address) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)
export const isRefusal = (error: unknown): error is Error => error instanceof ErrorReply

/** @param onEnd told once, when the connection ended by itself */
export async function dial({ host, port }: Address, access: Access, onEnd: (why: Error) => void): Promise<Wire> {
  const socket = { host, port, connectTimeout: access.connectMs, reconnectStrategy: false as const }
  const name = isIP(host) === 0 ? { servername: host } : {}
  const client = createClient({
    RESP: 2,
    socket: access.tls ? { ...socket, tls: true, ...name, ...(access.ca ? { ca: authorities(access.ca) } : {}) } : socket,
    database: access.database,
    disableOfflineQueue: true,
    commandOptions: { timeout: 0 }, // each call has its own deadline
    disableClientInfo: true,
    maintNotifications: 'disabled',
    ...(access.username ? { username: access.username } : {}),
    ...(access.password ? { password: access.password } : {}),
  })
  let state: 'dialling' | 'open' | 'over' = 'dialling'
  client.on('error', (error: Error) => {
    if (state !== 'open') return // the attempt rejects, or somebody cut it
    state = 'over'
    client.destroy()
    onEnd(error)
  })
  // The client limits how long the connection takes, not the first words on it.
  const timer = setTimeout(() => client.destroy(), access.connectMs)
  try {
    await client.connect()
    if (!client.isReady) throw new Error('it does not answer')
  } catch (error) {
    state = 'over'
    client.destroy()
    throw new Error(inWords(error), { cause: error })
  } finally {
    clearTimeout(timer)
  }
  state = 'open'
  return {
    send: (args) => client.sendCommand<Reply>(args),
    cut() {
      state = 'over'
      client.destroy()
    },
  }
}

/** What went wrong with a connection, in one line: errors of the net may have no message but a list of errors inside. */
export function inWords(error: unknown): string {
  const { message, code, errors } = error as Error & { code?: string; errors?: Error[] }
  const wasCut = [ConnectionTimeoutError, DisconnectsClientError, ClientClosedError].some((kind) => error instanceof kind)
  if (wasCut) return 'it does not answer'
  return (message || errors?.[0]?.message || code || 'the connection failed').split('\n')[0]!
}

export type Judgement = {
  /** What the server's settings may lose, in words. */
  notice: string | null
}

/**
 * Reads INFO (and CONFIG where that is allowed) and judges whether the server may hold a store.
 * @throws with the reason why it may not
 */
export async function judge(wire: Wire, kind: RedisUrl['kind'], production: boolean): Promise<Judgement> {
  const info = readInfo(String(await wire.send(['INFO'])))
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? '0'
  if (Number.parseInt(version, 10) < 7) throw new Error(`it is version ${version}; 7 or newer is needed`)
  if (info.get('loading') === '1') throw new Error('it is still loading its data')
  const isCluster = info.get('cluster_enabled') === '1'
  if (isCluster && kind !== 'cluster') throw new Error('it is a node of a cluster; name it as redis-cluster://host:port,host:port')
  if (!isCluster && kind === 'cluster') throw new Error('it is no node of a cluster; name it as redis://host:port')
  if (info.get('role') !== 'master') {
    throw new Error(`it is a replica of ${info.get('master_host') ?? '?'}:${info.get('master_port') ?? '?'}; name the master`)
  }
  const policy = info.get('maxmemory_policy')
  if (policy !== 'noeviction') throw new Error(`it may throw records away: set maxmemory-policy noeviction instead of ${policy}`)
  const hasLog = info.get('aof_enabled') === '1'
  if (production && !hasLog) throw new Error('it would forget what was written when it stops: set appendonly yes')
  return { notice: await lossOf(wire, hasLog) }
}

/** The history that a master goes on from since it was promoted, or since it started from a snapshot; null when there is none. */
export function formerHistory(info: Reply): string | null {
  const former = readInfo(String(info)).get('master_replid2') ?? ''
  return /[1-9a-f]/.test(former) ? former : null
}

/** Of one start of a server. */
export const runOf = (info: Reply): string => `run ${readInfo(String(info)).get('run_id') ?? 'unknown'}`

async function lossOf(wire: Wire, hasLog: boolean): Promise<string | null> {
  if (!hasLog) return 'appendonly is off: what was written since the last snapshot is lost when the server stops'
  const reply = await wire.send(['CONFIG', 'GET', 'appendfsync']).catch(() => [])
  const setting = Array.isArray(reply) ? reply[1] : undefined
  if (setting === 'always') return null
  if (setting === 'everysec') return 'appendfsync is everysec: up to two seconds of what was acknowledged are lost when the machine stops'
  if (setting === 'no') return 'appendfsync is no: what the system had not yet written is lost when the machine stops'
  return 'appendfsync cannot be read (CONFIG is not allowed): unless it is always, the last seconds are lost when the machine stops'
}

function readInfo(text: string): Map<string, string> {
  const lines = text.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const)
  return new Map(lines)
}
