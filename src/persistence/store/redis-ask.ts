import { setTimeout as wait } from 'node:timers/promises'
import { isRefusal, type Reply } from './redis-client.ts'
import type { Script } from './redis-records.ts'
import type { Routes } from './redis-routes.ts'
import type { Partition } from './store.ts'

/** How often a partition may turn out to lie elsewhere, or a script to be late, before a call gives up. */
const TURNS = 8
const LOOK_AGAIN_MS = 50

/** Sends a command to the server that holds the partition, wherever that turns out to be. `deadlineAt`: the argument that is a script's deadline. */
export async function ask(routes: Routes, partition: Partition, args: string[], endsAt: number, deadlineAt = 0): Promise<Reply> {
  let server = routes.of(partition)
  let isOnce = false
  for (let turn = 1; ; turn++) {
    if (deadlineAt > 0) args[deadlineAt] = server.deadline(endsAt)
    try {
      // What is asked one after the other goes out together, so ASKING stands right before it.
      if (isOnce) void server.call(['ASKING'], endsAt).catch(() => {})
      const reply = await server.call(args, endsAt)
      if (reply !== 'late') return reply
      if (turn === TURNS || performance.now() >= endsAt) throw new Error(`${server.name()} was too late; nothing was written`)
      await server.measure(endsAt)
    } catch (error) {
      if (!isRefusal(error) || turn === TURNS) throw error
      const next = routes.follow(partition, error)
      if (next) {
        server = next.server
        isOnce = next.once
        while (!server.isUp() && performance.now() + LOOK_AGAIN_MS < endsAt) await wait(LOOK_AGAIN_MS)
      } else if (error.message.startsWith('TRYAGAIN') && performance.now() + LOOK_AGAIN_MS < endsAt) {
        await wait(LOOK_AGAIN_MS) // some of the keys are still on their way to another node
        turn--
      } else throw error
    }
  }
}

/** Runs a script; the server learns it when it does not know it (yet, or any more). */
export async function run(
  routes: Routes,
  by: Script,
  partition: Partition,
  keys: string[],
  args: string[],
  endsAt: number,
): Promise<Reply> {
  const command = ['EVALSHA', by.sha, String(keys.length), ...keys, '', ...args]
  const deadlineAt = 3 + keys.length
  try {
    return await ask(routes, partition, command, endsAt, deadlineAt)
  } catch (error) {
    if (!isRefusal(error) || !error.message.startsWith('NOSCRIPT')) throw error
    command[0] = 'EVAL'
    command[1] = by.text
    return ask(routes, partition, command, endsAt, deadlineAt)
  }
}
