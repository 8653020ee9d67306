// `./sello bench pages`: pages beside the JSON routes that do the same work, in alternating rounds on one running Sello.
import { formToken } from '../src/gateway/pages/jar.ts'
import { override } from './benches.ts'
import { type Load, load } from './load.ts'
import { open, type StoreName, silent } from './open.ts'
import { BROWSER, type Stock } from './pages-server.ts'
import { PASSWORD, type Waiting } from './preload.ts'

/** So few that the time of an answer is its own work, and not that of a queue before it. */
const CONNECTIONS = 4
const WARM = 50
const TARGET = 2

type Side = { status: number; next(): string }
type Pair = { requests: number; page: Side; json: Side }
type Place = { port: number; stock: Stock }

/** Prints p50 and p99 of each page and of its JSON route, and their ratios. */
export async function measurePages(store: StoreName, rounds: number) {
  const requests = (usual: number) => override('BENCH_REQUESTS', usual)
  const guesses = requests(1000)
  const server = await open('pages', store, 'sello', 2 * (rounds * guesses + Math.min(WARM, guesses)), await silent())
  try {
    const place = { port: server.said.port, stock: server.said.items[0] as Stock }
    const pairs = pairsOf(place, { guesses, reads: requests(2000), hashes: requests(200) })
    console.log(`${`pages, ${store}`.padEnd(46)} page p50   p99 ms   JSON p50   p99 ms`)
    for (const [name, pair] of Object.entries(pairs)) await compare(place.port, name, pair, rounds)
    console.log(`  ${CONNECTIONS} connections, ${rounds} rounds; target: p99 within ×${TARGET}\n`)
  } finally {
    await server.close()
  }
}

async function compare(port: number, name: string, { requests, page, json }: Pair, rounds: number) {
  const ask = async ({ status, next }: Side, count: number): Promise<Load> => {
    let left = count
    const result = await load(port, CONNECTIONS, status, () => (left-- > 0 ? next() : null))
    if (result.requests === count) return result
    throw new Error(`${name}: ${result.requests} of ${count} answered as they should; others ${JSON.stringify(result.refused)}`)
  }
  for (const side of [page, json]) await ask(side, Math.min(WARM, requests))
  const pages: Load[] = []
  const jsons: Load[] = []
  for (let round = 0; round < rounds; round++) {
    const turns = [async () => pages.push(await ask(page, requests)), async () => jsons.push(await ask(json, requests))]
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn()
  }
  const of = (runs: Load[], key: 'p50' | 'p99') => median(runs.map((run) => run[key]))
  const cell = (runs: Load[], key: 'p50' | 'p99') => of(runs, key).toFixed(2)
  const times = [
    cell(pages, 'p50').padStart(9),
    cell(pages, 'p99').padStart(8),
    cell(jsons, 'p50').padStart(10),
    cell(jsons, 'p99').padStart(8),
  ]
  console.log(`  ${name.padEnd(44)} ${times.join(' ')}`)
  const ratios = (key: 'p50' | 'p99') => pages.map((run, at) => run[key] / jsons[at]![key])
  const spread = ratios('p99').map((ratio) => ratio.toFixed(2))
  console.log(`    p50 ×${median(ratios('p50')).toFixed(2)}, p99 ×${median(ratios('p99')).toFixed(2)} (rounds: ${spread.join(' ')})`)
}

/** In turn, each once per round trip of the list. */
function turning<T>(list: readonly T[], make: (one: T) => string): () => string {
  let n = 0
  return () => make(list[n++ % list.length]!)
}

/**
 * POST beside POST: both call the same handler, and the page renders its answer or leads on. A page that is only read has no route that
 * does the same; it stands beside `GET /v1/account`, which like it reads one person and changes nothing.
 * The page of an account also lists its sessions, as `GET /v1/account/sessions` does.
 */
function pairsOf({ port, stock }: Place, { guesses, reads, hashes }: Record<'guesses' | 'reads' | 'hashes', number>): Record<string, Pair> {
  const { app, guessed, pending, members, cookies, tokens } = stock
  const form = { form: formToken(BROWSER) }
  const flowOf = ({ email, flow }: Waiting) => `sello-flow=${Buffer.from(JSON.stringify({ app, email, flow })).toString('base64url')}`
  const wrong = (code: string) => String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')
  const half = guessed.length / 2
  let n = 0
  const signedIn = (path: string): Side => ({
    status: 200,
    next: turning(tokens, (token) => bytes(port, 'GET', path, { authorization: `Bearer ${token}` })),
  })
  const account = signedIn('/v1/account')
  const inside = { status: 200, next: turning(cookies, (cookie) => get(port, '/account', `sello=${cookie}`)) }
  return {
    'GET /register, GET /v1/account': { requests: reads, page: { status: 200, next: () => get(port, '/register') }, json: account },
    'GET /verify-email, GET /v1/account': {
      requests: reads,
      page: { status: 200, next: turning(pending, (one) => get(port, '/verify-email', flowOf(one))) },
      json: account,
    },
    'POST /verify-email, a wrong code': {
      requests: guesses,
      page: {
        status: 400,
        next: turning(guessed.slice(0, half), (one) => post(port, '/verify-email', { ...form, code: wrong(one.code) }, flowOf(one))),
      },
      json: {
        status: 400,
        next: turning(guessed.slice(half), ({ email, flow, code }) => send(port, '/v1/verify-email', { email, flow, code: wrong(code) })),
      },
    },
    'POST /login, the right password': {
      requests: hashes,
      page: { status: 303, next: turning(members, (email) => post(port, '/login', { ...form, email, password: PASSWORD })) },
      json: { status: 200, next: turning(members, (email) => send(port, '/v1/login', { email, password: PASSWORD })) },
    },
    'POST /register, a free address': {
      requests: hashes,
      page: { status: 303, next: () => post(port, '/register', { ...form, email: `new${n++}@example.com`, password: PASSWORD }) },
      json: { status: 202, next: () => send(port, '/v1/register', { email: `new${n++}@example.com`, password: PASSWORD }) },
    },
    'GET /account, GET /v1/account': { requests: reads, page: inside, json: account },
    'GET /account, GET /v1/account/sessions': { requests: reads, page: inside, json: signedIn('/v1/account/sessions') },
  }
}

const get = (port: number, path: string, cookie = '') => bytes(port, 'GET', path, { cookie: `sello-browser=${BROWSER}; ${cookie}` })
const post = (port: number, path: string, fields: Record<string, string>, cookie = '') => {
  const headers = {
    cookie: `sello-browser=${BROWSER}; ${cookie}`,
    origin: `http://localhost:${port}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  return bytes(port, 'POST', path, headers, new URLSearchParams(fields).toString())
}
const send = (port: number, path: string, body: unknown) =>
  bytes(port, 'POST', path, { 'content-type': 'application/json' }, JSON.stringify(body))

/** The bytes of a request, as a browser's would be on this machine. */
function bytes(port: number, method: string, path: string, headers: Record<string, string>, body = ''): string {
  const all = {
    host: `localhost:${port}`,
    'accept-language': 'es',
    ...headers,
    ...(body && { 'content-length': String(Buffer.byteLength(body)) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
