import { after } from 'node:test'
import { openRedis } from '../../src/persistence/store/redis.ts'
import type { Store } from '../../src/persistence/store/store.ts'
import { type Redis, startCluster, startRedis } from './redis.ts'

type Servers = { url: string; nodes: Redis[] }
const started: Partial<Record<'redis' | 'cluster', Promise<Servers>>> = {}
/** Asked for here, and not within a test, this is the end of the file. */
const endings: (() => Promise<void> | void)[] = []
after(async () => {
  for (const end of endings) await end()
})
const owner = { after: (done: () => Promise<void> | void) => void endings.push(done) }

async function start(kind: 'redis' | 'cluster'): Promise<Servers> {
  if (kind === 'cluster') return startCluster(owner)
  const redis = await startRedis(owner)
  return { url: redis.url, nodes: [redis] }
}

/** An empty store on real servers: one, or a cluster, which serve all tests of a file one after the other. */
export async function openTestRedis(kind: 'redis' | 'cluster'): Promise<Store> {
  started[kind] ??= start(kind)
  const { url, nodes } = await started[kind]
  for (const node of nodes) node.cli('FLUSHALL')
  return openRedis(url, { production: true })
}
