import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brief, ENVELOPE, message, PATIENT, QUICK, scripted, transportOf } from '../support/relay.ts'
import { drop, type Script, silence, tarpit } from '../support/smtp.ts'

// Most of the time here is waiting, so the tests wait together.
describe('smtp that fails', { concurrency: true }, () => {
  test('silence, tarpits and hang-ups end within the time given, each at its stage', async (t) => {
    const table: [Script, string][] = [
      [{ greeting: silence }, 'deferred server'],
      [{ greeting: tarpit }, 'deferred server'],
      [{ greeting: drop }, 'deferred server'],
      [{ EHLO: silence }, 'deferred server'],
      [{ EHLO: tarpit }, 'deferred server'],
      [{ EHLO: drop }, 'deferred server'],
      [{ MAIL: silence }, 'deferred recipient'],
      [{ RCPT: drop }, 'deferred recipient'],
      [{ DATA: tarpit }, 'deferred recipient'],
      [{ dot: silence }, 'deferred recipient'],
      [{ dot: tarpit }, 'deferred recipient'],
      [{ dot: drop }, 'deferred recipient'],
    ]
    const started = performance.now()
    await Promise.all(
      table.map(async ([script, outcome]) => {
        const { server, transport } = await scripted(t, script, { timeouts: QUICK })
        const result = await transport.send(ENVELOPE, message('let_1'))
        assert.equal(brief(result), outcome, JSON.stringify(script))
        assert.match(result.reply.text, /^no (session|answer): E\w+/)
        assert.equal(server.seen.sessions, 1)
      }),
    )
    assert.ok(performance.now() - started < 1500)
  })

  test('after a hang-up behind the final dot the repeat is the same message, byte for byte', async (t) => {
    const { server, transport } = await scripted(t, { dot: [drop, '250 2.0.0 taken'] })
    assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'deferred recipient')
    assert.equal(server.messages.length, 1, 'not repeated by itself')
    assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'accepted 250 2.0.0')
    assert.deepEqual(server.messages[0], server.messages[1])
  })

  test('a closed port and an unknown host are the server’s trouble', async (t) => {
    const { server } = await scripted(t, {})
    await server.close()
    const refused = await transportOf(t, server.port).send(ENVELOPE, message('let_1'))
    assert.equal(brief(refused), 'deferred server')
    assert.match(refused.reply.text, /ECONNREFUSED/)
    const unknown = await transportOf(t, 25, { host: 'nowhere.invalid', timeouts: QUICK }).send(ENVELOPE, message('let_1'))
    assert.equal(brief(unknown), 'deferred server')
  })

  test('a banner of 10 MB, in one line or in many, is not read to its end', async (t) => {
    const banners = ['2'.repeat(10_000_000), '220-hello\r\n'.repeat(1_000_000), `220 \0\x01${'é'.repeat(5_000_000)}`]
    for (const banner of banners) {
      const { transport } = await scripted(t, { greeting: banner })
      assert.equal(brief(await transport.send(ENVELOPE, message('let_1'))), 'deferred server')
    }
  })

  test('a refused letter leaves the connection to the next one', async (t) => {
    const { server, transport } = await scripted(t, { RCPT: ['550 5.1.1 nobody', '250 ok'] }, { connections: 1 })
    assert.equal((await transport.send(ENVELOPE, message('let_1'))).kind, 'failed')
    assert.equal((await transport.send(ENVELOPE, message('let_2'))).kind, 'accepted')
    assert.ok(server.commands.includes('RSET'))
    assert.equal(server.seen.sessions, 1)
    assert.deepEqual(server.messages, [message('let_2')])
  })

  test('a connection that was dropped while it was idle costs nothing', async (t) => {
    for (const MAIL of [
      ['250 ok', drop, '250 ok'],
      ['250 ok', '421 4.4.2 idle too long', '250 ok'],
    ]) {
      const { server, transport } = await scripted(t, { MAIL })
      for (const id of ['let_1', 'let_2', 'let_3']) assert.equal((await transport.send(ENVELOPE, message(id))).kind, 'accepted')
      assert.equal(server.seen.sessions, 2)
      assert.deepEqual(
        server.messages,
        ['let_1', 'let_2', 'let_3'].map((id) => message(id)),
      )
    }
  })

  test('a letter that may have been taken is not sent again by itself, on a kept connection neither', async (t) => {
    const { server, transport } = await scripted(t, { dot: ['250 ok', drop, '250 ok'] })
    assert.equal((await transport.send(ENVELOPE, message('let_1'))).kind, 'accepted')
    assert.equal(brief(await transport.send(ENVELOPE, message('let_2'))), 'deferred recipient')
    assert.equal(server.messages.length, 2)
  })

  test('who waits for a connection that is lost gets another', async (t) => {
    const { server, transport } = await scripted(t, { dot: [drop, '250 2.0.0 taken'] }, { connections: 1 })
    const results = await Promise.all(['let_1', 'let_2'].map((id) => transport.send(ENVELOPE, message(id))))
    assert.deepEqual(results.map(brief), ['deferred recipient', 'accepted 250 2.0.0'])
    assert.equal(server.seen.sessions, 2)
  })

  test('a greeting that never ends has its own, shorter limit', async (t) => {
    const started = performance.now()
    const { transport } = await scripted(t, { greeting: tarpit }, { timeouts: { ...PATIENT, greetingMs: 100 } })
    const result = await transport.send(ENVELOPE, message('let_1'))
    assert.equal(result.reply.text, 'no session: ETIMEDOUT GREETING_TIMEOUT at greeting')
    assert.ok(performance.now() - started < 3000)
  })

  test('one hanging letter does not hold the others', async (t) => {
    const { server, transport } = await scripted(
      t,
      { dot: [silence, '250 ok'] },
      { connections: 2, timeouts: { ...PATIENT, socketMs: 300 } },
    )
    const hanging = transport.send(ENVELOPE, message('let_1'))
    const others = await Promise.all(['let_2', 'let_3', 'let_4'].map((id) => transport.send(ENVELOPE, message(id))))
    assert.ok(others.filter(({ kind }) => kind === 'accepted').length >= 2)
    assert.equal(server.seen.sessions <= 3, true)
    await hanging
  })

  test('a full house is the server’s trouble', async (t) => {
    const full = await scripted(t, {}, { connections: 0, timeouts: QUICK })
    assert.equal(brief(await full.transport.send(ENVELOPE, message('let_1'))), 'deferred server')
  })

  test('an error that nobody foresaw stays inside and shows its class only', async (t) => {
    const { transport } = await scripted(t, {})
    const result = await transport.send(ENVELOPE, {
      get length() {
        throw new TypeError('4821 0937 5516')
      },
    } as never)
    assert.deepEqual(result, { kind: 'deferred', scope: 'recipient', reply: { code: null, enhanced: null, text: 'no answer: TypeError' } })
    assert.equal((await transport.send(ENVELOPE, message('let_2'))).kind, 'accepted')
  })
})
