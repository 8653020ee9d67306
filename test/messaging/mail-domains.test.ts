import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openInbox } from '../../src/messaging/inbox.ts'
import { createMessaging } from '../../src/messaging/messaging.ts'
import { fakeEnv } from '../support/env.ts'
import { letterOf, PUBLIC_URL } from '../support/letters.ts'
import { brief, captured, ENVELOPE, FROM, message, PATIENT, scripted } from '../support/relay.ts'
import { silence } from '../support/smtp.ts'

const to = (address: string) => ({ ...ENVELOPE, to: address })

/** A relay that keeps every RCPT to slow.example and slower.example waiting until it is let go, and says how many wait at once. */
function slowRelay() {
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const seen = { waiting: 0, most: 0 }
  const smtp = {
    onRcptTo({ address }: { address: string }, _session: unknown, done: (error?: Error | null) => void) {
      if (!/@slow(er)?\.example$/i.test(address)) return done()
      seen.most = Math.max(seen.most, ++seen.waiting)
      void held.then(() => {
        seen.waiting--
        done()
      })
    },
  }
  return { smtp, seen, letGo: () => letGo() }
}

/** Waits for the server to see what was begun. */
async function until(holds: () => boolean) {
  for (let tries = 0; !holds() && tries < 1000; tries++) await wait(5)
  assert.ok(holds())
}

describe('one slow domain', { concurrency: true }, () => {
  test('has three of the five connections, however it is spelt: the others’ letters go by, and its own go in their order', async (t) => {
    const { smtp, seen, letGo } = slowRelay()
    const { server, transport } = await captured(t, smtp)
    const addresses = Array.from({ length: 20 }, (_, at) => `p${at}@${at % 2 ? 'slow.example' : 'SLOW.Example'}`)
    const slow = addresses.map((address, at) => transport.send(to(address), message(`let_s${at}`, address)))
    await until(() => seen.waiting === 3)
    for (let round = 0; round < 5; round++) {
      const began = performance.now()
      const others = Array.from({ length: 20 }, (_, at) => `p${at}@domain${round}.example`)
      const sent = await Promise.all(others.map((address, at) => transport.send(to(address), message(`let_${round}-${at}`, address))))
      assert.ok(sent.every(({ kind }) => kind === 'accepted'))
      assert.ok(performance.now() - began < 5000, 'they do not wait for the slow ones')
    }
    assert.deepEqual([seen.waiting, seen.most, server.letters.length], [3, 3, 100])
    letGo()
    assert.ok((await Promise.all(slow)).every(({ kind }) => kind === 'accepted'))
    assert.ok(seen.most <= 3)
    assert.ok(server.seen.sessions <= 5)
    const order = server.letters.slice(100).map(({ envelope }) => addresses.indexOf(envelope.to))
    for (const [at, place] of order.entries()) assert.ok(Math.abs(at - place) < 3, `out of turn: ${order}`)
  })

  test('two of them leave a connection to a third', async (t) => {
    const { smtp, seen, letGo } = slowRelay()
    const { transport } = await captured(t, smtp)
    const addresses = Array.from({ length: 20 }, (_, at) => `p${at}@${at < 10 ? 'slow' : 'slower'}.example`)
    const slow = addresses.map((address, at) => transport.send(to(address), message(`let_${at}`, address)))
    await until(() => seen.waiting === 4)
    assert.equal((await transport.send(ENVELOPE, message('let_x'))).kind, 'accepted')
    assert.equal(seen.most, 4)
    letGo()
    assert.ok((await Promise.all(slow)).every(({ kind }) => kind === 'accepted'))
  })

  test('a letter that found no turn among its own domain’s is that letter’s trouble, not the server’s', async (t) => {
    const { smtp } = slowRelay()
    const { transport } = await captured(t, smtp, { timeouts: { ...PATIENT, totalMs: 400 } })
    const results = await Promise.all(
      Array.from({ length: 5 }, (_, at) => transport.send(to(`p${at}@slow.example`), message(`let_${at}`, `p${at}@slow.example`))),
    )
    assert.deepEqual(results.map(brief), Array(5).fill('deferred recipient'))
    assert.deepEqual(
      results.map(({ reply }) => reply.text),
      [...Array(3).fill('no answer: ETIMEDOUT at RCPT'), ...Array(2).fill('no turn among the letters to this domain: ETIMEDOUT')],
    )
  })
})

describe('a letter that is recalled', { concurrency: true }, () => {
  test('answers at once, wherever it is, and the others go on', async (t) => {
    const { smtp, seen, letGo } = slowRelay()
    const { server, transport } = await captured(t, smtp)
    const recalls = Array.from({ length: 5 }, () => new AbortController())
    const slow = recalls.map(({ signal }, at) =>
      transport.send(to(`p${at}@slow.example`), message(`let_${at}`, `p${at}@slow.example`), signal),
    )
    await until(() => seen.waiting === 3)
    recalls[0]!.abort()
    recalls[4]!.abort()
    for (const at of [0, 4]) assert.equal(brief(await slow[at]!), 'deferred recipient')
    assert.equal((await slow[0]!).reply.text, 'no answer: ERECALLED at RCPT')
    letGo()
    const rest = await Promise.all([slow[1]!, slow[2]!, slow[3]!])
    assert.ok(rest.every(({ kind }) => kind === 'accepted'))
    assert.deepEqual(
      server.letters.map(({ envelope }) => envelope.to).sort(),
      [1, 2, 3].map((at) => `p${at}@slow.example`),
    )
  })

  test('by its name: of two callers’ letters only those of the one that ends', async (t) => {
    const { smtp, seen, letGo } = slowRelay()
    const { server, transport } = await captured(t, smtp)
    const messaging = createMessaging({ env: fakeEnv(), from: FROM, transport, inbox: await openInbox() })
    const letter = (id: string) => letterOf('number', { id, to: `${id}@slow.example` })
    const ids = ['a1', 'b1', 'a2', 'b2', 'a3', 'b3']
    const results = new Map(ids.map((id) => [id, messaging.sendLetter({ letter: letter(id), publicUrl: PUBLIC_URL })]))
    await until(() => seen.waiting === 3)
    assert.deepEqual(await messaging.recallLetters({ letters: ['a1', 'a2', 'a3', 'nobody’s'] }), {})
    for (const id of ['a1', 'a2', 'a3']) assert.equal(brief((await results.get(id))!), 'deferred recipient')
    letGo()
    for (const id of ['b1', 'b2', 'b3']) assert.equal((await results.get(id))!.kind, 'accepted')
    assert.deepEqual(
      server.letters.map(({ envelope }) => envelope.to).sort(),
      ['b1', 'b2', 'b3'].map((id) => letter(id).to),
    )
    assert.deepEqual(await messaging.recallLetters({ letters: ids }), {}, 'what is over is passed over')
    assert.equal((await messaging.sendLetter({ letter: letter('a1'), publicUrl: PUBLIC_URL })).kind, 'accepted', 'and may be sent again')
  })

  test('before it began, while the connection is made, and after it ended', async (t) => {
    const { server, transport } = await scripted(t, { greeting: [silence, '220 hello'] })
    const making = new AbortController()
    const first = transport.send(ENVELOPE, message('let_1'), making.signal)
    await until(() => server.seen.sessions === 1)
    making.abort()
    assert.equal((await first).reply.text, 'no answer: ERECALLED at greeting')
    assert.equal(brief(await transport.send(ENVELOPE, message('let_2'), AbortSignal.abort())), 'deferred recipient')
    const after = new AbortController()
    assert.equal(brief(await transport.send(ENVELOPE, message('let_3'), after.signal)), 'accepted 250 2.0.0')
    const next = transport.send(ENVELOPE, message('let_4'))
    after.abort() // its connection is the next one's by now
    assert.equal(brief(await next), 'accepted 250 2.0.0')
  })

  test('what the server had already said is heard', async (t) => {
    let said = () => {}
    const spoken = new Promise<void>((resolve) => {
      said = resolve
    })
    const { transport } = await scripted(t, {
      dot: ({ socket }) => void socket.write('250 2.0.0 taken\r\n', () => said()),
    })
    const recall = new AbortController()
    const result = transport.send(ENVELOPE, message('let_1'), recall.signal)
    await spoken
    recall.abort()
    assert.equal(brief(await result), 'accepted 250 2.0.0')
  })
})
