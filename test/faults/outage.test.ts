import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { folder } from '../support/folder.ts'
import { openGate } from '../support/gate.ts'
import { readLetter } from '../support/letter.ts'
import { type Sello, startSello, until } from '../support/server.ts'
import { captureSmtp, drop, scriptedSmtp, silence } from '../support/smtp.ts'

/** No call waits for SMTP: none takes longer, on a machine that is busy with other tests as well. */
const PATIENCE_MS = 1000
const DOWN_MS = 60_000
const EVERY_MS = 30

const settingsFor = (t: { after(done: () => void): void }, port: number) => ({
  SELLO_DATA_DIR: folder(t),
  SELLO_LIMITS: 'off',
  SELLO_SMTP_URL: `smtp://127.0.0.1:${port}`,
})

/** Registers an address every 30 ms, whatever becomes of the one before, for `ms`. */
async function load(sello: Sello, name: string, ms: number) {
  const emails: string[] = []
  const times: number[] = []
  const failed: string[] = []
  const under: Promise<void>[] = []
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const email = `${name}-${emails.length}@example.com`
    emails.push(email)
    under.push(
      sello.register(email).then(
        (answer) => {
          times.push(answer.ms)
          if (answer.status !== 202) failed.push(`${email}: ${answer.status} ${JSON.stringify(answer.body)}`)
        },
        (error: unknown) => void failed.push(`${email}: ${String(error)}`),
      ),
    )
    await wait(EVERY_MS)
  }
  await Promise.all(under)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0
  const told = `p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, most ${at(1).toFixed(1)} ms of ${times.length}`
  return { emails, failed, slowest: at(1), told }
}

const timelineOf = async (sello: Sello, id: string) => {
  const { body } = await sello.show(id)
  return { status: body.status, events: (body.timeline ?? []).map(({ event }) => event) }
}
/** How many letters each address got. */
const counted = (letters: readonly { envelope: { to: string } }[], emails: readonly string[]) => {
  const counts = new Map<string, number>()
  for (const { envelope } of letters) counts.set(envelope.to, (counts.get(envelope.to) ?? 0) + 1)
  return emails.filter((email) => counts.get(email) !== 1).map((email) => `${email}: ${counts.get(email) ?? 0} letters`)
}

describe('the mail server fails, the API does not', { concurrency: true, timeout: 240_000 }, () => {
  test('a minute without the mail server: registrations go on as before, letters come when it is back, once each', async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const gate = await openGate(smtp.port)
    t.after(gate.close)
    const sello = await startSello(t, settingsFor(t, gate.port))
    await load(sello, 'warm', 2000)
    const up = await load(sello, 'up', 8000)

    const tries = () => sello.metric('sello_letters_total{result="deferred"}')
    await until('the letters before', 10_000, async () => (await sello.metric('sello_outbox_letters')) === 0)
    const before = await tries()
    const perSecond: number[] = []
    const watch = setInterval(() => void tries().then((count) => perSecond.push(count)), 1000)
    t.after(() => clearInterval(watch))
    await gate.set('refuse')
    const refused = await load(sello, 'refused', DOWN_MS / 2)
    await gate.set('reset')
    const connectionsBefore = gate.seen.connections
    const reset = await load(sello, 'reset', DOWN_MS / 2)
    const connections = gate.seen.connections - connectionsBefore
    clearInterval(watch)
    const attempts = (await tries()) - before
    const down = [...refused.emails, ...reset.emails]

    await gate.set('forward')
    const back = performance.now()
    const late = await load(sello, 'back', 1000)
    const all = [...up.emails, ...down, ...late.emails]
    await until('the letters that waited', 30_000 - 1000, () => counted(smtp.letters, all).length === 0).catch(() => {})
    const took = Math.round(performance.now() - back)
    const jumps = perSecond.slice(6).map((count, i) => count - perSecond[i + 5]!)
    const busiest = Math.max(...jumps)
    console.log(
      `SMTP up: ${up.told}; refusing: ${refused.told}; resetting: ${reset.told}; tries in 60 s: ${attempts} ` +
        `(connections seen in the last 30 s: ${connections}); ${down.length} letters out ${took} ms after the return`,
    )
    assert.deepEqual([...up.failed, ...refused.failed, ...reset.failed, ...late.failed], [])
    const slowest = Math.max(up.slowest, refused.slowest, reset.slowest)
    assert.ok(slowest < PATIENCE_MS, `a registration took ${slowest} ms`)
    assert.deepEqual(counted(smtp.letters, all), [], 'each letter once, within 30 s after the return')
    assert.ok(attempts < 3 * 60 && connections < 3 * 30 && busiest <= 3, `a hot loop: ${attempts}, ${connections}, ${busiest} in a second`)
    await wait(2000)
    assert.deepEqual(counted(smtp.letters, all), [], 'and none again')
  })

  test('a mail server that takes connections and never answers holds up neither registrations nor the end', async (t) => {
    const smtp = await captureSmtp()
    t.after(smtp.close)
    const gate = await openGate(smtp.port, 'hang')
    t.after(gate.close)
    const settings = settingsFor(t, gate.port)
    const sello = await startSello(t, settings)
    const hung = await load(sello, 'hung', 5000)
    console.log(`SMTP hung: ${hung.told}`)
    assert.deepEqual(hung.failed, [])
    assert.ok(hung.slowest < PATIENCE_MS, `a registration took ${hung.slowest} ms`)
    await gate.set('forward')
    await until('the letters that waited', 30_000, () => counted(smtp.letters, hung.emails).length === 0)
    assert.equal((await sello.stop()).code, 0)
  })

  test('silent after the dot: SIGTERM ends it within its ten seconds all the same, and the letters go out after a restart', async (t) => {
    const [mute, smtp] = [await scriptedSmtp({ dot: silence }), await captureSmtp()]
    t.after(async () => void (await mute.close()))
    t.after(smtp.close)
    const settings = settingsFor(t, mute.port)
    const sello = await startSello(t, settings)
    const { emails } = await load(sello, 'mute', 1000)
    await until('letters in hand', 5000, () => mute.messages.length >= 3)
    const { code, signal, ms } = await sello.stop()
    assert.deepEqual({ code, signal }, { code: 0, signal: null })
    assert.ok(ms < 12_000, `it took ${Math.round(ms)} ms to end`)
    const next = await startSello(t, { ...settings, SELLO_SMTP_URL: smtp.url })
    await until('the letters given back', 3000, () => counted(smtp.letters, emails).length === 0).catch(() => {})
    assert.deepEqual(counted(smtp.letters, emails), [], 'each letter once, within 3 s after the restart')
    await next.stop()
  })

  test('451 to every first RCPT: deferred, then accepted, once each', async (t) => {
    const greyed = new Set<string>()
    const smtp = await captureSmtp({
      onRcptTo({ address }, _session, done) {
        if (greyed.has(address)) return done()
        greyed.add(address)
        done(Object.assign(new Error('4.7.1 greylisted'), { responseCode: 451 }))
      },
    })
    t.after(smtp.close)
    const sello = await startSello(t, settingsFor(t, smtp.port))
    const emails = Array.from({ length: 30 }, (_, i) => `grey${i}@example.com`)
    const answers = await Promise.all(emails.map((email) => sello.register(email)))
    await until('all letters', 15_000, () => smtp.letters.length >= emails.length)
    await until('an empty outbox', 15_000, async () => (await sello.metric('sello_outbox_letters')) === 0)
    assert.deepEqual(counted(smtp.letters, emails), [])
    for (const { body } of answers) {
      const { status, events } = await timelineOf(sello, body.id!)
      assert.deepEqual({ status, events }, { status: 'sent', events: ['queued', 'deferred', 'handed_over', 'accepted'] })
    }
    await sello.stop()
  })

  test('550 to some: failed at once and never tried again, the others are not held up', async (t) => {
    const tries = new Map<string, number>()
    const smtp = await captureSmtp({
      onRcptTo({ address }, _session, done) {
        tries.set(address, (tries.get(address) ?? 0) + 1)
        done(address.startsWith('nobody') ? Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 }) : null)
      },
    })
    t.after(smtp.close)
    const sello = await startSello(t, settingsFor(t, smtp.port))
    const [gone, here] = ['nobody', 'someone'].map((name) => Array.from({ length: 100 }, (_, i) => `${name}${i}@example.com`))
    const began = performance.now()
    const [refused] = await Promise.all([
      Promise.all(gone!.map((to) => sello.register(to))),
      Promise.all(here!.map((to) => sello.register(to))),
    ])
    await until('the letters to the others', 10_000, () => counted(smtp.letters, here!).length === 0)
    console.log(`100 letters beside 100 that are refused: ${Math.round(performance.now() - began)} ms`)
    await until('an empty outbox', 15_000, async () => (await sello.metric('sello_outbox_letters')) === 0)
    for (const { body } of refused) {
      const { status, events } = await timelineOf(sello, body.id!)
      assert.deepEqual({ status, events }, { status: 'failed', events: ['queued', 'handed_over', 'failed'] })
    }
    await wait(20_000)
    assert.deepEqual(
      [...tries.entries()].filter(([, count]) => count !== 1),
      [],
      'one try for each',
    )
    await sello.stop()
  })

  test('the connection is lost after the dot: the repeat is the same letter, byte for byte', async (t) => {
    const smtp = await scriptedSmtp({ dot: [drop, drop, drop, drop, '250 2.0.0 taken'] })
    t.after(async () => void (await smtp.close()))
    const sello = await startSello(t, settingsFor(t, smtp.port))
    const emails = Array.from({ length: 4 }, (_, i) => `twice${i}@example.com`)
    const answers = []
    for (const email of emails) answers.push(await sello.register(email))
    await until('each letter twice', 30_000, () => smtp.messages.length >= 8)
    await until('an empty outbox', 15_000, async () => (await sello.metric('sello_outbox_letters')) === 0)
    const copies = Map.groupBy(smtp.messages, (raw) => readLetter(raw).to)
    assert.deepEqual([...copies.keys()].sort(), emails)
    for (const [to, [first, second, ...more]] of copies) {
      assert.equal(more.length, 0, `${to} got more than two`)
      assert.equal(second!.toString('latin1'), first!.toString('latin1'))
      assert.equal((await sello.check(readLetter(second!).number, { email: to })).status, 200)
    }
    for (const { body } of answers) assert.ok((await timelineOf(sello, body.id!)).events.includes('deferred'))
    await sello.stop()
  })

  test('421 to everybody: a server that asks for peace gets it', async (t) => {
    const smtp = await scriptedSmtp({ greeting: ({ socket }) => void socket.end('421 4.3.2 too busy\r\n') })
    t.after(async () => void (await smtp.close()))
    const sello = await startSello(t, settingsFor(t, smtp.port))
    const busy = await load(sello, 'busy', 3000)
    assert.deepEqual(busy.failed, [])
    const before = smtp.seen.sessions
    await wait(17_000)
    const probes = smtp.seen.sessions - before
    console.log(`421 to everybody: ${before} sessions in 3 s, ${probes} in the 17 s after`)
    assert.ok(
      before < 10 && probes <= 6,
      `${before} sessions in 3 s, ${probes} in the 17 s after: one letter tries, after ever longer pauses`,
    )
    await sello.stop()
  })
})
