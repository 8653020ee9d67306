import type { FastifyInstance } from 'fastify'
import { Compile } from 'typebox/compile'
import type { Client, Contract } from '../contract/contract.ts'
import { Problem } from '../problem.ts'
import { mistakesOf } from './mistakes.ts'

/** Puts a service's contract on a server: one POST route for each operation, JSON in and out, held against its schemas. */
export function serve<C extends Contract>(app: FastifyInstance, contract: C, handlers: Client<C>) {
  for (const [op, { path, input }] of Object.entries(contract)) {
    const validator = Compile(input)
    app.post(path, { config: { op } }, async (request) => {
      if (!validator.Check(request.body)) throw new Problem('invalid_request', { fields: mistakesOf(validator, input, request.body) })
      return (handlers[op as keyof C] as (input: unknown) => Promise<unknown>)(request.body)
    })
  }
}
