// A worker thread: computes argon2id, one job at a time. It is given MACs of passwords; a password itself only where another system
// hashed that.
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashRawSync } from '@node-rs/argon2'
import { clock } from '../call.ts'
import { readForeign } from '../rules/foreign-forms.ts'
import { type Argon2, opens } from './foreign-worker.ts'
import type { Computation, Computed, Trial, Work } from './password-threads.ts'

const BYTES = 32
/** The package's numbers, whose names are types only. */
const VARIANTS = { d: 0, i: 1, id: 2 }
const VERSIONS = { 16: 0, 19: 1 }

const port = parentPort!
try {
  if (process.platform === 'linux') setPriority(0, 10) // of this thread alone; elsewhere it would be the whole process
} catch {
  // not allowed: it then runs at the usual priority
}

function compute(work: Work): Computed {
  const start = clock()
  const output = 'foreign' in work ? judge(work) : derive(work)
  return { output, ms: clock() - start }
}

// The package's own choices: argon2id, version 19 (RFC 9106)
const derive = ({ input, salt, memory, time, parallelism }: Computation): Uint8Array =>
  hashRawSync(input, { salt, memoryCost: memory, timeCost: time, parallelism, outputLen: BYTES })

function judge({ foreign, password }: Trial): Uint8Array {
  const read = readForeign(foreign)
  return Uint8Array.of('hash' in read && opens(read.hash, password, argon2) ? 1 : 0)
}

const argon2: Argon2 = (password, { variant, version, memory, time, parallelism, salt, hash }) =>
  hashRawSync(password, {
    salt,
    memoryCost: memory,
    timeCost: time,
    parallelism,
    outputLen: hash.length,
    algorithm: VARIANTS[variant],
    version: VERSIONS[version],
  })

port.on('message', (job: Work[]) => port.postMessage(job.map(compute)))
