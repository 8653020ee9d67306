import assert from 'node:assert/strict'
import { gateway } from '../../src/contract/gateway.ts'
import { oauth } from '../../src/contract/oauth.ts'
import { templateOf } from '../../src/contract/openapi.ts'
import { documentAt } from '../../src/gateway/web/document.ts'
import { judgeOf } from './document.ts'
import { API_KEY } from './world.ts'

const routes = { ...gateway, ...oauth }
export type Op = keyof typeof routes
export type Sent = { path?: string; headers?: Record<string, string>; body?: string | object }

const { judge } = judgeOf(documentAt('http://localhost:3000'))
/** Where an API key is asked for. */
const isKeyed = (op: Op) => {
  const route = routes[op]
  return 'auth' in route ? route.auth === 'app' : route.client === 'authenticated'
}

/** Sends one call of the document and has its answer judged; `code` is that of a refusal, or OAuth's `error`. */
export async function send(url: string, op: Op, { path, headers = {}, body }: Sent = {}) {
  const route = routes[op]
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const response = await fetch(url + (path ?? route.path), {
    method: route.method,
    headers: {
      ...(isKeyed(op) ? { authorization: `Bearer ${API_KEY}` } : {}),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  })
  const seen = { status: response.status, headers: response.headers, text: await response.text() }
  const judged = judge(route.method, templateOf(route.path), seen)
  return { ...seen, ...judged, code: judged.code ?? (judged.body.error as string | undefined) ?? null }
}

/** Keeps account of the refusals that were caused. */
export function causes() {
  const caused = new Set<string>()
  return {
    async cause(url: string, op: Op, code: string, sent: Sent = {}) {
      const answer = await send(url, op, sent)
      assert.equal(answer.code, code, `${op}: ${answer.text}`)
      caused.add(`${op} ${code}`)
    },
    add: (one: string) => void caused.add(one),
    /** All that these routes are documented to refuse with was caused, and nothing else. */
    assertAll(ops: readonly Op[]) {
      const documented = ops.flatMap((op) => routes[op].refusals.map((code) => `${op} ${code}`))
      assert.deepEqual([...caused].sort(), documented.sort())
    },
  }
}
