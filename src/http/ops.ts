import Fastify, { type FastifyInstance } from 'fastify'

const READY_WITHIN_MS = 1000
const REMEMBERED_MS = 500

type Sources = { now: () => number; probe: () => Promise<unknown>; stopping: () => boolean; metrics: () => Promise<string> }

/** The private listener: alive, ready, metrics. It tells no data, and ready means that the store can commit. */
export function createOps({ now, probe, stopping, metrics }: Sources): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true })
  let last: { at: number; ready: Promise<boolean> } | null = null

  const isReady = () => {
    if (!last || now() - last.at > REMEMBERED_MS) last = { at: now(), ready: within(READY_WITHIN_MS, probe()) }
    return last.ready
  }
  app.get('/health/alive', async () => ({ status: 'alive' }))
  app.get('/health/ready', async (_, reply) => {
    const ready = !stopping() && (await isReady())
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready' })
  })
  app.get('/metrics', async (_, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics()))
  return app
}

async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      late,
    ])
  } finally {
    clearTimeout(timer)
  }
}
