// The bare parts of which limits are made: a route, a commit that Sello made, threads.
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import Fastify from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Change, Partition, Store } from '../src/persistence/store/store.ts'
import { EPOCH_KEY } from '../src/persistence/store/transact.ts'
import { many } from './preload.ts'

type Route = { path: string; body: TSchema; status: number; answer?: TSchema }

/** Fastify with one route and its schemas, forms taken like JSON. @returns its port */
export async function serveBare<B>({ path, body, status, answer }: Route, handle: (body: B) => unknown): Promise<number> {
  const app = Fastify({ logger: false })
  const validator = Compile(body)
  app.setValidatorCompiler(() => (value) => validator.Check(value))
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, text, done) =>
    done(null, Object.fromEntries(new URLSearchParams(text as string))),
  )
  const schema = { body, ...(answer ? { response: { [status]: answer } } : {}) }
  app.post(path, { schema }, async (request, reply) => {
    reply.code(status)
    return handle(request.body as B)
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** Where a recorded commit is made again: instead of the names in its keys, these. */
export type Home = { partition: Partition; names: readonly string[] }

/**
 * Makes a recorded commit again and again, at one home after the other, expecting what lies there. Everything is prepared: a call costs
 * its commit.
 * @param names what the recorded keys are of
 */
export async function replay(store: Store, newId: () => string, change: Change | null, names: readonly string[], homes: readonly Home[]) {
  const keys = change && [...change.expect, ...change.puts].map(({ key }) => key)
  if (!keys || !names.every((name) => keys.some((key) => key.includes(name)))) throw new Error('another commit was recorded')
  const versions = new Map<string, string>()
  const prepared = await many(homes.length, async (i) => {
    const { partition, names: own } = homes[i]!
    const moved = (key: string) => names.reduce((text, name, at) => text.replaceAll(name, own[at]!), key)
    const expected = change.expect.map(({ key }) => moved(key))
    const found = await store.read(partition, expected)
    const placed = expected.map((key, at) => {
      const place = key === EPOCH_KEY ? `${key}/${partition}` : key
      versions.set(place, found[at]?.version ?? '')
      return { key, place }
    })
    return { partition, expected: placed, puts: change.puts.map((put) => ({ ...put, key: moved(put.key) })) }
  })
  let n = 0
  return async () => {
    const { partition, expected, puts } = prepared[n++ % prepared.length]!
    const version = newId()
    const expect = expected.map(({ key, place }) => ({ key, version: versions.get(place)! }))
    if (!(await store.commit(partition, { version, expect, puts, deletes: [], log: [] }))) throw new Error('the bare commit was refused')
    for (const { key } of puts) if (versions.has(key)) versions.set(key, version)
  }
}

/** argon2id in as many threads as Sello has, each with one job at a time, first come, first served. */
export function createBareThreads(): (input: Uint8Array) => Promise<Uint8Array> {
  const waiting: { input: Uint8Array; done: (output: Uint8Array) => void }[] = []
  const start = () => {
    const worker = new Worker(new URL('./argon2-worker.ts', import.meta.url))
    let done: ((output: Uint8Array) => void) | null = null
    const next = () => {
      const job = done ? undefined : waiting.shift()
      if (!job) return
      done = job.done
      worker.postMessage(job.input)
    }
    worker.on('message', (output: Uint8Array) => {
      done?.(output)
      done = null
      next()
    })
    return next
  }
  const threads = Array.from({ length: availableParallelism() }, start)
  return (input) =>
    new Promise((done) => {
      waiting.push({ input, done })
      for (const next of threads) next()
    })
}
