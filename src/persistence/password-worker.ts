// A worker thread: computes argon2id, one job at a time. It is given MACs of passwords, never a password.
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashRawSync } from '@node-rs/argon2'
import { clock } from '../call.ts'
import type { Computation, Computed } from './password-threads.ts'

const BYTES = 32

const port = parentPort!
try {
  if (process.platform === 'linux') setPriority(0, 10) // of this thread alone; elsewhere it would be the whole process
} catch {
  // not allowed: it then runs at the usual priority
}

function compute({ input, salt, memory, time, parallelism }: Computation): Computed {
  const start = clock()
  // The package's own choices: argon2id, version 19 (RFC 9106)
  const output = hashRawSync(input, { salt, memoryCost: memory, timeCost: time, parallelism, outputLen: BYTES })
  return { output, ms: clock() - start }
}

port.on('message', (job: Computation[]) => port.postMessage(job.map(compute)))
