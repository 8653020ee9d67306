export type RedisUrl = {
  kind: 'single' | 'cluster' | 'sentinel'
  tls: boolean
  /** Of the server, of some nodes of the cluster, or of the sentinels. */
  hosts: { host: string; port: number }[]
  username: string | null
  password: string | null
  database: number
  /** What the sentinels call the master. */
  master: string | null
}
type Mistake = { wrong: string; right: string }

const RIGHT = {
  single: 'redis://user:password@127.0.0.1:6379/0',
  cluster: 'redis-cluster://user:password@10.0.0.1:6379,10.0.0.2:6379',
  sentinel: 'redis-sentinel://user:password@10.0.0.1:26379,10.0.0.2:26379/mymaster',
}
const KINDS: Record<string, RedisUrl['kind']> = { '': 'single', '-cluster': 'cluster', '-sentinel': 'sentinel' }

/** `redis://`, `redis-cluster://` or `redis-sentinel://`, with TLS `rediss…`. What is wrong is said without repeating any of it. */
export function readRedisUrl(text: string): RedisUrl | Mistake {
  const match = /^redis(s?)(|-cluster|-sentinel):\/\/(.*)$/s.exec(text)
  if (!match) return { wrong: 'is not a URL with redis: or rediss:, redis-cluster: or redis-sentinel:', right: RIGHT.single }
  const kind = KINDS[match[2]!]!
  const mistake = (wrong: string): Mistake => ({ wrong, right: RIGHT[kind] })
  const rest = match[3]!
  const at = rest.lastIndexOf('@')
  const slash = rest.indexOf('/', at + 1)
  const user = at < 0 ? { username: null, password: null } : readUser(rest.slice(0, at))
  if (!user) return mistake('has a name or password that is not percent-encoded, or a name without a password')
  const hosts = (slash < 0 ? rest.slice(at + 1) : rest.slice(at + 1, slash)).split(',').map((host) => readHost(host, kind))
  if (hosts.some((host) => host === null)) return mistake('has a host or port that cannot be')
  if (kind === 'single' && hosts.length > 1) return mistake('names several hosts')
  const path = slash < 0 ? '' : rest.slice(slash + 1)
  if (kind === 'sentinel' && !/^[A-Za-z0-9._-]+$/.test(path)) return mistake('does not say what the sentinels call the master')
  if (kind === 'cluster' && path !== '') return mistake('has something after its hosts; a cluster has one database')
  if (kind === 'single' && !/^\d{0,5}$/.test(path)) return mistake('has something else than the number of a database after its host')
  return {
    kind,
    tls: match[1] === 's',
    hosts: hosts as RedisUrl['hosts'],
    ...user,
    database: kind === 'single' ? Number(path) : 0,
    master: kind === 'sentinel' ? path : null,
  }
}

function readUser(text: string): { username: string | null; password: string } | null {
  const colon = text.indexOf(':')
  if (colon < 0 || colon === text.length - 1 || text.includes('/')) return null
  try {
    return { username: decodeURIComponent(text.slice(0, colon)) || null, password: decodeURIComponent(text.slice(colon + 1)) }
  } catch {
    return null
  }
}

function readHost(text: string, kind: RedisUrl['kind']) {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?$/.exec(text)
  if (!match) return null
  const port = match[3] === undefined ? (kind === 'sentinel' ? 26379 : 6379) : Number(match[3])
  return port > 0 && port < 65536 ? { host: (match[1] ?? match[2])!, port } : null
}
