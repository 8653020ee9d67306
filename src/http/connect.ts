import { Compile } from 'typebox/compile'
import { Pool } from 'undici'
import type { Client, Contract, Operation } from '../contract/contract.ts'
import { Problem, type ProblemCode, problems } from '../problem.ts'

const DEADLINE_MS = 10_000

/** Where a service is: in this process, or behind a Unix socket. */
type Target<C extends Contract> = { handlers: Client<C> } | { socket: string }

/**
 * A typed client of a contract. Same types and same validation in one process or over HTTP; only the last hop differs. Never retries.
 * @throws Problem `unavailable` when the service does not answer in time, `fault` when it answers what the contract does not know
 */
export function connect<C extends Contract>(contract: C, target: Target<C>): Client<C> {
  const pool =
    'socket' in target
      ? new Pool('http://sello', { socketPath: target.socket, headersTimeout: DEADLINE_MS, bodyTimeout: DEADLINE_MS })
      : null
  const hop = (name: string, operation: Operation, input: unknown): Promise<unknown> => {
    if (pool) return post(pool, name, operation.path, input)
    return (target as { handlers: Record<string, (input: unknown) => Promise<unknown>> }).handlers[name]!(input)
  }
  const call = (name: string, operation: Operation) => {
    const [asked, answered] = [Compile(operation.input), Compile(operation.output)]
    return async (input: unknown) => {
      if (!asked.Check(input)) throw new Problem('fault', {}, { cause: `${name}: the input does not fit the contract` })
      const output = await hop(name, operation, input)
      if (!answered.Check(output)) throw new Problem('fault', {}, { cause: `${name}: the output does not fit the contract` })
      return output
    }
  }
  return Object.fromEntries(Object.entries(contract).map(([name, operation]) => [name, call(name, operation)])) as Client<C>
}

async function post(pool: Pool, name: string, path: string, input: unknown): Promise<unknown> {
  const response = await pool
    .request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) })
    .catch((cause: unknown) => {
      throw new Problem('unavailable', {}, { cause })
    })
  const body = (await response.body.json()) as { code?: string }
  if (response.statusCode === 200) return body
  const code = body.code && Object.hasOwn(problems, body.code) ? (body.code as ProblemCode) : 'fault'
  throw new Problem(code, {}, { cause: `${name}: HTTP ${response.statusCode}` })
}
