import type { Refusal, Reply } from './reply.ts'
import { type Call, type Manner, send, sleep } from './send.ts'
import type { operations } from './types.ts'

export type { FieldMistake, Refusal } from './reply.ts'

export type Options = {
  /** Sello's public URL; it may have a path. */
  url: string
  /** Stays in this client: no message and no `JSON.stringify` shows it. */
  apiKey: string
  /** Instead of the global one. */
  fetch?: typeof fetch
  /** Of one attempt; 10 s. */
  timeoutMs?: number
  /** Of the whole call with its attempts and waits; 30 s. */
  deadlineMs?: number
  /** Attempts after the first; 3. */
  retries?: number
  /** Instead of the timer, in tests. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
}
/** Of one call. An abort throws the signal's reason. `language` (es, ru, en) is that of `detail`; a registration's `locale` counts as one. */
export type CallOptions = { signal?: AbortSignal; language?: string }
/** `idempotencyKey`: 1–255 visible ASCII characters; without it each call draws its own. */
export type PostOptions = CallOptions & { idempotencyKey?: string }

type Name = keyof operations
type Codes<N extends Name> = operations[N]['refusal'] | 'unreachable'
type Answered<N extends Name> = { ok: true; requestId: string } & operations[N]['answer']
/** What came of a call. `unreachable`: after all attempts, no answer of Sello's. */
export type Result<N extends Name> = Answered<N> | { [C in Codes<N>]: Refusal<C> }[Codes<N>]

export type Registered = Result<'registerIdentity'>
export type Checked = Result<'checkIdentity'>
export type Shown = Result<'showIdentity'>
export type Revoked = Result<'revokeIdentity'>

export type Client = {
  identities: {
    /** Mails a number to the address; the older number of that address dies. Never answers the number. */
    register(body: operations['registerIdentity']['body'] & PostOptions): Promise<Registered>
    /** Judges the number that the person typed. Send the visitor's own token with it. */
    check(body: operations['checkIdentity']['body'] & PostOptions): Promise<Checked>
    /** What became of the identity and of its letter. */
    show(id: string, options?: CallOptions): Promise<Shown>
    /** The number dies. */
    revoke(id: string, options?: CallOptions): Promise<Revoked>
  }
}

/**
 * A client of one application. Refusals are values; only mistakes in the program throw (TypeError), and a signal that aborts.
 * @throws TypeError for a URL, key or span that cannot work
 */
export function createClient(options: Options): Client {
  const { url, apiKey } = options
  const base = baseOf(url)
  if (typeof apiKey !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(apiKey)) throw new TypeError('apiKey: give the API key, as it was shown')
  const manner = mannerOf(options)
  const authorization = `Bearer ${apiKey}`

  type Sent = Omit<Call, 'url' | 'headers'> & { path: string; key?: string; language?: string | undefined }
  async function call<N extends Name>(sent: Sent): Promise<Result<N>> {
    const { path, key, language, ...rest } = sent
    const spoken: Record<string, string> = language === undefined ? {} : { 'accept-language': language }
    const posted: Record<string, string> = key === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key }
    return resultOf(
      await send(manner, { ...rest, url: base + path, headers: { authorization, accept: 'application/json', ...spoken, ...posted } }),
    )
  }
  function post<N extends Name>(path: string, expected: number, { idempotencyKey, signal, language, ...body }: PostOptions & object) {
    const spoken = language ?? (body as { locale?: string }).locale
    return call<N>({ method: 'POST', path, expected, signal, language: spoken, body: JSON.stringify(body), key: keyOf(idempotencyKey) })
  }
  return {
    identities: {
      register: async (body) => post<'registerIdentity'>('/v1/identities', 202, body),
      check: async (body) => post<'checkIdentity'>('/v1/identities/check', 200, body),
      show: async (id, options = {}) => call<'showIdentity'>({ method: 'GET', path: pathOf(id), expected: 200, ...options }),
      revoke: async (id, options = {}) => call<'revokeIdentity'>({ method: 'DELETE', path: pathOf(id), expected: 204, ...options }),
    },
  }
}

/** A code that a newer Sello knows and these types do not is passed on as it came. */
function resultOf<N extends Name>(reply: Reply): Result<N> {
  return (reply.ok ? { ...reply.body, ok: true, requestId: reply.requestId } : reply) as Result<N>
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const isFit = parsed !== null && ['http:', 'https:'].includes(parsed.protocol) && !parsed.username && !parsed.search && !parsed.hash
  if (!isFit) throw new TypeError("url: give Sello's public URL, such as https://id.example.com")
  return parsed.href.replace(/\/+$/, '')
}

function mannerOf({ timeoutMs = 10_000, deadlineMs = 30_000, retries = 3, ...given }: Options): Manner {
  for (const [name, value] of Object.entries({ timeoutMs, deadlineMs })) {
    if (!(value > 0 && value <= 2 ** 31 - 1)) throw new TypeError(`${name}: a number of milliseconds above 0`)
  }
  if (!Number.isInteger(retries) || retries < 0) throw new TypeError('retries: a whole number, 0 or more')
  // Looked up at each call, and called on nothing: some runtimes refuse `fetch` as a method of another object.
  const plain: typeof fetch = (input, init) => fetch(input, init)
  const handed = given.fetch
  return {
    timeoutMs,
    deadlineMs,
    retries,
    sleep: given.sleep ?? sleep,
    fetch: handed === undefined ? plain : (input, init) => handed(input, init),
  }
}

function keyOf(given: string | undefined): string {
  const key = given ?? crypto.randomUUID()
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new TypeError('idempotencyKey: 1 to 255 visible ASCII characters')
  return key
}

function pathOf(id: string): string {
  if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) throw new TypeError('id: the id of an identity, as register answered it')
  return `/v1/identities/${id}`
}
