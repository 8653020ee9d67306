import { leftMs } from '../call.ts'
import { CALL_MS, type Client, type Contract, type Operation } from '../contract/contract.ts'
import { Problem } from '../problem.ts'
import { compiled } from './compiled.ts'
import { type Answer, createPlaces } from './places.ts'

/** Operators wait longer than callers do. */
const OPERATOR_MS = 10_000

/** `pem` certificates are trusted besides the system's. */
export type Remote = { urls: readonly URL[]; key: string; ca?: string | undefined }
/** Where a service is: in this process, behind the command socket, or at one or more URLs, any of which will do. */
type Target<C extends Contract> = { handlers: Client<C> } | { socket: string } | Remote
type Handlers = Record<string, (input: unknown) => Promise<unknown>>
type Hop = (name: string, operation: Operation, input: unknown) => Promise<unknown>

/**
 * A typed client of a contract. Same types and same validation in one process or over HTTP; only the last hop differs. Each call has
 * its operation's deadline, or the rest of the call that it is made for when that is less. Never repeats what may have been done.
 * @throws Problem `unavailable` when the service does not answer in time, `fault` when it answers what the contract does not know
 */
export function connect<C extends Contract>(contract: C, target: Target<C>): Client<C> & { close(): Promise<void> } {
  const places = 'handlers' in target ? null : createPlaces('socket' in target ? { socket: target.socket } : target)
  const leastMs = 'socket' in target ? OPERATOR_MS : 0
  const hop: Hop = (name, operation, input) => {
    if (!places) return (target as { handlers: Handlers }).handlers[name]!(input)
    const ms = Math.min(Math.max(operation.deadlineMs ?? CALL_MS, leastMs), leftMs())
    const { path, everywhere, renewed } = operation
    const question = { path, body: JSON.stringify(input), renewed }
    const read = (answer: Answer) => bodyOf(name, answer)
    return everywhere ? places.callAll(question, ms, read) : places.call(question, ms, read)
  }
  const call = (name: string, operation: Operation) => async (input: unknown) => {
    if (!compiled(operation.input).Check(input)) throw new Problem('fault', {}, { cause: `${name}: the input does not fit the contract` })
    const output = await hop(name, operation, input)
    if (!compiled(operation.output).Check(output))
      throw new Problem('fault', {}, { cause: `${name}: the output does not fit the contract` })
    return output
  }
  const calls = Object.fromEntries(Object.entries(contract).map(([name, operation]) => [name, call(name, operation)])) as Client<C>
  return { ...calls, close: async () => places?.close() }
}

/** What was answered. Of its refusals only those of the moment are our caller's; the others are between us and the service. */
async function bodyOf(name: string, { status, body, retryAfterMs }: Answer): Promise<unknown> {
  if (status === 200) return body
  const { code } = body as { code?: string }
  const cause = `${name}: HTTP ${status} ${code ?? ''}`
  if (status === 401) throw new Problem('unavailable', {}, { cause: `${cause}: the service does not know our key` })
  if (status === 404 || status === 405)
    throw new Problem('unavailable', {}, { cause: `${cause}: that is another service, or an older one` })
  throw new Problem(code === 'busy' || code === 'unavailable' ? code : 'fault', retryAfterMs ? { retryAfterMs } : {}, { cause })
}
