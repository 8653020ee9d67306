import assert from 'node:assert/strict'
import { PASSWORD, people } from '../support/people.ts'
import { ends, test } from '../support/places.ts'
import { MINUTE, type World, world } from '../support/world.ts'

const CALLS = ['register', 'resend', 'login', 'verify'] as const
type Call = (typeof CALLS)[number]
/** What lies at an address before the sequence begins; the code of the pending one is over. */
const CLASSES = ['unknown', 'pending', 'verified'] as const
type Class = (typeof CLASSES)[number]
/** One visitor with one sequence of calls at one address. */
type Visitor = { sequence: Call[]; kind: Class; email: string; flow: string | null; seen: unknown[] }

const MINE = 'the password of this visitor'
/** Longer than any code that was mailed, so never right. */
const CODE = '00000'

const sequences = (length: number): Call[][] =>
  length === 0 ? [[]] : sequences(length - 1).flatMap((sequence) => [sequence, ...CALLS.map((call) => [...sequence, call])])
const distinct = [...new Map(sequences(3).map((sequence) => [sequence.join(), sequence])).values()].filter(({ length }) => length > 0)

/** Addresses of the same length, each of them fresh. */
const visitors = (): Visitor[] =>
  distinct.flatMap((sequence, i) =>
    CLASSES.map((kind) => ({
      sequence,
      kind,
      email: `${kind[0]}${String(i).padStart(3, '0')}@example.com`,
      flow: null,
      seen: [],
    })),
  )

/** All that a caller sees of an answer, but the time, and with ids and its own address masked. */
async function ask(url: string, visitor: Visitor, call: Call) {
  const { email, flow } = visitor
  const own = flow === null ? {} : { flow }
  const bodies = {
    register: { email, password: MINE },
    resend: { email, ...own },
    login: { email, password: MINE },
    verify: { email, code: CODE, ...own },
  }
  const response = await fetch(`${url}/v1/${call === 'verify' ? 'verify-email' : call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodies[call]),
  })
  const text = await response.text()
  const { requestId = '', flow: given = '' } = JSON.parse(text) as { requestId?: string; flow?: string }
  visitor.flow = given || flow
  const ids = [email, requestId, given].filter((id) => id !== '')
  const body = ids.reduce((masked, id) => masked.replaceAll(id, '*'.repeat(id.length)), text)
  const headers = [...response.headers].map(([name, value]) => [name, ['date', 'x-request-id'].includes(name) ? value.length : value])
  return { call, status: response.status, size: text.length, body, headers }
}

/** Sequences whose answers tell one class from another, with the first answers that do. */
function tellTales(all: readonly Visitor[]): string[] {
  return [...Map.groupBy(all, ({ sequence }) => sequence.join(', ')).entries()].flatMap(([name, some]) => {
    const [first] = some
    return some.flatMap(({ kind, seen }) => {
      const at = seen.findIndex((one, i) => JSON.stringify(one) !== JSON.stringify(first!.seen[i]))
      return at < 0 ? [] : [`${name}: ${first!.kind} ${JSON.stringify(first!.seen[at])}, ${kind} ${JSON.stringify(seen[at])}`]
    })
  })
}

/** Somebody else signed up at the pending and the verified addresses, a while ago. */
async function settle(here: World, all: readonly Visitor[]) {
  const { signedUp, verify } = people(here)
  for (const some of Object.values(Object.groupBy(all, (_, i) => Math.floor(i / 20)))) {
    await Promise.all(
      some!.map(async ({ kind, email }) => {
        if (kind === 'unknown') return
        const { code, flow } = await signedUp(email, PASSWORD)
        if (kind === 'verified') assert.equal((await verify({ email, code, flow })).status, 200)
      }),
    )
  }
  await here.delivered()
  await here.env.leap(20 * MINUTE)
}

for (const pauseMs of [0, MINUTE]) {
  const name = `unknown, pending and verified addresses answer alike in every sequence of three calls, ${pauseMs / MINUTE} min between them`
  test(
    name,
    async (t) => {
      const here = await world(t)
      const all = visitors()
      await settle(here, all)
      for (const step of [0, 1, 2]) {
        // One after the other: which limits of a busy machine they meet is not to tell them apart.
        for (const visitor of all) {
          const call = visitor.sequence[step]
          if (call) visitor.seen.push(await ask(here.url, visitor, call))
        }
        if (pauseMs > 0) await here.env.leap(pauseMs)
      }
      assert.deepEqual(tellTales(all), [])
      const statuses = new Set(all.flatMap(({ seen }) => (seen as { status: number }[]).map(({ status }) => status)))
      assert.deepEqual([...statuses].sort(), pauseMs > 0 ? [202, 400, 401, 403] : [202, 400, 401, 403, 429])
      assert.equal(distinct.length, 4 + 16 + 64)
    },
    ends,
  )
}
