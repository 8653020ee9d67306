// A thread of the limit: nothing but argon2id, as niced and as dear as Sello's.
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashRawSync } from '@node-rs/argon2'

if (process.platform === 'linux') setPriority(0, 10)
const salt = Buffer.alloc(16, 7)
parentPort!.on('message', (input: Uint8Array) => {
  parentPort!.postMessage(hashRawSync(input, { salt, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }))
})
