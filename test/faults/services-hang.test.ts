import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { admin } from '../../src/contract/persistence.ts'
import { connect } from '../../src/http/connect.ts'
import { type Gate, openGate } from '../support/gate.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { type Answer, until } from '../support/server.ts'
import { type Services, startServices } from '../support/services.ts'
import { captureSmtp } from '../support/smtp.ts'
import { twoThingsIn } from './audit.ts'

/** A refusal is there within this time: measured at the client, whatever else the machine does. */
const PATIENCE_MS = 2000
const EVERY_MS = 60
/** Letters that nobody settled are due again when their leases end, after 30 s. */
const SETTLED_MS = 45_000
/** Calls that were under way when a fault began or ended have seen both. */
const EDGE_MS = 1600

type Owner = { after(done: () => Promise<void> | void): void }
type Call = { what: 'register' | 'check'; subject: string; began: number; answer: Answer | null; error: string | null }
type World = { services: Services; smtp: Awaited<ReturnType<typeof captureSmtp>>; redis: Redis; gate: Gate }

/** One of each on a Redis of its own, with a gate between the gateway and one of the others. */
async function world(t: Owner, gated: 'persistence' | 'messaging' = 'persistence'): Promise<World> {
  const smtp = await captureSmtp()
  t.after(smtp.close)
  const redis = await startRedis(t)
  const gates: Gate[] = []
  const services = await startServices(t, {
    store: redis.url,
    smtpUrl: smtp.url,
    async between(service, port) {
      if (service !== gated) return port
      gates.push(await openGate(port))
      return gates[0]!.port
    },
  })
  t.after(() => gates[0]!.close())
  return { services, smtp, redis, gate: gates[0]! }
}

/** Numbers that were mailed and not yet checked, of addresses that nobody else uses. */
async function stock({ services, smtp }: World, name: string, count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, (_, i) => `${name}-${i}@example.com`)
  for (const email of emails) assert.equal((await services.register(email)).status, 202)
  const numberTo = (email: string) => smtp.letters.findLast(({ envelope }) => envelope.to === email)?.number
  await until('the letters of the stock', 10_000, () => emails.every(numberTo))
  return emails.map((email) => numberTo(email)!)
}

/** Registers an address or checks a number every so often, whatever becomes of the call before, until `over`. */
function load({ services }: World, name: string, numbers: string[]) {
  const calls: Call[] = []
  const keys: { status: number; ms: number }[] = []
  const ready: { at: number; status: number; body: Record<string, string> }[] = []
  const state = { over: false }
  const rest = [...numbers]
  const under: Promise<unknown>[] = []
  async function one(i: number) {
    const number = i % 2 === 1 ? rest.pop() : undefined
    const subject = number ?? `${name}-${i}@example.com`
    const call: Call = { what: number ? 'check' : 'register', subject, began: performance.now(), answer: null, error: null }
    calls.push(call)
    try {
      call.answer = await (number ? services.check(number) : services.register(subject))
    } catch (error) {
      call.error = String(error)
    }
  }
  async function watch() {
    const { status, ms } = await services.ask({ path: '/.well-known/jwks.json' })
    keys.push({ status, ms })
    const at = performance.now()
    ready.push({ at, ...(await services.gateways[0]!.now().health()) })
  }
  const done = (async () => {
    for (let i = 0; !state.over; i++) {
      under.push(one(i))
      if (i % 8 === 0) under.push(watch())
      await wait(EVERY_MS)
    }
    await Promise.all(under)
  })()
  return {
    calls,
    keys,
    ready,
    end() {
      state.over = true
      return done
    },
  }
}

type Fault = { name: string; ms: number; begin(): void | Promise<void>; end(): unknown }
type Spell = Fault & { from: number; to: number }

/** Plays the faults one after the other under load, with a breath between them. */
async function play(place: World, name: string, faults: Fault[]) {
  const seconds = faults.reduce((sum, { ms }) => sum + ms, 0) / 1000 + 3 * faults.length
  const numbers = await stock(place, `${name}-stock`, Math.min(150, Math.ceil(seconds * 4)))
  const run = load(place, name, numbers)
  const spells: Spell[] = []
  await wait(1500)
  for (const fault of faults) {
    const from = performance.now()
    await fault.begin()
    const began = performance.now()
    await wait(fault.ms)
    const to = performance.now()
    await fault.end()
    spells.push({ ...fault, from: began, to })
    // What the first calls after it meet is part of the recovery; it ends without anybody's help.
    await until(`recovery after ${fault.name} (${Math.round(began - from)} ms)`, 20_000, async () => {
      const answer = await place.services.register(`${name}-back-${spells.length}@example.com`)
      return answer.status === 202
    })
    await wait(1500)
  }
  await run.end()
  return { ...run, spells }
}

type Played = Awaited<ReturnType<typeof play>>

/** What was answered while a fault lasted: to calls that met nothing else. */
function judge({ calls, keys, ready, spells }: Played, refused: boolean, told: Record<string, string>) {
  assert.deepEqual(
    calls.filter(({ error }) => error !== null).map(({ what, subject, error }) => `${what} ${subject}: ${error}`),
    [],
    'every call is answered',
  )
  const slow = calls.filter(({ answer }) => answer!.ms >= PATIENCE_MS)
  const times = calls.map(({ answer }) => answer!.ms).sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0)
  const statuses = Object.fromEntries([...Map.groupBy(calls, ({ answer }) => answer!.status)].map(([s, l]) => [s, l.length]))
  console.log(
    `${spells.map(({ name }) => name).join(', ')}: ${calls.length} calls ${JSON.stringify(statuses)}, p50 ${at(0.5)} ms, ` +
      `p99 ${at(0.99)} ms, most ${at(1)} ms; JWKS at most ${Math.round(Math.max(...keys.map(({ ms }) => ms)))} ms`,
  )
  assert.deepEqual(
    slow.map(({ what, answer }) => `${what} ${answer!.status} ${answer!.ms}`),
    [],
    'nobody waits for two seconds',
  )
  assert.deepEqual([...new Set(keys.map(({ status }) => status))], [200], 'the keys are always there')
  for (const { name, from, to } of spells) {
    const within = calls.filter(({ began, answer }) => began > from && began + answer!.ms < to)
    assert.ok(within.length > 10, `calls during ${name}`)
    const other = within.filter(({ what, answer }) => answer!.status !== (refused ? 503 : what === 'register' ? 202 : 200))
    assert.deepEqual(
      other.map(({ what, answer }) => `${name}: ${what} ${answer!.status}`),
      [],
    )
    for (const { answer } of within)
      if (refused) assert.ok(Number(answer!.headers['retry-after']) >= 1, 'a refusal says when to come again')
    const health = ready.filter(({ at }) => at > from + EDGE_MS && at + 1200 < to)
    assert.ok(health.length > 1, `readiness during ${name}`)
    for (const { status, body } of health) assert.deepEqual({ status, ...body }, { status: refused ? 503 : 200, ...told }, name)
  }
}

/** Refused means not done: no letter comes, no identity is there, no number is used up. Accepted means done, once. */
async function settle({ services, smtp }: World, { calls, spells }: Played) {
  await until('an empty outbox', SETTLED_MS, async () => (await services.outbox()) === 0)
  await wait(1000)
  const mailed = Map.groupBy(smtp.letters, ({ envelope }) => envelope.to)
  const { persistences, gateways } = services
  const office = connect(admin, { socket: join(persistences[0]!.settings.SELLO_DATA_DIR, 'sello.sock') })
  /** A call that was under way when the fault began may have been done, and its answer lost. */
  const isUnsure = ({ began, answer }: Call) => spells.some(({ from }) => began < from && began + answer!.ms > from)
  const stale: string[] = []
  const lost: string[] = []
  let refused = 0
  for (const call of calls) {
    const { what, subject, answer } = call
    const { status } = answer!
    if (what === 'register') {
      const letters = mailed.get(subject)?.length ?? 0
      if (status === 202 && letters < 1) lost.push(`${subject}: no letter`)
      if (status !== 503 || isUnsure(call)) continue
      refused++
      const found = await office.listLetters({ to: subject })
      if (letters > 0 || found.kind !== 'found' || found.letters.length > 0) stale.push(`${subject}: refused and made`)
    } else {
      const again = await services.check(subject)
      if (status === 200 && again.status !== 404) lost.push(`a number that was used answers ${again.status}`)
      if (status !== 503 || isUnsure(call)) continue
      refused++
      if (again.status !== 200) stale.push(`a check that was refused, and now the number answers ${again.status}`)
    }
  }
  const copies = smtp.letters.length - new Set(smtp.letters.map(({ messageId }) => messageId)).size
  console.log(`  ${refused} refused for certain, ${smtp.letters.length} letters, ${copies} of them copies`)
  assert.deepEqual(stale, [], 'refused, and done all the same')
  assert.deepEqual(lost, [], 'accepted, and not done')
  assert.deepEqual(twoThingsIn(smtp.letters), [])
  assert.equal(await gateways[0]!.now().readiness(), 200)
  assert.equal(services.all.map((one) => one.stderr()).join(''), '')
  return { copies }
}

const isDown = { persistence: 'does not answer', messaging: 'answers', status: 'not_ready' }

describe('a service hangs, or is down', { concurrency: true, timeout: 240_000 }, () => {
  test('Redis: half a minute without a word, then killed', async (t) => {
    const place = await world(t)
    const played = await play(place, 'redis', [
      { name: 'redis hangs', ms: 30_000, begin: place.redis.stop, end: place.redis.cont },
      { name: 'redis is down', ms: 5000, begin: place.redis.kill, end: place.redis.restart },
    ])
    judge(played, true, { ...isDown, status: 'not_ready' })
    await settle(place, played)
  })

  test('persistence: ten seconds without a word, then killed', async (t) => {
    const place = await world(t)
    const [persistence] = place.services.persistences
    const played = await play(place, 'persistence', [
      { name: 'persistence hangs', ms: 10_000, begin: () => persistence!.signal('SIGSTOP'), end: () => persistence!.signal('SIGCONT') },
      { name: 'persistence is down', ms: 5000, begin: persistence!.kill, end: persistence!.start },
    ])
    judge(played, true, isDown)
    await settle(place, played)
  })

  test('messaging: registrations go on as always, letters come later', async (t) => {
    const place = await world(t)
    const [messaging] = place.services.messagings
    const played = await play(place, 'messaging', [
      { name: 'messaging hangs', ms: 10_000, begin: () => messaging!.signal('SIGSTOP'), end: () => messaging!.signal('SIGCONT') },
      { name: 'messaging is down', ms: 5000, begin: messaging!.kill, end: messaging!.start },
    ])
    judge(played, false, { status: 'ready', persistence: 'answers', messaging: 'does not answer' })
    await settle(place, played)
  })

  test('the network between gateway and persistence: silent, cut, refusing', async (t) => {
    const place = await world(t)
    const fault = (name: string, manner: 'hang' | 'reset' | 'refuse', ms: number): Fault => ({
      name,
      ms,
      begin: () => place.gate.set(manner),
      end: () => place.gate.set('forward'),
    })
    const played = await play(place, 'network', [
      fault('silence', 'hang', 8000),
      fault('resets', 'reset', 4000),
      fault('refusals', 'refuse', 4000),
    ])
    judge(played, true, isDown)
    await settle(place, played)
  })

  test('a network that comes and goes: whatever was answered is what happened', async (t) => {
    const place = await world(t)
    const run = load(place, 'flap', await stock(place, 'flap-stock', 40))
    const spells: Spell[] = []
    for (const manner of ['reset', 'hang', 'refuse', 'hang', 'reset', 'refuse', 'hang', 'hang'] as const) {
      await wait(700)
      const from = performance.now()
      await place.gate.set(manner)
      await wait(600)
      await place.gate.set('forward')
      spells.push({ name: manner, ms: 600, begin: () => {}, end: () => {}, from, to: performance.now() })
    }
    await wait(2000)
    await run.end()
    const statuses = new Set(run.calls.map(({ answer, error }) => error ?? answer!.status))
    assert.deepEqual(
      [...statuses].filter((status) => ![200, 202, 503].includes(status as number)),
      [],
    )
    const slowest = Math.max(...run.calls.map(({ answer }) => answer!.ms))
    assert.ok(slowest < PATIENCE_MS, `the slowest call took ${slowest} ms`)
    // Cutting a connection may swallow the answer to what it carried: those calls say nothing.
    await settle(place, { ...run, spells })
  })

  test('one of two processes of persistence, and of messaging: the other carries on, and both take turns again afterwards', async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const redis = await startRedis(t)
    const services = await startServices(t, { persistences: 2, messagings: 2, store: redis.url, smtpUrl: smtp.url })
    const [hung, other] = services.persistences
    const emails: string[] = []
    /** One registration after the other, which a single call that waits would hold up. */
    async function load(name: string, ms: number) {
      const answers: Answer[] = []
      for (const end = performance.now() + ms; performance.now() < end; await wait(20)) {
        const email = `${name}-${answers.length}@example.com`
        const answer = await services.register(email)
        answers.push(answer)
        if (answer.status === 202) emails.push(email)
      }
      return { refused: answers.filter(({ status }) => status !== 202).length, slowest: Math.max(...answers.map(({ ms }) => ms)), answers }
    }
    const registrations = () =>
      services.persistences.map(
        ({ now }) =>
          now()
            .logs()
            .filter(({ op }) => op === 'registerIdentity').length,
      )
    assert.equal((await load('before', 1000)).refused, 0)
    hung!.signal('SIGSTOP')
    services.messagings[0]!.signal('SIGSTOP')
    const during = await load('during', 14_000)
    hung!.signal('SIGCONT')
    services.messagings[0]!.signal('SIGCONT')
    await wait(1500)
    const [before] = registrations()
    const after = await load('after', 3000)
    await wait(500)
    const [now] = registrations()
    console.log(
      `one of two hangs: ${during.refused} of ${during.answers.length} refused, the slowest ${Math.round(during.slowest)} ms; ` +
        `afterwards it took ${now! - before!} of ${after.answers.length}`,
    )
    assert.ok(during.refused <= 1 && during.slowest < PATIENCE_MS, 'one call finds out, and no other')
    assert.equal(after.refused, 0)
    assert.ok(now! - before! > after.answers.length / 4, 'it takes its turns again')
    const missing = () => emails.filter((email) => !smtp.letters.some(({ envelope }) => envelope.to === email))
    await until('all letters', SETTLED_MS, () => missing().length === 0).catch(() => {})
    assert.deepEqual(missing(), [])
    assert.equal(await other!.now().readiness(), 200)
  })

  test('the network between gateway and messaging is silent for a while: the gateway finds it as soon as it is back', async (t) => {
    const { services, smtp, gate } = await world(t, 'messaging')
    const gateway = services.gateways[0]!.now()
    await gate.set('hang')
    const emails: string[] = []
    for (const end = performance.now() + 6000; performance.now() < end; await wait(200)) {
      const email = `silent-${emails.length}@example.com`
      const { status, ms } = await services.register(email)
      assert.equal(status, 202)
      assert.ok(ms < PATIENCE_MS)
      emails.push(email)
      await gateway.health()
    }
    assert.deepEqual((await gateway.health()).body, { status: 'ready', persistence: 'answers', messaging: 'does not answer' })
    // Half-open: what was sent before is lost without a word, new connections go through.
    gate.heal()
    const back = performance.now()
    const answers = async () => (await gateway.health()).body.messaging === 'answers'
    await until('messaging to answer', 10_000, answers)
    const seen = Math.round(performance.now() - back)
    console.log(`messaging was back after ${seen} ms`)
    assert.deepEqual(twoThingsIn(smtp.letters), [])
  })
})
