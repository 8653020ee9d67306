import Fastify, { type FastifyInstance } from 'fastify'

const READY_WITHIN_MS = 1000
const REMEMBERED_MS = 500

/** What readiness asks. Without what is needed the process is not ready; of the rest it only tells. */
export type Check = { ask: () => Promise<unknown>; isNeeded: boolean }
type Sources = { now: () => number; checks: Record<string, Check>; stopping: () => boolean; metrics: () => Promise<string> }

/** The private listener: alive, ready, metrics. It tells no data; ready means that what is needed answered within a second. */
export function createOps({ now, checks, stopping, metrics }: Sources): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true })
  let last: { at: number; answers: Promise<[string, boolean][]> } | null = null

  const ask = () =>
    Promise.all(
      Object.entries(checks).map(async ([name, { ask }]): Promise<[string, boolean]> => [name, await within(READY_WITHIN_MS, ask())]),
    )
  const answers = () => {
    if (!last || now() - last.at > REMEMBERED_MS) last = { at: now(), answers: ask() }
    return last.answers
  }
  app.get('/health/alive', async () => ({ status: 'alive' }))
  app.get('/health/ready', async (_, reply) => {
    const known = await answers()
    const ready = !stopping() && known.every(([name, isWell]) => isWell || !checks[name]!.isNeeded)
    const told = Object.fromEntries(known.map(([name, isWell]) => [name, isWell ? 'answers' : 'does not answer']))
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', ...told })
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
