import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { type Call, clock, inCall } from '../call.ts'
import type { Client, Contract } from '../contract/contract.ts'
import { Problem } from '../problem.ts'
import { compiled } from './compiled.ts'
import { mistakesOf } from './mistakes.ts'
import { CALL_NAME, RENEW, type Renewal } from './renewals.ts'

/** No operation takes longer. */
const FARTHEST_MS = 120_000
const Renewals = Type.Object({ calls: Type.Array(Type.Object({ id: Type.String(), until: Type.Number() })) })
const NO_DEADLINE = { field: 'X-Sello-Deadline', code: 'required', hint: 'The instant until which you wait, in the clock of X-Sello-Clock' }

/**
 * Puts a service's contract on a server: one POST route for each operation, JSON in and out, held against its schemas. With `keys` a
 * call must carry one of them, and is refused past its deadline (`X-Sello-Deadline`, in the clock that `X-Sello-Clock` tells) before
 * anything is done; what it leads to ends with it, and when its caller goes away. A call that bears a name (`X-Sello-Call`) may be given
 * more time while it runs.
 */
export function serve<C extends Contract>(app: FastifyInstance, contract: C, handlers: Client<C>, keys?: readonly string[]) {
  const named = new Map<string, Call>()
  const guarded = keys ? guards(keys) : {}
  for (const [op, { path, input, quiet = false }] of Object.entries(contract)) {
    const handle = handlers[op as keyof C] as (input: unknown) => Promise<unknown>
    app.post(path, {
      config: { op, quiet },
      ...guarded,
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const until = deadlineOf(request)
        const now = clock()
        // One that lies far ahead is of a caller whose idea of our clock is wrong: the answer says what the right one is.
        if (until < now || (keys && until > now + FARTHEST_MS)) throw new Problem('late')
        if (keys && Number.isNaN(until)) throw new Problem('invalid_request', { fields: [NO_DEADLINE] })
        const validator = compiled(input)
        if (!validator.Check(request.body)) throw new Problem('invalid_request', { fields: mistakesOf(validator, input, request.body) })
        const call: Call = { requestId: request.id, until: keys ? until : Number.POSITIVE_INFINITY }
        if (keys) follow(call, request, reply, named)
        return inCall(call, () => handle(request.body))
      },
    })
  }
  if (keys) app.post(RENEW, { config: { op: 'renewCalls', quiet: true }, ...guarded, handler: async ({ body }) => renew(body, named) })
}

function guards(keys: readonly string[]) {
  const digests = keys.map(digest)
  return {
    onRequest: async (request: FastifyRequest) => authenticate(request, digests),
    onSend: async (_: FastifyRequest, reply: FastifyReply) => void reply.header('x-sello-clock', String(clock())),
  }
}

/** Until it is answered: once its caller is gone, nobody waits for what is still to be done. */
function follow(call: Call, { headers }: FastifyRequest, { raw }: FastifyReply, named: Map<string, Call>) {
  const name = String(headers[CALL_NAME] ?? '')
  if (name) named.set(name, call)
  raw.once('close', () => {
    named.delete(name)
    if (!raw.writableFinished) call.until = 0
  })
}

function renew(body: unknown, named: Map<string, Call>) {
  if (!compiled(Renewals).Check(body)) throw new Problem('invalid_request')
  for (const { id, until } of body.calls satisfies Renewal[]) {
    const call = named.get(id)
    if (call) call.until = Math.max(call.until, until)
  }
  return {}
}

function authenticate({ headers }: FastifyRequest, digests: Buffer[]) {
  const given = digest(/^Bearer ([\x21-\x7e]{1,512})$/.exec(headers.authorization ?? '')?.[1] ?? '')
  let known = false
  for (const one of digests) known = timingSafeEqual(one, given) || known
  if (!known) throw new Problem('service_key_invalid')
}

function deadlineOf({ headers }: FastifyRequest): number {
  const given = headers['x-sello-deadline']
  const until = typeof given === 'string' ? Number(given) : Number.NaN
  return typeof given === 'string' && Number.isFinite(until) ? until : Number.NaN
}

/** Of one length whatever the text, so that a comparison tells nothing of it. */
const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
