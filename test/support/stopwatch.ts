// A client on a thread of its own: what the server does after its answer, in the test's thread, is not measured.
import { performance } from 'node:perf_hooks'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

export type Call = { path: string; body: object }
export type Timed = { status: number; ms: number }

/** Posts the calls one after the other, on one connection, with a rest between them; says how long each took, in ms. */
export function timedCalls(url: string, calls: readonly Call[]): Promise<Timed[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(import.meta.filename, { workerData: { url, calls } })
    worker.once('message', resolve).once('error', reject)
  })
}

async function work({ url, calls }: { url: string; calls: Call[] }) {
  const timed: Timed[] = []
  for (const { path, body } of calls) {
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    const began = performance.now()
    const response = await fetch(url + path, request)
    const ms = performance.now() - began
    await response.arrayBuffer()
    timed.push({ status: response.status, ms })
  }
  parentPort!.postMessage(timed)
}

/** So long the server has for what it still does for the call before. */
const REST_MS = 2
if (!isMainThread && workerData?.calls) await work(workerData)
